"""The table that the docs show says of each figure whether its goal is met, and how it compares."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from benchmarks.business import Business, change_one
from benchmarks.figures import Figure
from benchmarks.table import rows, write

CALLS = Figure(what="write calls", unit="calls", ours=34, theirs={"a": 34, "b": 68}, most=34)
SLOW = Figure(what="work", unit="s CPU", ours=15.0, theirs={"csv.reader": 2.0}, most_times=6)
PACED = Figure(what="calls", unit="%", ours=94.4, least=95)
PLAIN = Figure(what="seconds", unit="s", ours=1.234)


def test_a_figure_is_compared_with_the_best_of_the_others_and_with_its_goal() -> None:
    _, *told = rows([CALLS, SLOW, PACED, PLAIN])

    assert told == [
        ("write calls", "calls", "34", "a 34, b 68", "1.00", "≤ 34", "yes"),
        ("work", "s CPU", "15", "csv.reader 2", "7.50", "≤ 6 ×", "**no**"),
        ("calls", "%", "94.4", "", "", "≥ 95", "**no**"),
        ("seconds", "s", "1.23", "", "", "", ""),
    ]


def test_the_docs_show_what_the_data_say(tmp_path: Path) -> None:
    write(tmp_path, [CALLS], {"processor": "one"})

    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    kept = json.loads((tmp_path / "benchmarks.json").read_text(encoding="utf-8"))
    assert "| write calls | calls | 34 | a 34, b 68 | 1.00 | ≤ 34 | yes |" in page
    assert "- processor: one" in page
    assert kept["about"] == {"processor": "one"}
    assert [(each["ours"], each["ratio"], each["met"]) for each in kept["figures"]] == [
        (34, 1.0, True)
    ]


def test_a_goal_that_is_missed_says_why_and_what_comes_next(tmp_path: Path) -> None:
    missed = [replace(SLOW, why="too slow; next: less"), replace(PACED, why="too slow; next: less")]
    write(tmp_path, [CALLS, *missed], {"processor": "one"})

    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    told = page.partition("## Goals that are missed\n\n")[2].partition("\n\n")[0]
    assert told == "- work (s CPU); calls (%): too slow; next: less"


def test_one_quantity_of_one_invoice_is_what_changes(tmp_path: Path) -> None:
    Business(system="qbo", invoices=9).write(tmp_path)
    before = (tmp_path / "billed.csv").read_text(encoding="utf-8").splitlines()
    change_one(tmp_path)
    after = (tmp_path / "billed.csv").read_text(encoding="utf-8").splitlines()

    assert len(before) == 1 + 9 * 3
    assert [(old, new) for old, new in zip(before, after, strict=True) if old != new] == [
        (
            "INV-0000004,Member 000004,2025-03-05,Room,3,12.35",
            "INV-0000004,Member 000004,2025-03-05,Room,4,12.35",
        )
    ]
