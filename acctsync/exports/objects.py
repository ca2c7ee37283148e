"""Reads JSON and JSON Lines files: every row an object, numbers kept as they are written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from acctsync.errors import Location, Problem, Severity
from acctsync.exports.decoding import open_text, undecodable
from acctsync.exports.paths import MISSING, as_text, finder
from acctsync.exports.records import FileRefused, Format, Row, Source, refused

_WHITE = re.compile(r"[ \t\r\n]*")

# How billing systems say that another page follows.
_MORE = ("has_more", "next_offset", "next_page", "meta.next_page", "meta.next", "links.next")


class _Twin(ValueError):
    """A key stands twice in one object."""


class Objects:
    """One JSON or JSON Lines file; problems that don't stop the reading are kept in `notes`."""

    def __init__(self, path: Path, name: str, source: Source) -> None:
        self.notes: list[Problem] = []
        self._path = path
        self._name = name
        self._source = source

    def rows(self) -> Iterator[Row]:
        """Read the rows."""
        try:
            with open_text(self._path, self._name, self._source.encoding) as file:
                encoding = file.encoding
                seen = 0
                for row in (
                    self._lines(file)
                    if self._source.format is Format.JSONL
                    else self._list(file.read())
                ):
                    seen += 1
                    yield row
        except UnicodeDecodeError as error:
            raise undecodable(self._path, self._name, encoding) from error
        if not seen:
            self.notes.append(self._no_rows())

    def _lines(self, file: Iterator[str]) -> Iterator[Row]:
        for number, text in enumerate(file, start=1):
            if text.strip():
                row = self._parse(text, number)
                if not isinstance(row, dict):
                    raise self._refused(
                        "FILE022", f"line {number} is {_kind(row)}, not an object", line=number
                    )
                yield Row(self._name, number, row)

    def _list(self, text: str) -> Iterator[Row]:
        whole = self._parse(text, 1)
        entries = self._entries(whole)
        self._refuse_part(whole)
        lines = _lines_of(text, _start(text, whole, entries))
        for number, entry in enumerate(entries):
            at = next(lines, 1)
            if not isinstance(entry, dict):
                raise self._refused(
                    "FILE022", f"row {number + 1} is {_kind(entry)}, not an object", line=at
                )
            yield Row(self._name, at, entry)

    def _entries(self, whole: Any) -> list[Any]:
        path = self._source.rows
        found = finder(path)(whole) if path else whole
        if isinstance(found, list):
            return found
        what = f"rows: {path}" if path else "the file"
        if found is MISSING:
            raise self._refused("FILE021", f"{what} leads nowhere", _lists_in(whole))
        raise self._refused("FILE021", f"{what} is {_kind(found)}, not a list", _lists_in(whole))

    def _refuse_part(self, whole: Any) -> None:
        rule = self._source.whole_list
        if rule is None:
            self._note_part(whole)
            return
        found = finder(rule.path)(whole)
        text = "[…]" if isinstance(found, (list, dict)) else as_text(found, rule.path)
        wanted = rule.is_.strip().casefold()
        if text.casefold() != wanted and (text or wanted != "null"):
            is_now = f"{rule.path} is {text or 'missing'}, not {rule.is_ or 'empty'}"
            message = f"{is_now}: the list goes on in another page"
            raise self._refused("FILE023", message, "export the whole list into one file")

    def _note_part(self, whole: Any) -> None:
        """Say that a list seems to go on, where the mapping has no rule for that."""
        sign = next((sign for sign in _MORE if _tells_more(finder(sign)(whole))), None)
        if sign is None:
            return
        state, rest = ("true", "false") if sign == "has_more" else ("filled", '""')
        self.notes.append(
            Problem(
                code="FILE023",
                message=f"{sign} is {state}: the list goes on in another page",
                hint=f"set whole_list: {{path: {sign}, is: {rest}}} to refuse such files",
                severity=Severity.WARNING,
                location=Location(self._name),
            )
        )

    def _parse(self, text: str, line: int) -> Any:
        try:
            value = _DECODER.decode(text)
        except _Twin as error:
            raise self._refused(
                "FILE024", str(error), "the file is damaged: export it again", line=line
            ) from error
        except RecursionError as error:
            raise self._refused(
                "FILE025", "the file is nested too deeply", "export it again"
            ) from error
        except json.JSONDecodeError as error:
            raise self._unreadable(error, line) from error
        except ValueError as error:
            raise self._refused("FILE020", str(error), line=line) from error
        if _ESCAPED.search(text) and any(map(_BROKEN.search, _strings(value))):
            raise self._refused(
                "FILE005",
                "a text holds a NUL or half a character (\\u0000, \\ud800…)",
                "the file is damaged: export it again",
                line=line,
            )
        return value

    def _unreadable(self, error: json.JSONDecodeError, line: int) -> FileRefused:
        if error.msg == "Extra data" and self._source.format is Format.JSON:
            message = "the file holds more than one value"
            hint = "this looks like JSON Lines: set format: jsonl on this source"
        else:
            message = f"the file is no JSON: {error.msg} at character {error.colno}"
            hint = "it is damaged or cut: export it again"
            if error.pos == 0:
                hint = "is it a CSV file? Then set format: csv on this source"
        return self._refused("FILE020", message, hint, line=line + error.lineno - 1)

    def _refused(
        self, code: str, message: str, hint: str = "", line: int | None = None
    ) -> FileRefused:
        return refused(code, message, hint, file=self._name, line=line)

    def _no_rows(self) -> Problem:
        return Problem(
            code="FILE014",
            message=f"{self._name} holds no rows",
            hint="check the period that was exported",
            severity=Severity.WARNING,
            location=Location(self._name),
        )


def _start(text: str, whole: Any, entries: list[Any]) -> int:
    """Tell where the list of rows begins in the text, or -1 when it stands deeper in."""
    position = _past_white(text, 0)
    if whole is entries:
        return position
    key = next((key for key, value in whole.items() if value is entries), None)
    while key is not None:
        name, position = _PLAIN.raw_decode(text, _past_white(text, position + 1))
        position = _past_white(text, _past_white(text, position) + 1)
        if name == key:
            return position
        _, position = _PLAIN.raw_decode(text, position)
        position = _past_white(text, position)
    return -1


def _past_white(text: str, position: int) -> int:
    found = _WHITE.match(text, position)
    return found.end() if found else position


def _lines_of(text: str, start: int) -> Iterator[int]:
    """Tell the line on which each entry of a list begins."""
    position, line, counted = start + 1, text.count("\n", 0, max(start, 0)) + 1, max(start, 0)
    while start >= 0:
        position = _past_white(text, position)
        if text[position : position + 1] == ",":
            position = _past_white(text, position + 1)
        if position >= len(text) or text[position] == "]":
            return
        line, counted = line + text.count("\n", counted, position), position
        yield line
        try:
            _, position = _PLAIN.raw_decode(text, position)
        except (ValueError, RecursionError):
            return


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twin = next(name for name, count in counts.items() if count > 1)
        raise _Twin(f"the key {twin!r} stands twice in one object")
    return entries


def _tells_more(found: Any) -> bool:
    return found is True or (isinstance(found, str) and found not in {"", "false", "0"})


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number that JSON knows")


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else "a single value"


def _lists_in(whole: Any) -> str:
    if isinstance(whole, dict):
        lists = [key for key, value in whole.items() if isinstance(value, list)]
        if lists:
            return f"there are lists under: {', '.join(lists)}"
    return "rows: names the path of the list"


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=str, parse_int=str, parse_constant=_no_constant
)
_PLAIN = json.JSONDecoder(parse_float=str, parse_int=str)


def _strings(value: Any) -> Iterator[str]:
    """Give every text inside a value, keys included."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            left += each
            left += each.values()
        elif isinstance(each, list):
            left += each


# Only an escape can bring these into a file that was decoded; then every text is looked at.
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_BROKEN = re.compile("[\x00\ud800-\udfff]")
