"""The first half of a plan, from what is remembered alone: no question to the books yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from acctsync.documents import (
    Customer,
    Document,
    DocumentRef,
    Invoice,
    Payment,
    Refund,
    State,
    TaxTreatment,
    fingerprint,
)
from acctsync.errors import Problem, Severity
from acctsync.money import ZERO
from acctsync.plan.model import Action, Change, Known, KnownDocuments, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the mapping's push section allows: changes to follow, voids to follow."""

    updates: bool = True
    voids: bool = True
    overwrite: bool = False


def draft(
    documents: Iterable[Document], known: KnownDocuments, policy: Policy
) -> tuple[Change, ...]:
    """Say what must change for the books to match, as far as our memory goes.

    A create still may turn out to be in the books already, and a void document that was never
    pushed may turn out to be there: those are asked for afterwards.
    """
    return tuple(_change(document, known, policy) for document in documents)


def content(document: Document) -> str:
    """Fingerprint what the books should hold of a document.

    What is worked out from other documents of the same export (a payment's customer, a refund's
    lines and how it was paid) does not count: it would change when those documents leave the
    export.
    """
    match document:
        case Customer():
            return fingerprint(replace(document, aliases=(), own_record=False))
        case Invoice():
            credited = document.applies_to and replace(document.applies_to, invoice=None)
            return fingerprint(replace(document, customer=_NOBODY, applies_to=credited))
        case Payment():
            named = tuple(replace(each, invoice=None) for each in document.allocations)
            return fingerprint(replace(document, customer=None, allocations=named, fee=None))
        case Refund():
            return fingerprint(
                replace(
                    document,
                    customer=None,
                    payment=None,
                    wanted_payment="",
                    invoice=None,
                    wanted_invoice="",
                    lines=(),
                    tax=TaxTreatment.EXCLUSIVE,
                    tax_total=ZERO,
                    method=None,
                    deposit_to=None,
                    discount_account=None,
                    location=None,
                    class_=None,
                )
            )


def is_void(document: Document) -> bool:
    """Tell whether the billing system took the document back."""
    return isinstance(document, Invoice) and document.state is State.VOID


# Stands in for the customer, who does not count; it must be equal to nothing real.
_NOBODY = DocumentRef(kind="", source="", id="")  # type: ignore[arg-type]


def _change(document: Document, known: KnownDocuments, policy: Policy) -> Change:
    mark = content(document)
    memory = known.get(document.ref)
    change = Change(action=Action.UNCHANGED, document=document, fingerprint=mark, known=memory)
    if isinstance(document, Customer):
        return change if memory else replace(change, action=Action.CREATE)
    if is_void(document):
        return _void(change, policy)
    if memory is None or memory.standing is Standing.ABSENT:
        return replace(change, action=Action.CREATE)
    if memory.standing is Standing.VOID:
        return _risen(change)
    if memory.fingerprint == mark and not _moved(document, memory, known):
        return change
    return _changed(change, policy)


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
        hint="A voided document can't be revived: bill it again under a new number.",
    )
    return replace(change, action=Action.CONFLICT, problem=problem)


def _moved(document: Document, memory: Known, known: KnownDocuments) -> bool:
    """Tell whether an invoice now belongs to another customer than it was pushed to."""
    if not isinstance(document, Invoice) or not memory.remote_customer:
        return False
    customer = known.get(document.customer)
    return customer is None or customer.remote_id != memory.remote_customer
