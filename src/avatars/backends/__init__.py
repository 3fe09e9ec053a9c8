"""Where runs are carried out and kept."""

from avatars.backends.local import LocalBackend
from avatars.backends.protocol import Backend, Store
from avatars.backends.stores import FolderStore, MemoryStore
from avatars.jobs import Sources

__all__ = ["Backend", "FolderStore", "LocalBackend", "MemoryStore", "Sources", "Store"]
