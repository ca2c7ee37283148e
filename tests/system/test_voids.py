"""Invoices that are void in the export and paid in the books: their payments come off first."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import Office, Simulated, counted
from tests.system.test_parts import MAPPING as OPEN_MAPPING

MAPPING = OPEN_MAPPING.replace(
    "document: {id: Number, number: Number, customer: {name: Customer}, date: Date, total: Amount}",
    "document: {id: Number, number: Number, customer: {name: Customer}, date: Date,"
    " total: Amount, state: {column: State, map: {open: open, void: void}}}",
).replace("void: true", "void: unapply")
HEAD = "Number,Customer,Date,Amount,State\n"
INVOICES = HEAD + "I-1,Ada,2025-03-01,100.00,open\nI-2,Ada,2025-03-01,50.00,open\n"
CREDITS = "Number,Customer,Date,Amount,Invoice\nC-1,Ada,2025-03-05,30.00,I-1\n"
PAYMENTS = "Id,Invoice,Date,Amount\np-1,I-1,2025-03-09,70.00\np-2,I-2,2025-03-09,20.00\n"


@pytest.fixture
def office(tmp_path: Path, books: Simulated) -> Office:
    shop = tmp_path / "shop"
    shop.mkdir()
    texts = {"invoices": INVOICES, "credits": CREDITS, "payments": PAYMENTS}
    (shop / "acctsync.yaml").write_text(MAPPING, encoding="utf-8")
    for name, text in texts.items():
        (shop / f"{name}.csv").write_text(text, encoding="utf-8")
    office = Office(tmp_path / "desk", books, shop)
    office.connect()
    return office


def void(office: Office, *numbers: str) -> None:
    path = office.data / "invoices.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    changed = [
        row.replace(",open", ",void") if row.partition(",")[0] in numbers else row for row in rows
    ]
    path.write_text("\n".join(changed) + "\n", encoding="utf-8")


def invoices(books: Simulated) -> dict[str, tuple[Decimal, bool]]:
    """Tell each invoice's total, and whether it is void."""
    return {
        each["DocNumber"]: (
            Decimal(str(each["TotalAmt"])),
            each.get("PrivateNote", "").startswith("Voided"),
        )
        for each in books.entities("Invoice")
    }


def unapplied(books: Simulated) -> dict[str, tuple[Decimal, Decimal]]:
    """Tell what each payment came to, and how much of it settles nothing."""
    return {
        each["PaymentRefNum"]: (Decimal(str(each["TotalAmt"])), Decimal(str(each["UnappliedAmt"])))
        for each in books.entities("Payment")
    }


def credit(books: Simulated) -> Decimal:
    (memo,) = books.entities("CreditMemo")
    return Decimal(str(memo["Balance"]))


def taken_off(envelope: dict[str, Any]) -> dict[str, str]:
    return {
        each["number"]: each["amount"]
        for each in envelope["data"]["documents"]
        if each["kind"] == "unapplied_payments"
    }


def test_a_paid_invoice_loses_its_payments_and_is_then_void(
    office: Office, books: Simulated
) -> None:
    office.json("push")
    void(office, "I-1")
    planned = office.json("plan")
    assert taken_off(planned) == {"p-1": "70.00", "C-1": "30.00"}
    assert planned["data"]["money"]["unapplied_payments"] == {"USD": "100.00"}
    (told,) = [each for each in planned["problems"] if each["code"] == "PLAN017"]
    assert told["document"] == "I-1"
    assert "p-1 (70.00), C-1 (30.00) USD is taken off it first" in told["message"]

    done = office.json("push")
    assert counted(done) == {"void": 1, "update": 2, "unchanged": 5}
    assert invoices(books) == {"I-1": (Decimal(0), True), "I-2": (Decimal(50), False)}
    assert unapplied(books) == {
        "p-1": (Decimal(70), Decimal(70)),
        "p-2": (Decimal(20), Decimal(0)),
        "C-1": (Decimal(0), Decimal(0)),
    }
    assert credit(books) == 30

    again = office.json("push")
    assert set(counted(again)) == {"unchanged"}
    assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


@pytest.mark.parametrize("lost", ["drop_before", "drop_after"])
def test_a_lost_answer_is_looked_up_by_the_link(
    office: Office, books: Simulated, lost: str
) -> None:
    office.json("push")
    void(office, "I-1", "I-2")
    books.post("/simulator/faults", {"match": {"path": "/batch"}, "do": {lost: True}})
    office.json("push")
    assert_all_taken_off(office, books)


def assert_all_taken_off(office: Office, books: Simulated) -> None:
    assert invoices(books) == {"I-1": (Decimal(0), True), "I-2": (Decimal(0), True)}
    assert unapplied(books) == {
        "p-1": (Decimal(70), Decimal(70)),
        "p-2": (Decimal(20), Decimal(20)),
        "C-1": (Decimal(0), Decimal(0)),
    }
    assert credit(books) == 30
    assert set(counted(office.json("push"))) == {"unchanged"}


def test_a_deposited_payment_holds_its_invoice_back_and_nothing_is_sent(
    office: Office, books: Simulated
) -> None:
    office.json("push")
    paid = {each["PaymentRefNum"]: each["Id"] for each in books.entities("Payment")}
    bank = next(each for each in books.entities("Account") if each["AccountType"] == "Bank")
    link = {"TxnId": paid["p-1"], "TxnType": "Payment", "TxnLineId": "0"}
    deposit = {
        "DepositToAccountRef": {"value": bank["Id"]},
        "Line": [{"Amount": 70, "LinkedTxn": [link]}],
    }
    books.post("/simulator/entities/Deposit", deposit)
    before = books.get("/simulator/books")
    void(office, "I-1")
    held = office.json("push", exit_code=3)
    assert [each["code"] for each in held["problems"] if each["severity"] == "error"] == ["PLAN018"]
    assert books.get("/simulator/books") == before


def test_books_that_are_closed_are_not_written_into(office: Office, books: Simulated) -> None:
    closed_until(books, "2025-03-05")
    held = office.json("push", exit_code=3)
    assert {each["code"] for each in held["problems"]} == {"PLAN023", "PLAN010"}
    assert [books.entities(each) for each in ("Invoice", "CreditMemo", "Payment")] == [[], [], []]

    mapping = office.data / "acctsync.yaml"
    mapping.write_text(MAPPING.replace("unapply", "unapply, closed_books: first_open_day"))
    office.json("push")
    assert {
        each["DocNumber"]: (each["TxnDate"], each["PrivateNote"])
        for each in (*books.entities("Invoice"), *books.entities("CreditMemo"))
    } == {
        "I-1": ("2025-03-06", "[date 2025-03-01] [acctsync invoices/I-1]"),
        "I-2": ("2025-03-06", "[date 2025-03-01] [acctsync invoices/I-2]"),
        "C-1": ("2025-03-06", "[date 2025-03-05] [acctsync credit_notes/C-1]"),
    }
    before = books.get("/simulator/books")
    assert set(counted(office.json("push"))) == {"unchanged"}
    next(office.state.rglob("state.db")).unlink()
    office.connect()
    assert set(counted(office.json("push"))) == {"adopt"}
    assert books.get("/simulator/books") == before


def test_what_is_deleted_in_the_export_is_never_deleted_in_the_books(
    office: Office, books: Simulated
) -> None:
    office.json("push")
    before = books.get("/simulator/books")
    (office.data / "invoices.csv").write_text(INVOICES.replace("I-2", "I-3"), encoding="utf-8")
    (office.data / "payments.csv").write_text(PAYMENTS.splitlines()[0] + "\n", encoding="utf-8")
    (office.data / "credits.csv").write_text(CREDITS.splitlines()[0] + "\n", encoding="utf-8")
    assert counted(office.json("push")) == {"create": 1, "unchanged": 2}
    after = books.get("/simulator/books")
    assert [each for each in after["Invoice"] if each["DocNumber"] != "I-3"] == before["Invoice"]
    assert (after["Payment"], after["CreditMemo"]) == (before["Payment"], before["CreditMemo"])


def closed_until(books: Simulated, day: str) -> None:
    accounting = {"AccountingInfoPrefs": {"BookCloseDate": day}}
    books.post("/simulator/entities/Preferences", {"Id": "1", **accounting})
