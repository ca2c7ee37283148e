"""The company's settings, as far as they decide what can be written; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from acctsync.errors import Problem, Severity
from acctsync.providers.port import Company

# Intuit: QuickBooks Online plans: purchase orders, classes and locations come with Plus.
_WITHOUT_PURCHASE_ORDERS = ("simplestart", "easystart", "essentials")
_US = frozenset({"US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})


class ClassTracking(StrEnum):
    """Where a class may stand (Intuit: Preferences, AccountingInfoPrefs)."""

    OFF = "off"
    PER_DOCUMENT = "document"
    PER_LINE = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What payloads and checks need to know of the company.

    `domestic`: the US rules for tax and text apply.
    """

    id: str
    name: str
    country: str
    home_currency: str
    multicurrency: bool
    classes: ClassTracking
    locations: bool
    custom_numbers: bool
    discounts: bool
    default_discount_account: str
    sales_tax: bool
    automated_tax: bool
    auto_apply: bool
    closed_until: dt.date | None
    domestic: bool
    undeposited_funds: str = ""
    plan: str = ""

    @property
    def takes_purchase_orders(self) -> bool:
        """Tell whether the plan has them; one that nobody knows is believed to."""
        plan = self.plan.lower().replace(" ", "")
        return not any(lesser in plan for lesser in _WITHOUT_PURCHASE_ORDERS)


def settings(
    company_id: str,
    info: Mapping[str, Any],
    preferences: Mapping[str, Any],
    undeposited_funds: str,
) -> Settings:
    """Read CompanyInfo and Preferences; a setting that is absent is off."""
    accounting = _part(preferences, "AccountingInfoPrefs")
    sales = _part(preferences, "SalesFormsPrefs")
    tax = _part(preferences, "TaxPrefs")
    currency = _part(preferences, "CurrencyPrefs")
    country = str(info.get("Country") or _part(info, "CompanyAddr").get("Country") or "")
    return Settings(
        id=company_id,
        name=str(info.get("CompanyName") or ""),
        country=country,
        domestic=country.upper() in _US,
        home_currency=str(_part(currency, "HomeCurrency").get("value") or ""),
        multicurrency=_on(currency, "MultiCurrencyEnabled"),
        classes=_class_tracking(accounting),
        locations=_on(accounting, "TrackDepartments"),
        custom_numbers=_on(sales, "CustomTxnNumbers"),
        discounts=_on(sales, "AllowDiscount"),
        default_discount_account=str(sales.get("DefaultDiscountAccount") or ""),
        sales_tax=_on(tax, "UsingSalesTax"),
        automated_tax=_on(tax, "PartnerTaxEnabled"),
        auto_apply=_on(sales, "AutoApplyCredit") or _on(sales, "AutoApplyPayments"),
        closed_until=_date(accounting.get("BookCloseDate")),
        undeposited_funds=undeposited_funds,
        plan=_named_value(info, "OfferingSku"),
    )


def company(known: Settings, environment: str) -> Company:
    """Say who the company is and which settings will bite."""
    return Company(
        id=known.id,
        name=known.name,
        country=known.country,
        currency=known.home_currency,
        environment=environment,
        plan=known.plan,
        closed_until=known.closed_until,
        warnings=_warnings(known),
        number_warnings=() if known.custom_numbers else (numbers_off(),),
    )


def numbers_off() -> Problem:
    """Say what comes of custom transaction numbers being off."""
    return _warning(
        "QBO101",
        "custom transaction numbers are off: QuickBooks counts its own and won't warn "
        "when a number is used twice",
        "In QuickBooks: Settings, Account and settings, Sales, Sales form content, "
        "switch on Custom transaction numbers.",
    )


def numbers_on() -> Problem:
    """Say why documents can't be numbered by QuickBooks: with its own numbers off it gives none."""
    return Problem(
        code="QBO218",
        message="push.numbers is assign, but custom transaction numbers are on: QuickBooks would"
        " give documents no number at all",
        hint="In QuickBooks: Settings, Account and settings, Sales, Sales form content, switch off"
        " Custom transaction numbers; or set push.numbers: keep.",
    )


def discounts_off() -> Problem:
    """Say what comes of discounts being off."""
    return _warning(
        "QBO102",
        "discounts are off: discounts are taken off the lines they belong to",
        "In QuickBooks: Settings, Account and settings, Sales, Sales form content, "
        "switch on Discount to see them apart.",
    )


def taxes_off() -> Problem:
    """Say what comes of sales tax being off."""
    return _warning(
        "QBO103",
        "sales tax is off: documents with tax can't be pushed",
        "Set up Taxes in QuickBooks if the export holds taxed documents.",
    )


def applies_by_itself() -> Problem:
    """Say what comes of credits being applied automatically."""
    return _warning(
        "QBO104",
        "QuickBooks applies credits by itself, so a payment may find its invoice paid",
        "In QuickBooks: Settings, Account and settings, Advanced, Automation, "
        "switch off Automatically apply credits.",
    )


def _warnings(known: Settings) -> tuple[Problem, ...]:
    found = (
        (not known.discounts, discounts_off()),
        (not known.sales_tax, taxes_off()),
        (known.auto_apply, applies_by_itself()),
    )
    return tuple(problem for bites, problem in found if bites)


def _warning(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, message=message, hint=hint, severity=Severity.WARNING)


def _class_tracking(accounting: Mapping[str, Any]) -> ClassTracking:
    if _on(accounting, "ClassTrackingPerTxnLine"):
        return ClassTracking.PER_LINE
    return (
        ClassTracking.PER_DOCUMENT if _on(accounting, "ClassTrackingPerTxn") else ClassTracking.OFF
    )


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, Mapping) else {}


def _named_value(info: Mapping[str, Any], name: str) -> str:
    """Find a feature in CompanyInfo's list of names and values."""
    listed = info.get("NameValue")
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, Mapping) and each.get("Name") == name:
            return str(each.get("Value") or "")
    return ""


def _on(prefs: Mapping[str, Any], name: str) -> bool:
    return str(prefs.get(name, "")).lower() == "true"


def _date(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value or "")[:10])
    except ValueError:
        return None
