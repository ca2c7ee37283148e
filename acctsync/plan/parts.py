"""What is written beside a document and belongs to it: a credit's allocation, a processor's fee.

So is a refund's money, where the books take it apart from what the refund takes back. A part has
its document's id under a kind of its own. It goes through the same outbox, and is told as part of
its document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from acctsync.documents import (
    PART_OF,
    CreditAllocation,
    Document,
    DocumentRef,
    Fee,
    Invoice,
    Kind,
    Payment,
    Payout,
    Reference,
    Refund,
    Repayment,
    State,
)
from acctsync.errors import Problem, Severity
from acctsync.money import ZERO
from acctsync.plan.model import Action, Change, Known, Standing
from acctsync.plan.writing_off import BadDebts, write_offs_of
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRule:
    """How processor fees are booked; `processor` is the vendor who kept them."""

    account: Reference
    item: Reference | None = None
    processor: DocumentRef | None = None


def parts_of(
    document: Document, fees: FeeRule | None, debts: BadDebts | None = None
) -> Iterator[Document]:
    """Name what is written beside a document."""
    match document:
        case Invoice() if _is_given(document):
            yield _allocation(document)
        case Invoice() if debts is not None:
            yield from write_offs_of(document, debts)
        case Payment() if fees is not None and (document.fee or _is_void(document)):
            yield _fee(document, document.fee or ZERO, fees)
        case Payout() if fees is not None and document.fee:
            yield _payout_fee(document, document.fee, fees)
        case Refund():
            yield _repayment(document)
        case _:
            return


def is_new_allocation(change: Change) -> bool:
    """Tell whether a credit is about to be set off."""
    return change.action is Action.CREATE and change.ref.kind is Kind.CREDIT_ALLOCATIONS


def set_off_credits(
    changes: Sequence[Change],
    open_: Mapping[DocumentRef, Decimal],
    credits_: Mapping[DocumentRef, Decimal],
    invoice_of: Callable[[CreditAllocation], DocumentRef | None],
    void: Callable[[CreditAllocation], bool] = lambda _: False,
) -> list[Change]:
    """Set off as much of each credit as it still has and as is open on its invoice.

    `open_` tells what is open of each invoice once this run's payments are in, `credits_` what is
    left of credit notes that are in the books already, and `void` whether a credit's invoice is.
    """
    left = dict(open_)
    decided = []
    for change in changes:
        allocation = change.document
        if not (isinstance(allocation, CreditAllocation) and is_new_allocation(change)):
            decided.append(change)
        elif void(allocation):
            decided.append(_stays_open(change, f"invoice {allocation.wanted} is void"))
        else:
            invoice = invoice_of(allocation)
            credit = credits_.get(allocation.credit, allocation.amount)
            made = _set_off(change, allocation, credit, left.get(invoice) if invoice else None)
            if invoice is not None and isinstance(made.document, CreditAllocation):
                left[invoice] = left.get(invoice, ZERO) - _taken(made, made.document)
            decided.append(made)
    return decided


def set_off_now(changes: Iterable[Change]) -> Iterator[tuple[DocumentRef, Decimal]]:
    """Tell how much of which invoice is about to be set off."""
    for change in changes:
        match change.document:
            case CreditAllocation(invoice=DocumentRef() as invoice, amount=amount) if (
                is_new_allocation(change)
            ):
                yield invoice, amount
            case _:
                continue


def _set_off(
    change: Change, allocation: CreditAllocation, credit: Decimal, open_: Decimal | None
) -> Change:
    if open_ is None:
        where = "neither in this export nor in the books"
        return _stays_open(change, f"invoice {allocation.wanted} is {where}")
    amount = min(allocation.amount, credit, open_)
    if amount > ZERO:
        return replace(change, document=replace(allocation, amount=amount))
    return _stays_open(
        change,
        "nothing is left of it" if credit <= ZERO else f"invoice {allocation.wanted} is paid",
    )


def _taken(change: Change, allocation: CreditAllocation) -> Decimal:
    return allocation.amount if change.action is Action.CREATE else ZERO


def _stays_open(change: Change, why: str) -> Change:
    """Leave a credit note as it is, say why, and remember that."""
    known = Known(ref=change.ref, fingerprint=change.fingerprint, standing=Standing.ABSENT)
    problem = Problem(
        code="PLAN016",
        severity=Severity.WARNING,
        message=f"it is not set off: {why}",
        hint="Use the open credit in the books by hand, or refund it.",
        location=change.document.place,
    ).about(change.document.number, PART_OF[change.ref.kind])
    return replace(change, action=Action.UNCHANGED, known=known, problem=problem)


def _is_void(payment: Payment) -> bool:
    """Tell whether a fee goes with its payment; the export may say nothing of it any more."""
    return payment.state is State.VOID


def _is_given(document: Invoice) -> bool:
    """Tell whether a credit note was given for an invoice."""
    return (
        document.kind is Kind.CREDIT_NOTES
        and document.state is State.OPEN
        and document.applies_to is not None
        and document.total > ZERO
    )


def _allocation(credit: Invoice) -> CreditAllocation:
    assert credit.applies_to is not None
    return CreditAllocation(
        ref=DocumentRef(Kind.CREDIT_ALLOCATIONS, credit.ref.source, credit.ref.id),
        credit=credit.ref,
        customer=credit.customer,
        date=credit.date,
        currency=credit.currency,
        amount=credit.total,
        wanted=credit.applies_to.wanted,
        number=credit.number,
        invoice=credit.applies_to.invoice,
        exchange_rate=credit.exchange_rate,
        place=credit.place,
    )


def _fee(payment: Payment, amount: Decimal, rule: FeeRule) -> Fee:
    return Fee(
        ref=DocumentRef(Kind.FEES, payment.ref.source, payment.ref.id),
        payment=payment.ref,
        date=payment.date,
        currency=payment.currency,
        amount=amount,
        account=rule.account,
        paid_from=payment.deposit_to,
        item=rule.item,
        customer=rule.processor,
        exchange_rate=payment.exchange_rate,
        location=payment.location,
        state=payment.state,
        place=payment.place,
    )


def _payout_fee(payout: Payout, amount: Decimal, rule: FeeRule) -> Fee:
    """Take the fee out of the clearing account; with a payout that is taken back it goes too."""
    return Fee(
        ref=DocumentRef(Kind.PAYOUT_FEES, payout.ref.source, payout.ref.id),
        payment=payout.ref,
        date=payout.date,
        currency=payout.currency,
        amount=amount,
        account=rule.account,
        paid_from=payout.clearing,
        item=rule.item,
        customer=rule.processor,
        exchange_rate=payout.exchange_rate,
        state=State.VOID if payout.state is State.VOID else None,
        place=payout.place,
    )


def _repayment(refund: Refund) -> Repayment:
    """Give the money back; with a refund that is taken back it comes back too."""
    return Repayment(
        ref=DocumentRef(Kind.REPAYMENTS, refund.ref.source, refund.ref.id),
        refund=refund.ref,
        date=refund.date,
        currency=refund.currency,
        amount=refund.amount,
        paid_from=refund.deposit_to,
        reference=refund.reference,
        state=refund.state,
        place=refund.place,
    )
