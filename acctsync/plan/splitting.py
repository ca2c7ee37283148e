"""Payments of several invoices, or of more, in books where one settles one: in parts. Pure.

What is for no invoice is an overpayment beside them: the customer's open credit. The first part is
written as the payment itself, each other one beside it, under the payment's id and its place. They
are told as one payment, and come to it together. Invoices are taken in the order of their names, so
that the order of an export's rows says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from acctsync.documents import (
    CUT,
    DocumentRef,
    Held,
    Invoice,
    Kind,
    Line,
    Payment,
    RemoteDocument,
    State,
    Stub,
    TaxTreatment,
    part_of,
    whole_of,
)
from acctsync.money import ZERO
from acctsync.plan.drafting import is_void
from acctsync.plan.model import Action, Change, Standing


def split(documents: Iterable[Held], live: Collection[DocumentRef]) -> Iterator[Held]:
    """Split payments, and take back what they don't come to any more.

    `live` are the parts that the books hold, as far as we know.
    """
    for each in documents:
        if isinstance(each, Payment | Stub) and each.ref.kind is Kind.PAYMENTS:
            yield from _parts(each, live)
        else:
            yield each


def as_changes(changes: Sequence[Change]) -> list[Change]:
    """Take a part that should go and may not, since no voids are followed, for a changed one."""
    void = {each.ref for each in changes if each.ref.kind is Kind.PAYMENTS and _void(each)}
    return [
        replace(each, action=Action.UPDATE)
        if each.action is Action.UNCHANGED
        and each.ref.kind in CUT
        and _void(each)
        and _is_live(each)
        and whole_of(each.ref) not in void
        else each
        for each in changes
    ]


def in_turn(changes: Sequence[Change]) -> list[Change]:
    """Write no part before those are gone that it takes the place of, nor where they stay."""
    cut = {whole_of(each.ref) for each in changes if each.ref.kind in CUT}
    if not cut:
        return list(changes)
    first: dict[DocumentRef, list[DocumentRef]] = {ref: [] for ref in cut}
    for change in changes:
        whole = whole_of(change.ref)
        if whole in cut and _goes_first(change):
            first[whole].append(change.ref)
        if change.ref in cut:
            first[whole] += change.after
    return [_waiting(each, first.get(whole_of(each.ref), ())) for each in changes]


def _goes_first(change: Change) -> bool:
    if change.action in {Action.BLOCKED, Action.CONFLICT}:
        return change.ref.kind is Kind.PAYMENTS or _is_live(change)
    return change.action is Action.VOID and change.ref.kind in {Kind.PAYMENTS, *CUT}


def _waiting(change: Change, first: Iterable[DocumentRef]) -> Change:
    if change.action is not Action.CREATE or change.ref.kind not in {Kind.PAYMENTS, *CUT}:
        return change
    waits = dict.fromkeys((*change.after, *(ref for ref in first if ref != change.ref)))
    return replace(change, after=tuple(waits))


def _void(change: Change) -> bool:
    return is_void(change.document)


def _is_live(change: Change) -> bool:
    return change.known is not None and change.known.standing is Standing.LIVE


def together(
    mains: Iterable[RemoteDocument], parts: Iterable[RemoteDocument]
) -> list[RemoteDocument]:
    """Put the parts of each payment that the books hold together again.

    What is left of a payment whose first part is not among `mains` stands for it.
    """
    whole = {each.id: each for each in mains}
    by_stamp = {each.stamp: each.id for each in whole.values() if each.stamp and not each.voided}
    for part in parts:
        if not part.stamp or part.voided:
            continue
        stamp = whole_of(DocumentRef(part.kind, "", part.stamp)).id
        if stamp in by_stamp:
            key = by_stamp[stamp]
            whole[key] = _joined(whole[key], part)
        else:
            by_stamp[stamp] = part.id
            whole[part.id] = replace(part, kind=Kind.PAYMENTS, stamp=stamp)
    return list(whole.values())


def cut_into(payment: Payment | Stub) -> Iterator[Kind]:
    """Tell of what kinds a payment is besides itself."""
    if len(payment.allocations) > 1:
        yield Kind.PAYMENT_PARTS
    if payment.allocations and _rest(payment) > ZERO:
        yield Kind.OVERPAYMENTS


def _rest(payment: Payment | Stub) -> Decimal:
    return payment.money.amount - sum((each.amount for each in payment.allocations), ZERO)


def _parts(payment: Payment | Stub, live: Collection[DocumentRef]) -> Iterator[Held]:
    shares = _shares(payment) if isinstance(payment, Payment) else ()
    yield from shares or (payment,)
    place = max(sum(each.ref.kind is not Kind.OVERPAYMENTS for each in shares), 1)
    void = isinstance(payment, Payment) and payment.state is State.VOID
    most = len(payment.allocations) if void else 0
    while place < most or part_of(payment.ref, place + 1) in live:
        place += 1
        yield _taken_back(payment, part_of(payment.ref, place))
    over = _over(payment.ref)
    given = any(each.ref == over for each in shares)
    if not given and (over in live or (void and _rest(payment) > ZERO)):
        yield _taken_back(payment, over)


def _shares(payment: Payment) -> tuple[Payment | Invoice, ...]:
    """Cut a payment; one that is void or for no invoice stays whole, as one of just one does."""
    allocations = sorted(payment.allocations, key=lambda each: each.wanted)
    rest = _rest(payment)
    owned = rest == ZERO or (rest > ZERO and payment.customer is not None)
    if payment.state is State.VOID or not allocations or not owned:
        return ()
    count = len(allocations) + (rest > ZERO)
    if count == 1:
        return ()
    parts: list[Payment | Invoice] = [
        replace(
            payment,
            ref=payment.ref if place == 1 else part_of(payment.ref, place),
            amount=each.amount,
            allocations=(each,),
            fee=payment.fee if place == 1 else None,
            share=f"{place} of {count}",
        )
        for place, each in enumerate(allocations, 1)
    ]
    if rest > ZERO:
        parts.append(_overpayment(payment, rest, f"({count} of {count})"))
    return tuple(parts)


def _over(payment: DocumentRef) -> DocumentRef:
    return DocumentRef(Kind.OVERPAYMENTS, payment.source, payment.id)


def _overpayment(payment: Payment, rest: Decimal, share: str) -> Invoice:
    """Say what is written of money that is more than its invoices owe."""
    assert payment.customer is not None, "nobody's money is credited to nobody"
    return Invoice(
        ref=_over(payment.ref),
        number=payment.number,
        customer=payment.customer,
        date=payment.date,
        currency=payment.currency,
        lines=(Line(amount=rest, description="Overpayment"),),
        total=rest,
        state=State.OPEN,
        tax=TaxTreatment.NONE,
        exchange_rate=payment.exchange_rate,
        reference=" ".join(each for each in (share, payment.reference or payment.memo) if each),
        deposit_to=payment.deposit_to,
        place=payment.place,
    )


def _taken_back(payment: Payment | Stub, ref: DocumentRef) -> Payment:
    return Payment(
        ref=ref,
        date=payment.date,
        currency=payment.currency,
        amount=ZERO,
        customer=payment.customer,
        state=State.VOID,
        place=payment.place,
    )


def _joined(main: RemoteDocument, part: RemoteDocument) -> RemoteDocument:
    total = (main.total or ZERO) + (part.total or ZERO)
    return replace(main, total=total, links=(*main.links, *part.links))
