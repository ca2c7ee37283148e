"""The first half of a plan, from what is remembered alone: no question to the books yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from acctsync.documents import (
    ALLOCATIONS,
    CreditAllocation,
    Customer,
    Delivery,
    Document,
    DocumentRef,
    Fee,
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
    State,
    Stub,
    TaxTreatment,
    UnappliedPayment,
    fingerprint,
)
from acctsync.errors import Problem, Severity
from acctsync.money import ZERO
from acctsync.plan.model import Action, Change, Known, KnownDocuments, Mark, Standing
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the mapping's push section allows: changes to follow, voids to follow.

    `unapply`: paid invoices lose their payments before they are voided, which not all books let
    happen (`unapplies`). `first_open_day`: what
    belongs into a closed period is dated to the first day after it. `parties` are the kinds of
    customers and vendors whose contact data follow the export.
    """

    updates: bool = True
    voids: bool = True
    overwrite: bool = False
    unapply: bool = False
    unapplies: bool = True
    first_open_day: bool = False
    parties: frozenset[Kind] = frozenset()


def draft(
    documents: Iterable[Document],
    known: KnownDocuments,
    policy: Policy,
    fingerprinted: Fingerprinted | None = None,
) -> tuple[Change, ...]:
    """Say what must change for the books to match, as far as our memory goes.

    A create still may turn out to be in the books already, and a void document that was never
    pushed may turn out to be there: those are asked for afterwards.
    """
    of = fingerprinted.of if fingerprinted is not None else content
    return tuple(_change(document, of(document), known, policy) for document in documents)


class Fingerprinted:
    """Fingerprints that were worked out while documents were read.

    They hold for the very objects: what was made of one since is fingerprinted anew.
    """

    def __init__(self) -> None:
        self._held: dict[int, tuple[Document, str]] = {}

    def hold(self, document: Document, mark: str) -> None:
        """Take a fingerprint in."""
        self._held[id(document)] = document, mark

    def of(self, document: Document) -> str:
        """Tell the fingerprint of a document."""
        held = self._held.get(id(document))
        return held[1] if held is not None and held[0] is document else content(document)


def content(document: Document) -> str:  # noqa: C901, PLR0911 - one per kind
    """Fingerprint what the books should hold of a document.

    What is worked out from other documents of the same export (a payment's customer, a refund's
    lines and how it was paid) does not count: it would change when those documents leave the
    export.
    """
    match document:
        case Customer():
            return fingerprint(document, aliases=(), own_record=False)
        case Invoice() if document.kind is Kind.WRITE_OFFS:
            return fingerprint(document, **_OF_A_WRITE_OFF)
        case Invoice():
            credited = document.applies_to and replace(document.applies_to, invoice=None)
            return fingerprint(document, customer=_NOBODY, applies_to=credited)
        case Payment():
            named = tuple(replace(each, invoice=None) for each in document.allocations)
            return fingerprint(document, customer=None, allocations=named, fee=None, share="")
        case CreditAllocation():
            dated = document.date if document.kind is Kind.CREDIT_ALLOCATIONS else None
            return fingerprint(document, customer=_NOBODY, invoice=None, date=dated)
        case Fee() | Delivery() | Note():
            return fingerprint(document, customer=None)
        case Item() | Label():
            return fingerprint(document)
        case Payout():
            return fingerprint(document, fee=None)
        case Refund():
            return fingerprint(document, **_OF_A_REFUND)
        case Repayment():
            return fingerprint(document, paid_from=None)
        case UnappliedPayment():
            return fingerprint(document)


# What is decided about once, and never anew.
_ONCE = frozenset({*ALLOCATIONS, Kind.WRITE_OFFS})
_VOIDABLE = Invoice | Payment | Refund | Payout | Fee | Repayment

# How much is written off, and when, is decided as it is written.
_OF_A_WRITE_OFF: Mapping[str, object] = {
    "customer": None,
    "date": None,
    "lines": (),
    "total": ZERO,
    "applies_to": None,
}

# What a refund takes over from its invoice and payment, as if there were none of it.
_OF_A_REFUND: Mapping[str, object] = {
    "customer": None,
    "payment": None,
    "wanted_payment": "",
    "invoice": None,
    "wanted_invoice": "",
    "lines": (),
    "tax": TaxTreatment.EXCLUSIVE,
    "tax_total": ZERO,
    "method": None,
    "deposit_to": None,
    "discount_account": None,
    "location": None,
    "class_": None,
}


def is_settled(kind: Kind, state: State | None, fingerprint: str, memory: Mark | None) -> bool:
    """Tell whether nothing is to be done about a document, its customer aside, for all we know."""
    if memory is None or state is State.VOID:
        return False
    if kind in _ONCE:
        return memory.standing is not Standing.VOID
    return memory.standing is Standing.LIVE and memory.fingerprint == fingerprint


def is_void(document: Document) -> bool:
    """Tell whether the billing system took the document back."""
    return isinstance(document, _VOIDABLE) and document.state is State.VOID


# Stands in for the customer, who does not count; it must be equal to nothing real, so that no kind
# is its own.
_NOBODY = DocumentRef(kind="", source="", id="")  # type: ignore[arg-type]


def _change(document: Document, mark: str, known: KnownDocuments, policy: Policy) -> Change:
    memory = known.get(document.ref)
    change = Change(action=Action.UNCHANGED, document=document, fingerprint=mark, known=memory)
    if isinstance(document, Listed):
        return _listed(change, document, policy)
    if is_void(document):
        return _void(change, policy)
    if memory is None or (memory.standing is Standing.ABSENT and not _once_only(document)):
        return replace(change, action=Action.CREATE)
    if memory.standing is Standing.VOID:
        return _risen(change)
    same = memory.fingerprint in _marks(document, mark) and not _moved(document, memory, known)
    if same or _once_only(document):
        return change
    return _changed(change, policy)


def _marks(document: Document, mark: str) -> tuple[str, ...]:
    """Tell what a document is remembered by: writing an invoice off leaves itself as it is."""
    if not isinstance(document, Invoice) or document.kind is not Kind.INVOICES:
        return (mark,)
    if document.state is not State.WRITTEN_OFF:
        return (mark,)
    return (mark, content(replace(document, state=State.OPEN)))


def _listed(change: Change, entry: Listed, policy: Policy) -> Change:
    """Create what is new; of a party in the books follow contact data only where that is wanted."""
    memory = change.known
    if memory is None:
        return replace(change, action=Action.CREATE)
    if not isinstance(entry, Customer):
        return change
    if memory.fingerprint == change.fingerprint or not may_overwrite(entry, policy):
        return change
    return _changed(change, policy)


def may_overwrite(party: Customer, policy: Policy) -> bool:
    """Tell whether the export has contact data of a customer that the books are to follow.

    Pairs made by hand are left alone: several names may stand for one customer there.
    """
    contact = (party.email, party.company, party.phone)
    return party.kind in policy.parties and party.fixed is None and any(contact)


def _once_only(document: Document) -> bool:
    """Tell whether a document is decided about once: what is set off is never set off anew."""
    return document.ref.kind in _ONCE


def _void(change: Change, policy: Policy) -> Change:
    memory = change.known
    gone = memory is not None and memory.standing is not Standing.LIVE
    if gone or not policy.voids:
        return change
    return replace(change, action=Action.VOID)


def _changed(change: Change, policy: Policy) -> Change:
    if policy.updates:
        return replace(change, action=Action.UPDATE)
    problem = Problem(
        code="PLAN001",
        severity=Severity.WARNING,
        message="changed in the export since it was pushed; push.updates is false, so it is left",
        hint="Set push.updates: true to let changes follow.",
    )
    return replace(change, problem=problem)


def _risen(change: Change) -> Change:
    problem = Problem(
        code="PLAN002",
        message="it was voided in the books, but the export says it is open again",
        hint="A voided document can't be revived: give it a new number or id in the billing"
        " system.",
    )
    return replace(change, action=Action.CONFLICT, problem=problem)


def moved(stubs: Iterable[Stub], known: KnownDocuments) -> set[DocumentRef]:
    """Name the settled documents that now belong to another customer than they were pushed to."""
    now: dict[int, tuple[DocumentRef, str]] = {}
    found: set[DocumentRef] = set()
    for stub in stubs:
        customer = stub.customer
        if customer is None or not stub.remote_customer or stub.kind is Kind.PAYMENTS:
            continue
        # Very many stubs share a customer; it is held, so that no other takes its id.
        here = now.get(id(customer))
        if here is None:
            memory = known.get(customer)
            here = now[id(customer)] = customer, memory.remote_id if memory is not None else ""
        if here[1] != stub.remote_customer:
            found.add(stub.ref)
    return found


def _moved(document: Document, memory: Known, known: KnownDocuments) -> bool:
    """Tell whether an invoice now belongs to another customer than it was pushed to."""
    if not isinstance(document, Invoice):
        return False
    return _is_another(document.customer, memory.remote_customer, known)


def _is_another(customer: DocumentRef, pushed_to: str, known: KnownDocuments) -> bool:
    if not pushed_to:
        return False
    now = known.get(customer)
    return now is None or now.remote_id != pushed_to
