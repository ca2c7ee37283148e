"""Read the YAML file that describes a simulated company.

Every scalar is read as text, so account numbers keep their zeroes and NO is no boolean; the schema
gives each property its type afterwards. The sections:

    company:      name, realm (digits), country (US, CA, GB, AU …), currency,
                  environment (sandbox | production), user (who edits by hand),
                  edition (the OfferingSku shown in CompanyInfo)
    preferences:  what the Preferences object shows; words and defaults: `Preferences` below
    settings:     what no API shows; words and defaults: `Settings` below
    accounts, tax_rates, tax_codes, terms, payment_methods, classes, departments, items, customers,
    vendors, employees, estimates, invoices, credit_memos, payments, refund_receipts,
    sales_receipts, purchase_orders, bills, purchases, deposits, transfers:
                  lists of objects with QuickBooks' own property names, stored in the order of the
                  file. `Id` is honoured. A reference may be written as the name alone
                  (`IncomeAccountRef: Coworking Income`, `ParentRef: Memberships`), one to a
                  document by its number (`LinkedTxn: [{TxnId: "#1001", TxnType: Invoice}]`).
                  A tax code takes `rates: [GST, QST]`, names of tax rates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from acctsync.simulator.exchange import Entity

SECTIONS = {
    "accounts": "Account",
    "tax_rates": "TaxRate",
    "tax_codes": "TaxCode",
    "terms": "Term",
    "payment_methods": "PaymentMethod",
    "classes": "Class",
    "departments": "Department",
    "items": "Item",
    "customers": "Customer",
    "vendors": "Vendor",
    "employees": "Employee",
    "estimates": "Estimate",
    "invoices": "Invoice",
    "credit_memos": "CreditMemo",
    "payments": "Payment",
    "refund_receipts": "RefundReceipt",
    "sales_receipts": "SalesReceipt",
    "purchase_orders": "PurchaseOrder",
    "bills": "Bill",
    "purchases": "Purchase",
    "deposits": "Deposit",
    "transfers": "Transfer",
}
# The C parser where there is one: ten times as quick.
_TEXT_ONLY = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_HERE = Path(__file__).resolve()
# Installed, the samples lie inside the package; in a checkout, beside it.
_SAMPLES = (_HERE.parents[1] / "samples", _HERE.parents[2] / "sample-config")


class CompanyError(ValueError):
    """The company file cannot be used."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the company is."""

    name: str = "Harbour Commons LLC"
    realm: str = "9130350000000001"
    country: str = "US"
    currency: str = "USD"
    environment: str = "sandbox"
    user: str = "Pat Bookkeeper"
    edition: str = "QuickBooks Online Plus"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the Preferences object shows."""

    classes: str = "line"  # line | transaction | off
    departments: bool = True
    custom_numbers: bool = True
    purchase_order_numbers: bool = True
    discounts: bool = True
    shipping: bool = False
    deposits: bool = False
    estimates: bool = True
    multicurrency: bool = False
    sales_tax: str = "automated"  # automated | manual | off
    account_numbers: bool = False
    auto_apply_credit: bool = False
    auto_apply_payments: bool = False
    books_closed_until: str = ""
    default_terms: str = ""
    report_basis: str = "Accrual"
    fiscal_year_start: str = "January"


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides answers but is shown by no API."""

    warn_duplicate_numbers: bool = True  # with custom_numbers: a used number is refused with 6140
    closing_password: bool = True  # closed period: 6210, without a password 6200
    void_paid_invoice: str = "unlink"  # unlink | refuse: Intuit's page and practice differ
    characters: str = "refuse"  # refuse | mangle: what is not Latin-1, in US companies
    duplicate_name: str = "null"  # null | text | id: the three ways 6240 was seen to end
    limits: bool = True  # requests per second, minute and at once are counted
    requestid: str = "honoured"  # honoured | ignored
    replay_faults: bool = True  # a requestid whose request was refused gives the same refusal again
    sales_tax_rate: str = "0"  # percent, what automated sales tax works out where no tax is given
    next_number: str = "1001"
    next_order_number: str = "1001"
    sandbox_mails: str = "40"  # e-mails a day; how a sandbox refuses more is published nowhere
    token_seconds: float = 3600.0
    refresh: str = "always"  # always | daily | never: when the refresh token's value changes
    client_id: str = ""  # empty: any
    client_secret: str = ""  # empty: any, but always the same one


_CHOICES = {
    "classes": {"line", "transaction", "off"},
    "sales_tax": {"automated", "manual", "off"},
    "environment": {"sandbox", "production"},
    "void_paid_invoice": {"unlink", "refuse"},
    "characters": {"refuse", "mangle"},
    "duplicate_name": {"null", "text", "id"},
    "requestid": {"honoured", "ignored"},
    "refresh": {"always", "daily", "never"},
    "report_basis": {"Accrual", "Cash"},
}


@dataclass(frozen=True, slots=True)
class Company:
    """A company before its first request."""

    identity: Identity = Identity()
    preferences: Preferences = Preferences()
    settings: Settings = Settings()
    lists: dict[str, list[Entity]] = field(default_factory=dict)


def read_company(path: Path | None) -> Company:
    """Read a company file; without one, the coworking company of the samples."""
    path = path or default_company()
    return company(read_sections(path, "company, preferences, accounts"), str(path))


def read_sections(path: Path, expected: str) -> Entity:
    """Read a YAML file of sections, every scalar as text."""
    try:
        text = yaml.load(path.read_text(encoding="utf-8"), _TEXT_ONLY)  # noqa: S506 - text only
    except yaml.YAMLError as problem:
        raise CompanyError(f"{path}: {problem}") from problem
    if not isinstance(text, dict):
        raise CompanyError(f"{path}: a mapping with {expected} … expected")
    return text


def default_company(name: str = "coworks.yaml") -> Path:
    """Find a sample company."""
    for samples in _SAMPLES:
        if (found := samples / "companies" / name).is_file():
            return found
    raise CompanyError(f"the sample company companies/{name} is missing from this installation")


def company(text: Entity, where: str) -> Company:
    """Build a company out of parsed YAML."""
    unknown = set(text) - {"company", "preferences", "settings", *SECTIONS}
    if unknown:
        raise CompanyError(f"{where}: unknown section {', '.join(sorted(unknown))}")
    lists = {SECTIONS[name]: list(rows or []) for name, rows in text.items() if name in SECTIONS}
    return Company(
        identity=fill(Identity, text.get("company"), where, _CHOICES),
        preferences=fill(Preferences, text.get("preferences"), where, _CHOICES),
        settings=fill(Settings, text.get("settings"), where, _CHOICES),
        lists=lists,
    )


def changed(settings: Settings, text: Entity) -> Settings:
    """Give the settings with some of them changed."""
    current = {one.name: getattr(settings, one.name) for one in fields(settings)}
    done: Settings = fill(Settings, {**current, **text}, "settings", _CHOICES)
    return done


def fill(
    kind: type[Any], text: Entity | None, where: str, choices: Mapping[str, Collection[str]]
) -> Any:
    """Build a dataclass of text, true or false, and numbers out of a section."""
    known = {one.name: one.type for one in fields(kind)}
    values: Entity = {}
    for name, value in (text or {}).items():
        if name not in known:
            raise CompanyError(
                f"{where}: {kind.__name__.lower()} has no {name}; it has {', '.join(known)}"
            )
        values[name] = _typed(name, str(known[name]), str(value), where)
        allowed = choices.get(name)
        if allowed is not None and value not in allowed:
            listed = ", ".join(sorted(allowed))
            raise CompanyError(f"{where}: {name} must be one of {listed}, not {value!r}")
    return kind(**values)


def _typed(name: str, kind: str, value: str, where: str) -> object:
    if kind == "bool":
        if value.lower() not in {"true", "false", "yes", "no", "on", "off"}:
            raise CompanyError(f"{where}: {name} must be true or false, not {value!r}")
        return value.lower() in {"true", "yes", "on"}
    if kind == "float":
        return float(value)
    return value
