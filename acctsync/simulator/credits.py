"""Credit that applies itself: where preferred, a new invoice takes what its customer has open."""

from __future__ import annotations

from decimal import Decimal

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import cash, money
from acctsync.simulator.exchange import Entity
from acctsync.simulator.payments import apply


def apply_open_credit(books: Books, invoice: Entity) -> None:
    """Use unapplied payments and open credit memos of the same customer, oldest first."""
    if books.preference("SalesFormsPrefs", "AutoApplyPayments"):
        for paid in _open(books, "Payment", invoice):
            _extend(books, paid, invoice["Id"])
    if books.preference("SalesFormsPrefs", "AutoApplyCredit"):
        for memo in _open(books, "CreditMemo", invoice):
            _spend(books, memo, invoice["Id"])


def _open(books: Books, kind: str, invoice: Entity) -> list[Entity]:
    left = {"Payment": "UnappliedAmt", "CreditMemo": "RemainingCredit"}[kind]
    rows = books.indexed(kind, "CustomerRef", [invoice["CustomerRef"]["value"]]) or []
    return sorted((row for row in rows if money(row[left]) > 0), key=lambda row: int(row["Id"]))


def _room(books: Books, invoice: str) -> Decimal:
    return money(books.get("Invoice", invoice)["Balance"])


def _line(kind: str, id: str, amount: Decimal) -> Entity:
    return {"Amount": cash(amount), "LinkedTxn": [{"TxnId": id, "TxnType": kind}]}


def _extend(books: Books, paid: Entity, invoice: str) -> None:
    amount = min(money(paid["UnappliedAmt"]), _room(books, invoice))
    if amount <= 0:
        return
    line = _line("Invoice", invoice, amount)
    apply(books, {**paid, "Line": [line]}, 1)
    left = cash(money(paid["UnappliedAmt"]) - amount)
    books.touch("Payment", paid, {"Line": [*paid["Line"], line], "UnappliedAmt": left})


def _spend(books: Books, memo: Entity, invoice: str) -> None:
    amount = min(money(memo["RemainingCredit"]), _room(books, invoice))
    if amount <= 0:
        return
    moment = books.now()
    made = {
        "domain": "QBO",
        "sparse": False,
        "Id": books.new_id("Payment"),
        "SyncToken": "0",
        "MetaData": {"CreateTime": moment, "LastUpdatedTime": moment},
        "TxnDate": books.today(),
        "CurrencyRef": memo["CurrencyRef"],
        "CustomerRef": memo["CustomerRef"],
        "PrivateNote": "Created by QB Online to link credits to charges.",
        "TotalAmt": 0,
        "UnappliedAmt": 0,
        "ProcessPayment": False,
        "Line": [_line("Invoice", invoice, amount), _line("CreditMemo", memo["Id"], amount)],
    }
    apply(books, books.put("Payment", made), 1)
