"""Payments are taken off invoices before those are voided: which, and when it can't be done. Pure.

What is taken off stays the customer's open credit. Only what the books link to such an invoice is
touched, each payment by one write.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from acctsync.documents import DocumentRef, Kind, RemoteDocument, UnappliedPayment
from acctsync.errors import Problem, Severity
from acctsync.money import ZERO
from acctsync.plan.deciding import block, placed
from acctsync.plan.drafting import content
from acctsync.plan.model import Action, Change, Known, is_paid


def payments_on(change: Change) -> tuple[str, ...]:
    """Name the payments in the books, by id, that a paid invoice must lose before it is voided."""
    remote = change.remote
    if not _is_to_lose(change) or remote is None:
        return ()
    return tuple(
        dict.fromkeys(each.remote_id for each in remote.links if each.kind is Kind.PAYMENTS)
    )


def unapplied(payment_id: str) -> DocumentRef:
    """Name the taking off of a payment; nobody exports it."""
    return DocumentRef(Kind.UNAPPLIED_PAYMENTS, "", payment_id)


def unapply(
    changes: Sequence[Change],
    payments: Mapping[str, RemoteDocument],
    ours: Mapping[str, Known],
    closed_until: dt.date | None = None,
) -> list[Change]:
    """Take payments off invoices that are to be voided, or hold an invoice back where that fails.

    `payments` are those that `payments_on` names, as the books hold them now, and `ours` what is
    remembered of those that we pushed, both by their id there.
    """
    decided = [_decided(each, payments, closed_until) for each in changes]
    taken = _taken(decided, payments)
    writes = [_write(payments[id_], invoices, ours.get(id_)) for id_, invoices in taken.items()]
    mine = {ours[id_].ref: unapplied(id_) for id_ in taken if id_ in ours}
    return [*writes, *(_ordered(each, mine) for each in decided)]


def still_applied(payment: RemoteDocument, invoices: Sequence[str]) -> Decimal:
    """Tell how much of a payment settles some invoices, by their ids in the books."""
    return sum(
        (
            each.amount or ZERO
            for each in payment.links
            if _is_of(each.remote_id, each.kind, invoices)
        ),
        ZERO,
    )


def decide_again(change: Change, payment: RemoteDocument | None) -> Change:
    """Decide once more about a payment that the books refused to change, as they hold it now."""
    document = change.document
    assert isinstance(document, UnappliedPayment)
    if payment is None or not still_applied(payment, document.invoices):
        return replace(change, action=Action.UNCHANGED)
    if payment.deposited:
        return block(change, _deposited(payment))
    return replace(change, remote=payment)


def _is_of(remote_id: str, kind: Kind | None, invoices: Sequence[str]) -> bool:
    return kind is Kind.INVOICES and remote_id in invoices


def _is_to_lose(change: Change) -> bool:
    """Tell whether an invoice loses payments; where they are voided before, it has none left."""
    remote = change.remote
    freed = any(ref.kind is Kind.PAYMENTS for ref in change.after)
    voided = change.action is Action.VOID and not freed
    return voided and remote is not None and is_paid(remote)


def _decided(
    change: Change, payments: Mapping[str, RemoteDocument], closed_until: dt.date | None
) -> Change:
    wanted = payments_on(change)
    remote = change.remote
    if not _is_to_lose(change) or remote is None:
        return change
    found = [payments[each] for each in wanted if each in payments]
    problem = _hindrance(remote, found, closed_until)
    if problem is not None:
        return block(change, problem)
    return replace(
        change,
        after=tuple(unapplied(each) for each in wanted),
        problem=placed(_told(remote, found), change.document),
    )


def _hindrance(
    invoice: RemoteDocument, payments: Sequence[RemoteDocument], closed_until: dt.date | None
) -> Problem | None:
    deposited = next((each for each in payments if each.deposited), None)
    if deposited is not None:
        return _deposited(deposited)
    for payment in payments:
        if closed_until and payment.date and payment.date <= closed_until:
            return _closed(payment, closed_until)
    settled = (invoice.total or ZERO) - (invoice.balance or ZERO)
    by_payments = sum((still_applied(each, [invoice.id]) for each in payments), ZERO)
    return None if by_payments == settled else _otherwise(settled - by_payments, invoice.currency)


def _taken(
    decided: Iterable[Change], payments: Mapping[str, RemoteDocument]
) -> dict[str, list[str]]:
    """List the invoices that each payment is taken off, by their ids in the books."""
    taken: dict[str, list[str]] = {}
    for change in decided:
        if change.after and change.remote is not None:
            for id_ in payments_on(change):
                taken.setdefault(payments[id_].id, []).append(change.remote.id)
    return taken


def _write(payment: RemoteDocument, invoices: Sequence[str], known: Known | None) -> Change:
    document = UnappliedPayment(
        ref=unapplied(payment.id),
        number=_called(payment),
        date=payment.date or dt.date.min,
        currency=payment.currency,
        amount=still_applied(payment, invoices),
        invoices=tuple(invoices),
    )
    return Change(
        action=Action.UPDATE,
        document=document,
        fingerprint=content(document),
        known=known,
        remote=payment,
    )


def _ordered(change: Change, mine: Mapping[DocumentRef, DocumentRef]) -> Change:
    """Let what becomes of our own payment wait until it was taken off."""
    first = mine.get(change.ref)
    return change if first is None else replace(change, after=(*change.after, first))


def _called(payment: RemoteDocument) -> str:
    return payment.number or f"id {payment.id}"


def _told(invoice: RemoteDocument, payments: Sequence[RemoteDocument]) -> Problem:
    parts = [f"{_called(each)} ({still_applied(each, [invoice.id])})" for each in payments]
    listed = ", ".join(parts)
    return Problem(
        code="PLAN017",
        severity=Severity.WARNING,
        message=f"it is paid in the books: {listed} {invoice.currency} is taken off it first, and"
        " stays the customer's open credit",
        hint="Refund the credit, or use it for another invoice, in the books.",
    )


def _deposited(payment: RemoteDocument) -> Problem:
    return Problem(
        code="PLAN018",
        message=f"payment {_called(payment)} on it lies in a bank deposit, so it can't be taken"
        " off",
        hint="Take the payment out of the deposit in the books, or leave the invoice there as it"
        " is; then push again.",
    )


def _closed(payment: RemoteDocument, closed_until: dt.date) -> Problem:
    return Problem(
        code="PLAN024",
        message=f"payment {_called(payment)} on it is of {payment.date}, in a closed period (closed"
        f" until {closed_until}), so it can't be taken off",
        hint="Reopen the period in the books, or leave the invoice there as it is.",
    )


def _otherwise(amount: Decimal, currency: str) -> Problem:
    return Problem(
        code="PLAN019",
        message=f"{amount} {currency} of it was settled in the books by something else than"
        " payments and credit notes",
        hint="Take that off the invoice in the books, then push again.",
    )
