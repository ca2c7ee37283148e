from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.report.sheet import Figure, sheet


def cell(text: str) -> str:
    ((found,),) = list(csv.reader(io.StringIO(sheet(["x"], [[text]]))))[1:]
    return found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Acme, Inc.", "Acme, Inc."),
        ('say "hi"', 'say "hi"'),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("\t=1+1", "'\\t=1+1"),
        ("\r=1+1", "'\\r=1+1"),
        ("two\nlines", "two\\nlines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u202eeno", "\\u202eeno"),
        ("a=b", "a=b"),
        ("'quoted", "'quoted"),
    ],
)
def test_text_is_shown_as_it_is_but_never_as_a_formula_or_command(text: str, shown: str) -> None:
    assert cell(text) == shown


def test_a_figure_stays_a_figure() -> None:
    assert cell(Figure("-12.50")) == "-12.50"


def test_a_table_has_its_header_and_plain_line_ends() -> None:
    assert sheet(["a", "b"], [["1", "x,y"], ["", ""]]) == 'a,b\n1,"x,y"\n,\n'
    assert sheet(["a", "b"], []) == "a,b\n"


@given(st.text())
def test_no_text_at_all_starts_a_formula(text: str) -> None:
    table = list(csv.reader(io.StringIO(sheet(["a", "b"], [["x", text]]))))
    assert len(table) == 2
    assert not table[1][1].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
