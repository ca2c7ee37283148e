"""Read the YAML file that describes a simulated Xero organisation.

Every scalar is read as text, so account codes keep their zeroes. The sections:

    organisation: who it is; words and defaults: `Identity` below
    settings:     what no API shows, and what Xero has not published; see `Settings`
    also:         further organisations of the same login: lists of `organisation` words. They
                  start with the same lists and with no contacts and documents
    accounts, tax_rates, tracking_categories, currencies, branding_themes, items, contacts,
    invoices, credit_notes, payments, quotes, purchase_orders, bank_transactions, bank_transfers:
                  lists of objects with Xero's own property names, stored in the order of the file.
                  A tracking category takes `Options: [Halifax, Boston]`, a currency `Code` and
                  `Rate` (how much of it one unit of the base currency buys). Documents may name
                  their contact (`Contact: {Name: Acme}`) and a payment its invoice
                  (`Invoice: {InvoiceNumber: INV-1}`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path

from acctsync.simulator.company import CompanyError, default_company, fill, read_sections
from acctsync.simulator.exchange import Entity

SECTIONS = {
    "currencies": "Currency",
    "accounts": "Account",
    "tax_rates": "TaxRate",
    "tracking_categories": "TrackingCategory",
    "branding_themes": "BrandingTheme",
    "items": "Item",
    "contacts": "Contact",
    "invoices": "Invoice",
    "credit_notes": "CreditNote",
    "bank_transactions": "BankTransaction",
    "payments": "Payment",
    "quotes": "Quote",
    "purchase_orders": "PurchaseOrder",
    "bank_transfers": "BankTransfer",
}
CHART = ("Currency", "Account", "TaxRate", "TrackingCategory", "BrandingTheme", "Item")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the organisation is."""

    name: str = "Harbour Commons LLC"
    tenant: str = "7d2f3c1a-0b54-4e0e-9c55-5a1c6f0d2e11"
    country: str = "US"
    currency: str = "USD"
    timezone: str = "EASTERNSTANDARDTIME"  # the .NET name, without blanks, as the API shows it
    demo: bool = True  # a demo company: IsDemoCompany, and no e-mail leaves it
    plan: str = (
        "STANDARD"  # the Class of an organisation that is no demo; TRIAL has 20 e-mails a day
    )
    short_code: str = "!hc0LL"
    period_lock_date: str = ""  # YYYY-MM-DD; what is dated up to it can't be touched
    year_lock_date: str = ""
    sales_tax_basis: str = "ACCRUALS"


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides answers but is shown by no API; a `?` marks what Xero has not published."""

    app: str = "any"  # any | pkce | web | custom: what kind of app the client id names
    client_id: str = ""  # empty: any
    client_secret: str = ""  # empty: any, but always the same one
    redirect_uris: str = (
        ""  # separated by blanks, compared byte for byte; empty: any that is allowed
    )
    scopes: str = "granular"  # granular | mixed: apps made since 2 March 2026 have no broad scopes
    consent: str = "all"  # all | first: which of the login's organisations a consent connects
    reports_role: bool = True  # the person may see reports
    token_seconds: float = 1800.0
    refresh_days: float = 60.0
    grace_seconds: float = 1800.0  # how long a refresh token that was replaced still serves
    limits: bool = True  # the four limits are enforced, not only counted
    per_minute: float = 60.0
    per_day: float = 1000.0  # Starter; 5,000 on higher tiers
    at_once: float = 5.0
    app_per_minute: float = 10_000.0
    idempotency_seconds: float = 360.0
    most_elements: float = 50.0  # Xero advises 50 a call and names no hard limit
    largest_post: float = 3_500_000.0  # bytes
    failed_batch: str = "keeps_none"  # keeps_none | keeps_good: a summarised batch that fails (?)
    number_reuse: str = "never"  # never | voided: may a voided or deleted number be used again (?)
    line_rounding: str = "half_up"  # half_up | half_even: quantity x unit amount (?)
    item_scope: str = "both"  # both | invoices | settings: what opens writing of items (?)
    unknown_tracking: str = (
        "ignored"  # ignored | refused: an option that does not exist or is archived
    )
    delete_reconciled: bool = False  # may a reconciled payment be deleted (?)
    delete_authorised_order: bool = True  # may an AUTHORISED purchase order be deleted (?)
    unarchive: bool = False  # may the API make an archived contact active (?)
    modified_since: str = "exclusive"  # exclusive | inclusive: If-Modified-Since (?)
    mails_a_day: str = ""  # empty: by the plan
    user: str = "Pat Bookkeeper"


_CHOICES = {
    "app": {"any", "pkce", "web", "custom"},
    "scopes": {"granular", "mixed"},
    "consent": {"all", "first"},
    "failed_batch": {"keeps_none", "keeps_good"},
    "number_reuse": {"never", "voided"},
    "line_rounding": {"half_up", "half_even"},
    "item_scope": {"both", "invoices", "settings"},
    "unknown_tracking": {"ignored", "refused"},
    "modified_since": {"exclusive", "inclusive"},
    "sales_tax_basis": {"ACCRUALS", "PAYMENTS", "CASH", "NONE"},
}


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation before its first request."""

    identity: Identity = Identity()
    settings: Settings = Settings()
    lists: dict[str, list[Entity]] = field(default_factory=dict)
    also: tuple[Identity, ...] = ()


def read_organisation(path: Path | None) -> Organisation:
    """Read an organisation file; without one, the coworking space of the samples."""
    path = path or default_company("coworks-xero.yaml")
    return organisation(read_sections(path, "organisation, settings, accounts"), str(path))


def organisation(text: Entity, where: str) -> Organisation:
    """Build an organisation out of parsed YAML."""
    unknown = set(text) - {"organisation", "settings", "also", *SECTIONS}
    if unknown:
        raise CompanyError(f"{where}: unknown section {', '.join(sorted(unknown))}")
    return Organisation(
        identity=fill(Identity, text.get("organisation"), where, _CHOICES),
        settings=fill(Settings, text.get("settings"), where, _CHOICES),
        lists={kind: list(text.get(name) or []) for name, kind in SECTIONS.items()},
        also=tuple(fill(Identity, one, where, _CHOICES) for one in text.get("also") or []),
    )


def changed(settings: Settings, text: Entity) -> Settings:
    """Give the settings with some of them changed."""
    current = {one.name: getattr(settings, one.name) for one in fields(settings)}
    done: Settings = fill(Settings, {**current, **text}, "settings", _CHOICES)
    return done
