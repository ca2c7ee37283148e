from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.documents import DocumentRef, Kind
from acctsync.providers.qbo.text import (
    NOTE_MOST,
    NUMBER_MOST,
    display_name,
    email_fits,
    folded,
    foreign,
    free_text,
    has_control,
    redated_note,
    short_number,
    stamped_note,
)
from acctsync.providers.stamps import real_date, stamp, stamped_id, unstamped

MARCH = dt.date(2025, 3, 31)
ANY_ID = st.text(st.characters(), min_size=1, max_size=400)


def test_the_stamp_has_one_exact_form() -> None:
    assert stamp(Kind.INVOICES, "CW-10241") == "[acctsync invoices/CW-10241]"
    assert stamp(Kind.PAYMENTS, "a b]é") == "[acctsync payments/a%20b%5D%C3%A9]"


@given(ANY_ID, st.text(max_size=5000), st.booleans())
def test_any_id_comes_back_out_of_any_note(source_id: str, note: str, latin_only: bool) -> None:
    ref = DocumentRef(Kind.PAYMENTS, "export", source_id)
    whole = stamped_note(note, ref, latin_only=latin_only)

    assert stamped_id(whole, Kind.PAYMENTS) == source_id
    assert len(whole) <= NOTE_MOST


def test_a_stamp_that_the_export_brings_along_does_not_count() -> None:
    ref = DocumentRef(Kind.INVOICES, "export", "2")
    note = stamped_note("copied [acctsync invoices/1] text", ref, latin_only=True)

    assert note == "copied  text [acctsync invoices/2]"
    assert stamped_id(note, Kind.PAYMENTS) == ""


def test_the_stamp_of_a_voided_document_is_still_read() -> None:
    assert stamped_id("Voided - thanks [acctsync invoices/7]", Kind.INVOICES) == "7"


@given(st.text(max_size=60))
def test_a_short_number_always_fits_and_never_changes(source_id: str) -> None:
    number = short_number(source_id)

    assert len(number) <= NUMBER_MOST
    assert number == short_number(source_id)
    assert number.isascii()


def test_an_id_that_fits_is_its_own_number() -> None:
    assert short_number("pay_1") == "pay_1"
    assert short_number("x" * 21) == "x" * 21
    assert short_number("x" * 22) == "A-EC4A4FCD915A7672085"


@pytest.mark.parametrize(
    ("text", "latin_only", "fits"),
    [
        ("Größe – “neu”…", True, 'Größe - "neu"...'),
        ("Größe – “neu”…", False, "Größe – “neu”…"),
        ("5 € 漢字 🎉", True, "5 EUR ?? ?"),
        ("5 € 漢字 🎉", False, "5 € 漢字 🎉"),
        ("a\x00b\x1bc\x9bd", True, "abcd"),
        ("line\r\nline\ttab", True, "line\nline\ttab"),
        ("  spaced  ", True, "spaced"),
        ("x" * 11, True, "xxxxxxx..."),
    ],
)
def test_free_text_is_made_to_fit(text: str, latin_only: bool, fits: str) -> None:
    assert free_text(text, 10 if text[0] == "x" else 100, latin_only=latin_only) == fits


@given(st.text(max_size=300))
def test_free_text_of_a_us_company_is_latin_without_control_characters(text: str) -> None:
    made = free_text(text, 100, latin_only=True)

    assert len(made) <= 100
    made.encode("latin-1")
    assert not any(char < " " and char not in "\n\t\r" for char in made)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Acme: Boston", "Acme- Boston"),
        (" Two  spaces\tand\nbreaks ", "Two spaces and breaks"),
        ("Zero\u200bwidth", "Zerowidth"),
        ("O’Brien", "O'Brien"),
        ("Cafe\u0301", "Café"),
    ],
)
def test_a_name_is_written_as_quickbooks_takes_it(name: str, written: str) -> None:
    assert display_name(name, latin_only=True) == written
    assert folded(name) == folded(written)


def test_what_latin_letters_can_t_say_is_listed_once() -> None:
    assert foreign("日本 日本 – ok") == "日本"


@pytest.mark.parametrize(
    ("email", "fits"),
    [
        ("a@b.co", True),
        ("first.last+tag@sub.example.com", True),
        ("a@b", False),
        ("a b@c.de", False),
        ("a@b.co,c@d.co", False),
        ("", False),
        ("ä@b.co", False),
        ("x" * 95 + "@b.com", False),
    ],
)
def test_only_one_plain_address_fits(email: str, fits: bool) -> None:
    assert email_fits(email) is fits


def test_invisible_characters_in_numbers_are_seen() -> None:
    assert [has_control(text) for text in ("CW-1", "CW\n1", "CW\u200b1", "CW\u202e1")] == [
        False,
        True,
        True,
        True,
    ]


@given(st.text(st.characters(), max_size=100), st.booleans())
def test_half_characters_never_reach_the_wire(text: str, latin_only: bool) -> None:
    for made in (
        free_text(text, 50, latin_only=latin_only),
        display_name(text, latin_only=latin_only),
        stamp(Kind.INVOICES, text),
        short_number(text),
    ):
        made.encode()


@given(note=st.text(max_size=200), source_id=st.text(min_size=1, max_size=20))
def test_the_real_date_comes_back_out_of_any_note_and_leaves_it_as_it_was(
    note: str, source_id: str
) -> None:
    ref = DocumentRef(Kind.INVOICES, "source", source_id)
    stamped = stamped_note(note, ref, latin_only=True)
    redated = redated_note(stamped, dt.date(2025, 3, 31))
    assert real_date(redated) == dt.date(2025, 3, 31)
    assert real_date(stamped) is None
    assert stamped_id(redated, Kind.INVOICES) == stamped_id(stamped, Kind.INVOICES)
    assert unstamped(redated) == unstamped(stamped)
    assert len(redated_note(stamped_note("x" * 5000, ref, latin_only=True), MARCH)) <= NOTE_MOST


def test_a_voided_or_damaged_note_still_tells_what_it_can() -> None:
    assert real_date("Voided - x [date 2025-03-31] [acctsync invoices/I-1]") == MARCH
    assert real_date("[date 2025-13-31] [acctsync invoices/I-1]") is None
    assert real_date("as of [date 2025-03-31]") is None, "it is no word of ours"
