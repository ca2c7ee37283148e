"""The documents of an export so far, so that payments and refunds find what they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field

from acctsync.documents import DocumentRef, Invoice, Kind, Payment
from acctsync.mapping.findings import Built
from acctsync.mapping.lookups import collapsed

_SETTLED = (Kind.INVOICES, Kind.SALES_RECEIPTS)


@dataclass(slots=True)
class Register:
    """The documents of this export so far, by id and by number; skipped and refused ones too."""

    settled: dict[str, Built | Invoice] = field(default_factory=dict)
    payments: dict[str, Payment | DocumentRef] = field(default_factory=dict)
    _numbers: dict[str, list[DocumentRef]] | None = None

    def add(self, built: Built) -> None:
        """Remember a document for those that name it."""
        ref, document = built.ref, built.document
        if ref.kind in _SETTLED:
            self.settled[ref.id] = document if isinstance(document, Invoice) else built
            self._numbers = None
        elif ref.kind is Kind.PAYMENTS:
            self.payments[ref.id] = document if isinstance(document, Payment) else ref

    def invoices(self, word: str) -> list[DocumentRef]:
        """Find the invoices that a word names: by id, then by number."""
        by_id = self.settled.get(" ".join(word.split()))
        if by_id is not None:
            return [by_id.ref]
        if self._numbers is None:
            self._numbers = self._by_number()
        return self._numbers.get(collapsed(word), [])

    def skipped(self, ref: DocumentRef) -> str | None:
        """Tell the number of a document that the mapping skips; None for any other."""
        known = self.settled.get(ref.id)
        return known.number if isinstance(known, Built) and known.skipped else None

    def invoice(self, ref: DocumentRef | None) -> Invoice | None:
        """Tell the invoice behind a reference, if it was built."""
        document = self.settled.get(ref.id) if ref else None
        return document if isinstance(document, Invoice) else None

    def payment(self, word: str) -> tuple[DocumentRef | None, Payment | None]:
        """Find the payment that a word names, and the document if it was built."""
        known = self.payments.get(" ".join(word.split())) if word else None
        if isinstance(known, Payment):
            return known.ref, known
        return known, None

    def _by_number(self) -> dict[str, list[DocumentRef]]:
        numbers: dict[str, list[DocumentRef]] = {}
        for each in self.settled.values():
            for word in dict.fromkeys((collapsed(each.number), collapsed(each.ref.id))):
                if word:
                    numbers.setdefault(word, []).append(each.ref)
        return numbers
