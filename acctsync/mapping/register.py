"""The documents of an export so far, so that payments and refunds find what they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from decimal import Decimal
from typing import Any, NamedTuple

from acctsync.documents import Allocation, DocumentRef, Invoice, Kind, Payment, Stub
from acctsync.mapping.findings import Built
from acctsync.mapping.lookups import collapsed
from acctsync.mapping.model import Mapping as Rules

_SETTLED = (Kind.INVOICES, Kind.SALES_RECEIPTS)
# The kinds that name other documents: without them nobody asks here.
_NAMING = frozenset({Kind.CREDIT_NOTES, Kind.PAYMENTS, Kind.REFUNDS})


class NoDocument(NamedTuple):
    """What is known of a document that is not there: it was skipped or refused."""

    ref: DocumentRef
    number: str
    skipped: bool


# What makes a table by key: a dictionary, or one that does not grow in memory.
Tables = Callable[[], MutableMapping[str, Any]]


class Register:
    """The documents of this export so far, by id and by number; skipped and refused ones too."""

    def __init__(self, rules: Rules, tables: Tables = dict) -> None:
        """Start empty; it stays so where no record of the mapping names another."""
        self.asked = not _NAMING.isdisjoint(rules.records)
        self.tables = tables
        self.settled: MutableMapping[str, Invoice | Stub | NoDocument] = tables()
        self.payments: MutableMapping[str, Payment | Stub | DocumentRef] = tables()
        self._numbers: MutableMapping[str, DocumentRef | list[DocumentRef]] | None = None

    def add(self, built: Built | Stub) -> None:
        """Remember a document for those that name it."""
        ref = built.ref
        document = built if isinstance(built, Stub) else built.document
        if not self.asked:
            return
        if ref.kind in _SETTLED:
            self.settled[ref.id] = (
                document if isinstance(document, Invoice | Stub) else _absent(built)
            )
            self._numbers = None
        elif ref.kind is Kind.PAYMENTS:
            self.payments[ref.id] = document if isinstance(document, Payment | Stub) else ref

    def let_go(self, document: Invoice | Payment, stub: Stub) -> None:
        """Keep a stub where the whole document was kept."""
        key = stub.ref.id
        if isinstance(document, Payment):
            if self.payments.get(key) is document:
                self.payments[key] = stub
        elif self.settled.get(key) is document:
            self.settled[key] = stub

    def invoices(self, word: str) -> list[DocumentRef]:
        """Find the invoices that a word names: by id, then by number."""
        by_id = self.settled.get(" ".join(word.split()))
        if by_id is not None:
            return [by_id.ref]
        if self._numbers is None:
            self._numbers = self._by_number()
        found = self._numbers.get(collapsed(word), [])
        return found if isinstance(found, list) else [found]

    def allocation(self, wanted: str, amount: Decimal) -> Allocation | None:
        """Say which invoice an amount goes to by a word for it; None where that names several."""
        hits = self.invoices(wanted)
        if len(hits) > 1:
            return None
        if not hits:
            return Allocation(wanted=wanted, amount=amount)
        number = self.skipped(hits[0])
        if number is not None:
            return Allocation(wanted=number or wanted, amount=amount)
        return Allocation(wanted=wanted, amount=amount, invoice=hits[0])

    def skipped(self, ref: DocumentRef) -> str | None:
        """Tell the number of a document that the mapping skips; None for any other."""
        known = self.settled.get(ref.id)
        return known.number if isinstance(known, NoDocument) and known.skipped else None

    def customer(self, ref: DocumentRef | None) -> DocumentRef | None:
        """Tell whose an invoice is, if it was built."""
        document = self.settled.get(ref.id) if ref else None
        return None if isinstance(document, NoDocument | None) else document.customer

    def currency(self, ref: DocumentRef | None) -> str:
        """Tell the currency of an invoice, empty where none was built."""
        document = self.settled.get(ref.id) if ref else None
        return "" if isinstance(document, NoDocument | None) else document.currency

    def named_currency(self, invoice: str, payment: str) -> str:
        """Tell the currency of what a receipt names: books settle nothing in another one."""
        hits = self.invoices(invoice) if invoice else []
        if len(hits) == 1:
            return self.currency(hits[0])
        paid = self.payments.get(" ".join(payment.split())) if payment else None
        return "" if isinstance(paid, DocumentRef | None) else paid.currency

    def invoice(self, ref: DocumentRef | None) -> Invoice | None:
        """Tell the invoice behind a reference, if it was built; those refunded are kept whole."""
        document = self.settled.get(ref.id) if ref else None
        assert not isinstance(document, Stub), "what is refunded is kept whole"
        return document if isinstance(document, Invoice) else None

    def payment(self, word: str) -> tuple[DocumentRef | None, Payment | None]:
        """Find the payment that a word names, and the document if it was built."""
        known = self.payments.get(" ".join(word.split())) if word else None
        assert not isinstance(known, Stub), "what is refunded is kept whole"
        if isinstance(known, Payment):
            return known.ref, known
        return known, None

    def _by_number(self) -> MutableMapping[str, DocumentRef | list[DocumentRef]]:
        numbers: MutableMapping[str, DocumentRef | list[DocumentRef]] = self.tables()
        for word, ref in self._words():
            others = numbers.get(word)
            if others is None:
                numbers[word] = ref
            else:
                numbers[word] = [*(others if isinstance(others, list) else [others]), ref]
        return numbers

    def _words(self) -> Iterator[tuple[str, DocumentRef]]:
        """Tell every word that names an invoice, with what it names."""
        for each in self.settled.values():
            for word in dict.fromkeys((collapsed(each.number), collapsed(each.ref.id))):
                if word:
                    yield word, each.ref


def _absent(built: Built | Stub) -> NoDocument:
    skipped = isinstance(built, Built) and built.skipped
    return NoDocument(built.ref, built.number, skipped)
