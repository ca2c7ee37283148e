"""What was read before is recognised without being read anew, and nothing else is."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acctsync.documents import Held, Stub
from acctsync.engine.job import Job
from acctsync.engine.planning import prepare
from acctsync.engine.results import counts
from acctsync.errors import AcctsyncError
from acctsync.mapping import paging
from acctsync.mapping.apply import RecordReader
from acctsync.plan.selection import Selection
from acctsync.state.row_memory import FILE
from acctsync.state.store import Store
from tests.engine.world import World
from tests.fakes import FakeProvider

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Test Company, currency: USD, timezone: UTC, tax: none}
sources:
  invoice_rows:
    files: invoices*.csv
    format: csv
    numbers: "1234.50"
    dates: YYYY-MM-DD
    skip_rows: [{column: Number, is: Total}]
  payment_rows: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: invoice_rows
    group_by: Number
    document:
      id: Number
      number: Number
      customer: {name: Customer, email: Email}
      date: Date
      state: {column: Status, map: {open: open, void: void, draft: skip}}
    lines: {item: Item, description: Text, amount: Amount}
  payments:
    from: payment_rows
    where: [{column: Status, is: paid}]
    document: {id: Id, invoice: Invoice, customer: {name: Customer}, date: Date, amount: Amount}
accounting:
  items: {work: {item: Work}, rent: {item: Work}}
  customers: {match: [email, name]}
push: {customers: true, invoices: true, payments: true, void: true}
"""
INVOICES = ["Number", "Customer", "Email", "Date", "Status", "Item", "Text", "Amount"]
PAYMENTS = ["Id", "Invoice", "Customer", "Date", "Amount", "Status"]
Table = list[list[str]]


class Business(World):
    """A business whose export is two tables, and a day that goes on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.mapping = MAPPING
        self.today = dt.date(2025, 4, 1)
        self.invoices: Table = []
        self.payments: Table = []
        for number in range(1, 13):
            name, email = f"C{number % 4}", f"c{number % 4}@x.example"
            for item in ("work", "rent")[: 1 + number % 2]:
                amount = f"{number}.50"
                day = f"2025-03-{number:02}"
                row = [f"A-{number}", name, email, day, "open", item, "Text, long", amount]
                self.invoices.append(row)
            self.payments.append([f"p{number}", f"A-{number}", name, "2025-03-20", "1.00", "paid"])
        self.write()

    def write(self) -> None:
        (self.folder / "acctsync.yaml").write_text(self.mapping, encoding="utf-8")
        (self.folder / "invoices.csv").write_text(_text(INVOICES, self.invoices), encoding="utf-8")
        (self.folder / "payments.csv").write_text(_text(PAYMENTS, self.payments), encoding="utf-8")

    def look(self, selection: Selection | None = None) -> object:
        """Tell all that a plan is made of: whole, with places."""
        try:
            with Store.open(self.state, company_id="1", clock=self.clock) as store:
                drafted = prepare(self._job(store, selection))
        except AcctsyncError as error:
            return str(error), error.problems if hasattr(error, "problems") else ()
        reading = drafted.reading
        return (
            [_shown(each) for each in reading.every],
            [_shown(each) for each in drafted.chosen],
            reading.documents[:0],
            [(c.action, c.ref, c.fingerprint, c.problem) for c in drafted.changes],
            reading.problems, reading.refused, dict(reading.skipped), reading.unmapped,
            drafted.problems, drafted.asks,
        )  # fmt: skip

    def look_twice(self, selection: Selection | None = None) -> tuple[object, object]:
        """Look with what is remembered of rows, and without."""
        rows, away = self.state / FILE, self.state / "away.db"
        quick = self.look(selection)
        if rows.exists():
            rows.rename(away)
        whole = self.look(selection)
        if away.exists():
            away.rename(rows)
        return quick, whole

    def _job(self, store: Store, selection: Selection | None) -> Job:
        self.provider = self.provider or FakeProvider(self.books)
        return replace(super()._job(store, selection), today=self.today)


def _text(header: list[str], rows: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        out.write("\r\n") if row == [] else writer.writerow(row)
    return out.getvalue()


def _shown(held: Held) -> tuple[object, ...]:
    """Tell of a document or its stub what both tell."""
    place = held.place
    customer = getattr(held, "customer", None)
    total = held.total if isinstance(held, Stub) else getattr(held, "total", None)
    if total is None:
        total = getattr(held, "amount", None)
    allocations = getattr(held, "allocations", ())
    date = getattr(held, "date", None)
    number = getattr(held, "number", "")
    return held.ref, number, date, total, customer, place, allocations, getattr(held, "state", None)


@contextmanager
def small_pages(documents: int = 3) -> Iterator[None]:
    """Let pages hold a few documents, so that a small export has several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "_DOCUMENTS", documents)
        yield


CELLS = st.sampled_from(
    ["", " ", "work", "rent", "gym", "open", "void", "draft", "paid", "A-3", "A-4", "a-3", "A-99",
     "C1", "C9", "c1@x.example", "2025-03-04", "2027-01-01", "7.50", "-2.00", "x", 'say "hi"',
     "two\nlines", "Total", "Number"]
)  # fmt: skip
Edit = tuple[str, int, int, str]
EDITS = st.tuples(
    st.sampled_from(
        ["cell", "cell", "cell", "remove", "double", "move", "blank", "head", "short", "swap",
         "payment", "unpay", "paycell", "day", "item", "name", "split", "follow"]
    ),
    st.integers(0, 40), st.integers(0, 40), CELLS,
)  # fmt: skip
NIGHTS = st.lists(st.lists(EDITS, max_size=2), min_size=1, max_size=4)


def _edit(business: Business, edit: Edit) -> None:  # noqa: C901, PLR0912 - one per edit
    what, at, other, cell = edit
    rows = business.invoices
    here, there = at % len(rows), other % len(rows)
    paid = business.payments
    match what:
        case "cell" if rows[here]:
            rows[here][other % len(rows[here])] = cell
        case "remove" if len(rows) > 1:
            del rows[here]
        case "double":
            rows.insert(there, list(rows[here]))
        case "move":
            rows.insert(there, rows.pop(here))
        case "blank":
            rows.insert(here, [])
        case "head":
            rows.insert(here, list(INVOICES))
        case "short":
            rows[here] = rows[here][:-1]
        case "swap":
            rows[here], rows[there] = rows[there], rows[here]
        case "follow" if len(rows[here]) == len(INVOICES):
            rows.insert(here + 1, ["", "", "", "", "", *rows[here][5:]])
        case "payment":
            paid.insert(at % (len(paid) + 1), [f"p{other}", cell, "", "2025-03-21", "0.50", "paid"])
        case "unpay" if paid:
            del paid[at % len(paid)]
        case "paycell" if paid:
            paid[at % len(paid)][other % len(PAYMENTS)] = cell
        case "day":
            business.today += dt.timedelta(days=at)
        case "item":
            change(business, "rent: {item: Work}", "rent: {item: Work, class: Big}")
        case "name":
            change(business, "match: [email, name]", "match: [name]")
        case "split":
            more = rows[here:]
            (business.folder / "invoices-2.csv").write_text(_text(INVOICES, more), encoding="utf-8")


def change(business: Business, old: str, new: str) -> None:
    """Change the mapping."""
    business.mapping = business.mapping.replace(old, new)


@settings(max_examples=15)
@given(NIGHTS)
def test_whatever_changes_a_plan_is_what_it_would_be_without_any_memory_of_rows(
    nights: list[list[Edit]],
) -> None:
    with TemporaryDirectory() as folder, small_pages():
        business = Business(Path(folder))
        business.push()
        business.push()
        for edits in nights:
            for edit in edits:
                _edit(business, edit)
            business.write()
            for selection in (None, Selection(since=dt.date(2025, 3, 5))):
                quick, whole = business.look_twice(selection)
                assert quick == whole
            try:
                business.push()
            except AcctsyncError:
                continue
            quick, whole = business.look_twice()
            assert quick == whole


def counted(patch: pytest.MonkeyPatch, owner: type, name: str) -> list[Any]:
    """Note every call of a method from now on."""
    calls: list[Any] = []
    own: Callable[..., Any] = getattr(owner, name)

    def noted(self: Any, *values: Any) -> Any:
        calls.append(values)
        return own(self, *values)

    patch.setattr(owner, name, noted)
    return calls


def test_of_an_unchanged_export_hardly_a_row_is_taken_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    business = Business(tmp_path)
    with small_pages(4):
        business.push()
        built = counted(monkeypatch, RecordReader, "_make")
        for _ in range(2):
            # On some day it is the turn of each page to be built anew; not two days running.
            built.clear()
            business.today += dt.timedelta(days=1)
            result = business.push()
            if not built:
                break
    assert counts(result.documents)["unchanged"] == 28
    assert built == []
    with sqlite3.connect(business.state / FILE) as memory:
        pages = memory.execute("SELECT kind, lines FROM pages ORDER BY number").fetchall()
    memory.close()
    # The last document of a file is in none: nobody knows what the next night puts below it.
    assert sorted(pages) == [
        ("invoices", 5), ("invoices", 6), ("invoices", 6),
        ("payments", 3), ("payments", 4), ("payments", 4),
    ]  # fmt: skip


def test_of_a_changed_page_only_the_changed_document_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    business = Business(tmp_path)
    with small_pages(4):
        business.push()
        business.today += dt.timedelta(days=1)
        business.push()
        business.invoices[4][-1] = "77.00"
        business.write()
        built = counted(monkeypatch, RecordReader, "_make")
        result = business.push()
    assert (counts(result.documents)["update"], counts(result.documents)["unchanged"]) == (1, 27)
    assert result.calls.write == 1
    names = [members[0].cells[0] for (members,) in built]
    assert business.invoices[4][0] in names
