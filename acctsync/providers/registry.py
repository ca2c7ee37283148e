"""Which folder speaks to which books; imported only when a provider is really needed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from acctsync.documents import Kind
from acctsync.errors import InputRefused

_FOLDERS = {
    "quickbooks": "acctsync.providers.qbo",
    "qbo": "acctsync.providers.qbo",
    "xero": "acctsync.providers.xero",
}


def folder(system: str) -> str:
    """Tell the package of a system, `quickbooks`, `qbo` or `xero`, without importing it."""
    try:
        return _FOLDERS[system]
    except KeyError:
        raise InputRefused(
            f"unknown books {system!r}", hint="Known are quickbooks (qbo) and xero."
        ) from None


def books(system: str) -> ModuleType:
    """Import the module whose `open_books` builds the provider."""
    return import_module(f"{folder(system)}.provider")


def signin(system: str) -> ModuleType:
    """Import the module that connects and disconnects companies."""
    return import_module(f"{folder(system)}.signin")


def kinds(system: str) -> frozenset[Kind]:
    """Tell the kinds of document that a system's books can be given; all where nobody knows yet."""
    try:
        found: frozenset[Kind] = import_module(f"{folder(system)}.kinds").KINDS
    except ModuleNotFoundError:
        return frozenset(Kind)
    return found


def review(system: str) -> ModuleType:
    """Import the module whose `review` checks documents without any connection."""
    return import_module(f"{folder(system)}.review")
