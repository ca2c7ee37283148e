"""What may stand in an element that a client sends, and how each value is read.

A property that nobody knows is passed over without a word, as Xero's JSON reader does; `null` is
the same as nothing. A value of the wrong kind makes the whole call unreadable, one that breaks a
rule makes its element invalid.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.refusals import Invalid, unreadable
from acctsync.simulator.xero.wire import sent_day

Reader: TypeAlias = Callable[[str, object], object]
Spec: TypeAlias = Mapping[str, Reader]


def read(spec: Spec, sent: object, what: str) -> Entity:
    """Read an element; several broken rules are told together."""
    if not isinstance(sent, dict):
        raise unreadable(f"{what} must be an object")
    found: Entity = {}
    problems: list[str] = []
    for name, value in sent.items():
        if value is None or name not in spec:
            continue
        try:
            found[name] = spec[name](name, value)
        except Invalid as invalid:
            problems.extend(invalid.messages)
    if problems:
        raise Invalid(*problems)
    return found


def text(most: int | None = None) -> Reader:
    """Read text of at most so many characters."""

    def reader(name: str, value: object) -> str:
        if isinstance(value, dict | list | bool):
            raise unreadable(f"{name} must be text")
        written = str(value)
        if most is not None and len(written) > most:
            raise Invalid(f"{name} is too long. Maximum of {most} characters allowed")
        return written

    return reader


def number(name: str, value: object) -> Decimal:
    """Read a number; Xero takes it as text too."""
    if isinstance(value, bool | dict | list):
        raise unreadable(f"{name} must be a number")
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise unreadable(f"{name} must be a number") from None
    if not found.is_finite():
        raise unreadable(f"{name} must be a number")
    return found


def flag(name: str, value: object) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    raise unreadable(f"{name} must be true or false")


def day(name: str, value: object) -> str:
    """Read a day."""
    try:
        return sent_day(str(value))
    except ValueError:
        raise unreadable(f"{name} must be a date") from None


def identifier(name: str, value: object) -> str:
    """Read an identifier."""
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        raise unreadable(f"{name} must be a UUID") from None


def choice(*allowed: str) -> Reader:
    """Read one of some words, in their very spelling."""

    def reader(name: str, value: object) -> str:
        if value not in allowed:
            raise Invalid(f"{name} '{value}' is not valid")
        return str(value)

    return reader


def part(spec: Spec) -> Reader:
    """Read an object inside an element."""

    def reader(name: str, value: object) -> Entity:
        return read(spec, value, name)

    return reader


def parts(spec: Spec) -> Reader:
    """Read a list of objects inside an element."""

    def reader(name: str, value: object) -> list[Entity]:
        if not isinstance(value, list):
            raise unreadable(f"{name} must be a list")
        return [read(spec, one, name) for one in value]

    return reader


def raw_parts(name: str, value: object) -> list[Entity]:
    """Keep a list of objects as it was sent: its own module reads it."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise unreadable(f"{name} must be a list")
    return value
