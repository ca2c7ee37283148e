"""Paths into JSON rows, like `a.b.0."c d"` and `list(key=value).x`; nowhere reads as empty."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Any

Step = str | int | tuple[str, str]

_STEP = re.compile(r'"([^"]*)"|\(([^()=]+)=([^()]*)\)|([^."(]+)')


class Nothing(Enum):
    """What a path finds where the row holds no such key; null is something else."""

    MISSING = "missing"


MISSING = Nothing.MISSING


class NotText(ValueError):
    """The path leads to a list or an object where a value was expected."""


def steps(path: str) -> tuple[Step, ...]:
    """Take a path apart; raise ValueError when it is not written as one."""
    found: list[Step] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"{path!r} is no path: {path[position:]!r} can't be read")
        quoted, key, value, plain = match.groups()
        if quoted is not None:
            found.append(quoted)
        elif key is not None:
            found.append((key.strip(), value.strip()))
        else:
            found.append(int(plain) if plain.isascii() and plain.isdigit() else plain.strip())
        position = match.end()
        if position < len(path) and path[position] == ".":
            position += 1
            if position == len(path):
                raise ValueError(f"{path!r} is no path: it ends with a dot")
        elif position < len(path) and path[position] != "(":
            raise ValueError(f"{path!r} is no path: {path[position:]!r} can't be read")
    return tuple(found)


def below(path: str, key: str) -> str | None:
    """Write the path of a key under a path; None for a key that no path can name."""
    if '"' in key:
        return None
    # A line's own key of this name would be taken for the document above it.
    plain = re.fullmatch(r"[^.(]*[^.(\s]", key) and key == key.strip() and key != "document"
    step = key if plain and not (key.isascii() and key.isdigit()) else f'"{key}"'
    return f"{path}.{step}" if path else step


def finder(path: str) -> Callable[[Any], Any]:
    """Compile a path to a function from a row to what it finds there, or MISSING."""
    way = steps(path)
    if len(way) == 1 and isinstance(way[0], str):
        key = way[0]
        return lambda row: row.get(key, MISSING) if isinstance(row, dict) else MISSING

    def find(row: Any) -> Any:
        for step in way:
            row = _follow(row, step)
            if row is MISSING or row is None:
                return row
        return row

    return find


def as_text(value: Any, path: str) -> str:
    """Tell a found value as text; null and missing are empty."""
    if value is None or value is MISSING:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return value.strip()
    kind = "a list" if isinstance(value, list) else "an object"
    raise NotText(f"{path} is {kind}, not a value")


def _follow(value: Any, step: Step) -> Any:
    if isinstance(value, dict):
        return value.get(str(step), MISSING) if not isinstance(step, tuple) else MISSING
    if isinstance(value, list):
        if isinstance(step, int):
            return value[step] if step < len(value) else MISSING
        if isinstance(step, tuple):
            return _first_with(value, *step)
    return MISSING


def _first_with(entries: list[Any], key: str, wanted: str) -> Any:
    for entry in entries:
        if isinstance(entry, dict) and key in entry:
            value = entry[key]
            if not isinstance(value, (list, dict)) and as_text(value, key) == wanted:
                return entry
    return MISSING
