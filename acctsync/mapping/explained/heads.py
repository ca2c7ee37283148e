"""Tells of a document's head what made each of its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from acctsync.documents import (
    PURCHASES,
    DocumentRef,
    Kind,
    Reference,
    State,
    TaxTreatment,
)
from acctsync.exports.records import Row
from acctsync.exports.scope import Columns, loosely
from acctsync.mapping.apply import AnyBuilder, RecordReader, Workshop
from acctsync.mapping.explained.fields import Path, Spot, Titles, Tracer
from acctsync.mapping.explained.origins import Origins
from acctsync.mapping.explained.values import Entry, Explained
from acctsync.mapping.findings import Built
from acctsync.mapping.meaning import AMOUNTS
from acctsync.mapping.model import Field
from acctsync.mapping.model import Mapping as Rules
from acctsync.mapping.parties import Recognised, folded_name
from acctsync.mapping.products import ItemBuilder
from acctsync.mapping.sales import SaleBuilder
from acctsync.money import known_currency, rounded

# The order in which a document's values are told; the figures that make up its total come last.
_ORDER = (
    "id", "number", "name", "sku", "description", "unit_price", "account", "expense_account",
    "email", "company", "phone", "tax_number", "parent", "invoice",
    "payment", "customer", "date", "due_date", "expires", "state", "currency", "exchange_rate",
    "tax", "amount", "method", "deposit_to", "fee", "location", "class", "category", "reference",
    "terms", "memo", "private_note", "sent",
)  # fmt: skip
_WORDS = {"email": "e-mail address", "tax_number": "tax number"}

Teller = Callable[[], Explained | None]


class Seen(NamedTuple):
    """A document as it was met: its reader, its rows, the cells of its head, what became of it."""

    reader: RecordReader
    rows: Sequence[Row]
    cells: Any
    built: Built

    @property
    def kind(self) -> Kind:
        return self.reader.record.kind

    @property
    def builder(self) -> AnyBuilder:
        return self.reader.builder


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What explaining needs to know beside the document itself.

    `moved` leads from the references handed out early to the final ones of their parties.
    """

    rules: Rules
    shop: Workshop
    origins: Origins
    titles: Titles
    moved: Mapping[DocumentRef, DocumentRef]

    def final(self, ref: DocumentRef) -> DocumentRef:
        return self.moved.get(ref, ref)


class HeadTracer:
    """Explains the head of one document; as it stands, of one with lines."""

    def __init__(self, seen: Seen, around: Surroundings) -> None:
        self.seen = seen
        self.around = around
        self._rules = around.rules
        self._fields = seen.reader.record.document
        self._reader = seen.builder.head
        self._getters = self._reader.getters
        self.head = self._reader.read(seen.rows[0], seen.cells)
        self.ref, self.number = self._reader.identity(self.head)
        self.currency = self.money_of()
        self._reader.read_amounts(self.head, self.currency)
        self.path: Path = ("records", str(seen.kind), "document")
        self.spot = Spot(seen.cells, self.row_of)
        reader = seen.reader
        self.tracer = Tracer(reader.source, around.rules, reader.scope, around.titles)

    def row_of(self, name: str) -> Row:
        """Tell which of the document's rows a head's cell stands in: the first that is filled."""
        scope = self.seen.reader.scope
        if not isinstance(scope, Columns):
            return self.seen.rows[0]
        read = loosely(scope.text(name, self.seen.reader.record.place))
        return next((row for row in self.seen.rows if read(row.cells)), self.seen.rows[0])

    def fields(self) -> Iterator[Explained]:
        """Explain every value but the figures, in the order of the document."""
        tellers = self.tellers()
        for name in _ORDER:
            if name == "customer":
                yield from self.party()
                continue
            told = tellers[name]() if name in tellers else self.plain(name)
            if told is not None:
                yield told

    def plain(self, name: str) -> Explained | None:
        """Explain a value that is what the field reads; None where it is not mapped."""
        return self.traced(name) if name in self._fields else None

    def traced(self, name: str) -> Explained:
        """Explain what a mapped field reads."""
        return self.tracer.explain(
            name, self._fields[name], (*self.path, name), self.spot, lambda: self._value(name)
        )

    def tellers(self) -> dict[str, Teller]:
        """Tell who explains the values that are more than what a field reads."""
        return {
            "id": lambda: self.identity("id", self.ref.id),
            "number": lambda: self.identity("number", self.number),
            "state": self.state,
            "currency": self.money,
            "tax": self.tax,
            "location": lambda: self.listed("location", "locations"),
            "class": lambda: self.listed("class", "classes"),
            "terms": self.terms,
        }

    def identity(self, name: str, value: str) -> Explained | None:
        """Explain the id or number, with its spaces tidied."""
        told = self.plain(name)
        if told is None:
            return None
        rule = told.rule if told.value else f"{told.rule}; {value} stands for it"
        return replace(told, value=value, rule=rule)

    def state(self) -> Explained | None:
        """Explain the state; its value is `skip` where the document is left out."""
        told = self.plain("state")
        if told is None:
            rule = "no state is mapped: open"
            return Explained(field="state", value=State.OPEN, rule=rule)
        if told.problem:
            return told
        return replace(told, value=_state(str(told.value)))

    def money_of(self) -> str:
        """Tell the document's currency."""
        return self._reader.currency(self.head)

    def money(self) -> Explained | None:
        """Explain the currency."""
        told = self.plain("currency")
        if told is None or not told.value:
            return self._of_books("currency", self._rules.books.currency, told)
        known = known_currency(str(told.value))
        problem = told.problem or ("" if known else f"{told.value} is no currency")
        return replace(told, value=known or self._rules.books.currency, problem=problem)

    def tax(self) -> Explained | None:
        """Explain whether prices include tax."""
        told = self.plain("tax")
        if told is None or not told.value:
            return self._of_books("tax", self._rules.books.tax, told)
        word = str(told.value).casefold()
        if word in set(TaxTreatment):
            return replace(told, value=TaxTreatment(word))
        return replace(told, value=self._rules.books.tax, problem=f'"{told.value}" is not known')

    def listed(self, name: str, table: str) -> Explained | None:
        """Explain a value that its table of the accounting half gives for a word."""
        told = self.plain(name)
        if told is None:
            return None
        entry = self.around.origins.listed(table, self.head.text(name))
        return replace(told, value=entry.value if entry else None, entry=entry)

    def terms(self) -> Explained | None:
        """Explain the terms of payment, which are called alike in the books."""
        told, word = self.plain("terms"), self.head.text("terms")
        return replace(told, value=Reference(name=word) if word else None) if told else None

    def party(self) -> Iterator[Explained]:
        """Explain the words of the party, and how it was recognised."""
        for name, field in self.seen.reader.record.party.items():
            yield self.party_word(name, field)
        if self.head.party.named:
            told = self._recognised()
            if told is not None:
                yield told

    def party_word(self, name: str, field: Field) -> Explained:
        """Explain one word of the party that a document names."""
        read = self._reader.party_getters[name]
        path = (*self.path, self.role, name)
        called = f"{self.role}.{name}"
        return self.tracer.explain(called, field, path, self.spot, lambda: read(self.seen.cells))

    @property
    def role(self) -> str:
        return "vendor" if self.seen.kind in PURCHASES else "customer"

    def _value(self, name: str) -> Any:
        read = self._getters[name]
        if name not in AMOUNTS:
            return read(self.seen.cells)
        value = read(self.seen.cells, self.currency)
        return None if value is None else rounded(value, self.currency)

    def _of_books(self, name: str, value: object, told: Explained | None) -> Explained:
        """Explain a value that the books decide where the export tells none."""
        place = self._rules.places.get(("books", name))
        rule = f"books.{name}" if place else f"books.{name} is not set: {value}"
        if told is None:
            return Explained(field=name, value=value, rule=rule, place=place)
        return replace(told, value=value, rule=f"{told.rule}: {rule}", place=place)

    def _recognised(self) -> Explained | None:
        builder = self.seen.builder
        if isinstance(builder, ItemBuilder):
            return None
        party = self.head.party
        if isinstance(builder, SaleBuilder):
            party = builder.billed(party, self.currency)
        found = builder.parties.recognised(party)
        if found is None:
            return None
        table = f"{self.role}s"
        rule, path = self._how(found, table)
        place = self._rules.places.get(("accounting", table, *path))
        return Explained(field=self.role, value=found.ref, rule=rule, place=place)

    def _how(self, found: Recognised, table: str) -> tuple[str, Path]:
        """Say how a party was recognised, and which rule of its table did it."""
        by, _, word = found.alias.partition(":")
        rule = f'"{found.name}", known by its {_WORDS.get(by, by)} {word}'
        if found.fixed:
            key = fixed_key(self._rules, table, found.fixed)
            return f"{rule}; {table}.fixed pairs it by hand", ("fixed", key)
        if found.own != self.head.party:
            return f"{rule}; {table}.treat_as_guest", ("treat_as_guest",)
        return rule, ("match",)


class PersonTracer(HeadTracer):
    """Explains a customer or vendor that has a record of its own."""

    def tellers(self) -> dict[str, Teller]:
        return {
            "id": lambda: self.identity("id", self.ref.id),
            "state": lambda: super(PersonTracer, self).state() if "state" in self._fields else None,
        }

    def party(self) -> Iterator[Explained]:
        return iter(())


def fixed_key(rules: Rules, table: str, word: str) -> str:
    """Tell the key of `fixed` that a word falls under, as the mapping writes it."""
    accounting = rules.accounting
    fixed = (accounting.vendors if table == "vendors" else accounting.customers).fixed
    return next((key for key in fixed if folded_name(key) == folded_name(word)), word)


def looked_up(name: str, told: Explained | None, entry: Entry | None) -> Explained | None:
    """Explain a value that an entry of the mapping gives, with or without a word of the export."""
    if entry is None:
        return replace(told, value=None) if told else None
    if told is not None:
        return replace(told, value=entry.value, entry=entry)
    rule = f"set by {entry.table}"
    return Explained(field=name, value=entry.value, rule=rule, place=entry.place, entry=entry)


def _state(word: str) -> str:
    """Bring the mapping's word for a state to the state itself; `skip` is none."""
    return State.OPEN if word == "paid" else word
