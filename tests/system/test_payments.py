"""Payments as billing systems export them: one over several invoices, part payments, too much."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.system.processes import Office, Simulated, counted

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  invoice_rows: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  payment_rows: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: invoice_rows
    document: {id: Number, number: Number, customer: {name: Customer}, date: Date, total: Amount}
    lines: {item: {value: pass}, amount: Amount}
  payments:
    from: payment_rows
    group_by: Id
    document: {id: Id, customer: {name: Customer}, date: Date, amount: Received}
    lines: {invoice: Invoice, amount: Applied}
accounting: {items: {pass: {item: Day Pass}}}
checks: {payment_over_invoice: warn}
push: {customers: true, invoices: true, payments: true}
"""
INVOICES = """Number,Customer,Date,Amount
I-1,Ada,2025-03-01,100.00
I-2,Ada,2025-03-01,50.00
I-3,Ada,2025-03-02,80.00
I-4,Bob,2025-03-02,40.00
"""
# p-1 settles two invoices and part of a third; p-2 the rest of that, and more than there is;
# p-3 is more than its lines; p-4 names no invoice; p-5 belongs to nobody in particular.
PAYMENTS = """Id,Customer,Date,Received,Invoice,Applied
p-1,Ada,2025-03-09,180.00,I-1,100.00
p-1,,,,I-2,50.00
p-1,,,,I-3,30.00
p-2,Ada,2025-03-10,60.00,I-3,60.00
p-3,Bob,2025-03-11,35.00,I-4,25.00
p-4,Bob,2025-03-12,20.00,,
p-5,Bob,2025-03-12,45.00,I-4,5.00
p-5,,,,I-1,40.00
"""


def a_shop(folder: Path) -> Path:
    shop = folder / "shop"
    shop.mkdir(parents=True)
    files = {"acctsync.yaml": MAPPING, "invoices.csv": INVOICES, "payments.csv": PAYMENTS}
    for name, text in files.items():
        (shop / name).write_text(text, encoding="utf-8")
    return shop


def balances(books: Simulated) -> dict[str, Decimal]:
    return {each["DocNumber"]: Decimal(str(each["Balance"])) for each in books.entities("Invoice")}


def received(books: Simulated) -> dict[str, tuple[object, object, int]]:
    """Tell of each payment the amount, what is unapplied, and how many invoices it settles."""
    return {
        each["PaymentRefNum"]: (
            Decimal(str(each["TotalAmt"])),
            Decimal(str(each["UnappliedAmt"])),
            len(each["Line"]),
        )
        for each in books.entities("Payment")
    }


def test_payments_settle_as_many_invoices_as_they_name_and_the_rest_is_credit(
    tmp_path: Path,
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, a_shop(tmp_path))
        office.connect()
        first = office.json("push", exit_code=3)

        assert balances(books) == {"I-1": 0, "I-2": 0, "I-3": 0, "I-4": 15}
        assert received(books) == {
            "p-1": (180, 0, 3),
            "p-2": (60, 10, 1),
            "p-3": (35, 10, 1),
            "p-4": (20, 20, 0),
        }
        told = {(each["document"], each["code"], each["severity"]) for each in first["problems"]}
        assert told == {("p-2", "CHK010", "warning"), ("p-5", "CHK021", "error")}

        text = (office.data / "payments.csv").read_text(encoding="utf-8")
        (office.data / "payments.csv").write_text(text.partition("p-5")[0], encoding="utf-8")
        again = office.json("push")
        assert set(counted(again)) == {"unchanged"}
        assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}

        before = books.get("/simulator/books")
        next(office.state.rglob("state.db")).unlink()
        office.connect()
        assert set(counted(office.json("push"))) == {"adopt"}
        assert books.get("/simulator/books") == before


def test_a_payment_over_several_invoices_whose_answer_is_lost_is_there_once(
    tmp_path: Path,
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, a_shop(tmp_path))
        office.connect()
        books.post(
            "/simulator/faults", {"match": {"entity": "Payment"}, "do": {"drop_after": True}}
        )
        office.json("push", exit_code=3)
        assert len(received(books)) == len(books.entities("Payment")) == 4
        assert balances(books) == {"I-1": 0, "I-2": 0, "I-3": 0, "I-4": 15}
