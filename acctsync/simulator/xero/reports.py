"""The Profit and Loss report, in the old layout that the API gives.

Sections of rows and sums; every value is text; a last section without a title holds NET PROFIT.
With `periods` the same span of days is taken in each period, so it should start on the first of a
month with 31 days.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from acctsync.simulator.encoding import ZERO
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.ledger import Posting, postings
from acctsync.simulator.xero.refusals import bad_query
from acctsync.simulator.xero.settling import document_of
from acctsync.simulator.xero.wire import moment, rounded

_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_MOST_PERIODS = 11


@dataclass(frozen=True, slots=True)
class _Part:
    """A section: its title (with a stray blank), types of account, sign, title of its sum."""

    title: str
    types: frozenset[str]
    sign: int
    total: str


_COSTS = _Part("Less Cost of Sales", frozenset({"DIRECTCOSTS"}), 1, "Total Cost of Sales")
_PARTS = (
    _Part(" Income", frozenset({"REVENUE", "SALES"}), -1, "Total Income"),
    _COSTS,
    _Part("Plus Other Income", frozenset({"OTHERINCOME"}), -1, "Total Other Income"),
    _Part(
        "Less Operating Expenses",
        frozenset({"EXPENSE", "OVERHEADS", "DEPRECIATN"}),
        1,
        "Total Operating Expenses",
    ),
)


@dataclass(frozen=True, slots=True)
class _Span:
    start: date
    end: date

    def holds(self, day: str) -> bool:
        return self.start.isoformat() <= day <= self.end.isoformat()


def profit_and_loss(books: Books, query: Mapping[str, str]) -> Entity:
    """Report income and expenses; the names of `query` are in lower case."""
    spans = _spans(books, query)
    found = _postings(books, query)
    sums = [_sums(found, span) for span in spans]
    rows: list[Entity] = [_header(spans)]
    profit = [ZERO] * len(spans)
    for part in _PARTS:
        section, totals = _section(books, part, sums)
        profit = [one - part.sign * total for one, total in zip(profit, totals, strict=True)]
        if section:
            rows.append(section)
        if part is _COSTS:
            rows.append(_alone("Gross Profit", profit))
    rows.append(_alone("NET PROFIT", profit))
    return _report(books, spans[0], rows)


def _report(books: Books, span: _Span, rows: list[Entity]) -> Entity:
    period = f"{_long(span.start)} to {_long(span.end)}"
    return {
        "ReportID": "ProfitAndLoss",
        "ReportName": "Profit and Loss",
        "ReportType": "ProfitAndLoss",
        "ReportTitles": ["Profit & Loss", books.identity.name, period],
        "ReportDate": _long(date.fromisoformat(books.today())),
        "UpdatedDateUTC": moment(books.now()),
        "Fields": [],
        "Rows": rows,
    }


# ---------------------------------------------------------------------- periods


def _spans(books: Books, query: Mapping[str, str]) -> list[_Span]:
    today = date.fromisoformat(books.today())
    month_end = today.replace(day=calendar.monthrange(today.year, today.month)[1])
    start = _day(query, "fromdate", today.replace(day=1))
    end = _day(query, "todate", month_end)
    if end < start:
        raise bad_query("toDate must not be before fromDate")
    periods = query.get("periods", "0")
    if not periods.isdecimal() or int(periods) > _MOST_PERIODS:
        raise bad_query(f"periods must be a number from 1 to {_MOST_PERIODS}")
    step = _MONTHS.get(query.get("timeframe", "MONTH").upper())
    if step is None:
        raise bad_query("timeframe must be MONTH, QUARTER or YEAR")
    return [_earlier(_Span(start, end), step * back) for back in range(int(periods) + 1)]


def _day(query: Mapping[str, str], name: str, otherwise: date) -> date:
    if not query.get(name):
        return otherwise
    try:
        return date.fromisoformat(query[name][:10])
    except ValueError:
        raise bad_query(f"{name} is not a valid date") from None


def _earlier(span: _Span, months: int) -> _Span:
    """Go back by months with the same days of the month; a span of 28 days stays one of 28."""
    return _Span(_months_before(span.start, months), _months_before(span.end, months))


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


# ---------------------------------------------------------------------- amounts


def _postings(books: Books, query: Mapping[str, str]) -> list[Posting]:
    wanted = [query[name] for name in ("trackingoptionid", "trackingoptionid2") if query.get(name)]
    if query.get("trackingoptionid") and not query.get("trackingcategoryid"):
        raise bad_query("TrackingCategoryID1 must be provided if a TrackingOptionID1 is provided.")
    rows = _paid(books) if query.get("paymentsonly", "").lower() == "true" else postings(books)
    return [one for one in rows if one.is_line and all(key in one.options for key in wanted)]


def _paid(books: Books) -> list[Posting]:
    """Give lines by the days on which they were paid, each in its share of the payment."""
    found: list[Posting] = []
    for payment in books.rows("Payment"):
        kind, document = document_of(books, payment["DocumentID"])
        if payment["Status"] != "AUTHORISED" or kind not in {"Invoice", "CreditNote"}:
            continue
        share = payment["Amount"] / document["Total"]
        sign = -1 if document["Type"] in {"ACCREC", "ACCPAYCREDIT"} else 1
        for line in document["LineItems"]:
            if "AccountID" in line:
                options = frozenset(one["TrackingOptionID"] for one in line["Tracking"])
                net = line["LineAmount"]
                if document["LineAmountTypes"] == "Inclusive":
                    net -= line["TaxAmount"]
                amount = rounded(sign * net * share / document["CurrencyRate"])
                found.append(Posting(payment["Date"], line["AccountID"], amount, options))
    return found


def _sums(rows: Sequence[Posting], span: _Span) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for one in rows:
        if span.holds(one.day):
            sums[one.account] = sums.get(one.account, ZERO) + one.amount
    return sums


# ---------------------------------------------------------------------- rows


def _section(
    books: Books, part: _Part, sums: list[dict[str, Decimal]]
) -> tuple[Entity | None, list[Decimal]]:
    rows: list[Entity] = []
    totals = [ZERO] * len(sums)
    for account in sorted(books.rows("Account"), key=lambda one: str(one["Name"]).casefold()):
        key = account["AccountID"]
        if account["Type"] not in part.types or not any(key in one for one in sums):
            continue
        amounts = [part.sign * one.get(key, ZERO) for one in sums]
        totals = [total + amount for total, amount in zip(totals, amounts, strict=True)]
        rows.append(_row("Row", account["Name"], amounts, key))
    if not rows:
        return None, totals
    rows.append(_row("SummaryRow", part.total, totals))
    return {"RowType": "Section", "Title": part.title, "Rows": rows}, totals


def _row(kind: str, name: str, amounts: Sequence[Decimal], account: str = "") -> Entity:
    marked = {"Attributes": [{"Id": "account", "Value": account}]} if account else {}
    cells = [{"Value": name, **marked}]
    cells += [{"Value": f"{rounded(one):.2f}", **marked} for one in amounts]
    return {"RowType": kind, "Cells": cells}


def _alone(name: str, amounts: Sequence[Decimal]) -> Entity:
    return {"RowType": "Section", "Title": "", "Rows": [_row("Row", name, amounts)]}


def _header(spans: Sequence[_Span]) -> Entity:
    titles = [f"{span.end.day:02d} {span.end:%b %y}" for span in spans]
    return {"RowType": "Header", "Cells": [{"Value": one} for one in ["", *titles]]}


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
