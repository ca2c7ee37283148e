"""Days are read as declared, to the day in the books' zone, and never guessed."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.dates import NAMED_STYLES, DayReader, NotADay, no_day, similar_zone, style, zone

NEW_YORK = zone("America/New_York")


def reader(
    *styles: str, source: str = "America/New_York", months: tuple[str, ...] = ()
) -> DayReader:
    names = {"month_names": months} if months else {}
    return DayReader(styles, source_zone=zone(source), books_zone=NEW_YORK, **names)


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        ("YYYY-MM-DD", "2025-03-01", "2025-03-01"),
        ("MM/DD/YYYY", "03/04/2025", "2025-03-04"),
        ("DD/MM/YYYY", "03/04/2025", "2025-04-03"),
        ("D.M.YY", "3.4.25", "2025-04-03"),
        ("MMM D YYYY", "Jan 28 2021", "2021-01-28"),
        ("DD/MMM/YYYY", "16/Jul/2023", "2023-07-16"),
        ("MMMM D, YYYY", "September 3, 2024", "2024-09-03"),
        ("MM/DD/YYYY hh:mm A", "03/01/2025 12:04 AM", "2025-03-01"),
        ("MM/DD/YYYY h:mm:ss a", "03/01/2025 2:30:00 pm", "2025-03-01"),
        ("YYYY-MM-DD HH:mm:ss Z", "2025-03-01 01:15:00 +0500", "2025-02-28"),
        ("YYYY-MM-DDTHH:mm:ss.SSSZ", "2025-03-01T00:00:00.000Z", "2025-02-28"),
        ("MM/DD/YYYY HH:mm:ss Z", "03/01/2025 23:30:00 PST", "2025-03-02"),
        ("[on] DD.MM.YYYY", "on 01.03.2025", "2025-03-01"),
        ("iso", "2025-03-01", "2025-03-01"),
        ("iso", "2025-03-01T03:00:00Z", "2025-02-28"),
        ("iso", "2025-03-01 23:59", "2025-03-01"),
        ("iso_day", "2025-03-01T00:00:00.000Z", "2025-03-01"),
        ("epoch_seconds", "1740800000", "2025-02-28"),
        ("epoch_ms", "1740800000000", "2025-02-28"),
        ("excel_serial", "45384.34789", "2024-04-02"),
    ],
)
def test_a_day_is_read(form: str, text: str, day: str) -> None:
    assert reader(form).day(text) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("YYYY-MM-DD", "2025-3-1"),
        ("YYYY-MM-DD", "2025-02-30"),
        ("YYYY-MM-DD", "2025-03-01 "),
        ("YYYY-MM-DD", "２０２５-03-01"),
        ("MM/DD/YYYY", "13/01/2025"),
        ("MM/DD/YYYY", "03/04/25"),
        ("MMM D YYYY", "Foo 28 2021"),
        ("MM/DD/YYYY hh:mm A", "03/01/2025 13:04 AM"),
        ("YYYY-MM-DD HH:mm", "2025-03-01 24:00"),
        ("iso", "today"),
        ("epoch_seconds", "1740800000.5"),
        ("epoch_seconds", "999999999999999"),
        ("excel_serial", "0"),
        ("excel_serial", "9999999"),
        ("MM/DD/YYYY HH:mm Z", "03/01/2025 10:00 XYZ"),
    ],
)
def test_what_is_not_written_so_is_refused(form: str, text: str) -> None:
    with pytest.raises(NotADay):
        reader(form).day(text)


def test_a_day_that_fits_two_formats_differently_is_refused() -> None:
    both = reader("DD/MM/YYYY", "MM/DD/YYYY")
    assert both.day("25/03/2025") == dt.date(2025, 3, 25)
    assert both.day("03/03/2025") == dt.date(2025, 3, 3)
    with pytest.raises(NotADay, match=r"2025-04-03 .* or 2025-03-04"):
        both.day("03/04/2025")


def test_a_clock_time_is_one_of_the_sources_zone() -> None:
    assert reader("YYYY-MM-DD HH:mm", source="Asia/Tokyo").day("2025-03-02 09:00") == dt.date(
        2025, 3, 1
    )


def test_months_can_have_other_names() -> None:
    french = (
        "janv",
        "févr",
        "mars",
        "avr",
        "mai",
        "juin",
        "juil",
        "août",
        "sept",
        "oct",
        "nov",
        "déc",
    )
    assert reader("D MMM YYYY", months=french).day("1 Août 2025") == dt.date(2025, 8, 1)


@pytest.mark.parametrize(
    "form", ["YYYY-MM", "DD/MM", "YYYY-MM-DD foo", "YYYY-MM-DD DD", "", "strftime %Y"]
)
def test_an_unknown_format_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        style(form)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("EST5", "America/New_York"),
        ("America/NewYork", "America/New_York"),
        ("new york", "America/New_York"),
        ("Pacific", "America/Los_Angeles"),
        ("xyzzy", ""),
    ],
)
def test_an_unknown_zone_brings_the_one_that_was_meant(name: str, meant: str) -> None:
    assert similar_zone(name) == meant
    with pytest.raises(ValueError, match=f"^{meant}$"):
        zone(name)


def test_the_zero_date_is_no_day() -> None:
    assert (no_day("0000-00-00"), no_day("0000-00-00 00:00:00"), no_day("2025-00-00")) == (
        True,
        True,
        False,
    )


@given(
    st.text(alphabet=st.sampled_from("0123456789-/:. TZ+APMJanr²９\n"), max_size=30)
    | st.text(max_size=20),
    st.sampled_from([*NAMED_STYLES, "MM/DD/YYYY hh:mm A", "YYYY-MM-DDTHH:mm:ssZ", "D MMM YY"]),
)
def test_any_text_is_a_day_or_refused(text: str, form: str) -> None:
    with suppress(NotADay):
        assert isinstance(reader(form).day(text), dt.date)


@given(st.dates(dt.date(1900, 1, 1), dt.date(9998, 12, 31)))
def test_every_day_is_read_back(day: dt.date) -> None:
    assert reader("DD.MM.YYYY").day(f"{day.day:02}.{day.month:02}.{day.year:04}") == day


@given(st.text(max_size=20))
def test_any_text_is_a_format_or_refused(text: str) -> None:
    with suppress(ValueError):
        style(text)("2025-03-01")
