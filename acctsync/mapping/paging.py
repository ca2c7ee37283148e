"""Puts pages among the documents of a record, and learns which lines may be a page from now on.

A page stands for whole documents and nothing else, and tells the same wherever it stands: it begins
with the first row of one and ends with the last row of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from acctsync.exports.paging import Page, Tape
from acctsync.exports.records import Row
from acctsync.mapping.findings import Trace
from acctsync.mapping.row_choice import Key, RowChoice, is_blank

# So many documents make a page; one that changed lets so many be looked at one by one.
_DOCUMENTS = 256


class Told(NamedTuple):
    """One document of a page: what its rows came to, as plain values, and its line in the page.

    `party` is the number of its party among the page's, `day` the day's ordinal.
    """

    id: str
    number: str
    day: int
    currency: str
    total: str
    tax_total: str
    state: str
    exchange_rate: str
    fee: str
    wanted: str
    party: int
    invoice: str
    mark: str
    part: str
    line: int


class Contents(NamedTuple):
    """What a page told when it was learnt: its documents by their names, and whom they name."""

    names: Sequence[str]
    documents: Sequence[Told]
    parties: Sequence[Sequence[str]]


class Opened(NamedTuple):
    """A page all of whose documents are settled, with their ids and customers in the books.

    For each document, of very many, `remote` holds a pair.
    """

    page: Page
    contents: Contents
    remote: Sequence[tuple[str, str]]


class Sketched(NamedTuple):
    """Lines that may be a page: by what they are recognised, and whose they are."""

    start: str
    lines: int
    digest: bytes
    documents: Sequence[tuple[Trace, int]]


Open = Callable[[Page], "Opened | None"]
Group = tuple[Key, list[Row]]


def name_of(key: Key) -> str:
    """Write the key of a document as one word."""
    return key if isinstance(key, str) else "\x1f".join(key)


class Pieces:
    """The groups of rows of an export, and pages in their places where they can be taken whole."""

    def __init__(self, items: Iterator[Row | Page], choice: RowChoice, opened: Open) -> None:
        """Set up; what `opened` gives nothing for is taken apart into its rows."""
        self._items = items
        self._choice = choice
        self._open = opened
        self._ahead = next(items, None)
        self._opened: Opened | None = None

    def __iter__(self) -> Iterator[Group | Opened]:
        while True:
            yield from self._choice.groups(self._run())
            if self._opened is None:
                return
            yield self._opened

    def _run(self) -> Iterator[Row]:
        """Give rows up to the next page that is taken."""
        self._opened = None
        above: Key = ""
        while (item := self._ahead) is not None:
            self._ahead = next(self._items, None)
            if isinstance(item, Row):
                above = self._named(item) or above
                yield item
                continue
            self._opened = self._taken(item, above)
            if self._opened is not None:
                return
            for row in item.rows():
                above = self._named(row) or above
                yield row

    def _named(self, row: Row) -> Key:
        """Tell the key that a row names itself by; empty where it names none."""
        key = self._choice.key_of(row)
        return "" if is_blank(key) else key

    def _taken(self, page: Page, above: Key) -> Opened | None:
        """Open a page, if no row above it or below it can be of its documents."""
        ahead = self._ahead
        if ahead is None or ahead.file != page.file:
            return None
        below = self._named(ahead if isinstance(ahead, Row) else _first_row(ahead))
        if not below or above == self._named(_first_row(page)):
            return None
        opened = self._open(page)
        apart = opened is not None and name_of(below) != opened.contents.names[-1]
        return opened if apart else None


def _first_row(page: Page) -> Row:
    return next(page.manner.rows(page.texts[:1], page.first))


class Sketch:
    """Gathers documents that stand below each other until they make a page."""

    def __init__(self, tape: Tape, learn: Callable[[Sketched], None], *, gaps: bool) -> None:
        """Set up; `gaps` between documents hold rows that belong to none."""
        self._tape = tape
        self._learn = learn
        self._gaps = gaps
        self._documents: list[tuple[Trace, int, int]] = []
        self._file = ""

    def add(self, trace: Trace, rows: Sequence[Row]) -> None:
        """Take a document in, the next one of the export."""
        file, first, last = rows[0].file, rows[0].line, rows[-1].line
        if self._documents and not self._goes_on(file, first):
            self._finish(last_of_file=file != self._file)
        if not self._tape.holds(file, first, last):
            self.cut(rows)
            return
        if len(self._documents) >= _DOCUMENTS:
            self._finish()
        self._file = file
        self._documents.append((trace, first, last))

    def cut(self, rows: Sequence[Row]) -> None:
        """Go past a document that no page may hold."""
        self._finish(last_of_file=bool(self._documents) and rows[0].file != self._file)
        self._tape.let_go(rows[-1].file, rows[-1].line + 1)

    def end(self) -> None:
        """Make a page of what is left."""
        self._finish(last_of_file=True)

    def _goes_on(self, file: str, first: int) -> bool:
        above = self._documents[-1][2]
        if file != self._file or first <= above:
            return False
        return first == above + 1 or (self._gaps and self._tape.holds(file, above + 1, first - 1))

    def _finish(self, *, last_of_file: bool = False) -> None:
        """Make a page; the last document of a file is left out: nobody knows yet where it ends."""
        documents, self._documents = self._documents, []
        if not documents:
            return
        end = documents[-1][2]
        kept = documents[:-1] if last_of_file else documents
        if kept:
            first, last = kept[0][1], kept[-1][2]
            start, digest = self._tape.page(self._file, first, last)
            own = [(trace, at - first) for trace, at, _ in kept]
            self._learn(Sketched(start, last - first + 1, digest, own))
        self._tape.let_go(self._file, end + 1)
