"""Profit and Loss, nested as the books show it: as a table, as CSV and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from acctsync.providers.port import Report, ReportRow
from acctsync.report.envelope import amount
from acctsync.report.sheet import Figure, sheet

if TYPE_CHECKING:
    from rich.console import RenderableType

_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the report as people see it.

    `kind` is section, account, total or result (a sum of sections); `path` is what it stands under.
    """

    depth: int
    kind: str
    path: tuple[str, ...]
    name: str
    account: str
    amounts: tuple[Decimal | None, ...]


def lines(rows: Sequence[ReportRow], path: tuple[str, ...] = ()) -> Iterator[Shown]:
    """Write rows one below the other: a section, what it holds, and its total."""
    for row in rows:
        depth, below = len(path), (*path, row.name)
        yield Shown(depth, _kind(row, depth), path, row.name, row.account, row.amounts)
        yield from lines(row.rows, below)
        if row.totals:
            yield Shown(depth, "total", path, row.total_name, row.account, row.totals)


def pnl_csv(report: Report) -> str:
    """Write one row per line, with its depth and what it stands under."""
    titles = [f"amount {title}" for title in report.columns]
    columns = ("depth", "kind", "path", "name", "account_id", "currency")
    money = ("amount",) if len(titles) == 1 else titles
    rows = (
        [
            Figure(line.depth),
            line.kind,
            ":".join(line.path),
            line.name,
            line.account,
            report.currency,
            *(Figure(_plain(each, report.currency)) for each in line.amounts),
        ]
        for line in lines(report.rows)
    )
    return sheet((*columns, *money), rows)


def pnl_data(report: Report) -> dict[str, object]:
    """Write the report, rows within rows."""
    return {
        "report": "pnl",
        "from": report.since.isoformat(),
        "to": report.until.isoformat(),
        "basis": report.basis,
        "currency": report.currency,
        "columns": list(report.columns),
        "empty": report.empty,
        "rows": [_fields(row, report.currency) for row in report.rows],
    }


def pnl_text(report: Report, company: str) -> RenderableType:
    """Draw the report, what stands below something indented."""
    from rich.text import Text

    from acctsync.report.clean import clean
    from acctsync.report.look import SOFT, foreign, heading, stack, table

    terms = f"{report.since} to {report.until}, {report.basis} basis, in {report.currency}"
    titles = ("",) if len(report.columns) == 1 else report.columns
    drawn = table("", *map(clean, titles))
    for column in drawn.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for line in lines(report.rows):
        style = "" if line.kind == "account" else "bold"
        cells = (Text(_shown(each, report.currency), style) for each in line.amounts)
        drawn.add_row(foreign(_INDENT * line.depth + line.name, style), *cells)
    return stack(
        [
            Text.assemble(heading("Profit and Loss"), f" of {clean(company)}"),
            Text(terms, SOFT),
            Text("Nothing was recorded in this period.") if report.empty else drawn,
        ]
    )


def _kind(row: ReportRow, depth: int) -> str:
    if row.account:
        return "account"
    if row.rows or row.totals:
        return "section"
    return "account" if depth else "result"


def _fields(row: ReportRow, currency: str) -> dict[str, object]:
    return {
        "name": row.name,
        "part": row.part or None,
        "account_id": row.account or None,
        "amounts": [_money(each, currency) for each in row.amounts],
        "rows": [_fields(each, currency) for each in row.rows],
        "total_name": row.total_name or None,
        "totals": [_money(each, currency) for each in row.totals],
    }


def _money(value: Decimal | None, currency: str) -> str | None:
    return None if value is None else amount(value, currency)


def _plain(value: Decimal | None, currency: str) -> str:
    return "" if value is None else amount(value, currency)


def _shown(value: Decimal | None, currency: str) -> str:
    return "" if value is None else f"{Decimal(amount(value, currency)):,f}"
