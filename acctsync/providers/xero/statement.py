"""Xero's reports → reports in our words; pure (Xero: reports)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from acctsync.providers.port import Report, ReportRow
from acctsync.providers.xero.verdicts import unusable

# Section titles carry stray blanks, and sums have no name of their own but what they say.
_PARTS = {
    "income": "income",
    "revenue": "income",
    "trading income": "income",
    "less cost of sales": "cost_of_sales",
    "cost of sales": "cost_of_sales",
    "gross profit": "gross_profit",
    "less operating expenses": "expenses",
    "operating expenses": "expenses",
    "expenses": "expenses",
    "operating profit": "net_operating_income",
    "plus other income": "other_income",
    "other income": "other_income",
    "less other expenses": "other_expenses",
    "other expenses": "other_expenses",
    "net profit": "net_income",
}
_ACCOUNT = "account"


def report(value: Mapping[str, Any], since: dt.date, until: dt.date, currency: str) -> Report:
    """Read a report of the given days; raises ComeBackLater for one that makes no sense."""
    try:
        rows = value["Rows"]
        heads = [row["Cells"] for row in rows if row.get("RowType") == "Header"]
        columns = tuple(str(cell.get("Value") or "") for cell in heads[0][1:]) if heads else ()
        read = tuple(_rows(rows))
    except (AttributeError, InvalidOperation, LookupError, TypeError, ValueError) as error:
        raise unusable("Profit and Loss") from error
    return Report(
        since=since,
        until=until,
        basis="accrual",
        currency=currency,
        columns=columns,
        rows=read,
        empty=not any(_accounts(read)),
    )


def _rows(rows: Sequence[Mapping[str, Any]]) -> Iterator[ReportRow]:
    for row in rows:
        match row.get("RowType"):
            case "Section":
                yield from _section(row)
            case "Row" | "SummaryRow":
                yield _row(row)


def _section(section: Mapping[str, Any]) -> Iterator[ReportRow]:
    """Read a section; one without a title stands for its rows."""
    title = " ".join(str(section.get("Title") or "").split())
    inner = section.get("Rows") or []
    if not title:
        yield from _rows(inner)
        return
    sums = [row for row in inner if row.get("RowType") == "SummaryRow"]
    total = _row(sums[-1]) if sums else None
    rows = tuple(_rows([row for row in inner if row not in sums]))
    yield ReportRow(
        name=title,
        amounts=(),
        part=_PARTS.get(title.casefold(), ""),
        rows=rows,
        total_name=total.name if total else "",
        totals=total.amounts if total else (),
    )


def _row(row: Mapping[str, Any]) -> ReportRow:
    name, *amounts = row.get("Cells") or [{}]
    words = " ".join(str(name.get("Value") or "").split())
    return ReportRow(
        name=words,
        amounts=tuple(_amount(cell.get("Value")) for cell in amounts),
        account=_account(name),
        part=_PARTS.get(words.casefold(), ""),
    )


def _account(cell: Mapping[str, Any]) -> str:
    for each in cell.get("Attributes") or []:
        if each.get("Id") == _ACCOUNT:
            return str(each.get("Value") or "")
    return ""


def _amount(value: object) -> Decimal | None:
    """Read an amount; values are texts."""
    text = str(value or "").replace(",", "")
    if not text:
        return None
    amount = Decimal(text)
    if not amount.is_finite():
        raise ValueError("an amount that is none")
    return amount


def _accounts(rows: Sequence[ReportRow]) -> Iterator[ReportRow]:
    for row in rows:
        if row.account:
            yield row
        yield from _accounts(row.rows)
