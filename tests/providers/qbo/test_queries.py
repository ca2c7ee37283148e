from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.providers.qbo.queries import (
    PATH_MOST,
    as_url,
    askable,
    chunks,
    ids_in,
    page_of,
    quoted,
    values_in,
)
from acctsync.simulator.queries import parse


def test_the_statements_are_these() -> None:
    assert values_in("Invoice", "DocNumber", ["A-1", "O'B", "A-1"]) == (
        "SELECT * FROM Invoice WHERE DocNumber IN ('A-1','O\\'B') MAXRESULTS 1000"
    )
    assert ids_in("Customer", ["1", "2"], inactive=True) == (
        "SELECT * FROM Customer WHERE Id IN ('1','2') AND Active IN (true,false) MAXRESULTS 1000"
    )
    assert page_of("Item", 1001, inactive=True) == (
        "SELECT * FROM Item WHERE Active IN (true,false) ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000"
    )
    assert page_of("TaxCode", 1, inactive=False) == (
        "SELECT * FROM TaxCode ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000"
    )


@given(st.lists(st.text(min_size=1).filter(askable), min_size=1, max_size=20))
def test_no_value_leaves_its_quotes(values: list[str]) -> None:
    query = parse(values_in("Invoice", "DocNumber", values), "2025-03-01")

    wanted = tuple("" if value == " " else value for value in dict.fromkeys(values))
    assert [condition.values for condition in query.conditions] == [wanted]


def heard(statement: str) -> str:
    """Give a statement as it arrives: in the address where it fits, else as a body."""
    address = as_url(statement)
    if address is None:
        return statement.encode().decode()
    (arrived,) = parse_qs(urlsplit(address).query, strict_parsing=True)["query"]
    return arrived


TRICKY = st.text(alphabet="'\\\"()%,;=&+#? \u2019\u02bc\uff07aSELECT*-/", min_size=1, max_size=30)


@given(st.lists(TRICKY | st.text(min_size=1, max_size=60), min_size=1, max_size=8))
def test_any_text_is_asked_for_as_itself_or_not_at_all(values: list[str]) -> None:
    asked = [value for value in values if askable(value)]
    for value in set(values) - set(asked):
        with pytest.raises(ValueError, match="control characters"):
            values_in("Customer", "DisplayName", [value])
    if not asked:
        return
    query = parse(heard(values_in("Customer", "DisplayName", asked)), "2025-03-01")

    wanted = tuple("" if value == " " else value for value in dict.fromkeys(asked))
    assert (query.kind, query.most) == ("Customer", 1000)
    assert [(each.path, each.values) for each in query.conditions] == [("DisplayName", wanted)]


@pytest.mark.parametrize(
    "value",
    [
        "x' OR Id > '0",
        "x') OR ('1' = '1",
        "x\\' OR Active IN (true,false)",
        "x\\\\' MAXRESULTS 1 STARTPOSITION 9 '",
        "'; DELETE FROM Invoice; --",
        "x&query=SELECT * FROM Employee",
        "%27 OR Id > %270",
    ],
)
def test_what_tries_to_leave_its_quotes_is_only_a_strange_name(value: str) -> None:
    (condition,) = parse(heard(values_in("Invoice", "DocNumber", [value])), "2025-03-01").conditions
    assert condition.values == (value,)


@pytest.mark.parametrize("value", ["", "a\nb", "a\x00", "a\u200bb", "a\u2028b"])
def test_control_characters_are_never_asked_for(value: str) -> None:
    assert not askable(value)
    with pytest.raises(ValueError, match="control characters"):
        quoted(value)


def test_a_short_statement_goes_into_the_address_and_a_long_one_does_not() -> None:
    statement = values_in("Invoice", "DocNumber", ["a&b=c #1"])
    path = as_url(statement)

    assert path is not None
    assert parse_qs(urlsplit(path).query) == {"query": [statement]}
    assert (
        as_url(values_in("Invoice", "DocNumber", ["é" * 21 + str(n) for n in range(200)])) is None
    )
    usual = as_url(values_in("Invoice", "DocNumber", [f"CW-{n}" for n in range(10_000, 10_340)]))
    assert usual is not None
    assert len(usual) < PATH_MOST


def test_what_is_asked_for_is_cut_into_statements() -> None:
    assert [len(part) for part in chunks(range(401))] == [340, 61]
    assert chunks([]) == []
