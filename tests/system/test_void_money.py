"""Payments and refunds that turn void: what we wrote of them is taken back, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.system.processes import Office, Simulated, counted

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  bills: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  paid: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  back: {files: refunds.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: bills
    document: {id: Number, number: Number, customer: {name: Customer}, date: Date, total: Amount}
    lines: {item: {value: work}, amount: Amount}
  payments:
    from: paid
    document: {id: Id, invoice: Invoice, date: Date, amount: Amount, fee: Fee, method: {value: card},
               state: {column: State, map: {ok: open, bounced: void}}}
  refunds:
    from: back
    document: {id: Id, payment: Payment, date: Date, amount: Amount,
               state: {column: State, map: {ok: open, failed: void}}}
accounting:
  items: {work: {item: Day Pass}}
  payment_methods: {card: {method: Credit Card, deposit_to: Stripe Clearing}}
  fees: {account: Merchant Account Fees, vendor: Stripe}
push: {customers: true, invoices: true, payments: true, refunds: true, void: true}
"""
INVOICES = "Number,Customer,Date,Amount\nI-1,Ada,2025-03-01,100.00\nI-2,Ada,2025-03-01,50.00\n"
PAYMENTS = """Id,Invoice,Date,Amount,Fee,State
p-1,I-1,2025-03-02,100.00,3.00,ok
p-2,I-2,2025-03-02,50.00,1.50,ok
"""
REFUNDS = "Id,Payment,Date,Amount,State\nr-1,p-2,2025-03-05,50.00,ok\n"


@pytest.fixture
def office(tmp_path: Path, books: Simulated) -> Office:
    shop = tmp_path / "shop"
    shop.mkdir()
    texts = {"invoices": INVOICES, "payments": PAYMENTS, "refunds": REFUNDS}
    (shop / "acctsync.yaml").write_text(MAPPING, encoding="utf-8")
    for name, text in texts.items():
        (shop / f"{name}.csv").write_text(text, encoding="utf-8")
    office = Office(tmp_path / "desk", books, shop)
    office.connect()
    office.json("push")
    return office


def bounce(office: Office) -> None:
    """Let a payment and the refund of another fail; the fee is told no more."""
    bounced = PAYMENTS.replace("100.00,3.00,ok", "100.00,,bounced")
    (office.data / "payments.csv").write_text(bounced, encoding="utf-8")
    failed = REFUNDS.replace(",ok", ",failed")
    (office.data / "refunds.csv").write_text(failed, encoding="utf-8")


def amounts(books: Simulated, entity: str, number: str, amount: str) -> dict[str, Decimal]:
    return {each[number]: Decimal(str(each[amount])) for each in books.entities(entity)}


def assert_taken_back(books: Simulated) -> None:
    assert amounts(books, "Invoice", "DocNumber", "Balance") == {"I-1": 100, "I-2": 0}
    assert amounts(books, "Payment", "PaymentRefNum", "TotalAmt") == {"p-1": 0, "p-2": 50}
    assert amounts(books, "Purchase", "DocNumber", "TotalAmt") == {"p-2": Decimal("1.5")}
    assert books.entities("RefundReceipt") == []


def test_what_failed_is_taken_back_with_its_fee(office: Office, books: Simulated) -> None:
    bounce(office)
    assert counted(office.json("plan")) == {"void": 2, "unchanged": 4}
    assert counted(office.json("push")) == {"void": 2, "unchanged": 4}
    assert_taken_back(books)
    shown = office.run("show", "p-1").stdout
    assert ("state     void" in shown, "standing    void" in shown) == (True, True)
    again = office.json("push")
    assert set(counted(again)) == {"unchanged"}
    assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


def test_a_lost_answer_is_looked_up(office: Office, books: Simulated) -> None:
    bounce(office)
    books.post("/simulator/faults", {"match": {"path": "/payment"}, "do": {"drop_after": True}})
    office.json("push")
    assert_taken_back(books)


def test_a_payment_in_a_bank_deposit_is_left_to_a_person(office: Office, books: Simulated) -> None:
    paid = {each["PaymentRefNum"]: each["Id"] for each in books.entities("Payment")}
    bank = next(each for each in books.entities("Account") if each["AccountType"] == "Bank")
    link = {"TxnId": paid["p-1"], "TxnType": "Payment", "TxnLineId": "0"}
    deposit = {
        "DepositToAccountRef": {"value": bank["Id"]},
        "Line": [{"Amount": 100, "LinkedTxn": [link]}],
    }
    books.post("/simulator/entities/Deposit", deposit)
    bounce(office)
    held = office.json("push", exit_code=3)
    assert [each["code"] for each in held["problems"] if each["severity"] == "error"] == ["PLAN060"]
    assert amounts(books, "Payment", "PaymentRefNum", "TotalAmt") == {"p-1": 100, "p-2": 50}
