"""Which invoices the books are to e-mail: each that we created, once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from acctsync.documents import (
    Allocation,
    CreditAllocation,
    Delivery,
    DocumentRef,
    Held,
    Invoice,
    Kind,
    Mailed,
    Payment,
    RemoteDocument,
    State,
    Stub,
)
from acctsync.errors import Problem, Severity
from acctsync.money import ZERO
from acctsync.plan.deciding import adopt, block, placed
from acctsync.plan.drafting import content, is_void
from acctsync.plan.model import Action, Change, Known
from acctsync.plan.owing import forgiven, left


def new_deliveries(changes: Iterable[Change], exported: Iterable[Held]) -> list[Change]:
    """Draft the mails of the invoices that are to be created and that the export leaves open."""
    new = [
        change.document
        for change in changes
        if change.action is Action.CREATE and isinstance(change.document, Invoice)
    ]
    asking = [each for each in new if each.kind is Kind.INVOICES and each.state is State.OPEN]
    paid = _paid_in(exported) if asking else {}
    return [
        _planned(_delivery(each))
        for each in asking
        if not each.paid and each.total > paid.get(each.ref, ZERO)
    ]


def owed_deliveries(
    owed: Iterable[Known], customers: Mapping[DocumentRef, DocumentRef | None]
) -> list[Change]:
    """Draft the mails that earlier runs still owe, whether the export holds the invoices or not.

    `customers` are those of the export's documents.
    """
    return [replace(_planned(_remembered(each, customers)), known=each) for each in owed]


def paid_now(changes: Iterable[Change]) -> dict[DocumentRef, Decimal]:
    """Add up what this run's payments and credits settle, by invoice."""
    paid: dict[DocumentRef, Decimal] = {}
    for ref, amount in (part for change in changes for part in _paying(change)):
        paid[ref] = paid.get(ref, ZERO) + amount
    return paid


def judge_owed(
    change: Change, invoice: Change | None, candidates: Sequence[RemoteDocument], paid: Decimal
) -> Change:
    """Say what becomes of a mail that an earlier run owes, as the books hold its invoice now.

    `paid` is what this run's payments settle of it.
    """
    known = change.known
    assert known is not None
    if invoice is not None and invoice.action in {Action.BLOCKED, Action.CONFLICT}:
        return left(change)
    remote = next((each for each in candidates if each.id == known.remote_id), None)
    if remote is not None and remote.mailed is Mailed.SENT:
        return adopt(change, remote)
    if remote is None or remote.voided or (remote.balance or ZERO) <= paid:
        return left(change, forgiven(known))
    if invoice is not None and is_void(invoice.document):
        return left(change, forgiven(known))
    if remote.mailed is Mailed.QUEUED:
        return block(change, _queued())
    return replace(change, remote=remote)


def addressed(change: Change, address: str) -> Change:
    """Give a mail its address; without one it is not sent, and that is told once."""
    delivery = change.document
    assert isinstance(delivery, Delivery)
    if address:
        return _planned(replace(delivery, address=address), change)
    known = forgiven(change.known) if change.known is not None else None
    problem = placed(_unaddressed(), delivery)
    return replace(left(change, known), problem=problem)


def ration(
    deliveries: Sequence[Change], room: int, most: int
) -> tuple[list[Change], tuple[Problem, ...]]:
    """Mail no more than there is room for within a day; the others stay owed."""
    wanted = [each.ref for each in deliveries if each.action is Action.CREATE]
    later = frozenset(wanted[max(room, 0) :])
    kept = [left(each) if each.ref in later else each for each in deliveries]
    return kept, (_another_day(len(later), most),) if later else ()


def whole_of(delivery: Change) -> DocumentRef:
    """Name the invoice that a mail is about."""
    return DocumentRef(Kind.INVOICES, delivery.ref.source, delivery.ref.id)


def _planned(delivery: Delivery, before: Change | None = None) -> Change:
    change = before or Change(action=Action.CREATE, document=delivery)
    return replace(change, document=delivery, fingerprint=content(delivery))


def _delivery(invoice: Invoice) -> Delivery:
    return Delivery(
        ref=DocumentRef(Kind.DELIVERIES, invoice.ref.source, invoice.ref.id),
        invoice=invoice.ref,
        number=invoice.number,
        currency=invoice.currency,
        total=invoice.total,
        date=invoice.date,
        customer=invoice.customer,
        place=invoice.place,
    )


def _remembered(known: Known, customers: Mapping[DocumentRef, DocumentRef | None]) -> Delivery:
    invoice = DocumentRef(Kind.INVOICES, known.ref.source, known.ref.id)
    return Delivery(
        ref=known.ref,
        invoice=invoice,
        customer=customers.get(invoice),
        number=known.number,
        currency=known.currency,
        total=known.total or ZERO,
    )


def _paid_in(exported: Iterable[Held]) -> dict[DocumentRef, Decimal]:
    """Add up what the export's payments and credits settle, by invoice, pushed or not."""
    paid: dict[DocumentRef, Decimal] = {}
    for document in exported:
        match document:
            case Payment(allocations=parts, state=state) | Stub(allocations=parts, state=state):
                settled = () if state is State.VOID else parts
            case Invoice(kind=Kind.CREDIT_NOTES, applies_to=Allocation() as part):
                settled = (part,)
            case _:
                settled = ()
        for part in settled:
            if part.invoice is not None:
                paid[part.invoice] = paid.get(part.invoice, ZERO) + part.amount
    return paid


def _paying(change: Change) -> list[tuple[DocumentRef, Decimal]]:
    if change.action is not Action.CREATE:
        return []
    match change.document:
        case Payment(allocations=allocations):
            return [(each.invoice, each.amount) for each in allocations if each.invoice]
        case CreditAllocation(invoice=DocumentRef() as invoice, amount=amount):
            return [(invoice, amount)]
        case _:
            return []


def _unaddressed() -> Problem:
    return Problem(
        code="PLAN051",
        severity=Severity.WARNING,
        message="it is copied, but not e-mailed: neither the export nor the books have a usable"
        " e-mail address of its customer",
        hint="Send it from the books by hand; with an address there, later invoices are mailed.",
    )


def _queued() -> Problem:
    return Problem(
        code="PLAN052",
        message="it is in the books, but waits there to be e-mailed by somebody",
        hint="Send it there, or switch 'Send later' off there and push again.",
    )


def _another_day(number: int, most: int) -> Problem:
    return Problem(
        code="PLAN053",
        severity=Severity.WARNING,
        message=f"the books e-mail at most {most} documents a day: {number} will be mailed later",
        hint="Push again tomorrow: what was not mailed is remembered and goes first.",
    )
