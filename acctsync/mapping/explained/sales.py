"""Explains the lines of a document: those of its rows, and those made of figures of its head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from acctsync.documents import Document, Invoice, Line
from acctsync.errors import Location
from acctsync.exports.records import Row, Source
from acctsync.mapping.explained.fields import Path, Spot, Tracer, added, attempted
from acctsync.mapping.explained.heads import HeadTracer, looked_up
from acctsync.mapping.explained.lines import LineAt, LineTracer
from acctsync.mapping.explained.omissions import Sieve
from acctsync.mapping.explained.values import Entry, Explained, ExplainedLine, Reason
from acctsync.mapping.fields import FieldCompiler
from acctsync.mapping.findings import Findings
from acctsync.mapping.line_places import line_reader
from acctsync.mapping.lines import LineBuilder
from acctsync.mapping.sales import SaleBuilder
from acctsync.mapping.taxes import Taxes
from acctsync.money import ZERO

_DOCUMENT = "document."


class SaleLines:
    """Explains the lines of one document, in their order; those left out stand among them."""

    def __init__(self, head: HeadTracer, sale: SaleBuilder, final: Document | None) -> None:
        self._head = head
        self._sale = sale
        self._final = final if isinstance(final, Invoice) else None
        self._rules = head.around.rules
        self._record = head.seen.reader.record
        self._compiler = FieldCompiler(head.seen.reader.source, self._rules.books)
        self._context = sale.context(head.head, head.currency)
        self._path: Path = ("records", str(head.seen.kind))
        self._count = 0
        self.taxes: Taxes | None = attempted(
            lambda: sale.document_taxes.read(head.head.cells, head.currency)
        )[0]

    def all(self) -> Iterator[ExplainedLine]:
        """Explain every line."""
        yield from self._of_rows()
        if self._record.lines is None and "total" in self._record.document:
            yield self._of_total()
        yield from self._of_extras()
        shipping = self._head.plain("shipping")
        if shipping is not None and shipping.value:
            yield self._of_shipping(shipping)

    def _of_rows(self) -> Iterator[ExplainedLine]:
        rule = self._record.lines
        if rule is None:
            return
        source = self._rules.sources[rule.source or self._record.source]
        counts: dict[int, int] = {}
        for builder, cells, row in self._cells():
            number = counts[id(row)] = counts.get(id(row), -1) + 1
            inside = f"{rule.each}.{number}" if rule.each else ""
            spot = Spot(cells, partial(self._row_of, row))
            tracer = Tracer(
                source,
                self._rules,
                builder.scope,
                self._head.around.titles,
                inside=inside,
                outer=self._head.seen.reader.source,
            )
            unwanted = self._unwanted(builder, source, tracer, spot)
            if unwanted is not None:
                yield _left_out("row", row, unwanted)
            else:
                yield self._line(
                    builder, row, spot, tracer, path=(*self._path, "lines"), origin="row"
                )

    def _of_extras(self) -> Iterator[ExplainedLine]:
        head = self._head
        for number, builder in enumerate(self._sale.extra):
            path = (*self._path, "extra_lines", str(number))
            found = Findings("", 0)
            amount = builder.amount_of(head.seen.cells, head.currency, found, head.head.row)
            row = head.row_of(builder.fields["amount"].shown)
            if amount:
                yield self._line(
                    builder, row, head.spot, head.tracer, path=path, origin="extra line"
                )
            elif not found.problems:
                yield self._without_amount(builder, row, path)

    def _without_amount(self, builder: LineBuilder, row: Row, path: Path) -> ExplainedLine:
        field = builder.fields["amount"]
        told = self._head.tracer.explain(
            "amount", field, (*path, "amount"), self._head.spot, lambda: None
        )
        reason = Reason(words="its amount is empty or zero", cells=told.cells, place=told.place)
        return _left_out("extra line", row, reason)

    def _line(
        self,
        builder: LineBuilder,
        row: Row,
        spot: Spot,
        tracer: Tracer,
        *,
        path: Path,
        origin: str,
    ) -> ExplainedLine:
        found = Findings(row.file, row.line)
        line = builder.build(spot.cells, row, self._context, found)
        if line is None and not found.problems:
            return _left_out(origin, row, Reason(words="nothing of a line is in this row"))
        number = self._next()
        shared = None
        if self.taxes is not None and self.taxes.each and self._final is not None:
            line = self._final.lines[number - 1]
            shared = (self.taxes, self._head.around.origins.tax(self.taxes.key))
        rules = self._record.lines
        taxes = rules.taxes if origin == "row" and rules else self._extra_taxes(path)
        at = LineAt(
            builder=builder,
            spot=spot,
            head=self._context,
            line=line,
            path=path,
            taxes=taxes,
            shared=shared,
        )
        fields = LineTracer(at, tracer, self._head.around.origins).fields()
        return ExplainedLine(number=number, origin=origin, row=_place(row), fields=fields)

    def _extra_taxes(self, path: Path) -> Any:
        return self._record.extra_lines[int(path[-1])].taxes

    def _of_total(self) -> ExplainedLine:
        """Explain the one line of a document that the export gives as a total only."""
        head, origins = self._head, self._head.around.origins
        stated = head.plain("total")
        assert stated is not None
        number = self._next()
        line = self._final.lines[number - 1] if self._final else None
        item = origins.default("item")
        account = None if item else origins.default("income_account")
        rule = added(stated.rule, "less what is beside it")
        amount = replace(stated, field="amount", value=line.amount if line else None, rule=rule)
        fields = [
            looked_up("item", None, item),
            amount,
            *self._taxed(line),
            looked_up("account", None, account),
        ]
        return self._made(number, "total", fields)

    def _of_shipping(self, shipping: Explained) -> ExplainedLine:
        number = self._next()
        line = self._final.lines[number - 1] if self._final else None
        account = self._head.around.origins.default("shipping_account")
        fields = [
            Explained(field="description", value="Shipping", rule="always called so"),
            replace(shipping, field="amount"),
            *self._taxed(line),
            looked_up("account", None, account),
        ]
        return self._made(number, "shipping", fields)

    def _taxed(self, line: Line | None) -> Iterator[Explained | None]:
        """Explain the tax of a line that is not in the export: none, or a share of all."""
        taxes = self.taxes if self.taxes is not None and self.taxes.each else None
        entry: Entry | None = self._head.around.origins.tax(taxes.key if taxes else "none")
        yield looked_up("tax_code", None, entry)
        if taxes is not None and line is not None:
            whole = sum((tax.amount for tax in taxes.each if tax.amount), ZERO)
            rule = f"its share of the document's taxes ({whole:,})"
            yield Explained(field="tax_amount", value=line.tax_amount, rule=rule)

    def _made(self, number: int, origin: str, fields: list[Explained | None]) -> ExplainedLine:
        row = _place(self._head.seen.rows[0])
        told = tuple(each for each in fields if each is not None)
        return ExplainedLine(number=number, origin=origin, row=row, fields=told)

    def _cells(self) -> Iterator[tuple[LineBuilder, Any, Row]]:
        """Give the cells of every line, those that `lines.where` leaves out included."""
        seen, rule, found = self._head.seen, self._record.lines, Findings("", 0)
        assert rule is not None
        if not rule.where or rule.repeat is not None:
            yield from self._sale.line_cells(seen.rows, seen.cells, found)
            return
        lines = seen.reader.lines
        builder, under = line_reader(
            replace(self._record, lines=replace(rule, where=())),
            self._head.around.shop.tools,
            self._compiler,
            seen.reader.scope,
            other=(lines.compiler, lines.scope, lines.by_key) if lines else None,
            available=None,
        )
        assert builder is not None
        for cells, row in under(seen.rows, seen.cells, found):
            yield builder, cells, row

    def _unwanted(
        self, builder: LineBuilder, source: Source, tracer: Tracer, spot: Spot
    ) -> Reason | None:
        rule = self._record.lines
        if rule is None or not rule.where or rule.repeat is not None:
            return None
        lines, compiler = self._head.seen.reader.lines, self._compiler
        return Sieve(
            source, rule.where, builder.scope, lines.compiler if lines else compiler, tracer
        ).unwanted(spot)

    def _row_of(self, row: Row, name: str) -> Row:
        """Tell the row of a line's cell: its own, or the document's for `document.NAME`."""
        if name.startswith(_DOCUMENT):
            return self._head.row_of(name.removeprefix(_DOCUMENT))
        return row

    def _next(self) -> int:
        self._count += 1
        return self._count


def _left_out(origin: str, row: Row, reason: Reason) -> ExplainedLine:
    return ExplainedLine(number=None, origin=origin, row=_place(row), left_out=reason)


def _place(row: Row) -> Location:
    return Location(row.file, row.line)
