"""Looks ahead at what the refunds of an export name: a refund takes over its invoice's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from acctsync.documents import Kind
from acctsync.engine.files import Files
from acctsync.exports.records import Format
from acctsync.exports.scope import Columns, Paths, Scope
from acctsync.mapping.fields import FieldCompiler, Misread
from acctsync.mapping.lookups import collapsed
from acctsync.mapping.model import Mapping
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words by which refunds name invoices and payments, as words are compared.

    `any_invoice`: they name payments whose invoices stand in lines.
    """

    invoices: frozenset[str] = frozenset()
    payments: frozenset[str] = frozenset()
    any_invoice: bool = False

    def name(self, kind: Kind, id_: str, number: str) -> bool:
        """Tell whether a refund may mean a document."""
        if self.any_invoice and kind is not Kind.PAYMENTS:
            return True
        words = self.payments if kind is Kind.PAYMENTS else self.invoices
        return bool(words) and not words.isdisjoint((collapsed(id_), collapsed(number)))


def named_by_refunds(mapping: Mapping, files: Files) -> Words:
    """Gather what the refunds name, themselves or by the payment that they give back.

    It is no harm to gather too much: rows that turn out to be no refund, words that mean nothing.
    """
    invoices: set[str] = set()
    payments: set[str] = set()
    for invoice, payment in _words(mapping, files, Kind.REFUNDS, "invoice", "payment"):
        invoices.add(collapsed(invoice))
        payments.add(collapsed(payment))
    paid, through = mapping.records.get(Kind.PAYMENTS), "" in invoices and bool(payments - {""})
    several = through and paid is not None and paid.lines is not None
    if through and not several:
        for payment, invoice in _words(mapping, files, Kind.PAYMENTS, "id", "invoice"):
            if collapsed(payment) in payments:
                invoices.add(collapsed(invoice))
    return Words(frozenset(invoices - {""}), frozenset(payments - {""}), any_invoice=several)


def _words(mapping: Mapping, files: Files, kind: Kind, *names: str) -> Iterator[tuple[str, ...]]:
    """Read some texts of every row; what can't be read is told later, here it is blank."""
    record = mapping.records.get(kind)
    if record is None:
        return
    source = mapping.sources[record.source]
    scope: Scope = Columns() if source.format is Format.CSV else Paths()
    compiler = FieldCompiler(source, mapping.books)
    fields = [record.document.get(name) for name in names]
    reads = [compiler.text(each, scope) if each else _blank for each in fields]
    for row in files.rows_of(source, scope).glance():
        yield tuple(_tried(read, row.cells) for read in reads)


def _tried(read: Callable[[Any], str], cells: Any) -> str:
    try:
        return read(cells)
    except Misread:
        return ""


def _blank(_cells: Any) -> str:
    return ""
