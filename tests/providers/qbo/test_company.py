from __future__ import annotations

import datetime as dt
import json

import pytest

from acctsync.providers.port import Company
from acctsync.providers.qbo.company import ClassTracking, Settings, company, settings
from tests.providers.conftest import SHARED
from tests.providers.qbo.builders import SETTINGS
from tests.providers.qbo.builders import settings as changed


def test_intuits_own_sample_is_understood() -> None:
    folder = SHARED / "intuit-doc-samples-voska"
    if not folder.is_dir():
        pytest.skip("the samples are not at hand")
    info = json.loads((folder / "companyinfo.json").read_text())[0]["body"]["CompanyInfo"]
    preferences = json.loads((folder / "preferences.json").read_text())[0]["body"]["Preferences"]

    assert settings("9", info, preferences, "4") == Settings(
        id="9",
        name="Larry's Bakery",
        country="US",
        domestic=True,
        home_currency="USD",
        multicurrency=False,
        classes=ClassTracking.PER_LINE,
        locations=True,
        custom_numbers=False,
        discounts=True,
        default_discount_account="86",
        sales_tax=True,
        automated_tax=False,
        auto_apply=True,
        closed_until=dt.date(2018, 12, 31),
        undeposited_funds="4",
        plan="QuickBooks Online Plus",
    )


def test_what_a_company_does_not_say_is_off() -> None:
    known = settings("9", {}, {"AccountingInfoPrefs": None, "TaxPrefs": []}, "")

    assert (known.classes, known.sales_tax, known.closed_until, known.domestic) == (
        ClassTracking.OFF,
        False,
        None,
        False,
    )


@pytest.mark.parametrize("country", ["US", "usa", "USA"])
def test_the_us_is_written_in_two_ways(country: str) -> None:
    assert settings("9", {"Country": country}, {}, "").domestic


def test_a_company_set_up_well_brings_no_warnings() -> None:
    assert company(SETTINGS, "sandbox") == Company(
        id="913", name="Harbour Commons LLC", country="US", currency="USD", environment="sandbox"
    )


def test_settings_that_will_bite_are_told_with_where_to_change_them() -> None:
    known = changed(custom_numbers=False, discounts=False, sales_tax=False, auto_apply=True)
    told = company(known, "production")
    warnings = (*told.number_warnings, *told.warnings)

    assert [each.code for each in warnings] == ["QBO101", "QBO102", "QBO103", "QBO104"]
    assert all(each.hint and not each.is_error for each in warnings)


@pytest.mark.parametrize(
    ("plan", "orders"),
    [
        ("QuickBooks Online Plus", True),
        ("QuickBooks Online Advanced", True),
        ("QuickBooks Online Essentials", False),
        ("QuickBooks Online Simple Start", False),
        ("QuickBooks EasyStart", False),
        ("QuickBooks Something New", True),
        ("", True),
    ],
)
def test_purchase_orders_come_with_plus_and_an_unknown_plan_is_believed_to_have_them(
    plan: str, orders: bool
) -> None:
    info = {"NameValue": [{"Name": "OfferingSku", "Value": plan}]}
    known = settings("9", info, {}, "")
    assert (known.plan, known.takes_purchase_orders) == (plan, orders)


@pytest.mark.parametrize("listed", [None, "Plus", [None, {"Name": "Other"}, {"Value": "Plus"}]])
def test_a_company_that_does_not_say_its_plan_has_none_that_we_know(listed: object) -> None:
    assert settings("9", {"NameValue": listed}, {}, "").plan == ""
