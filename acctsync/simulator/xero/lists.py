"""The lists that a person in the office keeps: accounts, tax rates, currencies, themes."""

from __future__ import annotations

from decimal import Decimal

from acctsync.simulator.encoding import ZERO
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.fields import choice, flag, identifier, number, parts, read, text
from acctsync.simulator.xero.refusals import Invalid
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.wire import midnight, moment, new_id, rounded

# Type of account -> its class.
CLASSES = {
    **dict.fromkeys(("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"), "ASSET"),
    **dict.fromkeys(("CURRLIAB", "LIABILITY", "TERMLIAB"), "LIABILITY"),
    **dict.fromkeys(("DEPRECIATN", "DIRECTCOSTS", "EXPENSE", "OVERHEADS"), "EXPENSE"),
    **dict.fromkeys(("OTHERINCOME", "REVENUE", "SALES"), "REVENUE"),
    "EQUITY": "EQUITY",
}
_APPLIES = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}
_ACCOUNT = {
    "AccountID": identifier,
    "Code": text(10),
    "Name": text(150),
    "Type": choice(*CLASSES),
    "Status": choice("ACTIVE", "ARCHIVED"),
    "TaxType": text(),
    "Description": text(4000),
    "BankAccountNumber": text(),
    "BankAccountType": text(),
    "CurrencyCode": text(3),
    "SystemAccount": text(),
    "EnablePaymentsToAccount": flag,
    "ShowInExpenseClaims": flag,
}
_TAX_RATE = {
    "Name": text(50),
    "TaxType": text(),
    "ReportTaxType": text(),
    "Status": choice("ACTIVE", "DELETED", "ARCHIVED", "PENDING"),
    "TaxComponents": parts(
        {"Name": text(), "Rate": number, "IsCompound": flag, "IsNonRecoverable": flag}
    ),
    "EffectiveRate": number,
    **dict.fromkeys(_APPLIES.values(), flag),
}
_CURRENCIES = {
    "AUD": "Australian Dollar",
    "CAD": "Canadian Dollar",
    "CHF": "Swiss Franc",
    "EUR": "Euro",
    "GBP": "British Pound",
    "JPY": "Japanese Yen",
    "NZD": "New Zealand Dollar",
    "USD": "United States Dollar",
}


# ---------------------------------------------------------------------- accounts


def account_created(books: Books, sent: Entity, _reply: Reply) -> Entity:
    """Add an account to the chart."""
    fields = read(_ACCOUNT, sent, "Account")
    _check_account(books, fields)
    kind = fields["Type"]
    bank = {"BankAccountType": "BANK", "CurrencyCode": books.identity.currency}
    stored = {
        "TaxType": "NONE",
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        **(bank if kind == "BANK" else {}),
        **fields,
        "AccountID": new_id(),
        "Class": CLASSES[kind],
        "Status": fields.get("Status", "ACTIVE"),
    }
    return books.put("Account", stored)


def _check_account(books: Books, fields: Entity) -> None:
    problems = [
        f"Account {name} must be specified." for name in ("Name", "Type") if not fields.get(name)
    ]
    problems += [
        f"Please enter a unique {name}."
        for name in ("Name", "Code")
        if books.one_by("Account", name, fields.get(name))
    ]
    if problems:
        raise Invalid(*problems)


def account_shown(_books: Books, account: Entity, _depth: Depth, _places: int) -> Entity:
    """Show an account."""
    left_out = {"Updated"}
    return {
        **{name: value for name, value in account.items() if name not in left_out},
        "HasAttachments": False,
        "AddToWatchlist": False,
        "UpdatedDateUTC": moment(account["Updated"]),
    }


def find_account(books: Books, sent: Entity) -> Entity | None:
    """Find the account that an `Account` part names, by id or by code."""
    if sent.get("AccountID"):
        return books.find("Account", sent["AccountID"])
    return books.one_by("Account", "Code", sent.get("Code"))


def system_account(books: Books, name: str) -> Entity:
    """Give one of the accounts that Xero itself writes to."""
    found = next((one for one in books.rows("Account") if one.get("SystemAccount") == name), None)
    if found is None:
        raise Invalid(f"The organisation has no {name} system account.")
    return found


# ---------------------------------------------------------------------- tax


def tax_rate_created(books: Books, sent: Entity, _reply: Reply) -> Entity:
    """Add a tax rate; its parts add up to it."""
    fields = read(_TAX_RATE, sent, "TaxRate")
    components = fields.get("TaxComponents") or [
        {"Name": fields["Name"], "Rate": fields.get("EffectiveRate", ZERO)}
    ]
    rate = sum((one["Rate"] for one in components), ZERO)
    stored = {
        "Status": "ACTIVE",
        **dict.fromkeys(_APPLIES.values(), True),
        **fields,
        "TaxComponents": [
            {"IsCompound": False, "IsNonRecoverable": False, **one} for one in components
        ],
        "DisplayTaxRate": rate,
        "EffectiveRate": rate,
    }
    return books.put("TaxRate", stored)


def tax_rate_shown(_books: Books, rate: Entity, _depth: Depth, _places: int) -> Entity:
    """Show a tax rate."""
    return {name: value for name, value in rate.items() if name != "Updated"}


def tax_applies(rate: Entity, account_class: str) -> bool:
    """Tell whether a tax rate may stand with accounts of a class."""
    return bool(rate[_APPLIES[account_class]])


# ---------------------------------------------------------------------- currencies, themes, users


def currency_created(books: Books, sent: Entity, _reply: Reply) -> Entity:
    """Subscribe to a currency."""
    fields = read({"Code": text(3), "Description": text(), "Rate": number}, sent, "Currency")
    code = fields["Code"]
    stored = {"Description": _CURRENCIES.get(code, code), "Rate": Decimal(1), **fields}
    return books.put("Currency", stored)


def check_currency(books: Books, code: str) -> None:
    """Refuse a currency that the organisation does not use."""
    if code != books.identity.currency and books.find("Currency", code) is None:
        raise Invalid(f"Users Organisation is not subscribed to currency {code}")


def day_rate(books: Books, code: str) -> Decimal:
    """Give the rate of the day: how much of a currency one unit of the base currency buys."""
    if code == books.identity.currency:
        return Decimal(1)
    return rounded(books.get("Currency", code)["Rate"], 10)


def theme_created(books: Books, sent: Entity, _reply: Reply) -> Entity:
    """Add a branding theme."""
    fields = read({"Name": text(), "SortOrder": number}, sent, "BrandingTheme")
    order = Decimal(len(books.rows("BrandingTheme")))
    return books.put("BrandingTheme", {"BrandingThemeID": new_id(), "SortOrder": order, **fields})


def check_theme(books: Books, theme: str | None) -> None:
    """Refuse a branding theme that is not there."""
    if theme and books.find("BrandingTheme", theme) is None:
        raise Invalid("The BrandingTheme with the supplied BrandingThemeID could not be found.")


def organisation_shown(books: Books) -> Entity:
    """Show the organisation itself."""
    identity = books.identity
    locks = {
        "PeriodLockDate": identity.period_lock_date,
        "EndOfYearLockDate": identity.year_lock_date,
    }
    return {
        "Name": identity.name,
        "LegalName": identity.name,
        "PaysTax": True,
        "Version": _version(identity.country),
        "OrganisationType": "COMPANY",
        "BaseCurrency": identity.currency,
        "CountryCode": identity.country,
        "IsDemoCompany": identity.demo,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 12,
        "SalesTaxBasis": identity.sales_tax_basis,
        "SalesTaxPeriod": "MONTHLY",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        **{name: midnight(day) for name, day in locks.items() if day},
        "CreatedDateUTC": moment(1577836800000),
        "OrganisationEntityType": "COMPANY",
        "Timezone": identity.timezone,
        "ShortCode": identity.short_code,
        "OrganisationID": identity.tenant,
        "Edition": "BUSINESS",
        "Class": "DEMO" if identity.demo else identity.plan,
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }


def _version(country: str) -> str:
    return {"AU": "AU", "NZ": "NZ", "GB": "UK", "US": "US"}.get(country, "GLOBAL")


def _bare(_books: Books, stored: Entity, _depth: Depth, _places: int) -> Entity:
    left_out = {"Updated", "Rate"}
    return {name: value for name, value in stored.items() if name not in left_out}


def _theme_shown(_books: Books, stored: Entity, _depth: Depth, _places: int) -> Entity:
    shown = {name: value for name, value in stored.items() if name != "Updated"}
    return {**shown, "CreatedDateUTC": moment(stored["Updated"])}


def _user_shown(_books: Books, stored: Entity, _depth: Depth, _places: int) -> Entity:
    shown = {name: value for name, value in stored.items() if name != "Updated"}
    return {**shown, "UpdatedDateUTC": moment(stored["Updated"])}


def _as_view(_books: Books, stored: Entity) -> Entity:
    return {**stored, "UpdatedDateUTC": stored["Updated"]}


ACCOUNTS = Resource(
    kind="Account",
    plural="Accounts",
    scope="accounting.settings",
    shown=account_shown,
    properties=frozenset(_ACCOUNT) | {"Class", "UpdatedDateUTC"},
    view=_as_view,
    create=account_created,
)
TAX_RATES = Resource(
    kind="TaxRate",
    plural="TaxRates",
    scope="accounting.settings",
    shown=tax_rate_shown,
    properties=frozenset(_TAX_RATE) | {"DisplayTaxRate"},
)
CURRENCIES = Resource(
    kind="Currency",
    plural="Currencies",
    scope="accounting.settings",
    shown=_bare,
    properties=frozenset({"Code", "Description"}),
)
BRANDING_THEMES = Resource(
    kind="BrandingTheme",
    plural="BrandingThemes",
    scope="accounting.settings",
    shown=_theme_shown,
    properties=frozenset(),
)
USERS = Resource(
    kind="User",
    plural="Users",
    scope="accounting.settings",
    shown=_user_shown,
    properties=frozenset({"EmailAddress", "IsSubscriber", "FirstName", "LastName"}),
)
