"""Random streams that depend on the seed and on the data, never on the seed alone.

A seed that leaks must not give away the permutation of a release or the weights behind it: with
streams of the seed and the shape alone, anybody could replay them on a decoy table of that shape.
Here every stream hashes the seed together with a digest of the cells, so that the same table and
the same seed give the same release, and nothing short of the table does.
"""

from __future__ import annotations

import hashlib
import secrets

import numpy as np

from avatars.exceptions import InvalidParameterError

__all__ = ["Streams", "seed_bytes"]


def seed_bytes(random_state: object) -> bytes:
    """Turn a ``random_state`` into the secret half of every stream.

    Parameters
    ----------
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        None asks the operating system for 256 bits. A generator is advanced.

    Returns
    -------
    bytes
        At least 16 bytes.

    Raises
    ------
    InvalidParameterError
        For anything else, a negative integer included.

    Examples
    --------
    >>> from avatars.engine.streams import seed_bytes
    >>> seed_bytes(7) == seed_bytes(7), seed_bytes(None) == seed_bytes(None)
    (True, False)
    """
    if random_state is None:
        return secrets.token_bytes(32)
    if isinstance(random_state, np.random.Generator):
        return random_state.bytes(32)
    if isinstance(random_state, np.random.RandomState):
        return random_state.bytes(32)
    if isinstance(random_state, (int, np.integer)) and not isinstance(random_state, bool):
        seed = int(random_state)
        if seed >= 0:
            return seed.to_bytes(max(16, (seed.bit_length() + 7) // 8), "little")
    raise InvalidParameterError(
        "random_state",
        "must be None, an integer of at least 0, a numpy Generator or a RandomState, "
        f"got {type(random_state).__name__}.",
    )


class Streams:
    """Independent generators, one for each purpose, from a seed and a digest of the data.

    Parameters
    ----------
    seed : bytes
        The secret, as ``seed_bytes`` gives it.
    digest : bytes
        What identifies the data, as ``Table.digest`` gives it.

    Examples
    --------
    >>> from avatars.engine.streams import Streams, seed_bytes
    >>> here, there = Streams(seed_bytes(0), b"one table"), Streams(seed_bytes(0), b"another")
    >>> here.generator("draw", 0).bytes(8) == here.generator("draw", 0).bytes(8)
    True
    >>> here.generator("draw", 0).bytes(8) == there.generator("draw", 0).bytes(8)
    False
    """

    def __init__(self, seed: bytes, digest: bytes) -> None:
        self._key = hashlib.blake2b(
            len(seed).to_bytes(8, "little") + seed + digest,
            digest_size=32,
            person=b"avatars-stream",
        ).digest()

    def __repr__(self) -> str:
        return "Streams()"

    def generator(self, purpose: str, *block: int) -> np.random.Generator:
        """Return the generator of one purpose and block; the same one each time.

        Parameters
        ----------
        purpose : str
            What it is drawn for.
        *block : int
            Which part of the work, so that parts can be done in any order by any worker.

        Returns
        -------
        numpy.random.Generator
            A fresh generator at its first position.
        """
        name = "/".join([purpose, *map(str, block)]).encode()
        entropy = hashlib.blake2b(name, digest_size=32, key=self._key).digest()
        return np.random.Generator(np.random.SFC64(int.from_bytes(entropy, "little")))
