"""Where runs, jobs and results are kept: in memory, or in a folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import uuid
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import pandas as pd
from pydantic import ValidationError

from avatars.backends.frames import frame_as_bytes, frame_from_bytes
from avatars.backends.protocol import JobResults
from avatars.config import Config
from avatars.exceptions import JobError, MissingExtraError, WorkspaceError, shown
from avatars.jobs import Sources
from avatars.models import JobResponse, Results

__all__ = ["FolderStore", "MemoryStore"]

# What documents have no place for as long as no parameter is set.
_APART = ("seed", "output_format", "max_distribution_plots", "compute_figures")


class MemoryStore:
    """Keeps everything for the life of the process.

    Examples
    --------
    >>> from avatars.backends import MemoryStore
    >>> from avatars.config import Config
    >>> from avatars.jobs import Sources
    >>> store = MemoryStore()
    >>> store.put_set("7f", Config(display_name="demo"), Sources())
    >>> store.sets()
    ['7f']
    """

    def __init__(self) -> None:
        self._sets: dict[str, tuple[Config, Sources]] = {}
        self._jobs: dict[str, JobResponse] = {}
        self._results: dict[str, JobResults] = {}
        self._claimed: set[str] = set()

    def put_set(self, set_name: str, config: Config, sources: Sources) -> None:
        """Keep a run; see :class:`avatars.backends.Store`."""
        self._sets[set_name] = (config, sources)

    def put_config(self, set_name: str, config: Config) -> None:
        """Change a run; see :class:`avatars.backends.Store`."""
        self._sets[set_name] = (config, self.get_set(set_name)[1])

    def get_set(self, set_name: str) -> tuple[Config, Sources]:
        """Return a run; see :class:`avatars.backends.Store`."""
        if set_name not in self._sets:
            raise JobError(f"there is no run {shown(set_name)}.")
        return self._sets[set_name]

    def sets(self) -> list[str]:
        """Return the names of runs; see :class:`avatars.backends.Store`."""
        return list(self._sets)

    def delete_set(self, set_name: str) -> None:
        """Forget a run; see :class:`avatars.backends.Store`."""
        self._sets.pop(set_name, None)

    def put_job(self, job: JobResponse) -> None:
        """Keep a job; see :class:`avatars.backends.Store`."""
        self._jobs[job.name] = job

    def all_jobs(self) -> list[JobResponse]:
        """Return all jobs; see :class:`avatars.backends.Store`."""
        return list(self._jobs.values())

    def delete_job(self, name: str) -> None:
        """Forget a job; see :class:`avatars.backends.Store`."""
        self._jobs.pop(name, None)
        self._results.pop(name, None)

    def put_results(self, name: str, results: JobResults) -> None:
        """Keep results; see :class:`avatars.backends.Store`."""
        self._results[name] = results

    def get_results(self, name: str) -> JobResults | None:
        """Return results; see :class:`avatars.backends.Store`."""
        return self._results.get(name)

    def claim(self, name: str) -> bool:
        """Take a job; see :class:`avatars.backends.Store`."""
        if name in self._claimed:
            return False
        self._claimed.add(name)
        return True

    def release(self, name: str) -> None:
        """Give a job back: in memory nobody else could take it."""


class FolderStore:
    """Keeps everything in a folder that only its owner can read.

    Each run, job and result is written beside its place and moved there when it is whole; what a
    process that was killed left unfinished is deleted by the next one. Every file has its SHA-256
    in a manifest or in its first line, and is checked when it is read.

    Parameters
    ----------
    workspace : path
        The folder; made if it isn't there.

    Raises
    ------
    WorkspaceError
        If it is no folder, or can't be written.
    MissingExtraError
        Without pyarrow, which the tables are kept with.

    Examples
    --------
    >>> import tempfile
    >>> from avatars.backends import FolderStore
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     FolderStore(folder).sets()
    []
    """

    def __init__(self, workspace: str | os.PathLike[str]) -> None:
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise MissingExtraError("pyarrow", "parquet") from None
        self._root = Path(workspace)
        self._locks: dict[str, IO[bytes]] = {}
        self._guard = threading.RLock()
        try:
            for part in ("sets", "jobs", "results", "locks", "parts"):
                (self._root / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chmod(self._root, 0o700)
            self._sweep()
            self._beside = self._own_part()
        except OSError as error:
            raise WorkspaceError(
                f"the workspace can't be used: {error.strerror}. Pass a folder of your own."
            ) from None

    # ---- runs

    def put_set(self, set_name: str, config: Config, sources: Sources) -> None:
        """Keep a run; see :class:`avatars.backends.Store`."""
        tables = {
            f"{part}/{name}": frame
            for part in ("people", "avatars", "holdout")
            for name, frame in getattr(sources, part).items()
        }
        values = {**tables, "aligned": sorted(sources.aligned)}
        self._put(self._root / "sets" / set_name, values, _as_text(config))

    def put_config(self, set_name: str, config: Config) -> None:
        """Change a run; see :class:`avatars.backends.Store`."""
        self._replace(self._root / "sets" / _plain(set_name) / "config", _as_text(config))

    def get_set(self, set_name: str) -> tuple[Config, Sources]:
        """Return a run; see :class:`avatars.backends.Store`."""
        kept = self._get(self._root / "sets" / _plain(set_name))
        if kept is None:
            raise JobError(f"there is no run {shown(set_name)}.")
        parts: dict[str, dict[str, pd.DataFrame]] = {"people": {}, "avatars": {}, "holdout": {}}
        for key, value in kept.items():
            part, _, name = key.partition("/")
            if part in parts:
                parts[part][name] = value
        text = _unsealed(self._root / "sets" / _plain(set_name) / "config")
        return _as_config(text), Sources(**parts, aligned=frozenset(kept["aligned"]))

    def sets(self) -> list[str]:
        """Return the names of runs; see :class:`avatars.backends.Store`."""
        return sorted(path.name for path in (self._root / "sets").iterdir())

    def delete_set(self, set_name: str) -> None:
        """Forget a run; see :class:`avatars.backends.Store`."""
        self._delete(self._root / "sets" / _plain(set_name))

    # ---- jobs

    def put_job(self, job: JobResponse) -> None:
        """Keep a job; see :class:`avatars.backends.Store`."""
        self._replace(self._root / "jobs" / job.name, job.model_dump_json())

    def all_jobs(self) -> list[JobResponse]:
        """Return all jobs; see :class:`avatars.backends.Store`."""
        jobs = []
        for path in sorted((self._root / "jobs").iterdir()):
            try:
                jobs.append(JobResponse.model_validate_json(_unsealed(path)))
            except FileNotFoundError:
                continue  # Another process has just deleted it.
            except ValidationError:
                raise _damaged(path) from None
        return jobs

    def delete_job(self, name: str) -> None:
        """Forget a job; see :class:`avatars.backends.Store`."""
        self._delete(self._root / "results" / _plain(name))
        (self._root / "jobs" / _plain(name)).unlink(missing_ok=True)
        self.release(name)
        (self._root / "locks" / _plain(name)).unlink(missing_ok=True)

    def put_results(self, name: str, results: JobResults) -> None:
        """Keep results; see :class:`avatars.backends.Store`."""
        flat = {
            f"{result.value}/{table}": value
            for table, found in results.items()
            for result, value in found.items()
        }
        self._put(self._root / "results" / name, flat)

    def get_results(self, name: str) -> JobResults | None:
        """Return results; see :class:`avatars.backends.Store`."""
        kept = self._get(self._root / "results" / _plain(name))
        if kept is None:
            return None
        found: dict[str, dict[Results, Any]] = {}
        for key, value in kept.items():
            result, _, table = key.partition("/")
            found.setdefault(table, {})[Results(result)] = value
        return found

    def claim(self, name: str) -> bool:
        """Take a job; see :class:`avatars.backends.Store`.

        The lock is the operating system's, and goes with the process whatever ends it.
        """
        with self._guard:
            if name in self._locks:
                return False
            lock = _opened(self._root / "locks" / _plain(name))
            if not _locked(lock):
                lock.close()
                return False
            self._locks[name] = lock
            return True

    def release(self, name: str) -> None:
        """Give a job back; see :class:`avatars.backends.Store`."""
        with self._guard:
            lock = self._locks.pop(name, None)
            if lock is not None:
                lock.close()

    # ---- files

    def _put(self, place: Path, values: Mapping[str, Any], config: str | None = None) -> None:
        """Write values beside their place and move them there at once."""
        beside = self._beside / str(uuid.uuid4())
        beside.mkdir(mode=0o700)
        try:
            manifest = {}
            for number, (key, value) in enumerate(values.items()):
                content, suffix = _as_bytes(value)
                file = f"{number}{suffix}"
                _write(beside / file, content)
                manifest[key] = {"file": file, "sha256": hashlib.sha256(content).hexdigest()}
            if config is not None:
                _write(beside / "config", _sealed(config))
            _write(beside / "manifest", _sealed(json.dumps(manifest)))
            _sync(beside)
            os.rename(beside, place)
            _sync(place.parent)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise

    def _get(self, place: Path) -> dict[str, Any] | None:
        if not place.is_dir():
            return None
        try:
            manifest = json.loads(_unsealed(place / "manifest"))
            found = {}
            for key, entry in manifest.items():
                content = (place / entry["file"]).read_bytes()
                if hashlib.sha256(content).hexdigest() != entry["sha256"]:
                    raise _damaged(place)
                found[key] = _as_value(content, entry["file"])
        except OSError:
            raise _damaged(place) from None
        return found

    def _replace(self, place: Path, text: str) -> None:
        """Write a text beside its place and put it there at once."""
        beside = self._beside / str(uuid.uuid4())
        _write(beside, _sealed(text))
        os.replace(beside, place)

    def _delete(self, place: Path) -> None:
        if place.is_dir():
            # Moved away first, so that nobody finds half of it.
            gone = self._beside / str(uuid.uuid4())
            os.rename(place, gone)
            shutil.rmtree(gone)

    def _own_part(self) -> Path:
        """Return a folder for what is being written, which is this object's as long as it lives."""
        while True:
            folder = self._root / "parts" / str(uuid.uuid4())
            lock = _opened(folder.with_suffix(".lock"))
            # Whoever sweeps may have been faster.
            if _locked(lock) and folder.with_suffix(".lock").exists():
                folder.mkdir(mode=0o700)
                weakref.finalize(self, _left, os.getpid(), folder, lock)
                return folder
            lock.close()

    def _sweep(self) -> None:
        """Delete what was being written by processes that were killed: it may be about people."""
        for path in (self._root / "parts").glob("*.lock"):
            try:
                lock = _opened(path, os.O_RDWR)
            except FileNotFoundError:
                continue  # Another process was faster.
            if _locked(lock):
                _swept(path.with_suffix(""), lock)
            else:
                lock.close()


def _left(owner: int, folder: Path, lock: IO[bytes]) -> None:
    if os.getpid() == owner:  # A fork holds the same lock, and what is written isn't its own.
        _swept(folder, lock)


def _swept(folder: Path, lock: IO[bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".lock").unlink(missing_ok=True)
    lock.close()


def _plain(name: str) -> str:
    """Refuse names that aren't ours: a name is part of a path."""
    try:
        return str(uuid.UUID(name))
    except (AttributeError, TypeError, ValueError):
        raise JobError(f"{shown(name)} names no run and no job.") from None


def _as_bytes(value: Any) -> tuple[bytes, str]:
    if isinstance(value, bytes):
        return value, ".pdf"
    if isinstance(value, str):
        return value.encode("utf-8"), ".txt"
    if isinstance(value, pd.DataFrame):
        return frame_as_bytes(value), ".arrow"
    return json.dumps(value).encode("utf-8"), ".json"


def _as_value(content: bytes, file: str) -> Any:
    if file.endswith(".pdf"):
        return content
    if file.endswith(".txt"):
        return content.decode("utf-8")
    if file.endswith(".json"):
        return json.loads(content)
    return frame_from_bytes(content)


def _as_text(config: Config) -> str:
    said = config.model_dump(mode="json", include=set(_APART))
    return json.dumps({"documents": config.to_yaml(), "apart": said})


def _as_config(text: str) -> Config:
    said = json.loads(text)
    return Config.model_validate({**dict(Config.from_yaml(said["documents"])), **said["apart"]})


def _sealed(text: str) -> bytes:
    """Return a text below its SHA-256."""
    content = text.encode("utf-8")
    return f"{hashlib.sha256(content).hexdigest()}\n".encode("ascii") + content


def _unsealed(path: Path) -> str:
    seal, _, content = path.read_bytes().partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode("ascii") != seal:
        raise _damaged(path)
    return content.decode("utf-8")


def _damaged(place: Path) -> WorkspaceError:
    return WorkspaceError(
        f"{shown(place.name)} in the workspace is not what was written: restore it, or delete it "
        "and run again."
    )


def _opened(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> IO[bytes]:
    return os.fdopen(os.open(path, flags, 0o600), "r+b")


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows has no handle of a folder to sync.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _locked(file: IO[bytes]) -> bool:
    """Lock a file for as long as it is open; False if somebody else has."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
