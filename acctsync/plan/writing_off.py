"""Writing an invoice off: a credit note onto an account for bad debts, set off against it. Pure.

Both are parts of the invoice, decided about once. How much is written off is what is open in the
books when it is written, so it is read then; what this run pays or credits comes first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from acctsync.documents import (
    Allocation,
    CreditAllocation,
    Document,
    DocumentRef,
    Invoice,
    Kind,
    Line,
    Payment,
    Reference,
    State,
    TaxTreatment,
)
from acctsync.errors import Problem, Severity
from acctsync.money import ZERO
from acctsync.plan.model import Action, Change, Known, Standing
from acctsync.values import dataclass

WRITTEN = frozenset({Kind.WRITE_OFFS, Kind.WRITE_OFF_ALLOCATIONS})
# What settles an invoice, and must be through before the rest of it is written off.
_SETTLING = frozenset({Kind.PAYMENTS, Kind.PAYMENT_PARTS, Kind.CREDIT_ALLOCATIONS})


@dataclass(frozen=True, slots=True, kw_only=True)
class BadDebts:
    """The account that invoices are written off to, and the day of it, if that is known."""

    account: Reference
    day: dt.date | None = None


def write_offs_of(invoice: Invoice, debts: BadDebts) -> Iterator[Document]:
    """Name what writes an invoice off; first what comes last, as it tells whether all is done."""
    if invoice.kind is not Kind.INVOICES or invoice.state is not State.WRITTEN_OFF:
        return
    if invoice.total <= ZERO:
        return
    credit = _credit(invoice, debts)
    yield CreditAllocation(
        ref=DocumentRef(Kind.WRITE_OFF_ALLOCATIONS, invoice.ref.source, invoice.ref.id),
        credit=credit.ref,
        customer=invoice.customer,
        date=credit.date,
        currency=invoice.currency,
        amount=invoice.total,
        wanted=invoice.number,
        number=invoice.number,
        invoice=invoice.ref,
        exchange_rate=invoice.exchange_rate,
        place=invoice.place,
    )
    yield credit


def is_new_write_off(change: Change) -> bool:
    """Tell whether a change is about to write something off."""
    return change.action is Action.CREATE and change.ref.kind in WRITTEN


def written_off_of(document: Document) -> DocumentRef:
    """Name the invoice that a part writes off."""
    return DocumentRef(Kind.INVOICES, document.ref.source, document.ref.id)


def credit_of(document: Document) -> DocumentRef:
    """Name the credit note that writes an invoice off."""
    return DocumentRef(Kind.WRITE_OFFS, document.ref.source, document.ref.id)


def write_off(
    changes: Sequence[Change],
    open_: Mapping[DocumentRef, Decimal],
    credits_: Mapping[DocumentRef, Decimal],
    settling: Mapping[DocumentRef, Sequence[DocumentRef]],
) -> list[Change]:
    """Plan to write off what is open of each invoice; where nothing is, that is told once.

    `open_` tells what is open once this run's payments and credits are in, `credits_` what is left
    of credit notes that write off and are in the books already. `settling` names what has to be
    through before, by invoice.
    """
    decided = []
    for change in changes:
        if not is_new_write_off(change):
            decided.append(change)
            continue
        invoice = written_off_of(change.document)
        left = credits_.get(credit_of(change.document))
        made = measure(change, open_.get(invoice), left)
        if made.action is Action.CREATE:
            made = replace(made, after=(*made.after, *settling.get(invoice, ())))
        decided.append(made)
    return decided


def settles(changes: Iterable[Change]) -> dict[DocumentRef, list[DocumentRef]]:
    """Name what of this run settles each invoice, be it held back or not."""
    found: dict[DocumentRef, list[DocumentRef]] = {}
    for change in changes:
        if change.ref.kind not in _SETTLING or change.action is Action.UNCHANGED:
            continue
        for invoice in _invoices(change.document):
            found.setdefault(invoice, []).append(change.ref)
    return found


def measure(change: Change, open_: Decimal | None, credit: Decimal | None) -> Change:
    """Write off just what is open; `credit` is what the credit note has, if it is there."""
    amount = open_ if open_ is not None else ZERO
    document = change.document
    if isinstance(document, CreditAllocation):
        amount = min(amount, document.amount if credit is None else credit)
    if amount <= ZERO:
        return _nothing(change)
    if isinstance(document, CreditAllocation):
        return replace(change, document=replace(document, amount=amount))
    assert isinstance(document, Invoice), "what is written off is a credit note"
    lines = tuple(replace(each, amount=amount) for each in document.lines)
    return replace(change, document=replace(document, lines=lines, total=amount))


def reopened(invoice: DocumentRef, number: str) -> Problem:
    """Say that an invoice was written off and counts again in the export."""
    return Problem(
        code="PLAN064",
        severity=Severity.WARNING,
        message="it was written off in the books, but the export says it is open again: the"
        " write-off stays",
        hint="Delete the credit memo WO- and its number in the books, if it is to be collected.",
    ).about(number, invoice.kind)


def _credit(invoice: Invoice, debts: BadDebts) -> Invoice:
    description = f"Written off: invoice {invoice.number}"
    line = Line(amount=invoice.total, account=debts.account, description=description)
    return Invoice(
        ref=DocumentRef(Kind.WRITE_OFFS, invoice.ref.source, invoice.ref.id),
        number=invoice.number,
        customer=invoice.customer,
        date=max(debts.day or invoice.date, invoice.date),
        currency=invoice.currency,
        lines=(line,),
        total=invoice.total,
        tax=TaxTreatment.NONE,
        exchange_rate=invoice.exchange_rate,
        location=invoice.location,
        class_=invoice.class_,
        applies_to=Allocation(wanted=invoice.number, amount=invoice.total, invoice=invoice.ref),
        place=invoice.place,
    )


def _invoices(document: Document) -> Iterator[DocumentRef]:
    """Name the invoices of the export that money or a credit goes to."""
    parts = document.allocations if isinstance(document, Payment) else (document,)
    for part in parts:
        if isinstance(part, Allocation | CreditAllocation) and part.invoice is not None:
            yield part.invoice


def _nothing(change: Change) -> Change:
    """Leave an invoice as it is, and remember that; it is told of the credit note alone."""
    known = Known(ref=change.ref, fingerprint=change.fingerprint, standing=Standing.ABSENT)
    problem = _paid(change) if change.ref.kind is Kind.WRITE_OFFS else None
    return replace(change, action=Action.UNCHANGED, known=known, problem=problem, after=())


def _paid(change: Change) -> Problem:
    return Problem(
        code="PLAN063",
        severity=Severity.WARNING,
        message="it is written off in the export, but nothing of it is open in the books",
        hint="Nothing is written off. Compare the two if you expected otherwise.",
        location=change.document.place,
    ).about(change.document.number, Kind.INVOICES)
