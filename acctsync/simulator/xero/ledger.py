"""What every document posts to the accounts: the ground under balances and reports.

Amounts are in the organisation's currency; money that an asset gains or an expense costs is
positive, income is negative, so that all postings of a document add up to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from acctsync.simulator.encoding import ZERO
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.settling import MONEY_IN, SALES, document_of
from acctsync.simulator.xero.wire import rounded

_POSTED = {"AUTHORISED", "PAID"}


@dataclass(frozen=True, slots=True)
class Posting:
    """One amount on one account; `options` are the tracking options of its line."""

    day: str
    account: str
    amount: Decimal
    options: frozenset[str] = frozenset()
    is_line: bool = True  # or the other side of a document


def postings(books: Books) -> Iterator[Posting]:
    """Give everything that was posted."""
    for kind in ("Invoice", "CreditNote", "BankTransaction"):
        for document in books.rows(kind):
            if document["Status"] in _POSTED:
                yield from _of_document(books, kind, document)
    for payment in books.rows("Payment"):
        if payment["Status"] == "AUTHORISED":
            yield from _of_payment(books, payment)
    for transfer in books.rows("BankTransfer"):
        if transfer["Status"] == "AUTHORISED":
            for key, sign in (("FromID", -1), ("ToID", 1)):
                yield Posting(
                    transfer["Date"], transfer[key], sign * transfer["Amount"], is_line=False
                )


def held(books: Books) -> dict[str, Decimal]:
    """Tell what each account holds, by its name."""
    sums: dict[str, Decimal] = {}
    for one in postings(books):
        name = str(books.get("Account", one.account)["Name"])
        sums[name] = sums.get(name, ZERO) + one.amount
    return sums


def _of_document(books: Books, kind: str, document: Entity) -> Iterator[Posting]:
    sign = _sign(kind, document)
    total = ZERO
    for line in document["LineItems"]:
        if "LineAmount" not in line or "AccountID" not in line:
            continue
        net = line["LineAmount"]
        if document["LineAmountTypes"] == "Inclusive":
            net -= line.get("TaxAmount", ZERO)
        amount = -sign * _home(document, net)
        total += amount
        options = frozenset(one["TrackingOptionID"] for one in line["Tracking"])
        yield Posting(document["Date"], line["AccountID"], amount, options)
    tax = -sign * _home(document, document["TotalTax"])
    if tax and (account := _system(books, "GST")):
        total += tax
        yield Posting(document["Date"], account, tax, is_line=False)
    if other := _other_side(books, kind, document):
        yield Posting(document["Date"], other, -total, is_line=False)


def _sign(kind: str, document: Entity) -> int:
    """Tell whether the document's other side grows: what customers owe us, or the bank."""
    if kind == "BankTransaction":
        return 1 if document["Type"].startswith("RECEIVE") else -1
    return 1 if document["Type"] in {"ACCREC", "ACCPAYCREDIT"} else -1


def _other_side(books: Books, kind: str, document: Entity) -> str:
    if kind == "BankTransaction":
        return str(document["BankAccountID"])
    return _control(books, document)


def _control(books: Books, document: Entity) -> str:
    return _system(books, "DEBTORS" if document["Type"] in SALES else "CREDITORS")


def _of_payment(books: Books, payment: Entity) -> Iterator[Posting]:
    sign = 1 if payment["PaymentType"] in MONEY_IN else -1
    _kind, document = document_of(books, payment["DocumentID"])
    amount = sign * _home(payment, payment["Amount"])
    yield Posting(payment["Date"], payment["AccountID"], amount, is_line=False)
    if control := _control(books, document):
        yield Posting(payment["Date"], control, -amount, is_line=False)


def _system(books: Books, name: str) -> str:
    found = (one for one in books.rows("Account") if one.get("SystemAccount") == name)
    return str(next((one["AccountID"] for one in found), ""))


def _home(document: Entity, amount: Decimal) -> Decimal:
    return rounded(amount / document["CurrencyRate"])
