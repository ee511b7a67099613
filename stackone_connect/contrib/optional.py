"""Packages that a host may have in any version: none of them stops the site.

Our integration with such a package is loaded through here. Where that fails, however it fails, the
site starts without it, one line is logged, and the system check ``stackone_connect.W010`` says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

from stackone_connect import logs

__all__ = ["UNAVAILABLE", "Unavailable", "load"]

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Unavailable:
    """A package whose use failed. ``version`` is empty where it is not installed."""

    package: str
    version: str
    reason: str


#: What failed to load in this process, by the package's name.
UNAVAILABLE: dict[str, Unavailable] = {}


def load(loader: Callable[[], T], *, package: str, wanted: bool = True) -> T | None:
    """What ``loader`` returns, or ``None`` where it raises: then it is noted in ``UNAVAILABLE``.

    ``package`` is the name to install it by. It is logged where the host has ``wanted`` it. Not
    for packages that we require.
    """
    UNAVAILABLE.pop(package, None)
    try:
        return loader()
    except Exception as error:  # noqa: BLE001 - a package of any version may raise anything
        found = Unavailable(package=package, version=_version(package), reason=_reason(error))
    UNAVAILABLE[package] = found
    if wanted:
        logs.write(
            logging.WARNING,
            "package.unavailable",
            package=found.package,
            version=found.version,
            reason=found.reason,
        )
    return None


def _version(package: str) -> str:
    with suppress(PackageNotFoundError):
        return version(package)
    return ""


def _reason(error: Exception) -> str:
    """Its kind; of an import error also what is missing. Others may hold a host's values."""
    if isinstance(error, ImportError):
        return f"{type(error).__name__}: {error.msg}"
    return type(error).__name__
