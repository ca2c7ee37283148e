"""What the export writes off: a credit memo onto bad debts, applied to the invoice, once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import Office, Simulated, counted

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  bills: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  paid: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: bills
    document: {id: Number, number: Number, customer: {name: Customer}, date: Date, total: Amount,
               state: {column: State, map: {open: open, bad: written_off}}}
    lines: {item: {value: work}, amount: Amount}
  payments:
    from: paid
    document: {id: Id, invoice: Invoice, date: Date, amount: Amount}
accounting:
  items: {work: {item: Day Pass}}
  written_off: {account: Bad debts}
push: {customers: true, invoices: true, payments: true}
"""
INVOICES = """Number,Customer,Date,Amount,State
I-1,Ada,2025-03-01,100.00,bad
I-2,Ada,2025-03-01,50.00,bad
I-3,Ada,2025-03-01,20.00,open
"""
PAYMENTS = "Id,Invoice,Date,Amount\np-1,I-1,2025-03-02,30.00\np-2,I-2,2025-03-02,50.00\n"


@pytest.fixture
def office(tmp_path: Path, books: Simulated) -> Office:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "acctsync.yaml").write_text(MAPPING, encoding="utf-8")
    (shop / "invoices.csv").write_text(INVOICES, encoding="utf-8")
    (shop / "payments.csv").write_text(PAYMENTS, encoding="utf-8")
    office = Office(tmp_path / "desk", books, shop)
    office.connect()
    return office


def add_account(books: Simulated) -> None:
    account = {"Name": "Bad debts", "AccountType": "Expense", "AccountSubType": "BadDebts"}
    books.post("/simulator/entities/Account", account)


def add_item(books: Simulated) -> None:
    """Do what Intuit's help says to do before anything is written off."""
    add_account(books)
    ids = {each["Name"]: each["Id"] for each in books.entities("Account")}
    ref = {"value": ids["Bad debts"]}
    item = {"Name": "Bad debt", "Type": "NonInventory", "IncomeAccountRef": ref}
    books.post("/simulator/entities/Item", item)


def amounts(books: Simulated, entity: str, field: str) -> dict[str, Decimal]:
    return {each["DocNumber"]: Decimal(str(each[field])) for each in books.entities(entity)}


def problems(envelope: dict[str, Any]) -> dict[str, str]:
    return {each["document"]: each["code"] for each in envelope["problems"]}


def assert_written_off(books: Simulated) -> None:
    assert amounts(books, "Invoice", "Balance") == {"I-1": 0, "I-2": 0, "I-3": 20}
    assert amounts(books, "CreditMemo", "TotalAmt") == {"WO-I-1": 70}
    assert amounts(books, "CreditMemo", "RemainingCredit") == {"WO-I-1": 0}
    assert sorted(Decimal(str(each["TotalAmt"])) for each in books.entities("Payment")) == [
        0, 30, 50,
    ]  # fmt: skip


def test_what_payments_leave_open_goes_to_bad_debts(office: Office, books: Simulated) -> None:
    add_item(books)
    first = office.json("push")
    assert problems(first) == {"I-2": "PLAN063"}
    assert set(first["data"]["by_kind"]) == {"customers", "invoices", "payments"}
    assert_written_off(books)
    (memo,) = books.entities("CreditMemo")
    (line,) = [each for each in memo["Line"] if "SalesItemLineDetail" in each]
    assert line["SalesItemLineDetail"]["ItemRef"]["name"] == "Bad debt"
    assert memo["PrivateNote"] == "[acctsync write_offs/I-1]"
    again = office.json("push")
    assert (set(counted(again)), again["problems"]) == ({"unchanged"}, [])
    assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


def test_without_an_item_for_it_the_invoice_is_there_and_says_what_is_missing(
    office: Office, books: Simulated
) -> None:
    add_account(books)
    held = office.json("push", exit_code=3)
    assert problems(held)["I-1"] == "QBO214"
    assert amounts(books, "Invoice", "Balance") == {"I-1": 70, "I-2": 0, "I-3": 20}
    assert books.entities("CreditMemo") == []


def test_a_lost_answer_is_looked_up(office: Office, books: Simulated) -> None:
    add_item(books)
    fault = {"match": {"path": "/batch", "nth": 4}, "do": {"drop_after": True}}
    books.post("/simulator/faults", fault)
    office.json("push")
    assert_written_off(books)
