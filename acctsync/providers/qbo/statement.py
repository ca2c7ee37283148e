"""QuickBooks' reports → reports in our words; pure (Intuit: ProfitAndLoss)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from acctsync.providers.port import Report, ReportRow

_PARTS = {
    "Income": "income",
    "COGS": "cost_of_sales",
    "GrossProfit": "gross_profit",
    "Expenses": "expenses",
    "NetOperatingIncome": "net_operating_income",
    "OtherIncome": "other_income",
    "OtherExpenses": "other_expenses",
    "NetOtherIncome": "net_other_income",
    "NetIncome": "net_income",
}
_MONEY = "Money"
_DEEPEST = 50

Cells = Sequence[Mapping[str, Any]]


def report(value: Mapping[str, Any]) -> Report:
    """Read a report; raises ValueError or KeyError for one that can't be made sense of."""
    header = value["Header"]
    columns = _objects(value.get("Columns"), "Column")
    money = [place for place, each in enumerate(columns) if each.get("ColType") == _MONEY]
    return Report(
        since=dt.date.fromisoformat(header["StartPeriod"]),
        until=dt.date.fromisoformat(header["EndPeriod"]),
        basis=str(header["ReportBasis"]).lower(),
        currency=str(header.get("Currency") or ""),
        columns=tuple(str(columns[place].get("ColTitle") or "") for place in money),
        rows=tuple(_rows(value.get("Rows"), money, 0)),
        empty=_option(header, "NoReportData").lower() == "true",
    )


def _rows(value: object, money: Sequence[int], depth: int) -> Iterator[ReportRow]:
    if depth > _DEEPEST:
        raise ValueError("rows without end")
    for row in _objects(value, "Row"):
        yield _row(row, money, depth)


def _row(row: Mapping[str, Any], money: Sequence[int], depth: int) -> ReportRow:
    """Read a row: an account, a section with rows and a sum, or a sum of sections alone."""
    part = _PARTS.get(str(row.get("group") or ""), "")
    head, foot = _cells(row.get("Header")), _cells(row.get("Summary"))
    own = head or _cells(row)
    if not own:
        return ReportRow(name=_word(foot, "value"), amounts=_amounts(foot, money), part=part)
    return ReportRow(
        name=_word(own, "value"),
        amounts=_amounts(own, money),
        account=_word(own, "id"),
        part=part,
        rows=tuple(_rows(row.get("Rows"), money, depth + 1)),
        total_name=_word(foot, "value"),
        totals=_amounts(foot, money) if foot else (),
    )


def _amounts(cells: Cells, money: Sequence[int]) -> tuple[Decimal | None, ...]:
    texts = [str(cells[at].get("value") or "") if at < len(cells) else "" for at in money]
    return tuple(_amount(text) for text in texts)


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text) if text else None
    except InvalidOperation as error:
        raise ValueError("an amount that is none") from error
    if amount is not None and not amount.is_finite():
        raise ValueError("an amount that is none")
    return amount


def _cells(value: object) -> Cells:
    return _objects(value, "ColData")


def _word(cells: Cells, key: str) -> str:
    return str(cells[0].get(key) or "") if cells else ""


def _option(header: Mapping[str, Any], name: str) -> str:
    options = _objects(header, "Option")
    return next((str(each.get("Value")) for each in options if each.get("Name") == name), "")


def _objects(value: object, name: str) -> list[Mapping[str, Any]]:
    """List what stands under a name; nothing, where nothing does."""
    listed = value.get(name, []) if isinstance(value, Mapping) else []
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise ValueError(f"{name} is no list of objects")
    return listed
