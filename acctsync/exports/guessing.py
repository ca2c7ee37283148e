"""What an export's first lines look like: suggestions for a person to confirm, never used unasked.

Reading an export for the books guesses nothing; only `columns` and `init` ask this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from acctsync.exports.paths import below
from acctsync.exports.records import Format

_MARKS = (",", ";", "\t", "|")
_LOOKED_AT = 30
_DEEPEST = 3
_LONGEST_PATH = 200
_JSON_LINES = (".jsonl", ".ndjson")


def likely_format(text: str, name: str) -> Format:
    """Tell which format a text seems to be in; `name` decides only where both would do."""
    body = text.lstrip()
    if not body.startswith(("{", "[")):
        return Format.CSV
    filled = list(islice(filter(None, map(str.strip, body.split("\n"))), 2))
    if not _is_object(filled[0]):
        return Format.JSON
    several = len(filled) > 1 and filled[1].startswith("{")
    alone = name.lower().endswith(_JSON_LINES) or not lists_in(json.loads(filled[0]))
    return Format.JSONL if several or alone else Format.JSON


def counted_delimiter(lines: Sequence[str]) -> str:
    """Tell the mark that separates cells, by counting in the line that looks like the header."""
    filled = [line.strip("\r\n") for line in lines if line.strip()][:_LOOKED_AT]
    first = filled[0].strip().strip('"') if filled else ""
    if first.lower().startswith("sep=") and len(first) == len("sep=;"):
        return first[-1]
    counts = [_count(line) for line in filled]
    most = max((count for _, count in counts), default=0)
    if most == 0:
        return ","
    return next(mark for mark, count in counts if 2 * count >= most)


def header_at(rows: Sequence[Sequence[str]]) -> int:
    """Tell which of the first rows holds the names: titles above them fill fewer cells."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:_LOOKED_AT]]
    wanted = max(filled, default=0)
    return next((at for at, count in enumerate(filled) if count and 2 * count >= wanted), 0)


def lists_in(whole: Any) -> list[str]:
    """List the paths of lists of objects inside a JSON value, the longest list first."""
    found = dict(_lists(whole, "", 0))
    return sorted(found, key=lambda path: -found[path])


def _lists(value: Any, path: str, depth: int) -> Iterator[tuple[str, int]]:
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        yield path, len(value)
    elif isinstance(value, Mapping) and depth < _DEEPEST:
        for key, each in value.items():
            inner = below(path, key)
            if inner is not None and len(inner) <= _LONGEST_PATH:
                yield from _lists(each, inner, depth + 1)


def _count(line: str) -> tuple[str, int]:
    """Count the commonest mark of a line, leaving out what stands in quotes."""
    bare = "".join(line.split('"')[::2])
    return max(((mark, bare.count(mark)) for mark in _MARKS), key=lambda pair: pair[1])


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
