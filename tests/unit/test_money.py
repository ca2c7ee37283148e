"""Numbers are read in one declared style, with the document's own currency, and never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.money import (
    MINOR_UNITS,
    NUMBER_STYLES,
    NotANumber,
    NumberReader,
    allocate,
    known_currency,
    similar_currency,
)


@pytest.mark.parametrize(
    ("form", "currency", "text", "amount"),
    [
        ("1,234.50", "USD", "1,234.50", "1234.50"),
        ("1,234.50", "USD", "1234.5", "1234.5"),
        ("1,234.50", "USD", "1,234,567", "1234567"),
        ("1,234.50", "USD", "$13.50 ", "13.50"),
        ("1,234.50", "USD", "($400.00)", "-400.00"),
        ("1,234.50", "USD", "$(400.00)", "-400.00"),
        ("1,234.50", "USD", "-$45.00", "-45.00"),
        ("1,234.50", "USD", "$-142.85", "-142.85"),
        ("1,234.50", "USD", "\u22125", "-5"),
        ("1,234.50", "USD", "5.00-", "-5.00"),
        ("1,234.50", "USD", "+5", "5"),
        ("1,234.50", "USD", "usd 5", "5"),
        ("1,234.50", "USD", "US$ 5", "5"),
        ("1,234.50", "USD", ".50", "0.50"),
        ("1,234.50", "CAD", "CA$1,000.00", "1000.00"),
        ("1234.50", "USD", "10.00000000", "10.00000000"),
        ("1.234,50", "EUR", "1.234,50 €", "1234.50"),
        ("1 234,50", "CAD", "1\u00a0234,50 $", "1234.50"),
        ("1 234,50", "CAD", "1\u202f234\u202f567,00", "1234567.00"),
        ("1'234.50", "CHF", "CHF 1'234.50", "1234.50"),
        ("1'234.50", "CHF", "1\u2019234.50", "1234.50"),
        ("1234,50", "EUR", "399,00", "399.00"),
        (MINOR_UNITS, "USD", "22500", "225.00"),
        (MINOR_UNITS, "JPY", "3850", "3850"),
        (MINOR_UNITS, "KWD", "-1234", "-1.234"),
    ],
)
def test_an_amount_is_read(form: str, currency: str, text: str, amount: str) -> None:
    value = NumberReader(form).amount(text, currency)
    assert str(value) == amount


@pytest.mark.parametrize(
    ("form", "text", "why"),
    [
        ("1,234.50", "1.234,50", "is not written like 1,234.50"),
        ("1,234.50", "12,34", "is not written like"),
        ("1,234.50", "1,2345", "is not written like"),
        ("1234.50", "1,234.50", "is not written like"),
        ("1 234,50", "1 234\u00a0567,00", "is not written like"),
        ("1,234.50", "-(5.00)", "has two signs"),
        ("1,234.50", "--5", "has two signs"),
        ("1,234.50", "(5.00", "is not written like"),
        ("1,234.50", "€5.00", "has €, which is no USD"),
        ("1,234.50", "5.00 CAD", "is in CAD, not USD"),
        ("1,234.50", "1e5", "is not written like"),
        ("1,234.50", "1_000", "is not written like"),
        ("1,234.50", "٣", "is not written like"),
        ("1,234.50", "²", "is not written like"),
        ("1,234.50", "Infinity", "is not written like"),
        ("1,234.50", "NaN", "is not written like"),
        ("1,234.50", "5.", "is not written like"),
        ("1,234.50", "", "is not written like"),
        ("1,234.50", "&#36;35.00", "is not written like"),
        ("1,234.50", "100,000,000,000.00", "is more than the books can hold"),
        (MINOR_UNITS, "225.00", "is no whole number of minor units"),
        (MINOR_UNITS, "12.5", "is no whole number of minor units"),
    ],
)
def test_what_is_not_written_so_is_refused(form: str, text: str, why: str) -> None:
    with pytest.raises(NotANumber, match=why):
        NumberReader(form).amount(text, "USD")


def test_a_price_may_be_finer_than_a_cent() -> None:
    assert NumberReader(MINOR_UNITS).price("0.5", "USD") == Decimal("0.005")


def test_what_was_read_once_is_read_the_same_again_in_each_currency() -> None:
    reader = NumberReader(MINOR_UNITS)
    assert [reader.amount("100", currency) for currency in ("USD", "JPY", "USD")] == [1, 100, 1]


@given(
    st.text(alphabet="0123456789.,' -+()$€e\u00a0_²٣INFnaUSD", max_size=15) | st.text(max_size=12),
    st.sampled_from(NUMBER_STYLES),
    st.sampled_from(["USD", "JPY", "EUR", "KWD"]),
)
def test_any_text_is_a_finite_number_or_refused(text: str, form: str, currency: str) -> None:
    try:
        value = NumberReader(form).amount(text, currency)
    except NotANumber:
        return
    assert value.is_finite()
    assert any(letter in "0123456789" for letter in text)


@given(st.decimals(-99_999_999, 99_999_999, places=2))
def test_every_amount_is_read_back_with_and_without_symbol(amount: Decimal) -> None:
    reader = NumberReader("1,234.50")
    assert reader.amount(f"{amount:,}", "USD") == amount
    assert reader.amount(f"${amount:,}", "USD") == amount


@given(
    st.lists(st.decimals(0, 10_000, places=2), min_size=1, max_size=8).filter(any),
    st.decimals(0, 10_000, places=2),
)
def test_shares_add_up_to_the_whole(weights: list[Decimal], total: Decimal) -> None:
    shares = allocate(total, weights, "USD")
    assert sum(shares) == total
    assert all(
        abs(share - total * weight / sum(weights)) < Decimal("0.02")
        for share, weight in zip(shares, weights, strict=True)
    )


@pytest.mark.parametrize(
    ("text", "code", "meant"),
    [("usd", "USD", "USD"), ("UDS", None, "USD"), ("EURO", None, "EUR"), ("", None, "")],
)
def test_currencies_are_told_by_code(text: str, code: str | None, meant: str) -> None:
    assert known_currency(text) == code
    assert similar_currency(text) == meant or code is not None
