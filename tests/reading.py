"""Small mappings and exports for tests: written to a folder, loaded and read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from acctsync.documents import Customer, Document, Invoice, Kind, Payment, Refund
from acctsync.engine.reading import Reading, read_documents
from acctsync.errors import InputRefused, Problem
from acctsync.mapping.load import load
from acctsync.mapping.model import Mapping

TODAY = dt.date(2025, 6, 1)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "exports"

BOOKS = "acctsync: 1\nbooks: {system: quickbooks, company: Acme, currency: USD, timezone: America/New_York}\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")


def loaded(folder: Path, mapping: str, **files: str) -> Mapping:
    write(folder, {"acctsync.yaml": mapping, **files})
    return load(folder / "acctsync.yaml")


def read(folder: Path, mapping: str, files: dict[str, str], today: dt.date = TODAY) -> Reading:
    write(folder, files)
    return read_documents(loaded(folder, mapping), folder, today)


def refusal(folder: Path, mapping: str, files: dict[str, str] | None = None) -> tuple[Problem, ...]:
    """Tell the problems of a mapping or export that must be refused as a whole."""
    try:
        read(folder, mapping, files or {})
    except InputRefused as error:
        return error.problems
    raise AssertionError("it was taken")


def said(problems: tuple[Problem, ...]) -> list[str]:
    return [f"{problem.code} {problem.message}" for problem in problems]


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


def invoices(reading: Reading) -> list[Invoice]:
    return [doc for doc in reading.documents if isinstance(doc, Invoice)]


def payments(reading: Reading) -> list[Payment]:
    return [doc for doc in reading.documents if isinstance(doc, Payment)]


def refunds(reading: Reading) -> list[Refund]:
    return [doc for doc in reading.documents if isinstance(doc, Refund)]


def customers(reading: Reading) -> list[Customer]:
    return [
        doc
        for doc in reading.documents
        if doc.ref.kind is Kind.CUSTOMERS and isinstance(doc, Customer)
    ]


def of_kind(reading: Reading, kind: Kind) -> list[Document]:
    return [doc for doc in reading.documents if doc.ref.kind is kind]
