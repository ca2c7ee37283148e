"""Explains documents: where each of their values comes from, and which line of the mapping did it.

This is a second evaluation, of the one document that somebody asks for, with the very readers and
builders of the first. Building many documents fast is not slowed by being explainable.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from acctsync.documents import Document, Invoice, Line, Refund
from acctsync.errors import Location, Problem
from acctsync.mapping.apply import Workshop
from acctsync.mapping.explained.fields import Titles
from acctsync.mapping.explained.figures import receipt_figures, sale_figures
from acctsync.mapping.explained.heads import HeadTracer, Seen, Surroundings
from acctsync.mapping.explained.lines import tax_cells, tax_list
from acctsync.mapping.explained.omissions import why_skipped
from acctsync.mapping.explained.origins import Origins
from acctsync.mapping.explained.receipts import TRACERS, PaymentTracer, RefundTracer
from acctsync.mapping.explained.sales import SaleLines
from acctsync.mapping.explained.values import (
    Explained,
    ExplainedLine,
    Explanation,
    Fate,
    LeftOut,
    Reason,
)
from acctsync.mapping.model import Mapping as Rules
from acctsync.mapping.receipts import ReceiptBuilder
from acctsync.mapping.sales import SaleBuilder

# What a document calls otherwise than its explanation does.
_ATTRIBUTES = {"class": "class_", "vendor": "customer"}
_CALLED = {"class_": "class"}
# These are explained by a document or by the word for one, whichever there is.
_LINKS = frozenset({"id", "invoice", "payment"})
_BLANK: tuple[object, ...] = (None, "", (), 0)

UNTOLD = "how this came about can't be told"


def surroundings(rules: Rules, shop: Workshop, titles: Titles) -> Surroundings:
    """Gather what explaining needs, when all documents of a run have been built."""
    moved = {old: new for each in shop.parties.values() for old, new in each.moved().items()}
    return Surroundings(rules, shop, Origins(rules, shop.choices), titles, moved)


def explain(
    seen: Seen,
    around: Surroundings,
    final: Document | None,
    problems: Sequence[Problem] = (),
    left_out: Sequence[LeftOut] = (),
) -> Explanation:
    """Explain one document; `final` is what is pushed of it, None when it is refused or skipped."""
    head = TRACERS.get(seen.kind, HeadTracer)(seen, around)
    lines, figures = _sums(head, final)
    record = seen.reader.record
    return Explanation(
        kind=record.kind,
        id=seen.built.ref.id,
        number=seen.built.number,
        source=record.source,
        record=around.rules.places.get(("records", str(record.kind)), record.place),
        fate=_fate(seen, final),
        rows=_rows(seen, lines),
        fields=tuple(_held(told, final) for told in (*head.fields(), *_document_taxes(head))),
        lines=lines,
        totals=figures,
        skipped=_skipped(head) if seen.built.skipped else None,
        left_out=tuple(left_out),
        problems=tuple(problems),
    )


def _sums(
    head: HeadTracer, final: Document | None
) -> tuple[tuple[ExplainedLine, ...], tuple[Explained, ...]]:
    """Explain the lines and what they come to."""
    builder = head.seen.builder
    if head.seen.built.skipped:
        return (), ()
    if isinstance(builder, SaleBuilder):
        lines = tuple(_held_line(line, final) for line in SaleLines(head, builder, final).all())
        return lines, tuple(sale_figures(head, lines, final))
    if not isinstance(builder, ReceiptBuilder):
        return (), ()
    if isinstance(head, PaymentTracer) and not isinstance(head, RefundTracer):
        return tuple(head.settling()), tuple(receipt_figures(head, final))
    taken = final.lines if isinstance(final, Refund) else ()
    lines = tuple(_taken_back(head, number, line) for number, line in enumerate(taken, start=1))
    return lines, tuple(receipt_figures(head, final))


def _held(told: Explained, final: Document | Line | None) -> Explained:
    """Hold an explanation to what is pushed: another value is told as it is, without a reason."""
    name = _ATTRIBUTES.get(told.field, told.field)
    if final is None or not hasattr(final, name) or name in _LINKS:
        return told
    actual = getattr(final, name)
    if told.value == actual or (told.value in _BLANK and actual in _BLANK):
        return told
    return replace(told, value=actual, rule=UNTOLD, place=None, entry=None)


def _held_line(line: ExplainedLine, final: Document | None) -> ExplainedLine:
    if line.number is None or not isinstance(final, Invoice):
        return line
    actual = final.lines[line.number - 1]
    return replace(line, fields=tuple(_held(told, actual) for told in line.fields))


def _fate(seen: Seen, final: Document | None) -> Fate:
    if seen.built.skipped:
        return Fate.SKIPPED
    return Fate.REFUSED if final is None else Fate.BUILT


def _rows(seen: Seen, lines: Sequence[ExplainedLine]) -> tuple[Location, ...]:
    own = (Location(row.file, row.line) for row in seen.rows)
    return tuple(dict.fromkeys((*own, *(line.row for line in lines))))


def _document_taxes(head: HeadTracer) -> Iterator[Explained]:
    rules, builder = head.seen.reader.record.document_taxes, head.seen.builder
    if rules and isinstance(builder, SaleBuilder):
        reader, cells = builder.document_taxes, head.seen.cells
        yield tax_list(
            "document_taxes",
            rules,
            lambda: reader.read(cells, head.currency),
            tax_cells(rules, head.spot, head.tracer),
        )


def _skipped(head: HeadTracer) -> Reason:
    date = head.plain("date")
    day = date.value if date and isinstance(date.value, dt.date) else None
    return why_skipped(head.state(), day, date, head.around.rules)


def _taken_back(head: HeadTracer, number: int, line: Line) -> ExplainedLine:
    """Explain a refund's line, which is one of its invoice's, or its share of that."""
    invoice = head.settled() if isinstance(head, RefundTracer) else None
    named = f"invoice {invoice.number}" if invoice else "the invoice"
    beside = invoice is not None and number > len(invoice.lines)
    rule = f"beside the lines of {named}" if beside else f"line {number} of {named}"
    if invoice is not None and head.head.amounts.get("amount") != invoice.total:
        rule = f"{rule}, its share of the refund"
    values = ((each.name, getattr(line, each.name)) for each in fields(line))
    told = tuple(
        Explained(field=_CALLED.get(name, name), value=value, rule=rule)
        for name, value in values
        if value not in (None, "", ())
    )
    row = head.seen.rows[0]
    return ExplainedLine(
        number=number, origin="invoice", row=Location(row.file, row.line), fields=told
    )
