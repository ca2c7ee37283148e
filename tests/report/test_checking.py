"""What `check` says of an export: what is wrong with documents one by one, the rest at once."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from acctsync.plan.selection import Selection
from acctsync.report.checking import check_text, narrow
from tests.reading import BOOKS, read

MAPPING = f"""{BOOKS}
sources:
  a: {{files: a.csv, format: csv, numbers: "1,234.50", dates: YYYY-MM-DD}}
  b: {{files: b.csv, format: csv, numbers: "1,234.50", dates: YYYY-MM-DD}}
records:
  invoices:
    from: a
    document: {{id: No, customer: Who, date: Day}}
    lines: {{item: Item, amount: Amount}}
  payments:
    from: b
    document: {{id: Id, date: Day, invoice: For, amount: Amount}}
accounting: {{items: {{Desk: {{item: Desk}}}}}}
push: {{invoices: true, payments: true}}
"""
FILES = {
    "a.csv": "No,Who,Day,Item,Amount\n1,Ann,2025-03-01,Desk,10\n2,Ann,2025-03-01,Mail,10\n"
    "3,Ann,2025-03-01,Mail,10\n4,Ann,2025-03-01,Room,10\n5,Ann,soon,Desk,10\n",
    "b.csv": "Id,Day,For,Amount\np1,2025-03-02,1,10\np2,2025-03-02,2,10\np3,2025-03-02,4,10\n",
}


@pytest.fixture
def drawn(tmp_path: Path) -> str:
    checked = narrow(read(tmp_path, MAPPING, FILES), Selection())
    stream = io.StringIO()
    console = Console(file=stream, width=100, markup=False, emoji=False, highlight=False)
    console.print(check_text(checked, verbose=False))
    lines = stream.getvalue().replace(str(tmp_path), "").splitlines()
    return "\n".join(line.rstrip() for line in lines)


def test_what_very_many_documents_share_is_told_once(drawn: str) -> None:
    assert (
        drawn
        == """
            documents   refused      amount
───────────────────────────────────────────
customers           1
invoices            1         4   10.00 USD
payments            1         2   10.00 USD

a.csv:6, column "Day": error: invoice 5: date: "soon" is no date written like YYYY-MM-DD [DOC003]
    declare how dates are written with dates: on the source or the field

2 payments are refused with the documents that they belong to; --verbose shows each.

Not mapped yet, so 3 documents can't go over; paste this and fill in each ?

accounting:
  items:
    Mail: {item: ?}  # 2 times, first at a.csv:3
    Room: {item: ?}  # once, first at a.csv:5
""".strip("\n")
    )


def test_with_verbose_every_document_is_told(tmp_path: Path) -> None:
    checked = narrow(read(tmp_path, MAPPING, FILES), Selection())
    stream = io.StringIO()
    console = Console(file=stream, width=200, markup=False, emoji=False, highlight=False)
    console.print(check_text(checked, verbose=True))
    told = stream.getvalue()
    assert [told.count(f"[{code}]") for code in ("DOC003", "DOC005", "CHK015")] == [1, 3, 2]


def test_words_that_are_taken_by_their_own_names_stand_on_lines_of_their_own(
    tmp_path: Path,
) -> None:
    text = MAPPING.replace("accounting: {", "accounting: {unmapped: {item: create}, ")
    checked = narrow(read(tmp_path, text, FILES), Selection())
    stream = io.StringIO()
    console = Console(file=stream, width=100, markup=False, emoji=False, highlight=False)
    console.print(check_text(checked, verbose=False))
    lines = stream.getvalue().replace(f"{tmp_path}/", "").splitlines()
    assert [line.strip() for line in lines if line.startswith("  item")] == [
        "item 'Mail'  (2 times, first at a.csv:3)",
        "item 'Room'  (once, first at a.csv:5)",
    ]
