"""What is written beside a document: the processor's fee of a payment, a credit set off."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.system.processes import SAMPLE, Office, Simulated, counted


def billed_fees() -> dict[str, Decimal]:
    """Add up what the export says the processor kept, by payment."""
    path = SAMPLE / "coworks_like" / "billing_payments_2025-03.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        fees = {
            row["Payment ID"]: Decimal(row["Fee"].strip("$") or "0")
            for row in csv.DictReader(stream)
            if row["Status"] == "paid"
        }
    return {payment: fee for payment, fee in fees.items() if fee}


def stamped(entity: dict[str, Any]) -> str:
    return str(entity["PrivateNote"].rpartition("/")[2].rstrip("]"))


def test_what_the_processor_kept_is_an_expense_out_of_where_the_payment_went(
    tmp_path: Path,
) -> None:
    with Simulated() as books:
        office = Office(tmp_path, books)
        office.connect()
        first = office.json("push")

        spent = books.entities("Purchase")
        assert {stamped(each): Decimal(str(each["TotalAmt"])) for each in spent} == billed_fees()
        assert {
            (
                each["AccountRef"]["name"],
                each["EntityRef"]["name"],
                each["Line"][0]["AccountBasedExpenseLineDetail"]["AccountRef"]["name"],
            )
            for each in spent
        } == {("Stripe Clearing", "Stripe", "Merchant Account Fees")}
        assert "fees" not in first["data"]["by_kind"], "a fee is a part of its payment"
        assert "vendors" not in first["data"]["by_kind"], "nobody exported the processor"

        again = office.json("push")
        assert set(counted(again)) == {"unchanged"}
        assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  invoice_rows: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  credit_rows: {files: credits.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  payment_rows: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: invoice_rows
    document: {id: Number, number: Number, customer: {name: Customer}, date: Date, total: Amount}
    lines: {item: {value: pass}, amount: Amount}
  credit_notes:
    from: credit_rows
    document:
      id: Number
      number: Number
      customer: {name: Customer}
      date: Date
      total: Amount
      invoice: Invoice
    lines: {item: {value: pass}, amount: Amount}
  payments:
    from: payment_rows
    document: {id: Id, invoice: Invoice, date: Date, amount: Amount}
accounting: {items: {pass: {item: Day Pass}}}
push: {customers: true, invoices: true, credit_notes: true, payments: true, void: true}
"""
INVOICES = "Number,Customer,Date,Amount\n"
INVOICES += "I-1,Ada,2025-03-01,100.00\nI-2,Bob,2025-03-01,50.00\nI-3,Cy,2025-03-01,80.00\n"
CREDITS = "Number,Customer,Date,Amount,Invoice\n"
CREDITS += "C-1,Ada,2025-03-05,30.00,I-1\n"  # the payment covers the rest
CREDITS += "C-2,Bob,2025-03-05,70.00,I-2\n"  # more than the invoice
CREDITS += "C-3,Cy,2025-03-05,10.00,I-3\n"  # the payment leaves nothing open
CREDITS += "C-4,Cy,2025-03-05,10.00,I-9\n"  # nobody knows that invoice
PAYMENTS = "Id,Invoice,Date,Amount\np-1,I-1,2025-03-09,70.00\np-3,I-3,2025-03-09,80.00\n"


def a_shop(folder: Path, **files: str) -> Path:
    shop = folder / "shop"
    shop.mkdir(parents=True)
    texts = {"invoices": INVOICES, "credits": CREDITS, "payments": PAYMENTS} | files
    (shop / "acctsync.yaml").write_text(MAPPING, encoding="utf-8")
    for name, text in texts.items():
        (shop / f"{name}.csv").write_text(text, encoding="utf-8")
    return shop


def balances(books: Simulated, entity: str) -> dict[str, Decimal]:
    return {each["DocNumber"]: Decimal(str(each["Balance"])) for each in books.entities(entity)}


def test_a_credit_is_set_off_against_its_invoice_as_far_as_that_is_open(tmp_path: Path) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, a_shop(tmp_path))
        office.connect()
        first = office.json("push")

        zero = Decimal(0)
        assert balances(books, "Invoice") == {"I-1": zero, "I-2": zero, "I-3": zero}
        assert balances(books, "CreditMemo") == {
            "C-1": zero, "C-2": Decimal(20), "C-3": Decimal(10), "C-4": Decimal(10),
        }  # fmt: skip
        assert first["data"]["by_kind"]["credit_notes"]["create"] == 4
        told = {each["document"]: each["message"] for each in first["problems"]}
        assert told == {
            "C-3": "it is not set off: invoice I-3 is paid",
            "C-4": "it is not set off: invoice I-9 is neither in this export nor in the books",
        }
        again = office.json("push")
        assert set(counted(again)) == {"unchanged"}
        assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


def test_a_credit_finds_an_invoice_of_an_earlier_month(tmp_path: Path) -> None:
    shop = a_shop(tmp_path, credits=CREDITS.splitlines()[0] + "\n")
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        office.json("push")
        (office.data / "invoices.csv").write_text(INVOICES.splitlines()[0] + "\n")
        (office.data / "payments.csv").write_text(PAYMENTS.splitlines()[0] + "\n")
        (office.data / "credits.csv").write_text(CREDITS)
        office.json("push")
        assert balances(books, "Invoice") == {"I-1": 0, "I-2": 0, "I-3": 0}
        assert balances(books, "CreditMemo") == {"C-1": 0, "C-2": 20, "C-3": 10, "C-4": 10}


def test_after_losing_the_state_nothing_is_set_off_twice(tmp_path: Path) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, a_shop(tmp_path))
        office.connect()
        office.json("push")
        before = books.get("/simulator/books")
        next(office.state.rglob("state.db")).unlink()
        office.json("push", exit_code=12)
        office.connect()
        assert set(counted(office.json("push"))) == {"adopt"}
        assert books.get("/simulator/books") == before


def test_a_credit_note_that_could_not_be_set_off_is_told_as_failed_and_tried_again(
    tmp_path: Path,
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, a_shop(tmp_path))
        office.connect()
        refuse = {"code": "6000", "message": "no", "detail": "not today"}
        match = {"entity": "Payment", "document": "C-1"}
        books.post("/simulator/faults", {"match": match, "do": {"refuse": refuse}})
        first = office.json("push", exit_code=3)
        assert (
            first["data"]["by_kind"]["credit_notes"] | {"create": 3, "failed": 1}
            == (first["data"]["by_kind"]["credit_notes"])
        )
        (failed,) = [each for each in first["data"]["documents"] if each["status"] == "failed"]
        assert (failed["kind"], failed["id"]) == ("credit_notes", "C-1")
        assert balances(books, "CreditMemo")["C-1"] == 30

        office.json("retry-failed")
        assert balances(books, "CreditMemo") == {"C-1": 0, "C-2": 20, "C-3": 10, "C-4": 10}
        assert office.json("status")["data"]["failed"] == []
