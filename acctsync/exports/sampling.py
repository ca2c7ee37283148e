"""Looks at the first rows of an export that nothing is known of yet; a bounded part, however large.

A JSON list is one value, so such a file is read whole; of all others only the start, and the end
for a row of totals.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from acctsync.errors import Location
from acctsync.exports.decoding import mark_of, open_text, start_of, undecodable
from acctsync.exports.guessing import counted_delimiter, header_at, likely_format, lists_in
from acctsync.exports.headers import Header, header
from acctsync.exports.objects import Objects
from acctsync.exports.records import FileRefused, Format, Row, Source, refused
from acctsync.exports.tables import numbered

MOST_ROWS = 1_000
MOST_BYTES = 4 << 20
_END = 1 << 14
_LAST_ROWS = 5
_PREAMBLE = 200

Numbered = tuple[int, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The first rows of an export, and how its bytes came to be read.

    A CSV row's cells are all the cells of its line, however many; a JSON row's its object. `last`
    are the last rows of a CSV file that is not `whole`; `titled` says that lines stand above its
    header. `lists` are the paths of a JSON file's lists, the one that the rows come from first;
    `has_more` is what the file says of further pages.
    """

    file: str
    format: Format
    encoding: str
    rows: tuple[Row, ...]
    whole: bool
    delimiter: str = ""
    header: Header | None = None
    titled: bool = False
    last: tuple[Row, ...] = ()
    lists: tuple[str, ...] = ()
    has_more: bool | None = None


def sample(path: Path, name: str) -> Sample:
    """Read the start of an export; raise FileRefused for one that `check` would refuse too."""
    start = start_of(path, name, MOST_BYTES)
    whole = path.stat().st_size <= MOST_BYTES
    encoding = _encoding(path, name, start, whole=whole)
    text = _decoded(start, encoding, whole=whole)
    kind = likely_format(text, name)
    if kind is Format.CSV:
        return _table(path, name, text, encoding, whole=whole)
    return _objects(path, name, kind, encoding)


def _encoding(path: Path, name: str, start: bytes, *, whole: bool) -> str:
    """Tell the encoding: a mark decides, then strict UTF-8, then what Excel writes on Windows."""
    mark = mark_of(start)
    if mark == "utf-16":
        return mark
    if mark == "utf-32" or b"\0" in start:
        # The reader knows what to say of such files.
        open_text(path, name, "utf-8").close()
    for encoding in ("utf-8", "cp1252"):
        try:
            _decoded(start, encoding, whole=whole)
        except UnicodeDecodeError:
            continue
        return encoding
    raise undecodable(path, name, "utf-8")


def _decoded(start: bytes, encoding: str, *, whole: bool) -> str:
    exact = "utf-8-sig" if encoding == "utf-8" else encoding
    return codecs.getincrementaldecoder(exact)().decode(start, final=whole)


def _table(path: Path, name: str, text: str, encoding: str, *, whole: bool) -> Sample:
    lines = list(io.StringIO(text, newline=""))
    if not whole:
        lines = lines[:-1]
    delimiter = counted_delimiter(lines)
    parsed = _parsed(lines, delimiter, name, whole=whole)
    first = list(islice(parsed, _PREAMBLE))
    at = header_at([row for _, row in first])
    if not any(_is_filled(row) for _, row in first):
        raise refused("FILE009", f"no header row in {name}", "export it again", file=name, line=1)
    head = header(name, *first[at])
    following = _data(chain(first[at + 1 :], parsed), head)
    rows = tuple(Row(name, line, row) for line, row in islice(following, MOST_ROWS))
    seen_all = whole and next(following, None) is None
    return Sample(
        file=name,
        format=Format.CSV,
        encoding=encoding,
        delimiter=delimiter,
        header=head,
        titled=any(_is_filled(row) for _, row in first[:at]),
        rows=rows,
        whole=seen_all,
        last=() if seen_all else _last(path, encoding, head, delimiter),
    )


def _parsed(lines: Sequence[str], delimiter: str, name: str, *, whole: bool) -> Iterator[Numbered]:
    """Take lines apart; in a part of a file, the last quote may be closed behind its end."""
    left = iter(lines)
    rows = numbered(left, delimiter, name)
    if lines and lines[0].strip().strip('"').lower().startswith("sep="):
        next(rows, None)
    try:
        yield from rows
    except FileRefused:
        if whole or next(left, None) is not None:
            raise


def _data(rows: Iterable[Numbered], head: Header) -> Iterator[Numbered]:
    """Leave out blank rows and further copies of the header, as the reader does."""
    again = list(head.cells)
    return ((line, row) for line, row in rows if row != again and _is_filled(row))


def _is_filled(row: Sequence[str]) -> bool:
    return any(map(str.strip, row))


def _last(path: Path, encoding: str, head: Header, delimiter: str) -> tuple[Row, ...]:
    """Read the last rows; it starts somewhere, so only rows of the right width count."""
    with path.open("rb") as file:
        file.seek(-min(_END, path.stat().st_size), os.SEEK_END)
        end = file.read()
    text = end.decode("utf-8" if encoding == "utf-16" else encoding, errors="ignore")
    lines = list(io.StringIO(text, newline=""))[1:]
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if _is_filled(row)]
    except csv.Error:
        return ()
    fitting = [row for row in rows if len(row) == len(head.cells)]
    return tuple(Row(head.file, 0, row) for row in fitting[-_LAST_ROWS:])


def _objects(path: Path, name: str, kind: Format, encoding: str) -> Sample:
    nowhere = Location(name)
    source = Source(
        name="", place=nowhere, files=(), files_place=nowhere, format=kind, encoding=encoding
    )
    value = _value(path, name, encoding) if kind is Format.JSON else None
    lists = lists_in(value) or [""]
    reader = Objects(path, name, replace(source, rows=lists[0]))
    rows = reader.rows()
    first = tuple(islice(rows, MOST_ROWS))
    whole = next(rows, None) is None
    return Sample(
        file=name,
        format=kind,
        encoding=encoding,
        rows=first,
        whole=whole,
        lists=tuple(lists),
        has_more=_has_more(value),
    )


def _value(path: Path, name: str, encoding: str) -> Any:
    """Read a JSON file as it is; where it can't be read, its reader will say why."""
    with open_text(path, name, encoding) as file:
        try:
            return json.load(file)
        except (ValueError, RecursionError):
            return None


def _has_more(value: Any) -> bool | None:
    said = value.get("has_more") if isinstance(value, dict) else None
    return said if isinstance(said, bool) else None
