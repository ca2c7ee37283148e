"""Rows of QuickBooks' lists → list entries; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from acctsync.documents import ListEntry, ListKind

_UNUSABLE_ITEMS = frozenset({"Category", "Group"})
# Intuit: TaxCode: what a US line may hold; the ids are the words.
PSEUDO_TAX_CODES = (
    ListEntry(id="TAX", name="TAX", full_name="TAX", type="pseudo"),
    ListEntry(id="NON", name="NON", full_name="NON", type="pseudo"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """Where a list lives; `inactive`: it can be asked for its inactive rows."""

    entity: str
    inactive: bool = True


TABLES: dict[ListKind, Table] = {
    ListKind.ITEMS: Table("Item"),
    ListKind.ACCOUNTS: Table("Account"),
    ListKind.CLASSES: Table("Class"),
    ListKind.LOCATIONS: Table("Department"),
    # Intuit: TaxCode can't be filtered by Active together with paging.
    ListKind.TAX_CODES: Table("TaxCode", inactive=False),
    ListKind.TERMS: Table("Term"),
    ListKind.PAYMENT_METHODS: Table("PaymentMethod"),
    ListKind.CUSTOMERS: Table("Customer"),
    ListKind.VENDORS: Table("Vendor"),
}


def entry(kind: ListKind, row: Mapping[str, Any]) -> ListEntry:
    """Read one row."""
    name = str(row.get("Name") or row.get("DisplayName") or "")
    return ListEntry(
        id=str(row["Id"]),
        name=name,
        full_name=str(row.get("FullyQualifiedName") or name),
        active=row.get("Active") is not False,
        type=str(row.get("AccountType") or row.get("Type") or ""),
        email=_sub(row, "PrimaryEmailAddr", "Address"),
        currency=_sub(row, "CurrencyRef", "value"),
        usable=not (kind is ListKind.ITEMS and row.get("Type") in _UNUSABLE_ITEMS),
        detail=_detail(kind, row),
    )


def _detail(kind: ListKind, row: Mapping[str, Any]) -> dict[str, str]:
    match kind:
        case ListKind.ITEMS:
            found = {
                "income_account": _sub(row, "IncomeAccountRef", "value"),
                "income_account_name": _sub(row, "IncomeAccountRef", "name"),
                "sku": str(row.get("Sku") or ""),
            }
        case ListKind.ACCOUNTS:
            found = {
                "number": str(row.get("AcctNum") or ""),
                "subtype": str(row.get("AccountSubType") or ""),
                "classification": str(row.get("Classification") or ""),
            }
        case ListKind.TERMS:
            found = {"due_days": str(row.get("DueDays", ""))}
        case _:
            found = {}
    return {name: value for name, value in found.items() if value}


def _sub(row: Mapping[str, Any], name: str, key: str) -> str:
    part = row.get(name)
    return str(part.get(key) or "") if isinstance(part, Mapping) else ""
