"""Rows of Xero's lists → list entries; pure.

What the mapping names is a code in Xero: of an account, an item, a tax type. An entry's full name
is that code where there is one, its name what people see, so that both lead to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from acctsync.documents import ListEntry, ListKind

ACTIVE = "ACTIVE"
# Payments may go to a bank account, or to one that is opened for them (Xero: payments).
BANK = "BANK"


@dataclass(frozen=True, slots=True)
class Table:
    """Where a list lives: its resource, which is also what an answer calls it."""

    resource: str
    asked: str = ""
    paged: bool = False


TABLES: dict[ListKind, Table] = {
    ListKind.ITEMS: Table("Items", "unitdp=4"),
    ListKind.ACCOUNTS: Table("Accounts"),
    ListKind.TAX_CODES: Table("TaxRates"),
    ListKind.TRACKING: Table("TrackingCategories", "includeArchived=true"),
    ListKind.CLASSES: Table("TrackingCategories", "includeArchived=true"),
    ListKind.LOCATIONS: Table("TrackingCategories", "includeArchived=true"),
    ListKind.BRANDING_THEMES: Table("BrandingThemes"),
    ListKind.CUSTOMERS: Table("Contacts", "includeArchived=true", paged=True),
    ListKind.VENDORS: Table("Contacts", "includeArchived=true", paged=True),
}


def entries(kind: ListKind, row: Mapping[str, Any]) -> Iterator[ListEntry]:
    """Read one row of a list; a tracking category gives an entry for each of its options."""
    match kind:
        case ListKind.ITEMS:
            yield _item(row)
        case ListKind.ACCOUNTS:
            yield _account(row)
        case ListKind.TAX_CODES:
            yield _tax_rate(row)
        case ListKind.CUSTOMERS | ListKind.VENDORS:
            yield _contact(row)
        case ListKind.BRANDING_THEMES:
            name = str(row.get("Name") or "")
            yield ListEntry(id=str(row["BrandingThemeID"]), name=name, full_name=name)
        case ListKind.TRACKING:
            yield from _options(row)
        case _:
            yield _category(row)
            yield from _options(row)


def takes_payments(account: ListEntry) -> bool:
    """Tell whether money can be received into an account."""
    return account.type == BANK or account.detail.get("payments") == "yes"


def _item(row: Mapping[str, Any]) -> ListEntry:
    code = str(row["Code"])
    sold = row.get("SalesDetails")
    account = str(sold.get("AccountCode") or "") if isinstance(sold, Mapping) else ""
    return ListEntry(
        id=code,
        name=str(row.get("Name") or code),
        full_name=code,
        usable=row.get("IsSold") is not False,
        detail={"income_account": account} if account else {},
    )


def _account(row: Mapping[str, Any]) -> ListEntry:
    name, code = str(row.get("Name") or ""), str(row.get("Code") or "")
    detail = {"number": code, "classification": str(row.get("Class") or "")}
    if row.get("EnablePaymentsToAccount") is True:
        detail["payments"] = "yes"
    return ListEntry(
        id=str(row["AccountID"]),
        name=name,
        full_name=code or name,
        active=row.get("Status") == ACTIVE,
        type=str(row.get("Type") or ""),
        currency=str(row.get("CurrencyCode") or ""),
        detail={key: value for key, value in detail.items() if value},
    )


def _tax_rate(row: Mapping[str, Any]) -> ListEntry:
    tax_type = str(row["TaxType"])
    rate = row.get("EffectiveRate")
    return ListEntry(
        id=tax_type,
        name=str(row.get("Name") or tax_type),
        full_name=tax_type,
        active=row.get("Status", ACTIVE) == ACTIVE,
        detail={"rate": f"{rate}%"} if rate is not None else {},
    )


def _contact(row: Mapping[str, Any]) -> ListEntry:
    name = str(row.get("Name") or "")
    return ListEntry(
        id=str(row["ContactID"]),
        name=name,
        full_name=name,
        active=row.get("ContactStatus", ACTIVE) == ACTIVE,
        email=str(row.get("EmailAddress") or ""),
        currency=str(row.get("DefaultCurrency") or ""),
    )


def _category(row: Mapping[str, Any]) -> ListEntry:
    """Name a category, which options stand below and no line can point to."""
    name = str(row.get("Name") or "")
    active = row.get("Status", ACTIVE) == ACTIVE
    id_ = str(row["TrackingCategoryID"])
    return ListEntry(id=id_, name=name, full_name=name, active=active, usable=False)


def _options(row: Mapping[str, Any]) -> Iterator[ListEntry]:
    """Name each option by its category too: two categories may have options of one name."""
    category, id_ = str(row.get("Name") or ""), str(row["TrackingCategoryID"])
    options = row.get("Options")
    for option in options if isinstance(options, list) else []:
        name = str(option.get("Name") or "")
        active = row.get("Status", ACTIVE) == ACTIVE and option.get("Status", ACTIVE) == ACTIVE
        yield ListEntry(
            id=f"{id_}/{option['TrackingOptionID']}",
            name=name,
            full_name=f"{category}:{name}",
            active=active,
            detail={"category": category},
        )
