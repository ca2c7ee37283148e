"""What kinds of document there are, and the states they can be in."""

from __future__ import annotations

from enum import StrEnum

from acctsync.values import dataclass


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

    __hash__ = str.__hash__

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

    __hash__ = str.__hash__

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
