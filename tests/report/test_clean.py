from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.report.clean import LIMIT, clean


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("Acme Ltd", "Acme Ltd"),
        ("Núñez & Søns 東京", "Núñez & Søns 東京"),
        ("\x1b[2J\x1b]8;;http://evil\x07link", "\\x1b[2J\\x1b]8;;http://evil\\x07link"),
        ("\x9b31mred", "\\x9b31mred"),
        ("invoice\u202e0001", "invoice\\u202e0001"),
        ("a\u200bb\ufeffc", "a\\u200bb\\ufeffc"),
        ("line\nline\ttab\u2028", "line\\nline\\ttab\\u2028"),
        ("[bold red]no markup[/oops]", "[bold red]no markup[/oops]"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_what_could_move_a_terminal_becomes_visible(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


@given(st.text(max_size=700))
def test_cleaned_text_is_short_and_holds_nothing_active(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= LIMIT
    assert {unicodedata.category(each) for each in cleaned} & {
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
    } == set()


def test_long_text_is_cut_with_a_mark() -> None:
    assert clean("x" * 501) == "x" * 499 + "…"
    assert clean("x" * 500) == "x" * 500
