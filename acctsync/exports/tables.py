"""Reads CSV files as a stream of rows that hold only the wanted columns."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from acctsync.errors import Location, Problem, Severity
from acctsync.exports.conditions import Test
from acctsync.exports.decoding import open_text, undecodable
from acctsync.exports.headers import Header, header, likely_delimiter, looks_like, positions
from acctsync.exports.paging import Manner, Page, Pager, Pick, digest_of
from acctsync.exports.records import FileRefused, Row, Source, Wanted, refused

if TYPE_CHECKING:
    from hashlib import _Hash

_LARGEST_CELL = 1 << 24
_MOST_BAD_ROWS = 20
_PREAMBLE = 500
_BATCH = 500
_AHEAD = 2000
_MOST_COLUMNS = 16_384  # Excel's limit
_BOM = "\ufeff"

_JSON = re.compile(r"\s*(?:\{\s*(?:[\"}]|$)|\[\s*(?:[\[{\"\]]|$))")


@dataclass(slots=True)
class _SoFar:
    """How far the reading of rows has come: whether there was any, which were bad, its end."""

    seen: bool = False
    ended: bool = False
    bad: list[Problem] = field(default_factory=list)


class Table:
    """One CSV file: its header, read at once, and its rows, read as asked for.

    Problems that don't stop the reading are kept in `notes`.
    """

    def __init__(self, path: Path, name: str, source: Source) -> None:
        self.notes: list[Problem] = []
        self._path = path
        self._name = name
        self._source = source
        with open_text(path, name, source.encoding) as file:
            self._encoding = file.encoding
            self._delimiter = source.delimiter
            self.header, self._above = self._find_header(file)

    def rows(self, wanted: Sequence[Wanted], skip: Test | None, stop: Test | None) -> Iterator[Row]:
        """Read the rows; raise FileRefused at the end with every row of a wrong length."""
        places, notes = positions(self.header, wanted, self._source)
        self.notes.extend(notes)
        pick = _picker(places)
        so_far = _SoFar()
        try:
            with open_text(self._path, self._name, self._source.encoding) as file:
                yield from self._read(file, pick, skip, stop, so_far)
        except UnicodeDecodeError as error:
            raise undecodable(self._path, self._name, self._encoding) from error
        if so_far.bad:
            raise FileRefused(so_far.bad)

    def paged(
        self, wanted: Sequence[Wanted], skip: Test | None, stop: Test | None, pager: Pager
    ) -> Iterator[Row | Page]:
        """Read the rows, but for those of pages that are found again: these come as they are."""
        if stop is not None or self._source.strip_formula_quotes:
            yield from self.rows(wanted, skip, stop)
            return
        places, notes = positions(self.header, wanted, self._source)
        self.notes.extend(notes)
        csv.field_size_limit(_LARGEST_CELL)
        manner = Manner(self._name, self._delimiter, _picker(places), skip)
        so_far = _SoFar()
        try:
            with open_text(self._path, self._name, self._source.encoding) as file:
                yield from self._read_paged(file, manner, pager, so_far)
        except UnicodeDecodeError as error:
            raise undecodable(self._path, self._name, self._encoding) from error
        if so_far.bad:
            raise FileRefused(so_far.bad)

    def _read_paged(
        self, file: Iterator[str], manner: Manner, pager: Pager, so_far: _SoFar
    ) -> Iterator[Row | Page]:
        begun = pager.begin(self._name, self.header.cells, self._delimiter)
        lines = _Window(itertools.islice(file, self._above, None), self._above)
        if not self._source.no_header:
            lines.skip_row(self._delimiter, self._name)
        while lines.fill():
            head = pager.starts.get(lines.first)
            if head is not None and (texts := lines.take_if(head.lines, head.digest, begun)):
                so_far.seen = True
                yield Page(head, lines.number - len(texts) + 1, texts, manner, pager.tape)
                continue
            texts = lines.until(pager.starts)
            yield from self._plainly(lines, texts, manner, pager, so_far)
            if so_far.ended:
                break
        if not so_far.seen:
            self.notes.append(_no_rows(self.header))

    def _plainly(
        self,
        lines: _Window,
        texts: Sequence[str],
        manner: Manner,
        pager: Pager,
        so_far: _SoFar,
    ) -> Iterator[Row]:
        """Read some lines, and where a row goes on below them the rest of it."""
        above = lines.number
        rows = _one_each(texts, self._delimiter)
        if rows is not None:
            lines.drop(len(texts))
            if _is_plain(rows, list(self.header.cells)):
                so_far.seen = True
                if pager.tape is not None:
                    pager.tape.put(self._name, above + 1, texts)
                for line, cells in enumerate(map(manner.pick, rows), above + 1):
                    if manner.skip is None or not manner.skip(cells):
                        yield Row(self._name, line, cells)
                return
            numbers = enumerate(rows, above + 1)
            yield from self._with_care(numbers, manner.pick, manner.skip, None, so_far)
            return
        read = numbered(lines, self._delimiter, self._name, above)
        for line, row in read:
            yield from self._with_care([(line, row)], manner.pick, manner.skip, None, so_far)
            if so_far.ended or lines.number - above >= len(texts):
                break

    def _read(
        self,
        file: Iterator[str],
        pick: Pick,
        skip: Test | None,
        stop: Test | None,
        so_far: _SoFar,
    ) -> Iterator[Row]:
        name, again = self._name, list(self.header.cells)
        easy = stop is None and not self._source.strip_formula_quotes
        body = itertools.islice(file, self._above, None)
        batches = _batches(body, self._delimiter, name, self._above)
        if not self._source.no_header:
            batches = _without_first(batches)
        for first, batch in batches:
            if easy and _is_plain(batch, again):
                so_far.seen = True
                for line, cells in enumerate(map(pick, batch), first):
                    if skip is None or not skip(cells):
                        yield Row(name, line, cells)
            else:
                yield from self._with_care(enumerate(batch, first), pick, skip, stop, so_far)
            if so_far.ended:
                break
        if not so_far.seen:
            self.notes.append(_no_rows(self.header))

    def _with_care(
        self,
        rows: Iterable[tuple[int, list[str]]],
        pick: Pick,
        skip: Test | None,
        stop: Test | None,
        so_far: _SoFar,
    ) -> Iterator[Row]:
        """Read rows among which may be blank or short ones, the header again, or the end."""
        name, width, again = self._name, len(self.header.cells), list(self.header.cells)
        has_header = not self._source.no_header
        strip_quotes = self._source.strip_formula_quotes
        for line, row in rows:
            if not row or ((not row[0] or row[0].isspace()) and not any(map(str.strip, row))):
                continue
            so_far.seen = True
            if has_header and (row == again or (row[0][0:1] == _BOM and _unmarked(row) == again)):
                self._note_header_again(line)
                continue
            ragged = len(row) != width
            cells = pick(_fitted(row, width) if ragged else row)
            if strip_quotes:
                cells = tuple(map(_unquoted, cells))
            if stop is not None and stop(cells):
                so_far.ended = True
                return
            if skip is not None and skip(cells):
                continue
            if ragged and not self._tolerable(row, width):
                so_far.bad.append(self._ragged(line, row, width))
                if len(so_far.bad) >= _MOST_BAD_ROWS:
                    so_far.ended = True
                    return
                continue
            yield Row(name, line, cells)

    def _tolerable(self, row: Sequence[str], width: int) -> bool:
        if len(row) > width:
            return not any(map(str.strip, row[width:]))
        return self._source.pad_short_rows

    def _ragged(self, line: int, row: Sequence[str], width: int) -> Problem:
        short = len(row) < width
        return Problem(
            code="FILE007",
            message=f"the row has {len(row)} cells, the header {width}",
            hint="if short rows are meant, set short_rows: pad on this source"
            if short
            else "a cell with the delimiter in it needs quotes: export the file again",
            location=Location(self._name, line),
        )

    def _note_header_again(self, line: int) -> None:
        if any(note.code == "FILE013" for note in self.notes):
            return
        self.notes.append(
            Problem(
                code="FILE013",
                message="the header row is there again: it is skipped",
                severity=Severity.WARNING,
                location=Location(self._name, line),
            )
        )

    def _find_header(self, file: Iterator[str]) -> tuple[Header, int]:
        """Find the header, and tell how many lines stand above it."""
        source = self._source
        try:
            start = list(itertools.islice(file, _PREAMBLE))
        except UnicodeDecodeError as error:
            raise undecodable(self._path, self._name, self._encoding) from error
        if _JSON.match("".join(start[:3])):
            message, hint = f"{self._name} is JSON", "set format: json (or jsonl) on this source"
            raise refused("FILE003", message, hint, file=self._name, line=1)
        if source.delimiter == "auto":
            self._delimiter = _counted_delimiter(start)
        sep_line = bool(start) and start[0].strip().strip('"').lower().startswith("sep=")
        if source.no_header:
            return header(self._name, 1, source.no_header), int(sep_line)
        above = self._lines_above(start, int(sep_line))
        self._refuse_width(start[above : above + 1])
        for line, row in numbered(start[above:], self._delimiter, self._name, above):
            if self._is_header(row):
                return header(self._name, line, row), line - 1
        raise self._no_header(start)

    def _refuse_width(self, lines: Sequence[str]) -> None:
        """Refuse what has more columns than any spreadsheet before it takes up the memory."""
        count = max((line.count(self._delimiter) for line in lines), default=0)
        if count > _MOST_COLUMNS:
            message = f"the header row of {self._name} has {count + 1:,} columns"
            hint = "is it an export, and is its delimiter right?"
            raise refused("FILE009", message, hint, file=self._name, line=1)

    def _lines_above(self, start: Sequence[str], sep_lines: int) -> int:
        """Tell how many lines to pass by; those need not be written like the table below them."""
        source = self._source
        if source.header_row is not None:
            return source.header_row - 1
        if source.header_row_contains:
            lines = enumerate(csv.reader([line], delimiter=self._delimiter) for line in start)
            wanted = source.header_row_contains
            return next((at for at, cells in lines if looks_like(next(cells, ()), wanted)), 0)
        return sep_lines

    def _is_header(self, row: Sequence[str]) -> bool:
        wanted = self._source.header_row_contains
        if wanted and self._source.header_row is None:
            return looks_like(row, wanted)
        return any(map(str.strip, row))

    def _no_header(self, start: Sequence[str]) -> FileRefused:
        wanted = ", ".join(f'"{name}"' for name in self._source.header_row_contains)
        other = likely_delimiter(start[:1], self._delimiter) if start else ""
        message = f"no header row in {self._name}"
        hint = "check header_row: it counts the lines of the file, from 1"
        if wanted:
            message = f"no header row with {wanted} in the first {_PREAMBLE} lines of {self._name}"
            hint = "check header_row_contains"
        if other:
            hint = f"the first line looks separated by {other}: set delimiter on this source"
        return refused("FILE009", message, hint, file=self._name, line=1)


def numbered(
    lines: Iterable[str], delimiter: str, name: str, above: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """Take lines apart, strictly; each row comes with the number of the line where it starts.

    `above` tells how many lines of the file come before these.
    """
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    before = above
    try:
        for row in reader:
            yield before + 1, row
            before = above + reader.line_num
    except csv.Error as error:
        raise _unreadable(error, name, before + 1) from error


def _batches(
    lines: Iterator[str], delimiter: str, name: str, above: int
) -> Iterator[tuple[int, list[list[str]]]]:
    """Take lines apart as `numbered` does, some hundred at a time: far faster than one by one.

    The rows of a batch stand on one line each, the first of them on the line of the number.
    """
    csv.field_size_limit(_LARGEST_CELL)
    while batch := list(itertools.islice(lines, _BATCH)):
        try:
            rows = list(csv.reader(batch, delimiter=delimiter, strict=True))
        except csv.Error:
            rows = []
        if len(rows) == len(batch):
            yield above + 1, rows
            above += len(batch)
            continue
        # A cell goes on over several lines, perhaps beyond these; or a row can't be read.
        counted = _Counted(itertools.chain(batch, lines))
        for line, row in numbered(counted, delimiter, name, above):
            yield line, [row]
            if counted.lines >= len(batch):
                break
        above += counted.lines


def _one_each(lines: Sequence[str], delimiter: str) -> list[list[str]] | None:
    """Take lines apart that are one row each; None where they are not."""
    csv.field_size_limit(_LARGEST_CELL)
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows if len(rows) == len(lines) else None


class _Window:
    """The lines of a file from where it was read to, some of them ahead.

    `number` tells how many lines of the file were taken. To go through it takes line by line.
    """

    def __init__(self, lines: Iterator[str], number: int) -> None:
        self._lines = lines
        self._ahead: list[str] = []
        self._at = 0
        self.number = number

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self.fill():
            raise StopIteration
        line = self.first
        self.drop(1)
        return line

    @property
    def first(self) -> str:
        return self._ahead[self._at]

    def fill(self, count: int = 1) -> bool:
        """Read on until there are so many lines ahead; tell whether there are."""
        missing = count - (len(self._ahead) - self._at)
        if missing > 0:
            more = itertools.islice(self._lines, max(missing, _AHEAD))
            self._ahead = [*self._ahead[self._at :], *more]
            self._at = 0
        return len(self._ahead) - self._at >= count

    def drop(self, count: int) -> None:
        """Take lines that are there."""
        self._at += count
        self.number += count

    def skip_row(self, delimiter: str, name: str) -> None:
        """Take the lines of one row."""
        next(numbered(self, delimiter, name, self.number), None)

    def take_if(self, count: int, digest: bytes, begun: _Hash) -> Sequence[str]:
        """Take a page's lines, if they are those; else none."""
        if not self.fill(count):
            return ()
        texts = self._ahead[self._at : self._at + count]
        if digest_of(begun, texts) != digest:
            return ()
        self.drop(count)
        return texts

    def until(self, starts: Container[str]) -> Sequence[str]:
        """Look at the next lines, up to where a page may start: the first of them at least."""
        ahead, at = self._ahead, self._at
        end = min(at + _BATCH, len(ahead))
        start = next((each for each in range(at + 1, end) if ahead[each] in starts), end)
        return ahead[at:start]


class _Counted:
    """Lines, and how many of them were taken."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._rest = lines
        self.lines = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._rest)
        self.lines += 1
        return line


def _without_first(
    batches: Iterator[tuple[int, list[list[str]]]],
) -> Iterator[tuple[int, list[list[str]]]]:
    """Leave out the first row, the header."""
    for first, batch in itertools.islice(batches, 1):
        yield first + 1, batch[1:]
    yield from batches


def _is_plain(batch: Sequence[list[str]], header: list[str]) -> bool:
    """Tell whether all rows are as long as the header, and none of them may be blank or it."""
    if set(map(len, batch)) != {len(header)} or header in batch:
        return False
    firsts = [row[0] for row in batch]
    return all(map(str.strip, firsts)) and not any(each[0] == _BOM for each in firsts)


def _unreadable(error: csv.Error, name: str, line: int) -> FileRefused:
    reason = str(error)
    if "unexpected end of data" in reason:
        message = "a quote is opened here and never closed"
    elif "expected after" in reason:
        message = "a quoted cell goes on after its closing quote"
    else:
        message = f"the row can't be read: {reason}"
    hint = "inside a quoted cell a quote is written twice; export the file again"
    return refused("FILE006", message, hint, file=name, line=line)


def _picker(places: Sequence[int | None]) -> Pick:
    """Make the function that takes the wanted cells out of a row; absent ones are blank."""
    if any(place is None for place in places):
        kept = tuple(places)
        return lambda row: tuple("" if place is None else row[place] for place in kept)
    indices = [place for place in places if place is not None]
    if not indices:
        return lambda _row: ()
    if len(indices) == 1:
        only = indices[0]
        return lambda row: (row[only],)
    return itemgetter(*indices)


def _fitted(row: Sequence[str], width: int) -> list[str]:
    return [*row[:width], *[""] * (width - len(row))]


def _unmarked(row: Sequence[str]) -> list[str]:
    """Leave out the mark that stands inside a file where another was pasted to it."""
    return [row[0].removeprefix(_BOM), *row[1:]]


def _unquoted(cell: str) -> str:
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    return cell.removeprefix("'")


def _counted_delimiter(start: Sequence[str]) -> str:
    line = next((line for line in start if line.strip()), "")
    if line.lower().startswith("sep=") and len(line.strip()) == len("sep=;"):
        return line[4]
    return max((",", ";", "\t", "|"), key=line.count)


def _no_rows(found: Header) -> Problem:
    return Problem(
        code="FILE014",
        message=f"{found.file} holds a header and no rows",
        hint="check the period that was exported",
        severity=Severity.WARNING,
        location=found.place,
    )
