from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from acctsync.documents import Kind
from acctsync.providers.port import Uses
from acctsync.providers.qbo.company import ClassTracking
from acctsync.providers.qbo.objections import objections
from acctsync.providers.qbo.review import review
from tests.providers.qbo.builders import CANADA, SETTINGS, an_invoice, settings

TODAY = dt.date(2025, 6, 1)
EVERYTHING = Uses(
    kinds=frozenset(Kind),
    today=TODAY,
    first_day=dt.date(2025, 3, 1),
    currencies=frozenset({"USD"}),
    classes=True,
    locations=True,
    discounts=True,
    taxes=True,
)


def codes(uses: Uses = EVERYTHING, **changes: Any) -> list[str]:
    return [each.code for each in objections(settings(**changes), uses)]


def test_a_company_that_has_everything_on_suits_every_mapping() -> None:
    assert objections(SETTINGS, EVERYTHING) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"classes": ClassTracking.OFF}, "QBO105"),
        ({"locations": False}, "QBO106"),
        ({"custom_numbers": False}, "QBO101"),
        ({"discounts": False}, "QBO102"),
        ({"sales_tax": False}, "QBO103"),
        ({"auto_apply": True}, "QBO104"),
    ],
)
def test_a_setting_that_is_off_is_a_warning_to_those_who_use_it(
    changes: dict[str, Any], code: str
) -> None:
    (objection,) = objections(settings(**changes), EVERYTHING)
    assert (objection.code, objection.is_error, bool(objection.hint)) == (code, False, True)
    nothing = Uses(kinds=frozenset({Kind.CUSTOMERS}), today=TODAY)
    assert codes(nothing, **changes) == []


def test_numbers_that_quickbooks_is_to_make_need_no_setting() -> None:
    assert codes(replace(EVERYTHING, keeps_numbers=False), custom_numbers=False) == []


def test_numbers_that_quickbooks_would_not_make_are_an_error() -> None:
    (objection,) = objections(settings(), replace(EVERYTHING, keeps_numbers=False))
    assert (objection.code, objection.is_error, bool(objection.hint)) == ("QBO218", True, True)
    bills = Uses(kinds=frozenset({Kind.BILLS}), today=TODAY, keeps_numbers=False)
    assert codes(bills) == []


def test_a_plan_below_plus_takes_no_purchase_orders() -> None:
    plan = "QuickBooks Online Essentials"
    (objection,) = objections(settings(plan=plan), EVERYTHING)
    assert (objection.code, objection.is_error) == ("QBO107", True)
    assert objection.message == (
        "QuickBooks Online Essentials has no purchase orders: QuickBooks has them from Plus on"
    )
    without = replace(EVERYTHING, kinds=frozenset(Kind) - {Kind.PURCHASE_ORDERS})
    assert codes(without, plan=plan) == []


@pytest.mark.parametrize(("kind", "held"), [(Kind.PURCHASE_ORDERS, True), (Kind.BILLS, False)])
def test_a_purchase_order_is_held_back_before_such_a_plan_refuses_it(
    kind: Kind, held: bool
) -> None:
    known = settings(plan="QuickBooks Online Essentials")
    problems = review(an_invoice(kind=kind), known)
    assert ("QBO107" in [each.code for each in problems]) is held


@pytest.mark.parametrize(
    ("closed", "first", "wanted"),
    [
        ("2025-02-28", "2025-03-01", []),
        ("2025-03-01", "2025-03-01", [("QBO109", False)]),
        ("2025-05-31", "2025-03-01", [("QBO109", False)]),
        ("2025-06-01", "2025-03-01", [("QBO109", True)]),
        ("2025-12-31", None, [("QBO109", True)]),
        ("2025-05-31", None, []),
    ],
)
def test_closed_books_matter_where_something_dated_before_is_to_be_pushed(
    closed: str, first: str | None, wanted: list[tuple[str, bool]]
) -> None:
    uses = replace(EVERYTHING, first_day=dt.date.fromisoformat(first) if first else None)
    found = objections(settings(closed_until=dt.date.fromisoformat(closed)), uses)
    assert [(each.code, each.is_error) for each in found] == wanted


def test_another_currency_needs_multicurrency() -> None:
    uses = replace(EVERYTHING, currencies=frozenset({"USD", "EUR", "CAD"}))
    (objection,) = objections(SETTINGS, uses)
    assert (objection.code, objection.is_error) == ("QBO108", True)
    assert "CAD, EUR" in objection.message
    assert objections(CANADA, uses) == ()


def test_what_holds_documents_back_comes_first() -> None:
    worst = settings(
        plan="QuickBooks Simple Start", closed_until=TODAY, custom_numbers=False, locations=False
    )
    found = [each.code for each in objections(worst, EVERYTHING)]
    assert found == ["QBO107", "QBO109", "QBO106", "QBO101"]
