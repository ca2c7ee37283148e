"""A payment of several invoices, in books where a payment settles one: written in parts. Pure.

The first part is written as the payment itself, each other one beside it, under the payment's id
and its place. They are told as one payment, and come to it together. Invoices are taken in the
order of their names, so that the order of an export's rows says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from acctsync.documents import (
    DocumentRef,
    Held,
    Kind,
    Payment,
    RemoteDocument,
    State,
    Stub,
    part_of,
    whole_of,
)
from acctsync.money import ZERO


def split(documents: Iterable[Held], live: Collection[DocumentRef]) -> Iterator[Held]:
    """Split payments, and take back what they don't come to any more.

    `live` are the parts that the books hold, as far as we know.
    """
    for each in documents:
        if isinstance(each, Payment | Stub) and each.ref.kind is Kind.PAYMENTS:
            yield from _parts(each, live)
        else:
            yield each


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
        stamp = whole_of(DocumentRef(Kind.PAYMENT_PARTS, "", part.stamp)).id
        if stamp in by_stamp:
            key = by_stamp[stamp]
            whole[key] = _joined(whole[key], part)
        else:
            by_stamp[stamp] = part.id
            whole[part.id] = replace(part, kind=Kind.PAYMENTS, stamp=stamp)
    return list(whole.values())


def _parts(payment: Payment | Stub, live: Collection[DocumentRef]) -> Iterator[Held]:
    shares = _shares(payment) if isinstance(payment, Payment) else ()
    yield from shares or (payment,)
    place = max(len(shares), 1)
    void = isinstance(payment, Payment) and payment.state is State.VOID
    most = len(payment.allocations) if void else 0
    while place < most or part_of(payment.ref, place + 1) in live:
        place += 1
        yield _taken_back(payment, place)


def _shares(payment: Payment) -> tuple[Payment, ...]:
    """Cut a payment; one that is void, or of which something is for no invoice, stays whole."""
    allocations = sorted(payment.allocations, key=lambda each: each.wanted)
    given = sum((each.amount for each in allocations), ZERO)
    if len(allocations) < 2 or payment.state is State.VOID or given != payment.amount:  # noqa: PLR2004
        return ()
    return tuple(
        replace(
            payment,
            ref=payment.ref if place == 1 else part_of(payment.ref, place),
            amount=each.amount,
            allocations=(each,),
            fee=payment.fee if place == 1 else None,
            share=f"{place} of {len(allocations)}",
        )
        for place, each in enumerate(allocations, 1)
    )


def _taken_back(payment: Payment | Stub, place: int) -> Payment:
    return Payment(
        ref=part_of(payment.ref, place),
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
