"""Amounts and ids in Xero's answers; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any


def identity(element: Mapping[str, Any], part: str, name: str) -> str:
    """Tell the id of what an element names."""
    value = element.get(part)
    return str(value.get(name) or "") if isinstance(value, dict) else ""


def amount(value: object) -> Decimal | None:
    """Read an amount, exactly."""
    if isinstance(value, Decimal):
        return value
    try:
        return Decimal(str(value)) if value not in {None, ""} else None
    except (InvalidOperation, TypeError):
        return None


def plain(value: object) -> str:
    """Write a number in one form, however many zeros it came with."""
    number = amount(value)
    if not number:
        # Not through the cache: there the two zeros would be one.
        return f"{number.normalize():f}" if number is not None else ""
    return _written(number)


# Prices, quantities and amounts come again and again.
@lru_cache(maxsize=4096)
def _written(number: Decimal) -> str:
    return f"{number.normalize():f}"


def versioned(status: str, changed: str) -> str:
    """Name the version of a document: how it stands decides how it can be changed or taken back."""
    return f"{status} {changed}".strip()


def status_of(version: str) -> str:
    """Tell how a document stood that a version is of; empty where nobody knows."""
    return version.partition(" ")[0]
