"""Hostile inputs: small files that break readers, each with the verdict that it must get."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from acctsync.engine.reading import Reading, read_documents
from acctsync.errors import InputRefused, Problem
from acctsync.mapping.load import load

TODAY = dt.date(2025, 6, 1)

HEAD = (
    "Invoice Number,Customer,Email,Invoice Date,Due Date,Status,Item,Description,Quantity,"
    "Unit Price,Tax,Line Total,Invoice Total,Currency"
)
NAMES = HEAD.split(",")
GOOD = "INV-OK,Good Co,ok@good.example.com,2025-03-01,2025-03-31,open,Hot Desk,March,1,100.00,0.00,100.00,100.00,USD"

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Acme, currency: USD, timezone: America/New_York}
sources:
  a: {files: a.csv, format: csv, numbers: "1,234.50", dates: [YYYY-MM-DD, "YYYY-MM-DDTHH:mm:ssZ", "YYYY-MM-DD HH:mm"]}
records:
  invoices:
    from: a
    group_by: Invoice Number
    document:
      id: Invoice Number
      number: Invoice Number
      customer: {name: Customer, email: Email}
      date: Invoice Date
      due_date: Due Date
      currency: Currency
      total: Invoice Total
      state: {column: Status, map: {open: open, void: void}}
    lines: {item: Item, description: Description, quantity: Quantity, unit_price: Unit Price, tax_amount: Tax, total_with_tax: Line Total}
accounting: {items: {Hot Desk: {item: Hot Desk}, Mail: {item: Mail}}, payment_methods: {Visa: {method: Visa}}}
push: {invoices: true}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One input: what it changes of the mapping, its bytes, and what must come of it."""

    name: str
    verdict: str
    words: str = ""
    data: bytes | str = ""
    source: str = ""
    change: tuple[str, str] | None = None
    mapping: str = MAPPING
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    documents: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case."""

    verdict: str
    problems: tuple[Problem, ...]
    numbers: tuple[str, ...]
    reading: Reading | None


def row(number: str = "INV-2", /, **cells: str) -> str:
    """Write a row that is good but for the cells given, by name with _ for a space."""
    values = dict(zip(NAMES, GOOD.split(","), strict=True)) | {
        "Invoice Number": number,
        "Customer": "Acme Ltd",
        "Email": "ap@acme.example.com",
    }
    values |= {name.replace("_", " "): cell for name, cell in cells.items()}
    return ",".join(_cell(value) for value in values.values())


def money(text: str) -> str:
    """Write a row whose amounts are all written so."""
    return row(Unit_Price=text, Line_Total=text, Invoice_Total=text)


def export(*rows: str) -> str:
    """Write an export: the header, the good row, and these."""
    return "\n".join([HEAD, GOOD, *rows]) + "\n"


def outcome(case: Case, folder: Path) -> Outcome:
    """Read a case as `check` does."""
    write(case, folder)
    try:
        reading = read_documents(load(folder / "acctsync.yaml"), folder, TODAY)
    except InputRefused as error:
        of_mapping = all(problem.code.startswith("MAP") for problem in error.problems)
        return Outcome("mapping" if of_mapping else "file", error.problems, (), None)
    verdict = "doc" if reading.refused else "warn" if reading.problems else "ok"
    numbers = tuple(each.number for each in reading.documents if hasattr(each, "date"))
    return Outcome(verdict, reading.problems, numbers, reading)


def write(case: Case, folder: Path) -> None:
    """Put a case's mapping and files into a folder."""
    text = case.mapping.replace("format: csv", f"format: csv{case.source}", 1)
    if case.change is not None:
        assert case.change[0] in text, case.change[0]
        text = text.replace(*case.change, 1)
    for name, data in {"acctsync.yaml": text, "a.csv": case.data, **case.files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())


def _cell(text: str) -> str:
    if not any(mark in text for mark in ',"\n\r'):
        return text
    return '"' + text.replace('"', '""') + '"'
