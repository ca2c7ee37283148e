"""QuickBooks numbers the documents: found again by our stamp, shown under both numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.system.bench import Bench, at_work
from tests.system.test_company_facts import company

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Small Desk, currency: USD, timezone: UTC, tax: none}
sources:
  rows: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  paid: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: rows
    document: {id: Id, number: Number, customer: {name: Customer}, date: Date, total: Total}
    lines: {item: {value: work}, amount: Total}
  payments:
    from: paid
    document: {id: Id, invoice: Invoice, date: Date, amount: Amount}
accounting: {items: {work: {item: Work}}}
push: {customers: true, invoices: true, payments: true, numbers: assign, online_payment: true}
"""
INVOICES = """Id,Number,Customer,Date,Total
i1,F-1,Acme,2025-03-01,90.00
i2,F-2,Acme,2025-03-01,90.00
i3,F-3,Bond,2025-03-02,10.00
"""
PAYMENTS = "Id,Invoice,Date,Amount\np1,F-2,2025-03-03,90.00\n"
FILES = {"acctsync.yaml": MAPPING, "invoices.csv": INVOICES, "payments.csv": PAYMENTS}
OFF = "custom_numbers: false"


def held(bench: Bench) -> list[tuple[Any, ...]]:
    """Tell number, the export's number, open balance and whether it can be paid online."""
    return sorted(
        (
            each["DocNumber"],
            each["PrivateNote"],
            str(each["Balance"]),
            each["AllowOnlineCreditCardPayment"] and each["AllowOnlineACHPayment"],
        )
        for each in bench.entities("Invoice")
    )


EXPECTED = [
    ("1001", "Number F-1 [acctsync invoices/i1]", "90.00", True),
    ("1002", "Number F-2 [acctsync invoices/i2]", "0", True),
    ("1003", "Number F-3 [acctsync invoices/i3]", "10.00", True),
]


def test_quickbooks_numbers_them_and_neither_a_lost_answer_nor_a_lost_state_doubles_one(
    tmp_path: Path,
) -> None:
    with at_work(tmp_path, FILES, company(tmp_path, OFF)) as bench:
        lose = {"match": {"entity": "Invoice", "operation": "create"}, "do": {"drop_after": True}}
        bench.simulator.add_fault(lose)
        first = bench.json("push")
        assert [each["code"] for each in first["problems"]] == []
        assert held(bench) == EXPECTED
        assert bench.json("push")["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}

        for wanted in ("F-2", "1002"):
            shown = bench.json("show", wanted)["data"]
            assert [each["number"] for each in shown["known"]] == ["F-2"], wanted
            assert [each["document"]["number"] for each in shown["books"]] == ["1002"], wanted

        next((tmp_path / "state").rglob("state.db")).unlink()
        bench.connect()
        bench.json("push")
        assert held(bench) == EXPECTED

        bench.change("invoices.csv", "Bond,2025-03-02,10.00", "Bond,2025-03-02,12.00")
        (third,) = [each for each in bench.entities("Invoice") if each["DocNumber"] == "1003"]
        assert bench.json("push")["data"]["counts"]["update"] == 1
        (changed,) = [each for each in bench.entities("Invoice") if each["Id"] == third["Id"]]
        assert (changed["DocNumber"], str(changed["TotalAmt"])) == ("1003", "12.00")


def test_where_quickbooks_would_give_no_numbers_nothing_is_sent(tmp_path: Path) -> None:
    with at_work(tmp_path, FILES, company(tmp_path)) as bench:
        told = bench.json("doctor", exit_code=2)["problems"]
        assert "QBO218" in {each["code"] for each in told}
        held_back = {each["code"] for each in bench.json("push", exit_code=3)["problems"]}
        assert held_back == {"QBO218", "PLAN010"}
        assert bench.entities("Invoice") == []
