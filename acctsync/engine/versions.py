"""Names, by a digest, all that makes of the same rows the same document: the mapping and our code.

As long as the name stays, what rows came to before is what they would come to now.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from hashlib import sha256
from pathlib import Path
from zoneinfo import TZPATH

import acctsync
from acctsync.errors import Location
from acctsync.mapping.model import Mapping

# What a document follows from, and what its fingerprint and its stub follow from.
_CODE = (
    "mapping/**/*.py", "exports/*.py", "checks.py", "documents/*.py", "money.py", "dates.py",
    "plan/drafting.py", "plan/parts.py", "plan/writing_off.py", "engine/keeping.py",
    "state/row_memory.py", "values.py",
)  # fmt: skip
_PLAIN = (str, int, bool, Decimal, date, Enum, Path, type(None))


class _NotPlain(Exception):
    """A value of the mapping can't be written down so that it always reads the same."""


def builder_version(mapping: Mapping) -> bytes:
    """Name what builds documents by this mapping; empty where that can't be told."""
    code = _code()
    if not code:
        return b""
    try:
        rules = "".join(_written(mapping))
    except _NotPlain:
        return b""
    zones = b"".join(_rules_of(name) for name in sorted(set(_zones(mapping))))
    return sha256(b"\n".join((code, rules.encode(errors="surrogatepass"), zones))).digest()


@cache
def _code() -> bytes:
    """Digest our own code and what of Python's it depends on; empty where it is not in files."""
    root = Path(acctsync.__file__).parent
    digest = sha256(f"{sys.version} {unicodedata.unidata_version}".encode())
    files = sorted({file for pattern in _CODE for file in root.glob(pattern)})
    for file in files:
        digest.update(f"\n{file.relative_to(root)}\n".encode())
        digest.update(file.read_bytes())
    return digest.digest() if files else b""


def _written(value: object) -> Iterator[str]:
    """Write a value down whole; where the mapping says it does not matter."""
    if isinstance(value, _PLAIN):
        yield repr(value)
    elif isinstance(value, Location):
        return
    elif is_dataclass(value):
        yield type(value).__name__
        for each in fields(value):
            yield f"\n{each.name}="
            yield from _written(getattr(value, each.name))
    elif isinstance(value, Dict):
        yield from _listed(list(value.items()))
    elif isinstance(value, frozenset | set):
        yield from _listed(sorted(value, key=repr))
    elif isinstance(value, tuple | list):
        yield from _listed(value)
    else:
        raise _NotPlain


def _listed(values: tuple[object, ...] | list[object]) -> Iterator[str]:
    yield "["
    for each in values:
        yield from _written(each)
        yield ","
    yield "]"


def _zones(value: object) -> Iterator[str]:
    """Name every time zone that a mapping mentions."""
    if is_dataclass(value):
        for each in fields(value):
            inner = getattr(value, each.name)
            if each.name == "timezone" and isinstance(inner, str):
                yield inner
            else:
                yield from _zones(inner)
    elif isinstance(value, Dict):
        for inner in value.values():
            yield from _zones(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _zones(inner)


def _rules_of(zone: str) -> bytes:
    """Read the rules of a time zone, where the system keeps them."""
    files = (Path(folder) / zone for folder in TZPATH)
    return next((file.read_bytes() for file in files if zone and file.is_file()), b"")
