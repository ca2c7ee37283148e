"""Reads the head of a document: identity, state, day, currency, party and the words of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from acctsync.documents import ASSIGNABLE, DocumentRef, Kind, State, TaxTreatment
from acctsync.exports.conditions import Test, UnreadableNumber, compile_test
from acctsync.exports.records import Row
from acctsync.exports.scope import Columns, Getter, Scope, loosely
from acctsync.mapping.fields import FieldCompiler, Misread, brief
from acctsync.mapping.findings import Findings
from acctsync.mapping.meaning import AMOUNTS, DAYS, NUMBERS
from acctsync.mapping.model import Books, Field, PushPolicy, RecordRule
from acctsync.mapping.party import Party
from acctsync.money import known_currency, rounded, similar_currency

_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+[Ee]\+?|[Ee]\+)[0-9]{1,3}")
_SHEET_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)")
# Amounts that no billing system rounds for us; a computer's own noise is much smaller.
_EXACT = frozenset(("total", "balance", "amount"))
_NOISE = Decimal("0.000001")
_STATES = {"paid": State.OPEN, **{str(state): state for state in State}}
_SKIP, _PAID = "skip", "paid"
# What every kind may be, if only to be left out; and what some may be besides.
_OF_ALL = frozenset((State.OPEN, State.DRAFT))
_WITH_LINES = _OF_ALL | {State.VOID, State.WRITTEN_OFF}
_OF_A_KIND = {
    Kind.ESTIMATES: frozenset(State),
    Kind.INVOICES: _WITH_LINES,
    Kind.CREDIT_NOTES: _WITH_LINES,
    Kind.SALES_RECEIPTS: _WITH_LINES,
    Kind.BILLS: _WITH_LINES,
    Kind.PURCHASE_ORDERS: _WITH_LINES | {State.CLOSED},
    Kind.PAYMENTS: _OF_ALL | {State.VOID},
    Kind.REFUNDS: _OF_ALL | {State.VOID},
    Kind.PAYOUTS: _OF_ALL | {State.VOID, State.PENDING},
}
_OF_MONEY = "map it to open (the money moved), skip (not yet) or void (it failed or was taken back)"
_STATE_HINTS = {
    Kind.PAYMENTS: _OF_MONEY,
    Kind.REFUNDS: _OF_MONEY,
    Kind.PAYOUTS: "map it to open (it reached the bank), skip (not yet) or void (failed)",
}
_NOBODY = Party()
_CACHE_SIZE = 20_000

Read = Callable[..., Any]


class Expectation(NamedTuple):
    """What every row must satisfy, and what to say when one doesn't.

    A column of the document may be blank on later rows; there is one value of it, in its head.
    """

    message: str
    column: str
    holds: Test
    text: Getter
    of_head: bool


@dataclass(slots=True)
class HeadCells:
    """The values of one document's head; what could not be read is in the findings."""

    cells: Any
    row: Row
    found: Findings
    words: dict[str, str]
    days: dict[str, dt.date | None]
    numbers: dict[str, Decimal | None]
    amounts: dict[str, Decimal | None]
    party: Party
    paid: bool = False

    def text(self, name: str) -> str:
        """Tell a text; empty where it is not mapped."""
        return self.words.get(name, "")


class HeadReader:
    """Reads the document part of one record; compiled once."""

    def __init__(
        self,
        record: RecordRule,
        compiler: FieldCompiler,
        scope: Scope,
        books: Books,
        push: PushPolicy,
    ) -> None:
        self.record = record
        self._books = books
        self._push = push
        self._scope = scope
        fields = {name: field for name, field in record.document.items() if name != "state"}
        self._fields = fields
        self._texts = [
            (n, compiler.text(f, scope)) for n, f in fields.items() if n not in NUMBERS | DAYS
        ]
        self._amounts = [(n, compiler.amount(f, scope)) for n, f in fields.items() if n in AMOUNTS]
        self._numbers = [
            (n, compiler.number(f, scope)) for n, f in fields.items() if n in NUMBERS - AMOUNTS
        ]
        self._days = [(n, compiler.day(f, scope)) for n, f in fields.items() if n in DAYS]
        self._state = _state_reader(record.document.get("state"), compiler, scope)
        self._party = [(n, compiler.text(f, scope)) for n, f in record.party.items()]
        looked_up = {"location": "location", "class": "class", "method": "payment_method"}
        self.columns = {
            what: fields[name].column_shown for name, what in looked_up.items() if name in fields
        }
        self._parties: dict[tuple[str, ...], Party] = {}
        self._currencies: dict[str, str] = {}
        fee = fields.get("fee")
        self._fee_currency = (
            loosely(scope.text(fee.currency, fee.place)) if fee and fee.currency else None
        )

    @property
    def getters(self) -> dict[str, Read]:
        """Give each field's own reader; an amount's takes the currency beside the cells."""
        readers: list[tuple[str, Read]] = [*self._texts, *self._days]
        return dict([*readers, *self._numbers, *self._amounts, ("state", self._state)])

    @property
    def party_getters(self) -> dict[str, Read]:
        return dict(self._party)

    def compile_expectations(self, compiler: FieldCompiler) -> list[Expectation]:
        """Compile `expect` after the document's own columns, so that those stay first."""
        scope, currency = self._scope, self._books.currency
        own = set(scope.wanted) if isinstance(scope, Columns) else set()
        return [
            Expectation(
                each.message or f"{each.column} is not as the mapping expects it",
                each.column,
                compile_test(each, scope, compiler.numbers, currency, strict=True),
                loosely(scope.text(each.column, each.place)),
                each.column in own,
            )
            for each in self.record.expect
        ]

    def read(self, row: Row, cells: Any) -> HeadCells:
        """Read all but the amounts, which need the currency."""
        found = Findings(row.file, row.line, self.columns)
        head = HeadCells(cells, row, found, {}, {}, {}, {}, _NOBODY)
        try:
            head.words = {name: read(cells) for name, read in self._texts}
            head.days = {name: read(cells) for name, read in self._days}
            if self._numbers:
                head.numbers = {name: read(cells) for name, read in self._numbers}
            if self._party:
                head.party = self._named([read(cells) for _, read in self._party])
        except Misread:
            self._read_apart(head)
        return head

    def read_amounts(self, head: HeadCells, currency: str) -> None:
        """Read the amounts, to the cent."""
        for name, read in self._amounts:
            try:
                value = read(head.cells, currency)
            except Misread as error:
                head.found.misread(error, head.row)
                value = None
            whole = None if value is None else rounded(value, currency)
            if whole != value and name in _EXACT:
                self._refuse_fraction(name, value, whole, currency, head)
            head.amounts[name] = whole

    def identity(self, head: HeadCells) -> tuple[DocumentRef, str]:
        """Tell reference and number; a document without id is named by its line."""
        word = head.words.get("id", "")
        if not word:
            self.refuse_absent("id", head)
            word = f"line {head.row.line}"
        number = head.words.get("number", word)
        if not number and self._push.numbers == "assign" and self.record.kind in ASSIGNABLE:
            number = word
        elif not number and "number" in self._fields:
            self._refuse_unnumbered(head)
        if number == word:
            word = number = self._tidy(word, "id", head)
        else:
            word, number = self._tidy(word, "id", head), self._tidy(number, "number", head)
        return DocumentRef(self.record.kind, self.record.source, word), number

    def state(self, head: HeadCells) -> State | None:
        """Tell the state; None means that the document is skipped."""
        try:
            word = self._state(head.cells)
        except Misread as error:
            head.found.misread(error, head.row)
            return State.OPEN
        if word == _SKIP or (word == State.DRAFT and not self._push.drafts):
            return None
        head.paid = word == _PAID
        state = _STATES[word]
        if state not in _OF_A_KIND.get(self.record.kind, _OF_ALL):
            self._refuse_state(state, head)
        return state

    def skips(self, state: State | None, day: dt.date | None) -> bool:
        """Tell whether a document is left out: by its state, or by the books' dates."""
        if state is None:
            return True
        start, end = self._books.start_date, self._books.end_date
        return day is not None and (
            (start is not None and day < start) or (end is not None and day > end)
        )

    def currency(self, head: HeadCells) -> str:
        """Tell the document's currency; the books' own where the export tells none."""
        word = head.words.get("currency", "")
        if not word:
            return self._books.currency
        known = self._currencies.get(word) or known_currency(word)
        if known is None:
            near = similar_currency(word)
            hint = f"did you mean {near}?" if near else "map it to an ISO code, as in USD"
            self._error(head, "DOC006", f"{brief(word)} is no currency", hint, "currency")
            return self._books.currency
        self._currencies[word] = known
        return known

    def fee_currency(self, head: HeadCells) -> str:
        """Tell the currency that the export names for the fee; empty where it names none."""
        return self._fee_currency(head.cells).upper() if self._fee_currency else ""

    def tax(self, head: HeadCells) -> TaxTreatment:
        """Tell whether prices include tax; what the books say where the export doesn't."""
        word = head.words.get("tax", "").casefold()
        if not word:
            return self._books.tax
        if word in set(TaxTreatment):
            return TaxTreatment(word)
        self._error(
            head,
            "DOC017",
            f'tax: "{brief(word)}" is not known',
            "map it to exclusive, inclusive or none",
            "tax",
        )
        return self._books.tax

    def require(self, name: str, value: Any, head: HeadCells) -> None:
        """Note that a value that must be there is not, unless it was reported as unreadable."""
        if value not in (None, ""):
            return
        shown = self.shown(name)
        if not any(
            p.location and p.location.column == shown for p in head.found.problems if p.is_error
        ):
            self.refuse_absent(name, head)

    def refuse_absent(self, name: str, head: HeadCells) -> None:
        """Refuse a document for a value that is not there."""
        field = self._fields.get(name)
        column = field.column if field else None
        why = self._scope.absence(column)(head.cells) if column else "is empty"
        hint = "fill it in the export; if the row is no document, name it under skip_rows or where"
        self._error(head, "DOC001", f"{name} {why}", hint, name)

    def shown(self, name: str) -> str:
        """Tell the column that a field reads, for messages."""
        field = self._fields.get(name)
        return field.shown if field else name

    def _read_apart(self, head: HeadCells) -> None:
        """Read every value by itself, so that all that can't be read are reported."""
        cells, row, found = head.cells, head.row, head.found
        head.words = {name: _tried(read, cells, row, found) or "" for name, read in self._texts}
        head.days = {name: _tried(read, cells, row, found) for name, read in self._days}
        head.numbers = {name: _tried(read, cells, row, found) for name, read in self._numbers}
        head.party = self._named([_tried(read, cells, row, found) or "" for _, read in self._party])

    def _named(self, words: list[str]) -> Party:
        key = tuple(words)
        party = self._parties.get(key)
        if party is None:
            if len(self._parties) >= _CACHE_SIZE:
                self._parties.clear()
            names = [name for name, _ in self._party]
            party = self._parties[key] = Party(**dict(zip(names, words, strict=True)))
        return party

    def _refuse_state(self, state: State, head: HeadCells) -> None:
        """Refuse a document that can't be what it is said to be, before it counts as open."""
        kind = self.record.kind
        message = f"{str(kind).replace('_', ' ')} can't be {str(state).replace('_', ' ')}"
        usual = "map the word to skip to leave it out, or to open if it counts"
        hint = _STATE_HINTS.get(kind, usual)
        column = self.record.document["state"].shown
        head.found.error("DOC034", message, hint, row=head.row, column=column)

    def _refuse_unnumbered(self, head: HeadCells) -> None:
        """Refuse a document without number, unless it is skipped anyway."""
        try:
            skipped = self._state(head.cells) in {_SKIP, State.DRAFT}
        except Misread:
            skipped = False
        if not skipped:
            self.require("number", "", head)

    def _tidy(self, text: str, name: str, head: HeadCells) -> str:
        """Collapse the spaces of an id or number; refuse a broken one."""
        if text.isalnum() or not text:
            return text
        tidy = " ".join(text.split())
        if "\n" in text or "\r" in text:
            hint = "a quote may be in the wrong place: correct the export"
            self._error(head, "DOC010", f'a line break inside the {name} "{tidy}"', hint, name)
        elif _SCIENTIFIC.fullmatch(text):
            hint = (
                "a spreadsheet shortened it: export anew, and don't open the file in a spreadsheet"
            )
            self._error(head, "DOC010", f'the {name} "{text}" has lost digits', hint, name)
        elif _SHEET_ERROR.fullmatch(text):
            hint = "a formula of a spreadsheet failed: export anew"
            self._error(head, "DOC010", f'the {name} is "{text}"', hint, name)
        elif not tidy.isprintable():
            hint = "type it anew in the billing system"
            message = f"the {name} {tidy!a} holds invisible characters"
            self._error(head, "DOC010", message, hint, name)
        return tidy

    def _refuse_fraction(
        self,
        name: str,
        value: Decimal | None,
        whole: Decimal | None,
        currency: str,
        head: HeadCells,
    ) -> None:
        if value is None or whole is None or abs(value - whole) <= _NOISE:
            return
        message = f"{name}: {value:,} is finer than the smallest amount of {currency}"
        hint = "is it in another currency, or in another style of numbers?"
        self._error(head, "DOC002", message, hint, name)

    def _error(self, head: HeadCells, code: str, message: str, hint: str, name: str) -> None:
        head.found.error(code, message, hint, row=head.row, column=self.shown(name))


def check_expectations(
    expectations: Sequence[Expectation], rows: Sequence[Row], cells: Any, found: Findings
) -> None:
    """Refuse a document for every expectation that it does not meet; `cells` are its head's."""
    for each in expectations:
        places = [(rows[0], cells)]
        if not each.of_head:
            places += [(row, row.cells) for row in rows[1:] if each.text(row.cells)]
        for row, own in places:
            try:
                met, why = each.holds(own), each.message
            except UnreadableNumber as error:
                met, why = False, f"expect: {error}"
            if not met:
                found.error("DOC008", why, row=row, column=each.column)
                break


def _tried(read: Read, cells: Any, row: Row, found: Findings) -> Any:
    try:
        return read(cells)
    except Misread as error:
        found.misread(error, row)
        return None


def _state_reader(
    field: Field | None, compiler: FieldCompiler, scope: Scope
) -> Callable[[Any], str]:
    if field is None or (field.column is None and not field.first_of and field.value is None):
        default = field.if_empty if field and field.if_empty else str(State.OPEN)
        return lambda _cells: default
    read = compiler.text(field, scope)

    def state(cells: Any) -> str:
        word = read(cells).strip().casefold()
        if not word:
            hint = "say what that means with if_empty: open (or skip, draft, void)"
            raise Misread("DOC004", "state is empty", hint, field.shown)
        if word != _SKIP and word not in _STATES:
            known = (
                "open, paid, void, written_off, draft, skip, pending, accepted, rejected, closed"
            )
            message = f'state: "{brief(word)}" is not known'
            raise Misread("DOC004", message, f"map it to one of {known}", field.shown)
        return word

    return state
