"""The lives of estimates, credit notes and refunds: stated, changed, taken back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.system.processes import Office, Simulated, counted

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  quotes: {files: quotes.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  credits: {files: credits.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  estimates:
    from: quotes
    document:
      id: Quote
      number: Quote
      customer: {name: Client}
      date: Date
      expires: Until
      total: Amount
      state:
        column: State
        map: {sent: pending, yes: accepted, no: rejected, done: closed, gone: void, new: draft}
    lines: {item: {value: pass}, amount: Amount}
  credit_notes:
    from: credits
    document:
      id: Credit
      number: Credit
      customer: {name: Client}
      date: Date
      total: Amount
      state: {column: State, map: {open: open, gone: void}}
    lines: {item: {value: pass}, amount: Amount}
accounting: {items: {pass: {item: Day Pass}}}
push: {customers: true, estimates: true, credit_notes: true, void: true}
"""
QUOTES = """Quote,Client,Date,Until,Amount,State
Q-1,Ada,2025-03-01,2025-03-31,100.00,sent
Q-2,Ada,2025-03-01,,50.00,yes
Q-3,Bob,2025-03-02,,25.00,new
"""
CREDITS = """Credit,Client,Date,Amount,State
C-1,Ada,2025-03-05,30.00,open
C-2,Bob,2025-03-05,70.00,open
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, text in (
        ("acctsync.yaml", MAPPING), ("quotes.csv", QUOTES), ("credits.csv", CREDITS),
    ):  # fmt: skip
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def change(office: Office, file: str, old: str, new: str) -> None:
    path = office.data / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def estimates(books: Simulated) -> dict[str, tuple[str, str | None]]:
    return {
        each["DocNumber"]: (each["TxnStatus"], each.get("ExpirationDate"))
        for each in books.entities("Estimate")
    }


def credits_(books: Simulated) -> dict[str, Decimal]:
    return {
        each["DocNumber"]: Decimal(str(each["TotalAmt"])) for each in books.entities("CreditMemo")
    }


def done(office: Office, **expected: int) -> None:
    found = counted(office.json("push"))
    assert {word: number for word, number in found.items() if word != "unchanged"} == expected


def test_an_estimate_follows_its_states_and_a_credit_note_its_amount(
    shop: Path, tmp_path: Path
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        done(office, create=6)
        assert estimates(books) == {"Q-1": ("Pending", "2025-03-31"), "Q-2": ("Accepted", None)}
        assert credits_(books) == {"C-1": Decimal(30), "C-2": Decimal(70)}

        change(office, "quotes.csv", "100.00,sent", "120.00,yes")
        change(office, "quotes.csv", "50.00,yes", "50.00,done")
        change(office, "credits.csv", "30.00,open", "35.00,open")
        done(office, update=3)
        assert estimates(books) == {"Q-1": ("Accepted", "2025-03-31"), "Q-2": ("Closed", None)}
        assert credits_(books) == {"C-1": Decimal(35), "C-2": Decimal(70)}

        change(office, "quotes.csv", "50.00,done", "50.00,gone")
        change(office, "quotes.csv", "25.00,new", "25.00,no")
        change(office, "credits.csv", "70.00,open", "70.00,gone")
        done(office, create=1, void=2)
        assert estimates(books) == {"Q-1": ("Accepted", "2025-03-31"), "Q-3": ("Rejected", None)}
        assert credits_(books) == {"C-1": Decimal(35)}
        done(office)


def test_an_estimate_that_somebody_changed_there_is_left_to_a_person(
    shop: Path, tmp_path: Path
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        office.json("push")
        quote = next(each for each in books.entities("Estimate") if each["DocNumber"] == "Q-1")
        line = {**quote["Line"][0], "Amount": 99, "Description": "by hand"}
        line["SalesItemLineDetail"] = {**line["SalesItemLineDetail"], "Qty": 1, "UnitPrice": 99}
        edit = {"Id": quote["Id"], "SyncToken": quote["SyncToken"], "sparse": True, "Line": [line]}
        books.post("/simulator/entities/Estimate", edit)
        change(office, "quotes.csv", "100.00,sent", "120.00,yes")
        told = office.json("push", exit_code=3)
        (held,) = [each for each in told["data"]["documents"] if each["status"] == "blocked"]
        assert (held["id"], held["error"]["code"]) == ("Q-1", "PLAN030")
