"""Hostile text from exports and from Xero: every command that prints, looked at by its bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acctsync.providers.throttle import Lane
from acctsync.providers.xero import provider
from acctsync.providers.xero.verdicts import MINUTE
from acctsync.simulator.encoding import dump
from acctsync.simulator.exchange import Answer, Request
from tests.system import test_hostile_text as quickbooks
from tests.system.test_hostile_text import (
    ACTIVE,
    AT_THE_BOOKS,
    AT_THE_EXPORT,
    FORMULA,
    REFUSED,
    harmful,
    look,
)
from tests.system.xero_bench import XeroBench, at_work

# Where Xero tells text that people wrote.
WORDS = frozenset({
    "Name", "Description", "Reference", "Message", "Title", "Detail", "EmailAddress", "FirstName",
    "LastName", "AccountName", "LegalName", "tenantName", "Option", "Value", "ReportName", "Details",
})  # fmt: skip
EXPORTS = {
    **quickbooks.EXPORTS,
    "acctsync.yaml": quickbooks.MAPPING.replace("quickbooks", "xero")
    .replace("{item: Day Pass}", "{item: DAYPASS}")
    .replace("{card: {method: Credit Card}}", '{card: {deposit_to: "091"}}')
    .replace("accounting:\n", "accounting:\n  taxes: {none: {code: NONE}}\n"),
}

# The others say nothing that comes from the books.
TELLING = [each for each in AT_THE_EXPORT if each[0] in {"push", "show", "status", "retry-failed"}]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[XeroBench]:
    with at_work(tmp_path, None, EXPORTS) as bench:
        bench.simulator.dialect.settle({"per_minute": "1000000"})
        monkeypatch.setattr(provider, "lanes", lambda: [Lane(MINUTE, 1_000_000, 60.0)])
        yield bench


def test_hostile_text_of_an_export_and_of_refusals_reaches_nobody_alive(bench: XeroBench) -> None:
    bench.refuse({"I-3": REFUSED})
    shown = "".join(look(bench, *words) for words in TELLING)
    assert ("[bold red][/oops]" in shown, "\\x1b[2J" in shown) == (True, True)
    assert {"I-1", "I-2", "I-3"} <= {each["InvoiceNumber"] for each in bench.alive("Invoice")}


def poisoned(value: Any) -> Any:
    """Put hostile text behind every text that people could have written in the books."""
    if isinstance(value, list):
        return [poisoned(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: f"{FORMULA}{each}{ACTIVE}\x00"
        if name in WORDS and isinstance(each, str) and not _figure(each)
        else poisoned(each)
        for name, each in value.items()
    }


def _figure(text: str) -> bool:
    return not text.strip("0123456789.,-")


def poison(bench: XeroBench, patch: pytest.MonkeyPatch) -> None:
    dialect = bench.simulator.dialect
    honest = dialect.answer

    def answer(request: Request) -> Answer:
        given = honest(request)
        try:
            value = json.loads(given.body)
        except ValueError:
            return given
        return Answer(status=given.status, body=dump(poisoned(value)), headers=given.headers)

    patch.setattr(dialect, "answer", answer)


def test_hostile_text_of_the_books_reaches_nobody_alive(
    bench: XeroBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bench.run("push").code == 3
    poison(bench, monkeypatch)
    shown = "".join(look(bench, *words) for words in AT_THE_BOOKS)
    assert ("[/oops]" in shown, "\\x1b[2J" in shown) == (True, True)
    connect = ("connect", "xero", "--client-id", "app", "--yes", "--url", bench.simulator.url)
    look(bench, *connect)
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
