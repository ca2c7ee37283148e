from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.providers.retry import (
    PATIENCE,
    THROTTLED_SECONDS,
    Failure,
    retry_after_seconds,
    wait_before,
)

NOW = dt.datetime(2025, 3, 1, 12, 0, 0, tzinfo=dt.UTC)


def wait(
    attempt: int, failure: Failure, elapsed: float = 0.0, retry_after: float = 60.0
) -> float | None:
    return wait_before(
        attempt, failure, elapsed=elapsed, retry_after=retry_after, random=lambda: 0.5
    )


def test_broken_reads_wait_longer_each_time() -> None:
    assert [wait(n, Failure.BROKEN) for n in range(1, 6)] == [1.0, 2.0, 4.0, 8.0, None]


def test_throttled_reads_wait_what_the_vendor_says() -> None:
    assert wait(1, Failure.THROTTLED, retry_after=17.0) == 17.0


def test_the_time_bound_holds_as_well_as_the_number_of_tries() -> None:
    assert wait(1, Failure.THROTTLED, elapsed=PATIENCE.seconds - 10) is None
    assert wait(1, Failure.BROKEN, elapsed=PATIENCE.seconds) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 60.0),
        ("0", 0.0),
        ("7", 7.0),
        (" 30 ", 30.0),
        ("86400", 86400.0),
        ("86401", 60.0),
        ("99999999999999999999", 60.0),
        ("-5", 60.0),
        ("1.5", 60.0),
        ("soon", 60.0),
        ("٣", 60.0),
        ("Sat, 01 Mar 2025 12:02:00 GMT", 120.0),
        ("Sat, 01 Mar 2025 11:59:00 GMT", 60.0),
        ("Sat, 01 Mar 2035 12:00:00 GMT", 60.0),
        ("Sat, 99 Mar 2025 12:02:00 GMT", 60.0),
    ],
)
def test_retry_after_is_heeded_where_it_makes_sense(header: str, seconds: float) -> None:
    assert retry_after_seconds(header, NOW) == seconds


@given(st.text(max_size=60))
def test_no_header_breaks_the_reader(header: str) -> None:
    assert 0 <= retry_after_seconds(header, NOW) <= 86_400
    assert retry_after_seconds("", NOW) == THROTTLED_SECONDS
