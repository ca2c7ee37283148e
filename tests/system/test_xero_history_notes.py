"""What acctsync created in Xero gets one note in its history: once, whatever becomes of answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.test_xero_mail import FILES
from tests.system.xero_bench import XeroBench, at_work

NOTED = FILES["acctsync.yaml"].replace("send_email: when_created", "history_notes: when_created")
NOTED = NOTED.replace("      total: Amount\n", "      total: Amount\n      reference: Email\n")
A_NOTE = {"entity": "History", "operation": "create"}
NUMBERS = [f"I-{n}" for n in range(1, 6)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[XeroBench]:
    with at_work(tmp_path, None, {**FILES, "acctsync.yaml": NOTED}) as bench:
        yield bench


def notes(bench: XeroBench) -> list[tuple[str, str]]:
    """List the notes in the invoices' histories, with the invoices' numbers."""
    numbers = {each["InvoiceID"]: each["InvoiceNumber"] for each in bench.entities("Invoice")}
    kept = bench.simulator.dialect.books.notes
    return sorted((numbers[id_], one.details) for (_, id_), found in kept.items() for one in found)


def test_a_note_says_where_its_invoice_comes_from(bench: XeroBench) -> None:
    pushed = bench.json("push")
    noted = notes(bench)
    assert [number for number, _ in noted] == NUMBERS
    assert noted[0][1] == (
        f"Copied from invoices.csv, line 2 by acctsync in run {pushed['run']}; id I-1; number I-1;"
        " reference ada@example.com [acctsync notes/invoices/I-1]"
    )
    assert bench.json("push")["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


def test_it_is_off_unless_somebody_asks_and_costs_nothing_then(bench: XeroBench) -> None:
    bench.change("acctsync.yaml", "history_notes: when_created", "history_notes: false")
    without = bench.json("push")["data"]["calls"]
    assert notes(bench) == []
    assert not [each for each in bench.simulator.requests if "/History" in each.path]
    bench.change("acctsync.yaml", "history_notes: false", "history_notes: when_created")
    bench.change("invoices.csv", "I-5,", "I-6,Ada,ada@example.com,2025-03-01,1.00\nI-5,")
    assert without["write"] == 3, "contacts, invoices and a payment"
    bench.json("push")
    assert [number for number, _ in notes(bench)] == ["I-6"]


def test_lost_answers_write_no_note_twice(bench: XeroBench) -> None:
    bench.plant({**A_NOTE, "document": "I-1"}, drop_after=True)
    bench.plant({**A_NOTE, "document": "I-2"}, drop_before=True)
    bench.plant({**A_NOTE, "document": "I-3"}, status=500, processed=True)
    bench.plant({**A_NOTE, "document": "I-4"}, status=500)
    assert bench.run("push").code == 0
    assert [number for number, _ in notes(bench)] == NUMBERS
    assert bench.json("push")["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


def test_books_without_histories_say_that_the_key_has_no_effect(bench: XeroBench) -> None:
    bench.change("acctsync.yaml", "system: xero", "system: quickbooks")
    (told,) = [each for each in bench.json("check")["problems"] if each["code"] == "MAP035"]
    assert told["severity"] == "warning"
    assert told["message"].startswith("push.history_notes has no effect: in these books nothing")
