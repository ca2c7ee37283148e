"""Hostile text from exports and from the books: every command that prints, looked at by its bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acctsync.simulator.encoding import dump
from acctsync.simulator.exchange import Answer, Request
from tests.cli.test_processes import Terminal
from tests.system.bench import Bench, at_work

# Clears the screen, is a link elsewhere, turns the line around, is rich's markup, ends the line.
ACTIVE = "\x1b[2J\x1b]8;;http://evil.example\x07\u202e\u2066\x9b31m[bold red][/oops]\u2028\r"
MARKUP = "[bold red][/oops]"
FORMULA = "=cmd|' /C calc'!A0"
LONG, WIDE = "z" * 1_000_000, "z" * 20_000
# Where the books tell text that people wrote.
WORDS = frozenset({
    "Name", "DisplayName", "FullyQualifiedName", "CompanyName", "LegalName", "Description", "name",
    "Memo", "PaymentRefNum", "Message", "Detail", "element", "Email", "Address", "CustomerMemo",
    "UserName", "OfferingSku", "ReportName",
})  # fmt: skip

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  sold: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD, new_columns: warn}
  paid: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: sold
    group_by: Number
    document: {id: Number, number: Number, customer: {name: Client}, date: Date, memo: Note}
    lines: {item: Item, description: What, amount: Amount}
  payments:
    from: paid
    document: {id: Id, invoice: Number, date: Date, amount: Amount, method: Way, reference: Id, customer: {name: Client}}
accounting:
  items: {desk: {item: Day Pass}}
  payment_methods: {card: {method: Credit Card}}
push: {customers: true, invoices: true, payments: true}
"""


def table(*rows: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue()


EXPORTS = {
    "acctsync.yaml": MAPPING,
    "invoices.csv": table(
        ("Number", "Client", "Date", "Item", "What", "Amount", "Note", f"New {ACTIVE}"),
        ("I-1", f"Ada {MARKUP}", "2025-03-01", "desk", f"March {ACTIVE}", "10.00", ACTIVE, ""),
        ("I-2", FORMULA, "2025-03-01", "desk", FORMULA, "20.00", FORMULA, ""),
        ("I-3", "Refused", "2025-03-01", "desk", "fine", "30.00", "", ""),
        ("I-4", "Unmapped", "2025-03-01", f"hall {ACTIVE}", "x", "40.00", "", ""),
        ("I-5", "Bad date", f"soon {ACTIVE}", "desk", "x", "50.00", "", ""),
        ("I-6", "Bad amount", "2025-03-01", "desk", "x", f"60 {ACTIVE}", "", ""),
        (f"I-7{ACTIVE}", "Bad number", "2025-03-01", "desk", "x", "70.00", "", ""),
        ("I-8", WIDE, "2025-03-01", "desk", "x", "80.00", "", ""),
        ("I-10", f"Bob {ACTIVE}", "2025-03-01", "desk", LONG, "90.00", WIDE, ""),
        ("I-9", "Long item", "2025-03-01", WIDE, "x", "80.00", "", ""),
    ),
    "payments.csv": table(
        ("Id", "Number", "Client", "Date", "Amount", "Way"),
        ("P-3", "I-1", f"Ada {MARKUP}", "2025-03-02", "10.00", "card"),
        (f"P-1{ACTIVE}", "I-1", f"Ada {ACTIVE}", "2025-03-02", "10.00", "card"),
        ("P-2", f"I-77{ACTIVE}", FORMULA, "2025-03-02", "20.00", f"cheque {ACTIVE}"),
    ),
}
REFUSED = {
    "Message": f"Refused {ACTIVE}\x00", "Detail": f"{FORMULA} {ACTIVE} {LONG}", "code": "6000",
    "element": ACTIVE,
}  # fmt: skip
AT_THE_EXPORT = (
    ("columns", "invoices.csv"), ("check", "-v"), ("check", "--json"), ("plan", "-v"), ("push",),
    ("push", "--json", "-v"), ("status", "-v"), ("log",), ("show", "I-1"), ("show", "I-3", "-v"),
    ("show", "I-10", "--json"), ("explain", "I-1"), ("explain", "I-6", "--json"),
    ("explain", "I-10"), ("retry-failed", "-v"), ("doctor",), ("explain", f"no {ACTIVE}"),
    (f"no {ACTIVE}",), ("check", "--mapping", f"no {ACTIVE}"),
    ("retry-failed", "--document", ACTIVE),
)  # fmt: skip
AT_THE_BOOKS = (
    *(("lists", kind, "--refresh") for kind in ("items", "accounts", "customers")),
    ("lists", "tax-codes", "--json"), ("plan", "-v"), ("push", "-v"), ("status",),
    ("show", "I-1", "-v"), ("log", "--json"), ("doctor",), ("connections",),
    ("pull", "payments", "--since", "2025-01-01"),
    ("report", "pnl", "--from", "2025-01-01", "--to", "2025-12-31"),
)  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with at_work(tmp_path, EXPORTS) as bench:
        yield bench


def harmful(text: str) -> set[str]:
    """List the characters that do something to a terminal instead of being shown."""
    kinds = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return {char for char in text if unicodedata.category(char) in kinds and char != "\n"}


def look(bench: Bench, *words: str) -> str:
    """Run a command, look at all that it prints, and give it."""
    done = bench.run(*words)
    assert done.code in {0, 2, 3}, (words, done)
    assert (words, harmful(done.out), harmful(done.err)) == (words, set(), set())
    shown = done.err if "--json" in words else done.out + done.err
    assert max(map(len, shown.splitlines()), default=0) < 5_000, words
    return done.out + done.err


def poisoned(value: Any, *, report: bool) -> Any:
    """Put hostile text behind every text that people could have written in the books."""
    if isinstance(value, list):
        return [poisoned(each, report=report) for each in value]
    if not isinstance(value, dict):
        return value
    words = WORDS | {"value"} if report else WORDS
    return {
        name: f"{FORMULA}{each}{ACTIVE}\x00"
        if name in words and isinstance(each, str) and not _figure(each)
        else poisoned(each, report=report)
        for name, each in value.items()
    }


def _figure(text: str) -> bool:
    return text.replace(".", "").replace("-", "").isdigit() or not text


def poison(bench: Bench, patch: pytest.MonkeyPatch) -> None:
    dialect = bench.simulator.dialect
    honest = dialect.answer

    def answer(request: Request) -> Answer:
        given = honest(request)
        try:
            value = json.loads(given.body)
        except ValueError:
            return given
        body = dump(poisoned(value, report="/reports/" in request.path))
        return Answer(status=given.status, body=body, headers=given.headers)

    patch.setattr(dialect, "answer", answer)


def test_hostile_text_of_an_export_and_of_refusals_reaches_nobody_alive(bench: Bench) -> None:
    bench.refuse({"I-3": REFUSED})
    shown = "".join(look(bench, *words) for words in AT_THE_EXPORT)
    assert "[bold red][/oops]" in shown, "it was printed, not swallowed"
    assert "\\x1b[2J" in shown
    kept = {each["DocNumber"]: each for each in bench.entities("Invoice")}
    assert set(kept) == {"I-1", "I-2", "I-3"}


def test_on_a_terminal_the_only_commands_are_our_own_colours(bench: Bench) -> None:
    screen = Terminal(bench, "plan", "-v")
    assert screen.end() == 3
    assert "[/oops]" in screen.shown
    # Colours, and what a progress bar needs: hide and show the cursor, up a line, clear a line.
    rest = re.sub(r"\x1b\[([0-9;]*m|\?25[lh]|1A|2K)", "", screen.shown).replace("\r", "")
    assert harmful(rest) == set()


def test_hostile_text_of_the_books_reaches_nobody_alive(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bench.run("push").code == 3
    poison(bench, monkeypatch)
    shown = "".join(look(bench, *words) for words in AT_THE_BOOKS)
    assert ("[/oops]" in shown, "\\x1b[2J" in shown) == (True, True)
    assert bench.run("connect", "qbo", "--yes", "--url", bench.simulator.url).code == 0
    for words in (
        ("pull", "payments", "--since", "2025-01-01", "--out"),
        ("report", "pnl", "--from", "2025-01-01", "--to", "2025-12-31", "--csv"),
    ):
        file = bench.folder / f"{words[0]}.csv"
        assert bench.run(*words, str(file)).code == 0
        text = file.read_text(encoding="utf-8")
        assert harmful(text) == set()
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []
        assert any(cell.startswith("'=cmd") for cell in cells), words
    logs = list((bench.folder / "state" / "logs").iterdir())
    assert [harmful(log.read_text(encoding="utf-8")) for log in logs] == [set()]
