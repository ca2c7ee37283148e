"""Every hostile input ends as its index says: refused with a place, warned of, or read."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from acctsync.engine.reading import Reading, read_documents
from acctsync.errors import InputRefused, Problem
from acctsync.mapping.load import load
from tests.reading import SHARED, TODAY

FOLDER = SHARED / "adversarial"
INDEX = FOLDER / "INDEX.json"
CASES: list[dict[str, Any]] = json.loads(INDEX.read_text()) if INDEX.exists() else []

JSON_MAPPING = """
acctsync: 1
books: {system: xero, company: Acme, currency: USD, timezone: America/New_York}
sources:
  a: {files: "FILE", format: FORMAT, ROWSnumbers: minor_units, dates: epoch_seconds}
records:
  invoices:
    from: a
    expect: [{column: lines.has_more, is: false, message: its lines are cut}]
    document: {id: id, number: number, customer: {id: customer, name: customer_name}, date: created,
               currency: currency, total: total, state: {column: status, map: {open: open}}}
    lines: {each: lines.data, description: description, quantity: quantity, amount: amount}
accounting: {items: {"*": {account: "200"}}}
push: {invoices: true}
"""

PAYMENTS = """  p: {files: "FILE", format: csv, numbers: "1,234.50", dates: YYYY-MM-DD}
records:
  payments:
    from: p
    document: {id: Payment ID, invoice: Invoice Number, date: Date, amount: Amount, currency: Currency, method: Method}
"""


def mapping_for(case: dict[str, Any]) -> str:
    file = case["file"]
    if case["kind"] == "json":
        lines = file.endswith("jsonl")
        text = JSON_MAPPING.replace("FILE", file).replace("FORMAT", "jsonl" if lines else "json")
        rows = "" if lines else "rows: data, "
        if file.startswith("114"):
            rows += "whole_list: {path: has_more, is: false}, "
        return text.replace("ROWS", rows)
    base = (FOLDER / "base-invoices.yaml").read_text()
    if case["kind"] == "payments":
        base = base.replace("records:\n", PAYMENTS.replace("FILE", file), 1)
        return base.replace("Proration}}}", "Proration}}, payment_methods: {Visa: {method: Visa}}}")
    base = base.replace("03-utf8-bom.csv", file)
    special = {"21": ', delimiter: ";"', "26": ", header_row_contains: [Invoice Number]"}
    base = base.replace("format: csv", f"format: csv{special.get(file[:2], '')}", 1)
    return base.replace(", email: Email", "") if file.startswith("25") else base


def outcome(case: dict[str, Any], folder: Path) -> tuple[str, tuple[Problem, ...], Reading | None]:
    path = FOLDER / case["file"]
    if case["kind"] != "mapping":
        path = folder / "acctsync.yaml"
        path.write_text(mapping_for(case), encoding="utf-8")
    try:
        reading = read_documents(load(path), FOLDER, TODAY)
    except InputRefused as error:
        kind = "mapping" if all(p.code.startswith("MAP") for p in error.problems) else "file"
        return kind, error.problems, None
    if reading.refused:
        return "doc", reading.problems, reading
    return ("warn" if reading.problems else "ok"), reading.problems, reading


@pytest.mark.skipif(not CASES, reason="the shared exports are not here")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_a_hostile_input_ends_as_it_should(case: dict[str, Any], tmp_path: Path) -> None:
    start = time.process_time()  # our own work, whatever else the machine does
    verdict, problems, reading = outcome(case, tmp_path)
    assert time.process_time() - start < 2
    assert verdict == case["expect"], problems
    assert all(problem.location is not None for problem in problems)
    if verdict == "doc":
        assert all(problem.document for problem in problems if problem.is_error)
    if reading is not None and case["kind"] == "invoices" and not case["file"].startswith("09"):
        assert "INV-OK" in {document.number for document in reading.documents}


@pytest.mark.skipif(not CASES, reason="the shared exports are not here")
def test_a_time_in_utc_becomes_the_day_in_new_york(tmp_path: Path) -> None:
    case = next(case for case in CASES if case["file"].startswith("81"))
    _, _, reading = outcome(case, tmp_path)
    assert reading is not None
    assert {d.number: str(d.date) for d in reading.documents if hasattr(d, "date")} == {
        "INV-OK": "2025-03-01",
        "INV-2": "2025-02-28",
    }
