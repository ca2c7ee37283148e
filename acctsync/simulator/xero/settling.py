"""What is still open: payments and allocations bring documents down to nothing, and back.

An invoice falls due; a credit note, an overpayment and a prepayment have credit left. All four are
`PAID` when nothing is left, and `AUTHORISED` again when a payment or an allocation is taken back.
"""

from __future__ import annotations

from decimal import Decimal

from acctsync.simulator.encoding import ZERO
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books

CREDITS = ("CreditNote", "Overpayment", "Prepayment")
# What each type of document is paid by, and which payments are money that goes out again.
PAYMENT_TYPES = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENTPAYMENT",
    "RECEIVE-PREPAYMENT": "ARPREPAYMENTPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENTPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENTPAYMENT",
}
MONEY_IN = {
    *("ACCRECPAYMENT", "APCREDITPAYMENT", "APOVERPAYMENTPAYMENT", "APPREPAYMENTPAYMENT"),
}
SALES = {"ACCREC", "ACCRECCREDIT", "RECEIVE-OVERPAYMENT", "RECEIVE-PREPAYMENT"}


def payments_of(books: Books, document: str) -> list[Entity]:
    """List the payments that count for a document."""
    found = books.by("Payment", "DocumentID", document)
    return [one for one in found if one["Status"] == "AUTHORISED"]


def allocations_to(books: Books, invoice: str) -> list[Entity]:
    """List what was set off against an invoice."""
    return books.by("Allocation", "DocumentID", invoice)


def allocations_of(books: Books, credit: str) -> list[Entity]:
    """List what a credit was set off against."""
    return books.by("Allocation", "SourceID", credit)


def left_of(document: Entity) -> Decimal:
    """Tell what is still to be paid, or left of a credit."""
    return Decimal(document["AmountDue" if "AmountDue" in document else "RemainingCredit"])


def resettle(books: Books, kind: str, key: str) -> Entity:
    """Work a document's open amount and status out anew, and store them."""
    document = books.get(kind, key)
    paid = _sum(payments_of(books, key))
    if kind == "Invoice":
        credited = _sum(allocations_to(books, key))
        left = document["Total"] - paid - credited
        amounts = {"AmountPaid": paid, "AmountCredited": credited, "AmountDue": left}
    else:
        left = document["Total"] - paid - _sum(allocations_of(books, key))
        amounts = {"RemainingCredit": left}
    changed = {**document, **amounts}
    if document["Status"] in {"AUTHORISED", "PAID"}:
        changed["Status"] = "AUTHORISED" if left else "PAID"
    if changed["Status"] == "PAID":
        changed["FullyPaidOnDate"] = _last_day(books, key, document["Date"])
    else:
        changed.pop("FullyPaidOnDate", None)
    return books.put(kind, changed)


def is_settled(books: Books, kind: str, key: str) -> bool:
    """Tell whether anything was paid on a document or set off with it."""
    set_off = allocations_to(books, key) if kind == "Invoice" else allocations_of(books, key)
    return bool(payments_of(books, key) or set_off)


def document_of(books: Books, key: str) -> tuple[str, Entity]:
    """Find the document behind a payment or an allocation, with its kind."""
    for kind in ("Invoice", *CREDITS):
        found = books.find(kind, key)
        if found is not None:
            return kind, found
    raise KeyError(key)


def _sum(rows: list[Entity]) -> Decimal:
    return sum((one["Amount"] for one in rows), ZERO)


def _last_day(books: Books, key: str, day: str) -> str:
    rows = [*payments_of(books, key), *allocations_to(books, key), *allocations_of(books, key)]
    return str(max((one["Date"] for one in rows), default=day))
