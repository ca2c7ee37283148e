"""What a document's lines become, and that Xero comes to the total that was billed."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acctsync.documents import Invoice, Kind, Line, Reference, TaxTreatment
from acctsync.providers.encoding import encode
from acctsync.providers.xero.lines import line_fields, total
from acctsync.providers.xero.review import review
from acctsync.simulator.encoding import load
from acctsync.simulator.xero.hosts import Xero
from acctsync.simulator.xero.lines import Terms, priced, totals
from acctsync.simulator.xero.resource import Reply
from tests.providers.qbo.builders import an_invoice
from tests.providers.xero.builders import KnownRefs, a_line
from tests.providers.xero.desk import ORGANISATION

D = Decimal
EXCLUSIVE, INCLUSIVE, NONE = TaxTreatment.EXCLUSIVE, TaxTreatment.INCLUSIVE, TaxTreatment.NONE


@cache
def organisation() -> Any:
    return Xero.open(ORGANISATION, time.time, limits=False).books


def in_xero(form: Invoice) -> Decimal:
    """Tell what the simulated organisation comes to for a form's lines."""
    made = load(encode(line_fields(form, KnownRefs())))
    terms = Terms(sale=True, amounts=made["LineAmountTypes"])
    lines = priced(organisation(), made["LineItems"], terms, Reply(4))
    return totals(lines, made["LineAmountTypes"]).total


def rows(form: Invoice) -> list[Any]:
    made = json.loads(encode(line_fields(form, KnownRefs())))
    assert isinstance(made["LineItems"], list)
    return made["LineItems"]


def test_quantity_and_price_go_over_where_they_multiply_exactly() -> None:
    line = a_line("37.50", quantity=D("2.5"), unit_price=D("15.00"), description="Desk")
    assert rows(an_invoice(line)) == [
        {
            "Description": "Desk",
            "Quantity": 2.5,
            "UnitAmount": 15.0,
            "ItemCode": "HOTDESK",
            "AccountCode": "205",
            "TaxAmount": 0,
            "TaxType": "OUTPUT",
        }
    ]


def test_else_the_amount_goes_over_and_the_arithmetic_is_told() -> None:
    line = a_line("33.33", quantity=D(3), unit_price=D("11.1111"), description="Desk")
    (row,) = rows(an_invoice(line))
    assert (row["Quantity"], row["UnitAmount"]) == (1, 33.33)
    assert row["Description"] == "Desk (3 x 11.1111)"


def test_a_documents_discount_is_taken_off_the_lines_it_belongs_to() -> None:
    form = an_invoice(a_line("75.00"), a_line("25.00"), discount=D("10.01"))
    assert [row["UnitAmount"] for row in rows(form)] == [67.49, 22.50]
    assert in_xero(form) == form.total == D("89.99")


def test_the_tax_that_was_billed_goes_over_to_the_cent() -> None:
    lines = [a_line(each) for each in ("25.06", "25.61", "25.63")]
    form = an_invoice(*lines, tax_total=D("11.45"))
    assert sum(D(str(row["TaxAmount"])) for row in rows(form)) == D("11.45")
    assert in_xero(form) == form.total == D("87.75")


def test_an_explicit_rounding_is_a_line_of_its_own() -> None:
    form = replace(
        an_invoice(a_line("10.00")),
        total=D("10.01"),
        rounding=D("0.01"),
        rounding_account=Reference(name="860"),
    )
    assert rows(form)[-1] == {
        "Description": "Rounding",
        "Quantity": 1,
        "UnitAmount": 0.01,
        "AccountCode": "860",
        "TaxType": "NONE",
        "TaxAmount": 0,
    }
    assert in_xero(form) == D("10.01")


def test_a_total_that_xero_would_not_come_to_is_told_with_both_figures() -> None:
    form = replace(an_invoice(a_line("10.00")), total=D("10.05"))
    (problem,) = [each for each in review(form, None) if each.code == "XERO130"]
    assert problem.is_error
    assert "10.05 USD" in problem.message
    assert "10.00" in problem.message


def test_a_third_decimal_is_not_rounded_away_in_silence() -> None:
    form = replace(an_invoice(a_line("10.005")), currency="KWD")
    assert [each.code for each in review(form, None)] == ["XERO130"]


cents = st.decimals(D("-99.99"), D("9999.99"), places=2)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    quantity = draw(st.decimals(D("0.0001"), D(99), places=draw(st.integers(0, 4))))
    price = draw(st.decimals(D("-50"), D(500), places=draw(st.integers(0, 4))))
    if draw(st.booleans()):
        return a_line(str(draw(cents)))
    amount = (quantity * price).quantize(D("0.01"), ROUND_HALF_UP)
    return a_line(str(amount), quantity=quantity, unit_price=price)


@st.composite
def forms(draw: st.DrawFn) -> Invoice:
    """Bill lines with a discount and a tax, each as wild as a billing system may have them."""
    billed = draw(st.lists(lines(), min_size=1, max_size=6))
    treatment = draw(st.sampled_from([EXCLUSIVE, INCLUSIVE, NONE]))
    whole = sum((line.amount for line in billed), D(0))
    positive = sum((max(line.amount, D(0)) for line in billed), D(0))
    share = draw(st.decimals(D(0), D("0.25"), places=3))
    discount = (positive * draw(st.sampled_from([D(0), share]))).quantize(D("0.01"))
    tax = D(0) if treatment is NONE else (positive * share / 2).quantize(D("0.01"))
    total_ = whole - discount + (tax if treatment is EXCLUSIVE else D(0))
    form = an_invoice(*billed, tax_total=tax, discount=discount)
    return replace(form, tax=treatment, total=total_)


@settings(max_examples=150, deadline=None)
@given(forms())
def test_whatever_is_billed_comes_to_the_same_total_in_xero(form: Invoice) -> None:
    assert total(form) == form.total
    assert in_xero(form) == form.total


@pytest.mark.parametrize("kind", [Kind.CREDIT_NOTES, Kind.ESTIMATES, Kind.BILLS])
def test_every_kind_of_form_is_checked(kind: Kind) -> None:
    form = replace(an_invoice(a_line("10.00"), kind=kind), total=D("9.99"))
    assert "XERO130" in {each.code for each in review(form, None)}
