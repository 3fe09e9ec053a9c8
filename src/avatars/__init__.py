"""Turn a table about people into a table of avatars, and measure how private it is.

Importing this package costs pandas and nothing else: it registers the accessor ``df.avatars``,
and loads each name below when it is first asked for.

Examples
--------
>>> import avatars
>>> patients = avatars.datasets.make_patients(n_samples=300, random_state=0)
>>> released = avatars.Avatarizer(k=20, random_state=0).fit_transform(patients)
>>> released.shape == patients.shape
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from avatars import accessor as _accessor  # noqa: F401  registers df.avatars

if TYPE_CHECKING:
    from avatars import datasets as datasets
    from avatars import exceptions as exceptions
    from avatars import metrics as metrics
    from avatars.engine.dp import PrivacyLedger as PrivacyLedger
    from avatars.estimators import Avatarizer as Avatarizer
    from avatars.estimators import AvatarSampler as AvatarSampler
    from avatars.estimators import MultiTableAvatarizer as MultiTableAvatarizer
    from avatars.exceptions import AvatarsError as AvatarsError
    from avatars.manager import Manager as Manager
    from avatars.runner import Runner as Runner

    __version__: str

__all__ = [
    "AvatarSampler",
    "Avatarizer",
    "AvatarsError",
    "Manager",
    "MultiTableAvatarizer",
    "PrivacyLedger",
    "Runner",
    "__version__",
    "datasets",
    "exceptions",
    "metrics",
]

_HOMES = {
    "AvatarSampler": "avatars.estimators",
    "Avatarizer": "avatars.estimators",
    "AvatarsError": "avatars.exceptions",
    "Manager": "avatars.manager",
    "MultiTableAvatarizer": "avatars.estimators",
    "PrivacyLedger": "avatars.engine.dp",
    "Runner": "avatars.runner",
}
_MODULES = {"datasets", "exceptions", "metrics"}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("avatars")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in _MODULES:
        return import_module(f"avatars.{name}")
    else:
        raise AttributeError(f"module 'avatars' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
