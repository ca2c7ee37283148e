from __future__ import annotations

import datetime as dt

import pytest

from acctsync.cli.choosing import wanted
from acctsync.documents import Kind
from acctsync.errors import InputRefused
from acctsync.plan.selection import Selection

TODAY = dt.date(2025, 1, 15)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_a_month_is_its_first_to_its_last_day() -> None:
    february = wanted(month="2024-02").selection(TODAY)
    assert february == Selection(since=day("2024-02-01"), until=day("2024-02-29"))


def test_last_month_reaches_over_the_turn_of_the_year() -> None:
    december = wanted(last_month=True).selection(TODAY)
    assert december == Selection(since=day("2024-12-01"), until=day("2024-12-31"))


def test_since_and_until_are_inclusive_days() -> None:
    chosen = wanted(since="2025-01-01", until="2025-01-01").selection(TODAY)
    assert chosen == Selection(since=day("2025-01-01"), until=day("2025-01-01"))


def test_kinds_come_with_commas_or_repeated_and_with_dashes_or_underscores() -> None:
    chosen = wanted(only=["invoices, credit-notes", "refunds"]).selection(TODAY)
    assert chosen.kinds == {Kind.INVOICES, Kind.CREDIT_NOTES, Kind.REFUNDS}


@pytest.mark.parametrize(
    "flags",
    [
        {"since": "2025-02-30"},
        {"since": "20250201"},
        {"until": "yesterday"},
        {"month": "2025-13"},
        {"month": "9999-12"},
        {"month": "2025-1"},
        {"since": "2025-02-01", "until": "2025-01-01"},
        {"month": "2025-01", "last_month": True},
        {"month": "2025-01", "since": "2025-01-01"},
        {"only": ["invoice"]},
    ],
)
def test_dates_and_kinds_that_mean_nothing_are_refused(flags: dict[str, object]) -> None:
    with pytest.raises(InputRefused):
        wanted(**flags).selection(TODAY)  # type: ignore[arg-type]
