from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.providers.encoding import decode, encode

AMOUNTS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14, places=7
)
VALUES = st.recursive(
    st.text() | AMOUNTS | st.booleans(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["Line", "Amount", "Id"]), inner)
    ),
)


@given(VALUES)
def test_whatever_is_written_reads_back_exactly(value: object) -> None:
    body = encode({"value": value})

    assert json.loads(body, parse_float=Decimal, parse_int=Decimal) == {"value": value}


def test_numbers_are_written_digit_by_digit_and_short() -> None:
    values = [
        Decimal(text)
        for text in ("100.00", "0.10", "1E+3", "1E-7", "-12.50", "99999999999999.99", "0.00")
    ]

    assert encode({"a": values}) == b'{"a":[100,0.1,1000,0.0000001,-12.5,99999999999999.99,0]}'


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_what_is_no_amount_is_never_written(number: str) -> None:
    with pytest.raises(TypeError):
        encode({"a": Decimal(number)})


@pytest.mark.parametrize("value", [1.5, None, 7, b"x"])
def test_floats_and_other_things_are_no_values(value: object) -> None:
    with pytest.raises(KeyError):
        encode({"a": value})


def test_numbers_come_in_as_exact_decimals() -> None:
    assert decode(b'{"a":100.10}') == {"a": Decimal("100.10")}


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a":NaN}', b'{"a":Infinity}', b"\xff\xfe", b"<html>"]
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library's own
        decode(body)
