"""Which of a company's settings stand against what a mapping wants of it; pure.

The same rules meet single documents in `review`; here they are told before there are any.
"""

from __future__ import annotations

from collections.abc import Iterator

from acctsync.documents import ASSIGNABLE, LABELS, Kind
from acctsync.errors import Problem, Severity
from acctsync.providers.port import Uses
from acctsync.providers.qbo.company import (
    ClassTracking,
    Settings,
    applies_by_itself,
    discounts_off,
    numbers_off,
    numbers_on,
    taxes_off,
)

_NUMBERED = frozenset(Kind) - {
    Kind.CUSTOMERS,
    Kind.VENDORS,
    Kind.ITEMS,
    Kind.PAYMENTS,
    Kind.PAYOUTS,
    *LABELS,
}
_CATEGORIES = "In QuickBooks: Settings, Account and settings, Advanced, Categories (needs Plus)"

Found = Iterator[Problem]


def objections(known: Settings, uses: Uses) -> tuple[Problem, ...]:
    """List them, those that hold documents back first."""
    found = [*_plan(known, uses), *_closed(known, uses), *_currency(known, uses)]
    found += [*_tracking(known, uses), *_forms(known, uses)]
    return tuple(sorted(found, key=lambda each: not each.is_error))


def _plan(known: Settings, uses: Uses) -> Found:
    if Kind.PURCHASE_ORDERS in uses.kinds and not known.takes_purchase_orders:
        yield no_purchase_orders(known)


def no_purchase_orders(known: Settings) -> Problem:
    """Say that the company's plan has no purchase orders."""
    return _error(
        "QBO107",
        f"{known.plan} has no purchase orders: QuickBooks has them from Plus on",
        "Upgrade the company to Plus, or set push.purchase_orders: false.",
    )


def _closed(known: Settings, uses: Uses) -> Found:
    closed = known.closed_until
    if closed is None:
        return
    hint = (
        "Reopen the period in QuickBooks (Settings, Account and settings, Advanced, Accounting), "
        "start later (books.start_date), or set push.closed_books: first_open_day."
    )
    held = "are dated to the day after it" if uses.redates else "are held back"
    if closed >= uses.today:
        yield _error("QBO109", f"the books are closed until {closed}: nothing can be pushed", hint)
    elif uses.first_day is not None and uses.first_day <= closed:
        yield _warning(
            "QBO109",
            f"the books are closed until {closed}, and there are documents to push from "
            f"{uses.first_day} on: those up to that day {held}",
            hint,
        )


def _currency(known: Settings, uses: Uses) -> Found:
    foreign = sorted(uses.currencies - {known.home_currency, ""})
    if foreign and known.home_currency and not known.multicurrency:
        yield _error(
            "QBO108",
            f"multicurrency is off, but there are documents in {', '.join(foreign)}; the company "
            f"keeps its books in {known.home_currency}",
            "Switch on Multicurrency in QuickBooks (from Essentials on; it can't be switched off "
            "again), or correct books.currency.",
        )


def _tracking(known: Settings, uses: Uses) -> Found:
    if uses.classes and known.classes is ClassTracking.OFF:
        yield _warning(
            "QBO105",
            "class tracking is off, but the mapping uses classes: they are left out",
            f"{_CATEGORIES}, switch on Track classes; or drop the classes from the mapping.",
        )
    if uses.locations and not known.locations:
        yield _warning(
            "QBO106",
            "location tracking is off, but the mapping uses locations: they are left out",
            f"{_CATEGORIES}, switch on Track locations; or drop them from the mapping.",
        )


def _forms(known: Settings, uses: Uses) -> Found:
    if uses.keeps_numbers and uses.kinds & _NUMBERED and not known.custom_numbers:
        yield numbers_off()
    if not uses.keeps_numbers and uses.kinds & ASSIGNABLE and known.custom_numbers:
        yield numbers_on()
    if uses.discounts and not known.discounts:
        yield discounts_off()
    if uses.taxes and not known.sales_tax:
        yield taxes_off()
    if Kind.PAYMENTS in uses.kinds and known.auto_apply:
        yield applies_by_itself()


def _error(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, message=message, hint=hint)


def _warning(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, message=message, hint=hint, severity=Severity.WARNING)
