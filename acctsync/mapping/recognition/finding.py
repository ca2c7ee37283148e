"""Which column of an export is what: parts of a record of the mapping, found by their names.

Every choice is a suggestion; what the values say against it is kept as a note beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from acctsync.documents import Kind
from acctsync.exports.conditions import folded
from acctsync.mapping.profiling.naming import forms
from acctsync.mapping.recognition import statuses
from acctsync.mapping.recognition.synonyms import CUSTOMER, VENDOR, Phrases
from acctsync.mapping.survey import Cells, ColumnProfile, Survey
from acctsync.money import known_currency

Shape = str | tuple["Shape", ...] | Mapping[str, "Shape"]
Test = Callable[[ColumnProfile], bool]


class Literal(str):
    """A switch or a number of our own, written without quotes."""

    __slots__ = ()


CONFIRM = "CONFIRM"
TRUE, FALSE = Literal("true"), Literal("false")
UNKNOWN: Shape = {"value": "?"}

# A longer name is no name that somebody would copy into a mapping.
LONGEST_NAME = 200

_MOST_STATES = 40
_LONGEST_STATE = 60
_LAST_DIGITS = re.compile(r"(?P<mark>[•*·xX.]{2,}) ?[0-9]{4}\Z")
_OPAQUE = re.compile(r"[A-Za-z]+[_-][A-Za-z0-9_-]*|[0-9a-f]{8}[0-9a-f-]{8,}|[0-9]+")
_PURCHASES = frozenset((Kind.PURCHASE_ORDERS, Kind.BILLS))
_RECEIPTS = frozenset((Kind.PAYMENTS, Kind.REFUNDS))


@dataclass(slots=True)
class Recognised:
    """A record of the mapping as far as the columns tell it.

    `notes` are remarks by field (`date`, `lines.item`); those that begin with CONFIRM need a
    person. `words` are the values that the accounting half must know, by its tables.
    """

    kind: Kind
    doubt: str = ""
    group_by: str = ""
    each: str = ""
    where: list[Mapping[str, Shape]] = field(default_factory=list)
    head: dict[str, Shape] = field(default_factory=dict)
    party: dict[str, Shape] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    lines: dict[str, Shape] = field(default_factory=dict)
    taxes: list[Shape] = field(default_factory=list)
    extra_lines: list[Shape] = field(default_factory=list)
    document_taxes: list[Shape] = field(default_factory=list)
    inclusive: bool = False
    notes: dict[str, str] = field(default_factory=dict)
    words: dict[str, Counter[str]] = field(default_factory=dict)
    used: dict[tuple[str, str], str] = field(default_factory=dict)
    amounts: list[ColumnProfile] = field(default_factory=list)
    quantities: list[ColumnProfile] = field(default_factory=list)
    days: dict[str, ColumnProfile] = field(default_factory=dict)

    @property
    def party_word(self) -> str:
        return "vendor" if self.kind in _PURCHASES else "customer"

    def see(self, table: str, words: Iterable[str]) -> None:
        """Count words of the export that a table of the accounting half must know."""
        self.words.setdefault(table, Counter()).update(word for word in words if word)


class Finder:
    """Finds columns by the phrases that they may be called; none is taken twice.

    `inside` says that all the columns stand in a list of lines already, which is as good as a
    prefix that says so.
    """

    def __init__(
        self,
        columns: Sequence[ColumnProfile],
        prefixes: Sequence[str],
        found: Recognised,
        *,
        inside: bool = False,
    ) -> None:
        self._columns = columns
        self._inside = inside
        self._forms = {column.name: tuple(forms(column.words, prefixes)) for column in columns}
        self._found = found

    def find(
        self, name: str, phrases: Sequence[str], fits: Test | None = None
    ) -> ColumnProfile | None:
        """Take the column that is called by the earliest phrase; one that holds something first."""
        column = self.look(phrases, fits)
        if column is not None:
            self._found.used[column.under, column.name] = name
        return column

    def look(self, phrases: Sequence[str], fits: Test | None = None) -> ColumnProfile | None:
        """Find a column without taking it."""
        free = [
            column
            for column in self._columns
            if (column.under, column.name) not in self._found.used
            and len(column.name) <= LONGEST_NAME
            and (fits is None or fits(column))
        ]
        for filled in (True, False):
            for phrase in phrases:
                for column in free:
                    if bool(column.filled) is filled and self._is_called(column, phrase):
                        return column
        return None

    def _is_called(self, column: ColumnProfile, phrase: str) -> bool:
        whole, *stripped = self._forms[column.name]
        if not phrase.startswith("+"):
            return phrase == whole
        return phrase[1:] in stripped or (self._inside and phrase[1:] == whole)


def is_number(column: ColumnProfile) -> bool:
    """Tell whether a column holds numbers, or nothing yet."""
    return not column.filled or column.numbers.likely


def is_day(column: ColumnProfile) -> bool:
    """Tell whether a column holds dates, or nothing yet."""
    return not column.filled or column.dates.likely


def is_text(column: ColumnProfile) -> bool:
    """Tell whether a column can be words: not dates."""
    return not column.dates.likely


def add_party(found: Recognised, finder: Finder, survey: Survey) -> None:
    """Find who a document is with."""
    phrases: Phrases = VENDOR if found.party_word == "vendor" else CUSTOMER
    name = finder.find(f"{found.party_word}.name", phrases["name"], _is_name)
    email = finder.find(f"{found.party_word}.email", phrases["email"], is_text)
    if email is None:
        email = finder.find(f"{found.party_word}.email", _with_email(survey), is_text)
    known = finder.find(f"{found.party_word}.id", phrases["id"], _is_id)
    ids: list[str] = []
    if known is not None:
        spare = finder.look(phrases["id"], _is_id)
        ids = [known.name]
        if spare is not None and known.filled < known.rows:
            ids.append(spare.name)
            found.used[spare.under, spare.name] = f"{found.party_word}.id"
        found.party["id"] = first_of(ids)
    others = [*([email.name] if email else []), *ids]
    if name is not None:
        found.party["name"] = _first_of(name, others, survey)
    elif others:
        found.party["name"] = first_of(others)
        found.notes[found.party_word] = f"{CONFIRM}: no column with a name was recognised"
    elif found.kind not in _RECEIPTS:
        found.party["name"] = UNKNOWN
        found.notes[found.party_word] = f"{CONFIRM}: no column with a name was recognised"
        found.doubt = found.doubt or f"no column with the {found.party_word} was recognised"
    if email is not None:
        found.party["email"] = email.name


def add_state(found: Recognised, column: ColumnProfile | None) -> None:
    """Suggest what each status that was seen means."""
    if column is None or len(column.values) > _MOST_STATES:
        return
    if any(len(value) > _LONGEST_STATE for value in column.values):
        return
    found.head["state"] = column.name
    for value in column.values:
        state = state_of(value, found.kind)
        found.states[value] = state or "open"
        if state is None:
            found.notes[f"state.{value}"] = f"{CONFIRM}: not known, open is a guess"
        elif found.states[value] == "skip":
            found.notes[f"state.{value}"] = f"{CONFIRM}: left out"
        elif folded(value) == "paid" and found.kind is Kind.INVOICES:
            found.notes[f"state.{value}"] = "paid comes from a payment, not from a word"
        elif folded(value) == "closed" and state == "void":
            found.notes[f"state.{value}"] = f"{CONFIRM}: void, unless it means paid"


def add_currency(found: Recognised, column: ColumnProfile | None) -> None:
    """Read the currency where every value names one."""
    if column is None:
        return
    if all(known_currency(value) for value in column.values):
        found.head["currency"] = column.name
    elif all(known_currency(value.rpartition(" - ")[2]) for value in column.values):
        found.head["currency"] = {"column": column.name, "after": " - "}


def state_of(word: str, kind: Kind) -> str | None:
    """Suggest what a status means for the books; None for a word that nobody knows."""
    key = folded(word)
    if kind is Kind.ESTIMATES:
        return statuses.ESTIMATES.get(key)
    if kind in _RECEIPTS:
        if key in statuses.NO_RECEIPTS:
            return "skip"
        return "open" if statuses.SALES.get(key) == "open" else None
    if kind in _PURCHASES and key in {"received", "accepted", "billed"}:
        return "closed" if key != "accepted" else "open"
    return statuses.SALES.get(key)


def method_shape(column: ColumnProfile) -> Shape:
    """Read a way of paying without the last digits of the card."""
    short = (value for value in column.values if len(value) <= _LONGEST_STATE)
    marks = {match["mark"] for value in short if (match := _LAST_DIGITS.search(value))}
    if len(marks) != 1:
        return column.name
    return {"column": column.name, "before": marks.pop()}


def evaluated(shape: Shape | None, cells: Cells) -> str:
    """Tell what a shape reads from a row, as far as shapes that are suggested here go."""
    if shape is None:
        return ""
    if isinstance(shape, str):
        return cells.get(shape, "")
    assert isinstance(shape, Mapping)
    names = shape.get("first_of")
    if isinstance(names, tuple):
        return next((text for name in names if (text := cells.get(str(name), ""))), "")
    text = cells.get(str(shape.get("column", "")), "")
    if text and "when_filled" in shape:
        return str(shape["when_filled"])
    if "before" in shape:
        return text.split(str(shape["before"]), 1)[0].strip()
    return text or str(shape.get("value", ""))


def first_of(names: Sequence[str]) -> Shape:
    """Take the first that is filled; one name needs no list."""
    return names[0] if len(names) == 1 else {"first_of": tuple(names)}


def _first_of(column: ColumnProfile, others: Sequence[str], survey: Survey) -> Shape:
    """Let others stand in where a column is blank and they aren't."""
    blank = [row for row in survey.rows if not row.get(column.name)]
    standing_in = [name for name in others if any(row.get(name) for row in blank)]
    return first_of([column.name, *standing_in])


def _with_email(survey: Survey) -> tuple[str, ...]:
    return tuple(column.words for column in survey.columns if "email" in column.words.split())


def _is_name(column: ColumnProfile) -> bool:
    """Tell whether a column may hold names: not only what machines call people."""
    return is_text(column) and not (
        column.filled and all(_OPAQUE.fullmatch(value) for value in column.values)
    )


def _is_id(column: ColumnProfile) -> bool:
    return bool(column.filled) and is_text(column)
