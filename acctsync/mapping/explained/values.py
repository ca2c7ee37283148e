"""What there is to tell of one document: each value, its cells in the export, the rule behind it.

Values are those that the document holds: texts, amounts, days, entries of the books, other
documents. Places in the export have a file and a line, places in the mapping a character as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from acctsync.documents import Kind
from acctsync.errors import Location, Problem

# The rule of a value that is its cell, unchanged.
COPIED = "as it is"


class Fate(StrEnum):
    """What became of a document."""

    BUILT = "built"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value as the export writes it, but for outer spaces; `absence` says why there is none."""

    column: str
    text: str
    place: Location
    absence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The entry of the accounting half that a word was looked up in.

    `table` is its dotted path, `key` the entry as the mapping writes it (empty where there is none
    for the word), `how` it was found: exact, pattern, other, per_campus, line_rule, default,
    create, unmapped. `then` is the entry that the found word led to in turn.
    """

    table: str
    word: str
    key: str
    how: str
    value: object
    place: Location | None
    then: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One value: `rule` is what the mapping does with the cells, `place` where it says so.

    `entry` is the look-up that came after it; `problem` why the value could not be read.
    """

    field: str
    value: object
    cells: tuple[Cell, ...] = ()
    rule: str = ""
    place: Location | None = None
    entry: Entry | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a document, row or line was left out: the words, the cells and the rule that did it."""

    words: str
    cells: tuple[Cell, ...] = ()
    place: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedLine:
    """One line; `number` counts the document's lines from 1, and is None for one left out.

    `origin` says what it was made from: a row, an extra line, shipping, the total.
    """

    number: int | None
    origin: str
    row: Location
    fields: tuple[Explained, ...] = ()
    left_out: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A row of the document's id that the mapping leaves out, and why."""

    row: Location
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything about one document, in its own order.

    `more_rows` counts those that are not among its `rows`: a customer may be in very many.
    """

    kind: Kind
    id: str
    number: str
    source: str
    record: Location | None
    fate: Fate
    rows: tuple[Location, ...]
    more_rows: int = 0
    fields: tuple[Explained, ...] = ()
    lines: tuple[ExplainedLine, ...] = ()
    totals: tuple[Explained, ...] = ()
    skipped: Reason | None = None
    left_out: tuple[LeftOut, ...] = ()
    problems: tuple[Problem, ...] = ()
