"""Fingerprints of documents: equal where the books should hold the same."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from acctsync.documents.lines import Reference
from acctsync.documents.stubs import Document

_NOTHING: Mapping[str, object] = MappingProxyType({})
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def fingerprint(document: Document, **instead: object) -> str:
    """Hash what the books should hold; the place in the export and contact data don't count.

    `instead` are values that count in place of the document's own.
    """
    return _hashed(_record(document, instead))


def digest(value: object) -> str:
    """Hash a plain value by its canonical JSON."""
    return _hashed(_canonical(value))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _record(value: object, instead: Mapping[str, object] = _NOTHING) -> str:
    """Write a value as canonical JSON, what is empty left out: a new field then changes nothing.

    It is written at once, not by way of `json`: this is done for every document of every run.
    """
    kind = type(value)
    shape = _SHAPES.get(kind) or _shape(kind)
    parts: list[str] = []
    for (name, key), each in zip(shape.keys, shape.values(value), strict=True):
        if instead and name in instead:
            each = instead[name]  # noqa: PLW2901 - it counts in place of the document's own
        # Zero and false say something; no value, an empty text and an empty list do not.
        if each or each == 0:
            parts.append(key + _json(each))
    return "{" + ",".join(parts) + "}"


def _json(value: object) -> str:
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, dt.date):
        return f'"{value.isoformat()}"'
    return encode_basestring(str(value)) if isinstance(value, str) else _record(value)


def _number(value: Decimal) -> str:
    # Not through the cache: there the two zeros would be one.
    return _known_number(value) if value else _unseen_number(value)


def _unseen_number(value: Decimal) -> str:
    return f'"{value.normalize():f}"'


def _list(values: tuple[object, ...]) -> str:
    return "[" + ",".join(map(_json, values)) + "]"


_known_number = lru_cache(maxsize=4096)(_unseen_number)
_WRITERS: dict[type[Any], Callable[[Any], str]] = {
    str: encode_basestring,
    Decimal: _number,
    Reference: lru_cache(maxsize=4096)(_record),
    tuple: _list,
    bool: lambda value: "true" if value else "false",
}


class _Shape(NamedTuple):
    """How values of a class are written: its fields in the order of JSON, and how to get them."""

    keys: tuple[tuple[str, str], ...]
    values: Callable[[object], tuple[object, ...]]


def _shape(kind: type[Any]) -> _Shape:
    names = sorted(each.name for each in fields(kind) if each.compare)
    keys = tuple((name, f'"{name}":') for name in names)
    shape = _SHAPES[kind] = _Shape(keys, attrgetter(*names))
    return shape


_SHAPES: dict[type[Any], _Shape] = {}
