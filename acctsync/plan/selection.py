"""Choose which of the export's documents a run is about, with what they can't do without."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from acctsync.documents import (
    PART_OF,
    PARTIES,
    Allocation,
    CreditAllocation,
    Customer,
    Delivery,
    DocumentRef,
    Fee,
    Held,
    Invoice,
    Item,
    Kind,
    Label,
    Listed,
    Note,
    Payment,
    Payout,
    Refund,
    Repayment,
    Stub,
    UnappliedPayment,
)
from acctsync.values import dataclass

H = TypeVar("H", bound=Held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a person asked for: inclusive business dates, kinds, ids or numbers; empty means all."""

    since: dt.date | None = None
    until: dt.date | None = None
    kinds: frozenset[Kind] = frozenset()
    documents: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        return self == Selection()

    def takes(self, ref: DocumentRef, number: str, date: dt.date | None) -> bool:
        """Tell whether a document is asked for by itself."""
        if self.kinds and PART_OF.get(ref.kind, ref.kind) not in self.kinds:
            return False
        if self.documents and not self.documents & {ref.id, number}:
            return False
        if date is None:
            return self.since is None and self.until is None
        return (self.since is None or self.since <= date) and (
            self.until is None or date <= self.until
        )


def select(
    documents: Sequence[H], selection: Selection, pushed: Callable[[DocumentRef], bool]
) -> tuple[H, ...]:
    """Keep the documents asked for and the unpushed ones they hang on, in the export's order.

    Customers come along with the documents that name them; customers of their own records come
    along only when nothing narrows the choice to dates or documents.
    """
    if selection.everything:
        return tuple(documents)
    by_ref = {document.ref: document for document in documents}
    wanted = {d.ref for d in documents if selection.takes(d.ref, d.number, _date(d))}
    for document in documents:
        if document.ref in wanted:
            wanted |= _closure(document, by_ref.get, pushed)
    return tuple(document for document in documents if document.ref in wanted)


def needs(document: Held) -> Iterable[DocumentRef]:  # noqa: C901, PLR0911 - one per kind
    """Name the documents that must be in the books before this one."""
    match document:
        case Customer() | Item() | Label() | Payout():
            return ()
        case Invoice(kind=Kind.WRITE_OFFS, applies_to=Allocation() as part):
            return _present(document.customer, part.invoice)
        case Invoice():
            return (document.customer,)
        case Payment() | Stub():
            invoices = (each.invoice for each in document.allocations)
            return _present(document.customer, *invoices)
        case Refund():
            return _present(document.customer, document.invoice, document.payment)
        case CreditAllocation():
            return _present(document.customer, document.credit, document.invoice)
        case Fee():
            return _present(document.customer, document.payment)
        case Repayment():
            return (document.refund,)
        case UnappliedPayment():
            return ()
        case Delivery():
            return (document.invoice,)
        case Note():
            return (document.whole,)


def _closure(
    document: Held,
    look_up: Callable[[DocumentRef], Held | None],
    pushed: Callable[[DocumentRef], bool],
) -> set[DocumentRef]:
    found: set[DocumentRef] = set()
    for ref in needs(document):
        needed = look_up(ref)
        if needed is not None and (ref.kind in PARTIES or not pushed(ref)):
            found |= {ref} | _closure(needed, look_up, pushed)
    return found


def _present(*refs: DocumentRef | None) -> tuple[DocumentRef, ...]:
    return tuple(ref for ref in refs if ref is not None)


def _date(document: Held) -> dt.date | None:
    return None if isinstance(document, Listed) else document.date
