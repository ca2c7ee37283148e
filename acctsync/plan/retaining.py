"""Money that settles no invoice, kept on a liability account: as a receipt, not as a credit. Pure.

A payment is in the books in one of two forms, and never in both. The form that they have decides
where the other is wanted: only a receipt whose money the export gives to an invoice since is taken
back, so that it can be recorded as a payment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from acctsync.documents import (
    Document,
    DocumentRef,
    Held,
    Invoice,
    Kind,
    Line,
    Payment,
    Reference,
    RemoteDocument,
    State,
    TaxTreatment,
    whole_of,
)
from acctsync.errors import Problem, Severity
from acctsync.money import ZERO
from acctsync.plan.deciding import adopt, block, placed
from acctsync.plan.drafting import content, is_void
from acctsync.plan.judging import Found, expected_of, judge
from acctsync.plan.model import Action, Change, Known, KnownDocuments, Standing
from acctsync.values import dataclass

_OTHER = {Kind.PAYMENTS: Kind.RETAINERS, Kind.RETAINERS: Kind.PAYMENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainerRule:
    """The liability account for money that settles no invoice; `item` posts to it.

    One that is `wanted` keeps new money so; otherwise only what is there already is heeded. One
    without an account can't say what a receipt should be: what is there stays as it is.
    """

    account: Reference | None = None
    item: Reference | None = None
    wanted: bool = True


@dataclass(slots=True)
class Forms:
    """The forms of a run's payments: those to be written, by ref, and what each is otherwise.

    `receipts` tells by the payment's ref which receipt stands for it. `moves` names receipts, by
    the payment that takes their place, `kept` the documents that stay in the form they have;
    `frozen` receipts are not followed.
    """

    others: dict[DocumentRef, Document] = field(default_factory=dict)
    receipts: dict[DocumentRef, DocumentRef] = field(default_factory=dict)
    moves: dict[DocumentRef, DocumentRef] = field(default_factory=dict)
    kept: set[DocumentRef] = field(default_factory=set)
    frozen: bool = False


def other_form(ref: DocumentRef) -> DocumentRef:
    """Name the same money in its other form."""
    return DocumentRef(_OTHER[ref.kind], ref.source, ref.id)


def receipt_of(payment: Payment, rule: RetainerRule) -> Invoice:
    """Say what is written of a payment that is kept on the account for retainers."""
    assert payment.customer is not None, "nobody's money is kept for nobody"
    line = Line(amount=payment.amount, item=rule.item, account=rule.account, description="Retainer")
    return Invoice(
        ref=other_form(payment.ref),
        number=payment.number,
        customer=payment.customer,
        date=payment.date,
        currency=payment.currency,
        lines=(line,),
        total=payment.amount,
        state=payment.state or State.OPEN,
        tax=TaxTreatment.NONE,
        exchange_rate=payment.exchange_rate,
        reference=payment.reference,
        private_note=" | ".join(each for each in (payment.private_note, payment.memo) if each),
        location=payment.location,
        method=payment.method,
        deposit_to=payment.deposit_to,
        place=payment.place,
    )


def in_form(
    documents: Sequence[Held], rule: RetainerRule, known: KnownDocuments
) -> tuple[list[Held], Forms]:
    """Put payments into the form that they have in the books, or else are to have there."""
    forms = Forms(frozen=rule.account is None)
    formed: list[Held] = []
    for document in documents:
        if isinstance(document, Payment) and document.customer is not None:
            formed += _formed(document, rule, known, forms)
        else:
            formed.append(document)
    return formed, forms


def order(changes: Iterable[Change], forms: Forms) -> list[Change]:
    """Tell what stays in its form, and write no payment before its receipt is taken back."""
    by_ref = {each.ref: each for each in changes}
    return [_ordered(each, by_ref, forms) for each in by_ref.values()]


def settle_form(
    change: Change,
    other: Document,
    candidates: Sequence[RemoteDocument],
    customer: str,
    *,
    voids: bool,
) -> tuple[Change, ...]:
    """Decide about a document that we know nothing of, by what the books hold of its other form.

    `candidates` are that form's, `customer` is its customer's id there; `voids` are followed.
    """
    verdict = judge(expected_of(other, customer), candidates)
    remote = verdict.remote
    ours = remote is not None and remote.stamp == change.ref.id
    if remote is None or remote.voided or not (ours or verdict.found is Found.AGREES):
        return (change,)
    there = Change(action=Action.UNCHANGED, document=other, fingerprint=content(other))
    left = replace(change, action=Action.UNCHANGED)
    if is_void(change.document):
        taken = replace(there, action=Action.VOID, remote=remote)
        return (left, taken) if ours and voids else (left,)
    if not _moves(change.document):
        return (left, replace(adopt(there, remote), problem=placed(_stays(other), other)))
    if not voids:
        return (block(change, _in_the_way(change.document)),)
    taken = replace(there, action=Action.VOID, remote=remote)
    return (taken, replace(change, after=(*change.after, other.ref)))


def _formed(
    payment: Payment, rule: RetainerRule, known: KnownDocuments, forms: Forms
) -> list[Payment | Invoice]:
    receipt = receipt_of(payment, rule)
    kept = is_live(known.get(receipt.ref))
    paid = is_live(known.get(payment.ref))
    wanted = rule.wanted and not payment.allocations
    if kept and payment.allocations and not is_void(payment):
        forms.moves[payment.ref] = receipt.ref
        return [replace(receipt, state=State.VOID), payment]
    stays = receipt if kept or (wanted and not paid) else payment
    if stays is receipt:
        forms.receipts[payment.ref] = receipt.ref
    if (kept or paid) and not is_void(payment) and wanted is not (stays is receipt):
        forms.kept.add(stays.ref)
    if not (kept or paid):
        forms.others[stays.ref] = payment if stays is receipt else receipt
    return [stays]


def _ordered(change: Change, by_ref: Mapping[DocumentRef, Change], forms: Forms) -> Change:
    if change.ref in forms.kept and change.problem is None:
        frozen = forms.frozen and change.ref.kind is Kind.RETAINERS
        action = Action.UNCHANGED if frozen else change.action
        told = placed(_stays(change.document), change.document)
        return replace(change, action=action, problem=told)
    receipt = forms.moves.get(whole_of(change.ref))
    if receipt is None or change.action is not Action.CREATE:
        return change
    if by_ref[receipt].action is Action.VOID:
        return replace(change, after=(*change.after, receipt))
    return block(change, _in_the_way(change.document))


def is_live(known: Known | None) -> bool:
    """Tell whether a form is in the books, for all we know."""
    return known is not None and known.standing is Standing.LIVE


def _moves(document: Document) -> bool:
    """Tell whether money is given to an invoice."""
    return isinstance(document, Payment) and any(
        each.amount > ZERO for each in document.allocations
    )


def _stays(document: Document) -> Problem:
    kept = document.ref.kind is Kind.RETAINERS
    where = "on the account for retainers" if kept else "as an open credit of the customer"
    return Problem(
        code="PLAN061",
        severity=Severity.WARNING,
        message=f"it is in the books already, {where}: it stays so",
        hint="Leave it, or move the amount in the books by a journal entry.",
    )


def _in_the_way(document: Document) -> Problem:
    wanted = ", ".join(each.wanted for each in getattr(document, "allocations", ()) if each.wanted)
    return Problem(
        code="PLAN062",
        message="it is in the books on the account for retainers, and the export now gives it to"
        f" invoice {wanted}",
        hint="Set push.void: true to have that receipt voided and the payment recorded instead, or"
        " void the receipt in the books and push again.",
    )
