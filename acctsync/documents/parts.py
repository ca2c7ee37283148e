"""What belongs to a document and is written beside it, with an outbox entry of its own."""

from __future__ import annotations

import datetime as dt
from dataclasses import field
from decimal import Decimal

from acctsync.documents.kinds import DocumentRef, Kind, State
from acctsync.documents.lines import Reference
from acctsync.errors import Location
from acctsync.money import Money
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditAllocation:
    """The setting off of a credit note against the invoice that it was given for.

    `amount` is what the credit note has to give; less is set off where less is open. `wanted` is
    the id or number that the export names, `invoice` its document in this export.
    """

    ref: DocumentRef
    credit: DocumentRef
    customer: DocumentRef
    date: dt.date
    currency: str
    amount: Decimal
    wanted: str
    number: str
    invoice: DocumentRef | None = None
    exchange_rate: Decimal | None = None
    place: Location | None = field(default=None, compare=False)

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What a payment processor kept of a payment or payout: an expense out of where its money was.

    `payment` is what it was kept of, `customer` the other side: the processor, a vendor. A void
    one is to be taken back.
    """

    ref: DocumentRef
    payment: DocumentRef
    date: dt.date
    currency: str
    amount: Decimal
    account: Reference
    paid_from: Reference | None = None
    item: Reference | None = None
    customer: DocumentRef | None = None
    exchange_rate: Decimal | None = None
    location: Reference | None = None
    state: State | None = None
    place: Location | None = field(default=None, compare=False)

    @property
    def number(self) -> str:
        return self.ref.id

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repayment:
    """The money of a refund, in books that take it apart from what the refund takes back.

    It leaves `paid_from` and settles there what stands for the refund.
    """

    ref: DocumentRef
    refund: DocumentRef
    date: dt.date
    currency: str
    amount: Decimal
    paid_from: Reference | None = None
    reference: str = ""
    state: State | None = None
    place: Location | None = field(default=None, compare=False)

    @property
    def number(self) -> str:
        return self.ref.id

    @property
    def customer(self) -> None:
        """Whoever the refund is for: the books tell it by what the money settles."""
        return

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnappliedPayment:
    """A payment in the books, whoever recorded it, that is taken off invoices to be voided.

    Its money stays the customer's open credit. No export holds it: its id is the payment's in the
    books, `invoices` are the ids there of what it is taken off, by `amount` in all.
    """

    ref: DocumentRef
    number: str
    date: dt.date
    currency: str
    amount: Decimal
    invoices: tuple[str, ...]
    customer: DocumentRef | None = None
    place: Location | None = field(default=None, compare=False)

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The e-mailing of an invoice by the books to its customer, once.

    `total` is the invoice's. `address` is where it goes, as far as that is decided already. Of an
    invoice that left the export since, neither date nor customer are known.
    """

    ref: DocumentRef
    invoice: DocumentRef
    number: str
    currency: str
    total: Decimal
    date: dt.date | None = None
    customer: DocumentRef | None = None
    address: str = ""
    place: Location | None = field(default=None, compare=False)

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def money(self) -> Money:
        return Money(self.total, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is written once into a document's history: where the document comes from.

    `reference` and `memo` are what the export says of the document, as far as it still holds it;
    `run` the run that writes the note, once there is one.
    """

    ref: DocumentRef
    whole: DocumentRef
    number: str
    currency: str
    total: Decimal
    date: dt.date | None = None
    customer: DocumentRef | None = None
    reference: str = ""
    memo: str = ""
    run: str = field(default="", compare=False)
    place: Location | None = field(default=None, compare=False)

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def money(self) -> Money:
        return Money(self.total, self.currency)


def both_accounts(left: str, entered: str) -> str:
    """Name the accounts that money moved between, by their ids in the books, as one other side."""
    return f"{left}>{entered}"


# What a document owes once it is in the books.
Owed = Delivery | Note
