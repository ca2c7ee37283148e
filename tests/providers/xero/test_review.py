"""What Xero can't take of a document, said before anything is sent, with the way out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from acctsync.documents import Allocation, DocumentRef, Kind, Label, Payment, Reference, Repayment
from acctsync.providers.xero.review import review, waits_for_approval
from tests.providers.qbo.builders import MARCH, an_invoice
from tests.providers.xero.builders import a_line

D = Decimal


def a_payment(*amounts: str, whole: str = "10.00") -> Payment:
    return Payment(
        ref=DocumentRef(Kind.PAYMENTS, "rows", "p1"),
        date=MARCH,
        currency="USD",
        amount=D(whole),
        deposit_to=Reference(name="090"),
        allocations=tuple(
            Allocation(wanted=f"A-{n}", amount=D(amount)) for n, amount in enumerate(amounts, 1)
        ),
    )


def codes(document: Any) -> list[str]:
    return [each.code for each in review(document, None)]


@pytest.mark.parametrize(
    ("amounts", "code", "said"),
    [
        ((), "XERO131", "names no invoice"),
        (("8.00",), "XERO132", "it is 10.00 USD, of which 8.00 is for invoices, and nothing tells"),
    ],
)
def test_a_payment_that_xero_has_no_form_for_is_told_with_the_fix(
    amounts: tuple[str, ...], code: str, said: str
) -> None:
    (problem,) = review(a_payment(*amounts), None)
    assert (problem.code, problem.document, problem.is_error) == (code, "p1", True)
    assert said in problem.message
    assert problem.hint


def test_a_payment_of_just_what_one_invoice_owes_is_fine() -> None:
    assert codes(a_payment("10.00")) == []


def test_money_needs_an_account_on_its_way_out_too() -> None:
    money = Repayment(
        ref=DocumentRef(Kind.REPAYMENTS, "rows", "r1"), refund=DocumentRef(Kind.REFUNDS, "rows", "r1"),
        date=MARCH, currency="USD", amount=D(5), paid_from=Reference(name="091"),
    )  # fmt: skip
    assert codes(money) == []
    assert codes(replace(money, paid_from=None)) == ["XERO123"]


@pytest.mark.parametrize(
    ("name", "named", "expected"),
    [
        ("Campus:Halifax", True, []),
        ("Campus", False, []),
        ("Halifax", True, ["XERO127"]),
        ("Campus:Halifax:North", True, ["XERO126"]),
        (f"Campus:{'x' * 101}", True, ["XERO128"]),
    ],
)
def test_an_option_is_of_one_category(name: str, named: bool, expected: list[str]) -> None:
    label = Label(ref=DocumentRef(Kind.LOCATIONS, "labels", name), name=name, named=named)
    assert codes(label) == expected


def test_nothing_is_written_off_while_invoices_wait_to_be_approved() -> None:
    bad_debt = an_invoice(a_line("10.00"), kind=Kind.WRITE_OFFS)
    assert [each.code for each in waits_for_approval(bad_debt, unapproved=True)] == ["XERO133"]
    assert waits_for_approval(bad_debt, unapproved=False) == ()
    assert waits_for_approval(an_invoice(), unapproved=True) == ()
