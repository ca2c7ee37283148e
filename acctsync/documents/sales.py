"""What a business bills, is paid, gives back and is paid out."""

from __future__ import annotations

import datetime as dt
from dataclasses import field
from decimal import Decimal

from acctsync.documents.kinds import DocumentRef, Kind, State, TaxTreatment, whole_of
from acctsync.documents.lines import Line, Reference, Tax
from acctsync.errors import Location
from acctsync.money import ZERO, Money
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A document with lines: an invoice, estimate, credit note, receipt or purchase by its kind.

    `customer` is the other side: a purchase order's or bill's is its vendor. `total` is what the
    lines, discount, shipping and taxes come to; it was checked against the export where the export
    tells it. `discount` is the document's own, over and above the lines'. `method` and `deposit_to`
    are a sales receipt's: it is paid as it is made. `sent` is when the billing system sent it;
    `paid`: it says that it is paid in full, which the books learn from payments. Where it is not
    `numbered` the books give it a number of their own. `payable_online`: so it is to be created.
    `theme` is how it is to look as it is created.
    """

    ref: DocumentRef
    number: str
    customer: DocumentRef
    date: dt.date
    currency: str
    lines: tuple[Line, ...]
    total: Decimal
    state: State = State.OPEN
    tax: TaxTreatment = TaxTreatment.EXCLUSIVE
    due_date: dt.date | None = None
    expires: dt.date | None = None
    sent: dt.date | None = None
    exchange_rate: Decimal | None = None
    discount: Decimal = ZERO
    tax_total: Decimal = ZERO
    document_taxes: tuple[Tax, ...] = ()
    reference: str = ""
    memo: str = ""
    private_note: str = ""
    terms: Reference | None = None
    location: Reference | None = None
    class_: Reference | None = None
    discount_account: Reference | None = None
    rounding: Decimal = ZERO
    rounding_account: Reference | None = None
    applies_to: Allocation | None = None
    method: Reference | None = None
    deposit_to: Reference | None = None
    paid: bool = field(default=False, compare=False)
    numbered: bool = field(default=True, compare=False)
    payable_online: bool = field(default=False, compare=False)
    theme: Reference | None = field(default=None, compare=False)
    place: Location | None = field(default=None, compare=False)

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def money(self) -> Money:
        return Money(self.total, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """The part of a payment that settles one invoice.

    `wanted` is the id or number that the export names; `invoice` its document in this export, or
    None when the export does not hold it and what is known of the books must tell.
    """

    wanted: str
    amount: Decimal
    invoice: DocumentRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money received from a customer, applied to invoices as its allocations say.

    One that is void never was, or was taken back. No state means that it counts. `share` tells
    which part it is of one that the books take in parts: `2 of 3`.
    """

    ref: DocumentRef
    date: dt.date
    currency: str
    amount: Decimal
    customer: DocumentRef | None = None
    allocations: tuple[Allocation, ...] = ()
    method: Reference | None = None
    deposit_to: Reference | None = None
    reference: str = ""
    memo: str = ""
    private_note: str = ""
    exchange_rate: Decimal | None = None
    fee: Decimal | None = None
    location: Reference | None = None
    state: State | None = None
    share: str = ""
    place: Location | None = field(default=None, compare=False)

    @property
    def number(self) -> str:
        return whole_of(self.ref).id

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money given back to a customer.

    `lines` say what is taken back, so that income and tax go down with it: the refunded invoice's
    own lines, or their share of a partial refund. They come to `amount`, taxes included. A void one
    has none.
    """

    ref: DocumentRef
    date: dt.date
    currency: str
    amount: Decimal
    lines: tuple[Line, ...]
    customer: DocumentRef | None = None
    payment: DocumentRef | None = None
    invoice: DocumentRef | None = None
    wanted_invoice: str = ""
    wanted_payment: str = ""
    tax: TaxTreatment = TaxTreatment.EXCLUSIVE
    tax_total: Decimal = ZERO
    method: Reference | None = None
    deposit_to: Reference | None = None
    discount_account: Reference | None = None
    reference: str = ""
    memo: str = ""
    private_note: str = ""
    location: Reference | None = None
    class_: Reference | None = None
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
class Payout:
    """Money that a payment processor paid out: from the clearing account to the bank.

    `amount` is what reached the bank, less than zero where the processor took money back; `fee` was
    taken off before.
    """

    ref: DocumentRef
    number: str
    date: dt.date
    currency: str
    amount: Decimal
    clearing: Reference
    bank: Reference
    state: State = State.OPEN
    fee: Decimal | None = None
    reference: str = ""
    memo: str = ""
    private_note: str = ""
    exchange_rate: Decimal | None = None
    place: Location | None = field(default=None, compare=False)

    @property
    def customer(self) -> None:
        """Nobody is on the other side: both accounts are the company's own."""
        return

    @property
    def route(self) -> tuple[Reference, Reference]:
        """Tell the account that the money left, and the one that it went to."""
        there = (self.clearing, self.bank)
        return there if self.amount >= ZERO else (self.bank, self.clearing)

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
