"""Scopes: which there are since 2026, and which one opens what."""

from __future__ import annotations

from collections.abc import Collection

IDENTITY = frozenset({"openid", "profile", "email", "offline_access"})
_WITH_READ = (
    *("accounting.invoices", "accounting.payments", "accounting.banktransactions"),
    *("accounting.manualjournals", "accounting.contacts", "accounting.settings"),
    "accounting.attachments",
)
_REPORTS = (
    *("aged", "balancesheet", "banksummary", "budgetsummary", "executivesummary"),
    *("profitandloss", "trialbalance", "taxreports"),
)
GRANULAR = IDENTITY.union(
    _WITH_READ,
    (f"{one}.read" for one in _WITH_READ),
    (f"accounting.reports.{one}.read" for one in _REPORTS),
    ("accounting.budgets.read",),
)
# What apps made before March 2026 may still ask for, and what each stands for.
_TRANSACTIONS = (
    *("accounting.invoices", "accounting.payments", "accounting.banktransactions"),
    "accounting.manualjournals",
)
BROAD = {
    "accounting.transactions": frozenset(_TRANSACTIONS),
    "accounting.transactions.read": frozenset(f"{one}.read" for one in _TRANSACTIONS),
    "accounting.reports.read": frozenset(f"accounting.reports.{one}.read" for one in _REPORTS),
    "accounting.journals.read": frozenset[str](),
}


def known(scope: str, rule: str) -> bool:
    """Tell whether an app may ask for a scope; `rule` is granular or mixed."""
    return scope in GRANULAR or (rule == "mixed" and scope in BROAD)


def opens(held: Collection[str], scope: str, *, writing: bool) -> bool:
    """Tell whether held scopes open an endpoint."""
    wide = set(held).union(*(BROAD[one] for one in held if one in BROAD))
    return scope in wide or (not writing and f"{scope}.read" in wide)
