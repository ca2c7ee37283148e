"""Any document, and what is kept of those that need not be kept whole."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from acctsync.documents.kinds import DocumentRef, Kind, State
from acctsync.documents.listed import Listed
from acctsync.documents.parts import CreditAllocation, Fee, Owed, Repayment, UnappliedPayment
from acctsync.documents.sales import Allocation, Invoice, Payment, Payout, Refund
from acctsync.errors import Location
from acctsync.money import ZERO, Money

Document = (
    Listed
    | Invoice
    | Payment
    | Refund
    | CreditAllocation
    | Fee
    | Payout
    | Repayment
    | UnappliedPayment
    | Owed
)


class Stub(NamedTuple):
    """What is kept of a document that need not be kept whole; nothing can be written from it.

    `remote_id` and `remote_customer` are ids in the books, where a document was compared with what
    is remembered of them.
    """

    ref: DocumentRef
    number: str
    date: dt.date
    currency: str
    total: Decimal
    customer: DocumentRef | None
    file: str
    line: int | None
    state: State = State.OPEN
    tax_total: Decimal = ZERO
    exchange_rate: Decimal | None = None
    allocations: tuple[Allocation, ...] = ()
    fee: Decimal | None = None
    remote_id: str = ""
    remote_customer: str = ""

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def money(self) -> Money:
        return Money(self.total, self.currency)

    @property
    def place(self) -> Location | None:
        return Location(self.file, self.line) if self.file else None


# Of some documents a stub is enough.
Held = Document | Stub


def stub_of(document: Invoice | Payment) -> Stub:
    """Tell what is kept of a document that need not be kept whole."""
    ref, place = document.ref, document.place
    file, line = (place.file, place.line) if place else ("", None)
    if isinstance(document, Payment):
        return Stub(
            ref=ref,
            number=document.number,
            date=document.date,
            currency=document.currency,
            total=document.amount,
            customer=document.customer,
            file=file,
            line=line,
            state=document.state or State.OPEN,
            exchange_rate=document.exchange_rate,
            allocations=document.allocations,
            fee=document.fee,
        )
    return Stub(
        ref=ref,
        number=document.number,
        date=document.date,
        currency=document.currency,
        total=document.total,
        customer=document.customer,
        file=file,
        line=line,
        state=document.state,
        tax_total=document.tax_total,
    )
