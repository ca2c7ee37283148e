"""Foreign text in a comparison runs nowhere: not as a formula, not as markup, not as a script."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace
from decimal import Decimal

from acctsync.documents import DocumentRef, Kind
from acctsync.engine.reconciling import ReconcileResult, Total
from acctsync.errors import Problem
from acctsync.plan.reconciling import Difference, Finding
from acctsync.report.page import reconcile_html
from acctsync.report.reconciling import COLUMNS, reconcile_csv, summary, sums_of

HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>\u202e'
MISSING = Difference(
    finding=Finding.MISSING,
    ref=DocumentRef(Kind.INVOICES, "rows", HOSTILE),
    number=HOSTILE,
    date=dt.date(2025, 3, 1),
    currency="USD",
    problem=Problem(code="REC001", message=f"{HOSTILE} is not there", hint="<b>look</b>"),
    here=Decimal("12.50"),
    there=Decimal(0),
    remote_id="7",
)
TOTAL = Total(kind=Kind.INVOICES, currency="USD", here=1, here_sum=Decimal("12.50"))


def result(link: str = "https://books.example/7") -> ReconcileResult:
    return ReconcileResult(
        differences=(MISSING,),
        totals=(TOTAL,),
        compared=1,
        agreeing=0,
        since=dt.date(2025, 3, 1),
        until=dt.date(2025, 3, 31),
        links={"7": link},
    )


def test_the_csv_runs_no_formula_and_its_figures_stay_figures() -> None:
    (head, row) = csv.reader(io.StringIO(reconcile_csv(result())))
    cells = dict(zip(head, row, strict=True))
    assert tuple(head) == COLUMNS
    assert cells["number"].startswith("'=HYPERLINK")
    assert (cells["here"], cells["there"], cells["difference"]) == ("12.50", "0.00", "12.50")
    assert "\u202e" not in cells["number"]


def test_the_page_has_no_script_loads_nothing_and_escapes_everything() -> None:
    page = reconcile_html(result(), company="<i>Ltd</i>", made="now")
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "\u202e" not in page
    assert page.count("http") == page.count("https://books.example/7") + page.count(
        "http-equiv"
    ) + page.count("http://x"), "nothing is loaded from anywhere"
    assert 'href="https://books.example/7"' in page
    assert "&lt;script&gt;" in page


def test_only_addresses_of_the_web_are_linked() -> None:
    page = reconcile_html(result(link='javascript:alert("x")'), company="Ltd", made="now")
    assert "javascript" not in page
    assert "<a " not in page


def test_sums_and_the_last_line_say_how_it_stands() -> None:
    assert sums_of([MISSING, MISSING]) == {"USD": {"here": "25.00", "there": "0.00"}}
    assert summary(result()) == "0 of 1 document agree; 1 difference"
    well = replace(result(), differences=(), agreeing=1)
    assert summary(well) == "All 1 document agree, to the cent."
