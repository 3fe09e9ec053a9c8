"""Streams: the same for the same table and seed, and unlike each other in everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from avatars.engine.streams import Streams, seed_bytes
from avatars.exceptions import InvalidParameterError


def first(streams: Streams, purpose: str, *block: int) -> bytes:
    return streams.generator(purpose, *block).bytes(16)


def test_same_seed_digest_and_purpose_give_the_same_stream() -> None:
    one, two = (Streams(seed_bytes(3), b"table") for _ in range(2))
    for purpose, block in (("draw", ()), ("draw", (0,)), ("marginal", (2, 5))):
        assert first(one, purpose, *block) == first(two, purpose, *block)
        assert first(one, purpose, *block) == first(one, purpose, *block)


def test_everything_else_gives_another_stream() -> None:
    seen = [
        first(Streams(seed, digest), purpose, *block)
        for seed in (b"", b"a", seed_bytes(0), seed_bytes(1), seed_bytes(2**128))
        for digest in (b"", b"a", b"table", b"Table")
        for purpose in ("draw", "shuffle", "draw-1")
        for block in ((), (0,), (1,), (10,), (1, 0))
    ]
    assert len(set(seen)) == len(seen) == 5 * 4 * 3 * 5


def test_bytes_can_t_move_between_seed_and_digest() -> None:
    assert first(Streams(b"ab", b"c"), "draw") != first(Streams(b"a", b"bc"), "draw")


def test_streams_of_blocks_and_purposes_are_uncorrelated() -> None:
    streams = Streams(seed_bytes(0), b"table")
    drawn = np.array(
        [streams.generator("draw", block).standard_normal(4_000) for block in range(8)]
        + [streams.generator(name).standard_normal(4_000) for name in ("a", "b", "shuffle")]
    )
    off = np.corrcoef(drawn)[~np.eye(len(drawn), dtype=bool)]
    assert np.abs(off).max() < 4 / np.sqrt(4_000)


def test_bits_are_fair() -> None:
    streams = Streams(seed_bytes(0), b"table")
    drawn = np.frombuffer(b"".join(first(streams, "draw", block) for block in range(500)), np.uint8)
    ones = np.unpackbits(drawn).mean()
    assert ones == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(8 * len(drawn)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: 0,
        lambda: 2**200 + 7,
        lambda: np.int64(12),
        lambda: np.uint8(3),
        lambda: np.random.default_rng(4),
        lambda: np.random.RandomState(4),
    ],
)
def test_random_state_of_every_kind_can_be_repeated(make: Callable[[], Any]) -> None:
    seed = seed_bytes(make())
    assert seed == seed_bytes(make())
    assert len(seed) >= 16


def test_numpy_integer_is_that_integer() -> None:
    assert seed_bytes(np.int32(7)) == seed_bytes(7) != seed_bytes(8)


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
def test_generator_goes_on(make: Callable[[int], Any]) -> None:
    generator = make(0)
    assert seed_bytes(generator) != seed_bytes(generator)


def test_none_asks_the_operating_system() -> None:
    seeds = {seed_bytes(None) for _ in range(50)}
    assert len(seeds) == 50
    assert {len(seed) for seed in seeds} == {32}


@pytest.mark.parametrize(
    "bad", [-1, np.int64(-5), True, np.bool_(True), 1.0, "7", b"7", [1], np.random.SeedSequence(1)]
)
def test_anything_else_is_refused_without_being_shown(bad: Any) -> None:
    with pytest.raises(InvalidParameterError, match="random_state") as caught:
        seed_bytes(bad)
    assert caught.value.parameter == "random_state"
    assert "-5" not in str(caught.value)


def test_global_state_is_left_alone() -> None:
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    seed_bytes(None)
    seed_bytes(5)
    Streams(b"seed", b"table").generator("draw").random(10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_repr_says_nothing() -> None:
    assert repr(Streams(b"secret", b"table")) == "Streams()"
