from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from acctsync.providers.encoding import decode
from acctsync.providers.port import Report, ReportRow
from acctsync.providers.qbo.responses import json_or_none
from acctsync.providers.qbo.statement import report
from tests.providers.conftest import SHARED
from tests.providers.qbo.recordings import recorded

D = Decimal
NOTHING = (None,)


def cells(name: str, *amounts: str, **more: str) -> dict[str, Any]:
    return {"ColData": [{"value": name, **more}, *({"value": each} for each in amounts)]}


def a_report(*rows: dict[str, Any], columns: tuple[str, ...] = ("Total",)) -> dict[str, Any]:
    heads = [{"ColTitle": title, "ColType": "Money"} for title in columns]
    return {
        "Header": {
            "ReportBasis": "Cash",
            "StartPeriod": "2025-01-01",
            "EndPeriod": "2025-03-31",
            "Currency": "CAD",
            "Option": [{"Name": "NoReportData", "Value": "false"}],
        },
        "Columns": {"Column": [{"ColTitle": "", "ColType": "Account"}, *heads]},
        "Rows": {"Row": list(rows)},
    }


def test_intuits_nested_sample_is_read_row_by_row() -> None:
    path = SHARED / "profitandloss.doc-sample.json"
    if not path.is_file():
        pytest.skip("the sample is not at hand")
    found = report(decode(path.read_bytes())["samples"][0]["json"])

    def account(name: str, key: str, amount: str) -> ReportRow:
        return ReportRow(name=name, account=key, amounts=(D(amount),))

    materials = ReportRow(
        name="Job Materials",
        account="46",
        amounts=NOTHING,
        rows=(
            account("Fountains and Garden Lighting", "48", "275.00"),
            account("Plants and Soil", "49", "150.00"),
        ),
        total_name="Total Job Materials",
        totals=(D("425.00"),),
    )
    landscaping = ReportRow(
        name="Landscaping Services",
        account="45",
        amounts=NOTHING,
        rows=(materials,),
        total_name="Total Landscaping Services",
        totals=(D("425.00"),),
    )
    assert found == Report(
        since=dt.date(2015, 6, 1),
        until=dt.date(2015, 6, 30),
        basis="accrual",
        currency="USD",
        columns=("Total",),
        rows=(
            ReportRow(
                name="Income",
                part="income",
                amounts=NOTHING,
                rows=(landscaping, account("Pest Control Services", "54", "-100.00")),
                total_name="Total Income",
                totals=(D("325.00"),),
            ),
            ReportRow(name="Gross Profit", part="gross_profit", amounts=(D("325.00"),)),
            ReportRow(
                name="Expenses",
                part="expenses",
                amounts=NOTHING,
                total_name="Total Expenses",
                totals=NOTHING,
            ),
            ReportRow(
                name="Net Operating Income", part="net_operating_income", amounts=(D("325.00"),)
            ),
            ReportRow(name="Net Income", part="net_income", amounts=(D("325.00"),)),
        ),
    )


def test_the_recorded_empty_report_says_that_it_is_empty() -> None:
    found = report(json_or_none(recorded("reports/profit_and_loss.yml")))
    assert (found.empty, found.columns, found.basis) == (True, ("TOTAL",), "accrual")
    assert [(row.part, row.name, row.rows) for row in found.rows] == [
        ("income", "Income", ()),
        ("gross_profit", "Gross Profit", ()),
        ("expenses", "Expenses", ()),
        ("net_operating_income", "Net Operating Income", ()),
        ("net_income", "Net Income", ()),
    ]


def test_what_a_parent_account_has_of_its_own_stands_in_its_row() -> None:
    parent = {
        "Header": cells("Services", "56000.00", id="1"),
        "Rows": {"Row": [{**cells("Maintenance", "56070.00", id="43"), "type": "Data"}]},
        "Summary": cells("Total Services", "112070.00", id="1"),
        "type": "Section",
    }
    (row,) = report(a_report(parent)).rows
    assert (row.account, row.amounts, row.totals) == ("1", (D("56000.00"),), (D("112070.00"),))
    assert row.rows == (ReportRow(name="Maintenance", account="43", amounts=(D("56070.00"),)),)


def test_every_money_column_is_read_and_a_missing_cell_is_empty() -> None:
    row = {**cells("Rent", "1.00", "", "-2.50", id="9"), "type": "Data"}
    found = report(a_report(row, columns=("Jan 2025", "Feb 2025", "Mar 2025", "Total")))
    assert found.columns == ("Jan 2025", "Feb 2025", "Mar 2025", "Total")
    assert found.rows[0].amounts == (D("1.00"), None, D("-2.50"), None)
    assert (found.basis, found.currency, found.empty) == ("cash", "CAD", False)


def test_a_report_without_rows_has_none() -> None:
    bare = a_report()
    assert report(bare).rows == ()
    del bare["Rows"]
    assert report(bare).rows == ()


def broken(*path: str, value: object) -> dict[str, Any]:
    whole: Any = copy.deepcopy(a_report(cells("Rent", "1.00")))
    part = whole
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    return dict(whole)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        broken("Header", "StartPeriod", value="soon"),
        broken("Header", value={}),
        broken("Rows", "Row", value="x"),
        broken("Rows", "Row", value=["x"]),
        broken("Rows", "Row", value=[cells("Rent", "1,000.00")]),
        broken("Rows", "Row", value=[cells("Rent", "NaN")]),
    ],
)
def test_a_report_that_makes_no_sense_is_none(answer: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        report(answer)
