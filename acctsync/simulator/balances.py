"""What the company's accounts hold, reckoned from the documents as a ledger would show it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import ZERO, money
from acctsync.simulator.exchange import Entity
from acctsync.simulator.lines import sales_details

# An account and what a document brings into it; what leaves it counts negative.
Movement = tuple[str, Decimal]


def balances(books: Books) -> dict[str, Decimal]:
    """Tell what each account holds, by its full name; debits count positive, whatever its type.

    Receivables, payables and sales tax are left out.
    """
    held = {one["Id"]: ZERO for one in books.entities("Account")}
    for account, amount in _movements(books):
        if account in held:
            held[account] += amount
    return {one["FullyQualifiedName"]: held[one["Id"]] for one in books.entities("Account")}


def _movements(books: Books) -> Iterator[Movement]:
    for kind, sign in (("SalesReceipt", 1), ("RefundReceipt", -1), ("Payment", 1)):
        for entity in books.entities(kind):
            yield _ref(entity, "DepositToAccountRef"), sign * money(entity["TotalAmt"])
    for kind, sign in (
        ("Invoice", -1),
        ("SalesReceipt", -1),
        ("CreditMemo", 1),
        ("RefundReceipt", 1),
    ):
        for entity in books.entities(kind):
            yield from _sold(books, entity, sign)
    for kind in ("Purchase", "Bill"):
        for entity in books.entities(kind):
            yield from _bought(books, kind, entity)
    for entity in books.entities("Transfer"):
        yield _ref(entity, "FromAccountRef"), -money(entity["Amount"])
        yield _ref(entity, "ToAccountRef"), money(entity["Amount"])
    for entity in books.entities("Deposit"):
        yield from _deposited(books, entity)


def _sold(books: Books, entity: Entity, sign: int) -> Iterator[Movement]:
    for detail, amount in sales_details(entity):
        item = books.find("Item", _ref(detail, "ItemRef")) or {}
        account = _ref(detail, "ItemAccountRef") or _ref(item, "IncomeAccountRef")
        yield account, sign * amount


def _bought(books: Books, kind: str, entity: Entity) -> Iterator[Movement]:
    sign = -1 if entity.get("Credit") else 1
    if kind == "Purchase":
        yield _ref(entity, "AccountRef"), -sign * money(entity["TotalAmt"])
    for line in entity.get("Line", []):
        detail = line.get(line.get("DetailType", ""), {})
        item = books.find("Item", _ref(detail, "ItemRef")) or {}
        account = _ref(detail, "AccountRef") or _ref(item, "ExpenseAccountRef")
        yield account, sign * money(line["Amount"])


def _deposited(books: Books, entity: Entity) -> Iterator[Movement]:
    yield _ref(entity, "DepositToAccountRef"), money(entity["TotalAmt"])
    for line in entity.get("Line", []):
        account = _ref(line.get("DepositLineDetail") or {}, "AccountRef")
        for link in line.get("LinkedTxn", []):
            account = _ref(books.find(link["TxnType"], link["TxnId"]) or {}, "DepositToAccountRef")
        yield account, -money(line["Amount"])


def _ref(entity: Entity, name: str) -> str:
    return str(entity.get(name, {}).get("value", ""))
