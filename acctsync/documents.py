"""Accounting documents as a billing system means them: made by the mapping, compared by the plan.

Names are ordinary accounting; nothing here knows a vendor. Amounts are exact decimals in the
document's own currency. A document that exists is well formed: whatever could not be understood
in the export became a Problem before it came here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from acctsync.errors import Location
from acctsync.money import ZERO, Money


class Kind(StrEnum):
    """The kinds of document, named as the mapping file and `--only` name them."""

    # Of a text like its equality; that of an Enum is a call in Python, for every look-up by ref.
    __hash__ = str.__hash__

    CUSTOMERS = "customers"
    VENDORS = "vendors"
    ITEMS = "items"
    ESTIMATES = "estimates"
    INVOICES = "invoices"
    CREDIT_NOTES = "credit_notes"
    PURCHASE_ORDERS = "purchase_orders"
    BILLS = "bills"
    SALES_RECEIPTS = "sales_receipts"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    PAYOUTS = "payouts"
    CREDIT_ALLOCATIONS = "credit_allocations"
    FEES = "fees"
    UNAPPLIED_PAYMENTS = "unapplied_payments"
    DELIVERIES = "deliveries"
    NOTES = "notes"
    PAYOUT_FEES = "payout_fees"
    RETAINERS = "retainers"
    WRITE_OFFS = "write_offs"
    WRITE_OFF_ALLOCATIONS = "write_off_allocations"
    REPAYMENTS = "repayments"
    PAYMENT_PARTS = "payment_parts"
    OVERPAYMENTS = "overpayments"
    CLASSES = "classes"
    LOCATIONS = "locations"


_NOTHING: Mapping[str, object] = MappingProxyType({})

# What belongs to a document and is written beside it: it has the document's own id, nobody exports
# it by itself, and whatever becomes of it is told as part of the document.
PART_OF = {
    Kind.CREDIT_ALLOCATIONS: Kind.CREDIT_NOTES,
    Kind.PAYMENT_PARTS: Kind.PAYMENTS,
    Kind.OVERPAYMENTS: Kind.PAYMENTS,
    Kind.FEES: Kind.PAYMENTS,
    Kind.DELIVERIES: Kind.INVOICES,
    Kind.NOTES: Kind.INVOICES,  # or of what its id names: see `whole_of`
    Kind.PAYOUT_FEES: Kind.PAYOUTS,
    Kind.WRITE_OFFS: Kind.INVOICES,
    Kind.WRITE_OFF_ALLOCATIONS: Kind.INVOICES,
    Kind.REPAYMENTS: Kind.REFUNDS,
}
# What a payment is cut into where the books can't take it as one: told as the one payment.
CUT = frozenset({Kind.PAYMENT_PARTS, Kind.OVERPAYMENTS})
# What a document owes once we created it in the books: done once, after all else.
OWED = frozenset({Kind.DELIVERIES, Kind.NOTES})
ALLOCATIONS = frozenset({Kind.CREDIT_ALLOCATIONS, Kind.WRITE_OFF_ALLOCATIONS})
EXPENSED_FEES = frozenset({Kind.FEES, Kind.PAYOUT_FEES})
PARTIES = frozenset({Kind.CUSTOMERS, Kind.VENDORS})
PURCHASES = frozenset({Kind.PURCHASE_ORDERS, Kind.BILLS})
# What the books can give numbers of their own; a bill bears its vendor's.
ASSIGNABLE = frozenset({Kind.INVOICES, Kind.ESTIMATES, Kind.CREDIT_NOTES, Kind.SALES_RECEIPTS})
# What documents are told apart by; nobody exports these by themselves.
LABELS = frozenset({Kind.CLASSES, Kind.LOCATIONS})


class ListKind(StrEnum):
    """The lists that the books keep and documents point into, named as `acctsync lists` does."""

    ITEMS = "items"
    ACCOUNTS = "accounts"
    CLASSES = "classes"
    LOCATIONS = "locations"
    TAX_CODES = "tax-codes"
    TERMS = "terms"
    PAYMENT_METHODS = "payment-methods"
    TRACKING = "tracking"
    BRANDING_THEMES = "branding-themes"
    CUSTOMERS = "customers"
    VENDORS = "vendors"


class State(StrEnum):
    """What the billing system says a document is; "paid" is not a state, payments are documents."""

    OPEN = "open"
    VOID = "void"
    WRITTEN_OFF = "written_off"
    DRAFT = "draft"
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CLOSED = "closed"


class Mailed(StrEnum):
    """Whether the books e-mailed a document to its customer, as far as they say."""

    NO = "no"
    QUEUED = "queued"
    SENT = "sent"


class TaxTreatment(StrEnum):
    """How a document's line amounts relate to its taxes."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"
    NONE = "none"


@dataclass(frozen=True, slots=True, order=True)
class DocumentRef:
    """Who a document is on our side: its kind, the mapping's source name and its id there."""

    kind: Kind
    source: str
    id: str


# What stands between a payment's id and the place of one of its parts.
_PLACE = "+"
# What stands between a document's kind and its id in the id of its note.
_KIND = "/"


def part_of(payment: DocumentRef, place: int) -> DocumentRef:
    """Name a further part of a payment that the books take in parts, from the second on."""
    return DocumentRef(Kind.PAYMENT_PARTS, payment.source, f"{payment.id}{_PLACE}{place}")


def note_of(document: DocumentRef) -> DocumentRef:
    """Name the note of a document; documents of several kinds may have one id."""
    return DocumentRef(Kind.NOTES, document.source, f"{document.kind}{_KIND}{document.id}")


def whole_of(ref: DocumentRef) -> DocumentRef:
    """Name the document that something is a part of; what is no part is whole itself."""
    if ref.kind is Kind.NOTES:
        noted, _, id_ = ref.id.partition(_KIND)
        return DocumentRef(Kind(noted), ref.source, id_)
    kind = PART_OF.get(ref.kind, ref.kind)
    id_ = ref.id.rpartition(_PLACE)[0] if ref.kind is Kind.PAYMENT_PARTS else ref.id
    return ref if kind is ref.kind else DocumentRef(kind, ref.source, id_)


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry of a list in the books, as the mapping names it: by exact id, or by name.

    A name may be a path through parents, `Parent:Child`; a `word` of the export is one name,
    whatever stands in it.
    """

    name: str | None = None
    id: str | None = None
    word: bool = field(default=False, compare=False, repr=False)

    def __str__(self) -> str:
        return self.name if self.name is not None else f"id {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """One tax on a line or a document, as billed."""

    name: str
    rate: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a document.

    `amount` is what the line adds to the document before tax (or with tax, when the document's
    prices include it), after `discount`. Without discount it equals quantity × unit_price rounded
    once, wherever both are given. `tax_code` is the books' code that the mapping chose for the
    line's taxes; `tax_amount` the tax as billed.
    """

    amount: Decimal
    item: Reference | None = None
    description: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    discount: Decimal = ZERO
    tax_code: Reference | None = None
    tax_amount: Decimal | None = None
    taxes: tuple[Tax, ...] = ()
    class_: Reference | None = None
    location: Reference | None = None
    account: Reference | None = None
    expense_account: Reference | None = None
    category: str = ""
    service_date: dt.date | None = None

    @property
    def gross_amount(self) -> Decimal:
        """Tell the amount before the line's discount."""
        return self.amount + self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer or vendor, from a record of its own or from the documents that name it.

    `aliases` are what it may be recognised by, in the mapping's order of `match`, each written
    `email:…`, `name:…` or `id:…` in folded form; `fixed` is a pair made by hand in the mapping;
    `own_record` says that contact data come from a customers record.
    """

    ref: DocumentRef
    name: str
    email: str = ""
    company: str = ""
    phone: str = ""
    tax_number: str = ""
    parent: str = ""
    currency: str = ""
    aliases: tuple[str, ...] = ()
    fixed: Reference | None = None
    create_missing: bool = True
    first_if_ambiguous: bool = False
    own_record: bool = False
    place: Location | None = field(default=None, compare=False)

    @property
    def number(self) -> str:
        return self.name

    @property
    def kind(self) -> Kind:
        return self.ref.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A product or service: one with a record of its own, or one that documents name.

    `account` is where its income goes, `expense_account` what it is bought on. A name may be a path
    through parents, `Parent:Child`.
    """

    ref: DocumentRef
    name: str
    account: Reference | None = None
    expense_account: Reference | None = None
    description: str = ""
    sku: str = ""
    unit_price: Decimal | None = None
    place: Location | None = field(default=None, compare=False)

    @property
    def number(self) -> str:
        return self.name

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def parent(self) -> str:
        """Tell the path that it stands under; empty where it stands by itself."""
        return self.name.rpartition(":")[0].strip()

    @property
    def own_name(self) -> str:
        """Tell its name below its parent."""
        return self.name.rpartition(":")[2].strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A class or location that documents are told apart by, and that the books lack.

    `name` is the full one: a path through parents, `Parent:Child`. `named`: documents name it
    itself, it does not only stand above others.
    """

    ref: DocumentRef
    name: str
    named: bool = field(default=True, compare=False)
    place: Location | None = field(default=None, compare=False)

    @property
    def number(self) -> str:
        return self.name

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def parent(self) -> str:
        """Tell the path that it stands under; empty where it stands by itself."""
        return self.name.rpartition(":")[0]

    @property
    def own_name(self) -> str:
        """Tell its name below its parent."""
        return self.name.rpartition(":")[2]

    @property
    def depth(self) -> int:
        """Tell how many others stand above it."""
        return self.name.count(":")


def one_name(word: str) -> str:
    """Write a word of the export as one name: its colons part no parents, its spaces are single."""
    return " ".join(word.replace(":", "-").split())


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


# What the books keep in a list: it has no date, no money and nobody on the other side.
Listed = Customer | Item | Label
# What a document owes once it is in the books.
Owed = Delivery | Note
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One entry of a list in the books. `full_name` holds its parents, `Parent:Child`."""

    id: str
    name: str
    full_name: str
    active: bool = True
    type: str = ""
    email: str = ""
    currency: str = ""
    usable: bool = True
    detail: Mapping[str, str] = field(default_factory=dict)


class Link(NamedTuple):
    """Something in the books that a document is linked to.

    `kind` is None for what we have no word for, `word` is what the books call it. `amount` is what
    a payment settles of it, or what a credit note gives; None where the books don't tell.
    """

    kind: Kind | None
    remote_id: str
    word: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteDocument:
    """A document as the books hold it, in our words.

    `version` is the vendor's token for the next update. `digest` covers the fields that we own: as
    long as it stays what our last write answered, nobody has touched them. `stamp` is the source
    id that we left in the document, if any. `total` and `balance` are in the document's currency.
    `real_date` is its date in the export, where we dated it otherwise. `links` are of invoices and
    of payments; `deposited` payments lie in a bank deposit, and can't be changed. `mailed` is told
    of invoices. `customer` is the other side's id; of a transfer it names `both_accounts`.
    """

    kind: Kind
    id: str
    version: str
    digest: str
    number: str = ""
    stamp: str = ""
    date: dt.date | None = None
    customer: str = ""
    currency: str = ""
    total: Decimal | None = None
    balance: Decimal | None = None
    voided: bool = False
    active: bool = True
    name: str = ""
    email: str = ""
    company: str = ""
    phone: str = ""
    real_date: dt.date | None = None
    links: tuple[Link, ...] = ()
    deposited: bool = False
    mailed: Mailed = Mailed.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedPart:
    """The part of a recorded payment that settles one document in the books.

    `kind` is None for what we have no word for. `amount` is in the payment's currency; what a
    credit note gives counts negative.
    """

    kind: Kind | None
    remote_id: str
    number: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPayment:
    """A payment as the books recorded it, whoever did; `id` is its id there.

    `stamp` is the source id that we left in it, if we pushed it; `memo` is without the stamp.
    `amount` is what the applied parts and `unapplied` come to. Moments are the books' own.
    """

    id: str
    currency: str
    amount: Decimal
    unapplied: Decimal
    date: dt.date | None = None
    customer: str = ""
    customer_name: str = ""
    method: str = ""
    reference: str = ""
    deposit_to: str = ""
    applied: tuple[AppliedPart, ...] = ()
    memo: str = ""
    voided: bool = False
    stamp: str = ""
    created_at: dt.datetime | None = None
    changed_at: dt.datetime | None = None


def fingerprint(document: Document, **instead: object) -> str:
    """Hash what the books should hold; the place in the export and contact data don't count.

    `instead` are values that count in place of the document's own.
    """
    return _hashed(_record(document, instead))


def digest(value: object) -> str:
    """Hash a plain value by its canonical JSON."""
    return _hashed(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _record(value: object, instead: Mapping[str, object] = _NOTHING) -> str:
    """Write a value as canonical JSON, what is empty left out: a new field then changes nothing.

    It is written at once, not by way of `json`: this is done for every document of every run.
    """
    kind = type(value)
    shape = _SHAPES.get(kind) or _shape(kind)
    parts: list[str] = []
    for (name, key), each in zip(shape.keys, shape.values(value), strict=True):
        if instead and name in instead:
            each = instead[name]  # noqa: PLW2901 - it counts in place of the document's own
        # Zero and false say something; no value, an empty text and an empty list do not.
        if each or each == 0:
            parts.append(key + _json(each))
    return "{" + ",".join(parts) + "}"


def _json(value: object) -> str:
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, dt.date):
        return f'"{value.isoformat()}"'
    return encode_basestring(str(value)) if isinstance(value, str) else _record(value)


def _number(value: Decimal) -> str:
    # Not through the cache: there the two zeros would be one.
    return _known_number(value) if value else _unseen_number(value)


def _unseen_number(value: Decimal) -> str:
    return f'"{value.normalize():f}"'


def _list(values: tuple[object, ...]) -> str:
    return "[" + ",".join(map(_json, values)) + "]"


_known_number = lru_cache(maxsize=4096)(_unseen_number)
_WRITERS: dict[type[Any], Callable[[Any], str]] = {
    str: encode_basestring,
    Decimal: _number,
    Reference: lru_cache(maxsize=4096)(_record),
    tuple: _list,
    bool: lambda value: "true" if value else "false",
}


class _Shape(NamedTuple):
    """How values of a class are written: its fields in the order of JSON, and how to get them."""

    keys: tuple[tuple[str, str], ...]
    values: Callable[[object], tuple[object, ...]]


def _shape(kind: type[Any]) -> _Shape:
    names = sorted(each.name for each in fields(kind) if each.compare)
    keys = tuple((name, f'"{name}":') for name in names)
    shape = _SHAPES[kind] = _Shape(keys, attrgetter(*names))
    return shape


_SHAPES: dict[type[Any], _Shape] = {}
