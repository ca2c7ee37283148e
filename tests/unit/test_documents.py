from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.documents import Document, Reference, Tax, digest, fingerprint
from acctsync.errors import Location
from acctsync.money import Money
from tests.builders import (
    DAY,
    a_customer,
    a_line,
    a_payment,
    a_refund,
    an_allocation,
    an_invoice,
)

# Fingerprints are kept in people's state: a new one for an old document updates all of their books.
KEPT: list[tuple[Document, str]] = [
    (a_customer(), "f95b69b77833c434761fac2c451e1178"),
    (an_invoice(), "fe242e3ab92f52285c527d5676d2e5dd"),
    (a_payment(), "27b72439af9eebaedaa3aaad3d782cae"),
    (a_refund(), "1edef07ad13131d71ad3ac0d262a0ece"),
]


@pytest.mark.parametrize(("document", "kept"), KEPT)
def test_fingerprints_stay_what_earlier_versions_made_them(document: Document, kept: str) -> None:
    assert fingerprint(document) == kept


def test_the_place_in_the_export_does_not_count() -> None:
    there = an_invoice(place=Location("invoices.csv", 9))
    assert (fingerprint(there), there) == (fingerprint(an_invoice()), an_invoice())


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**11), max_value=10**11, places=6
    )
)
def test_an_amount_counts_by_its_worth_not_by_how_it_is_written(amount: Decimal) -> None:
    written = [an_invoice(total=each) for each in (f"{amount}", f"{amount}000", f"{amount:E}")]
    assert len({fingerprint(replace(each, lines=())) for each in written}) == 1


@given(st.integers(-(10**13), 10**13), st.integers(-(10**13), 10**13))
def test_different_cents_have_different_fingerprints(one: int, other: int) -> None:
    marks = [fingerprint(an_invoice(f"{each}e-2")) for each in (one, other)]
    assert (marks[0] == marks[1]) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (a_line(item=Reference(name="7")), a_line(item=Reference(id="7"))),
        (a_line(description="a", category="b"), a_line(description="b", category="a")),
        (a_line(tax_amount=None), a_line(tax_amount=Decimal(0))),
        (a_line(taxes=(Tax(name="A"), Tax(name="B"))), a_line(taxes=(Tax(name="AB"),))),
        (
            an_invoice(lines=(a_line("1"), a_line("2"))),
            an_invoice(lines=(a_line("2"), a_line("1"))),
        ),
        (an_invoice(due_date=DAY), an_invoice(expires=DAY)),
        (a_payment(), a_payment(allocations=(an_allocation(), an_allocation()))),
    ],
)
def test_what_differs_has_another_fingerprint(one: Document, other: Document) -> None:
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}),
        ({"a": "é"}, {"a": "\u00e9"}),
    ],
)
def test_a_digest_does_not_depend_on_the_order_of_keys(one: object, other: object) -> None:
    assert digest(one) == digest(other)
    assert len(digest(one)) == 32


@pytest.mark.parametrize("document", [an_invoice(), a_payment(), a_refund()])
def test_a_document_tells_its_kind_and_its_money(document: Document) -> None:
    assert document.kind is document.ref.kind
    assert getattr(document, "money", None) == Money(Decimal("100.00"), "USD")


def test_documents_go_by_the_number_a_bookkeeper_knows() -> None:
    numbers = [each.number for each in (a_customer(), an_invoice(), a_payment(), a_refund())]
    assert numbers == ["Ada Ltd", "INV-1001", "P1", "R1"]
    assert a_customer().kind is a_customer().ref.kind


def test_a_reference_is_said_by_name_or_by_id() -> None:
    assert [str(Reference(name="Work")), str(Reference(id="7"))] == ["Work", "id 7"]


def test_a_lines_gross_amount_is_before_its_discount() -> None:
    assert a_line("90.00", discount=Decimal("10.00")).gross_amount == Decimal("100.00")
