"""QuickBooks e-mails each invoice that acctsync created there: once, whatever happens."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.sweeping import swept
from tests.system.processes import Office, Simulated, counted
from tests.system.test_kills import kill_after

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  invoice_rows: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  payment_rows: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: invoice_rows
    document:
      id: Number
      number: Number
      customer: {name: Customer, email: Email}
      date: Date
      total: Amount
    lines: {item: {value: pass}, amount: Amount}
  payments:
    from: payment_rows
    document: {id: Id, invoice: Invoice, date: Date, amount: Amount}
accounting: {items: {pass: {item: Day Pass}}}
push: {customers: true, invoices: true, payments: true, void: true, send_email: when_created}
"""
INVOICES = """Number,Customer,Email,Date,Amount
I-1,Ada,ada@example.com,2025-03-01,100.00
I-2,Bob,bob+books@example.com,2025-03-01,50.00
I-3,Cy,,2025-03-01,80.00
I-4,Ada,ada@example.com,2025-03-01,20.00
I-5,Ada,ada@example.com,2025-03-02,30.00
"""
PAYMENTS = "Id,Invoice,Date,Amount\np-1,I-4,2025-03-09,20.00\n"
OPEN = {
    ("I-1", "ada@example.com"): 1,
    ("I-2", "bob+books@example.com"): 1,
    ("I-5", "ada@example.com"): 1,
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "acctsync.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "invoices.csv").write_text(INVOICES, encoding="utf-8")
    (folder / "payments.csv").write_text(PAYMENTS, encoding="utf-8")
    return folder


def mails(books: Simulated) -> Counter[tuple[str, str]]:
    listed = books.get("/simulator/mails")["mails"]
    assert {each["kind"] for each in listed} <= {"Invoice"}
    return Counter((each["number"], each["address"]) for each in listed)


def problems(envelope: dict[str, Any]) -> dict[str, str]:
    return {each["code"]: each["document"] for each in envelope["problems"]}


def test_what_is_open_is_mailed_once_and_what_has_no_address_is_told_once(
    shop: Path, tmp_path: Path
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        assert office.json("plan")["data"]["mails"] == 3
        assert "3 invoices will be e-mailed" in office.run("plan").stdout
        assert mails(books) == {}

        first = office.json("push")
        assert (first["data"]["mails"], mails(books)) == (3, OPEN)
        assert first["data"]["by_kind"]["invoices"]["create"] == 5
        assert "deliveries" not in first["data"]["by_kind"], "a mail is a part of its invoice"
        assert problems(first) == {"PLAN051": "I-3"}
        addresses = {
            each["DocNumber"]: each["BillEmail"]["Address"]
            for each in books.entities("Invoice")
            if each["EmailStatus"] == "EmailSent"
        }
        assert set(addresses.items()) == set(OPEN)

        again = office.json("push")
        assert (set(counted(again)), again["data"]["mails"]) == ({"unchanged"}, 0)
        assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}
        assert mails(books) == OPEN


def test_lost_answers_mail_nobody_twice(shop: Path, tmp_path: Path) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        for number, deed in (
            ("I-1", {"drop_after": True}),
            ("I-2", {"drop_before": True}),
            ("I-5", {"status": 500, "processed": True}),
        ):
            match = {"entity": "Invoice", "operation": "send", "document": number}
            books.post("/simulator/faults", {"match": match, "do": deed})
        assert office.json("push")["data"]["mails"] == 3
        assert mails(books) == OPEN


def test_what_the_books_refuse_to_mail_today_goes_with_a_later_push(
    shop: Path, tmp_path: Path
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        books.post("/simulator/settings", {"sandbox_mails": "1"})
        first = office.json("push", exit_code=3)
        assert (first["data"]["mails"], mails(books).total()) == (1, 1)
        failed = [each for each in first["data"]["documents"] if each["status"] == "failed"]
        assert [each["kind"] for each in failed] == ["invoices", "invoices"]
        assert "at most 1 e-mails a day" in failed[0]["error"]["message"]

        books.post("/simulator/settings", {"sandbox_mails": "40"})
        assert office.json("push")["data"]["mails"] == 2
        assert mails(books) == OPEN


def converge(shop: Path, tmp_path: Path, seed: int, kills: int) -> None:
    moments = random.Random(seed)  # noqa: S311 - a replayable sweep
    with Simulated(latency=0.05) as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        for _ in range(kills):
            kill_after(office, moments.uniform(0.5, 1.6))
        office.json("push")
        assert mails(books) == OPEN, f"seed {seed}"
        assert len(books.entities("Invoice")) == 5, f"seed {seed}"
        assert set(counted(office.json("push"))) == {"unchanged"}, f"seed {seed}"


def test_a_push_killed_twice_mails_each_invoice_once(shop: Path, tmp_path: Path) -> None:
    converge(shop, tmp_path, seed=1, kills=2)


@pytest.mark.crash
@pytest.mark.parametrize("seed", swept(range(50, 58)))
def test_a_push_killed_at_any_moment_mails_each_invoice_once(
    shop: Path, tmp_path: Path, seed: int
) -> None:
    converge(shop, tmp_path, seed, kills=4)
