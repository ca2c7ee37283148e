"""Rows of QuickBooks' lists → list entries; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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


# What changes of these lists is asked for at once. Customers and vendors change with every
# document of theirs, so they would crowd the others out: each is asked for alone.
TOGETHER = (
    ListKind.ITEMS,
    ListKind.ACCOUNTS,
    ListKind.CLASSES,
    ListKind.LOCATIONS,
    ListKind.TERMS,
    ListKind.PAYMENT_METHODS,
)
# Intuit: change data capture: not for tax codes.
TELLS_CHANGES = frozenset({*TOGETHER, ListKind.CUSTOMERS, ListKind.VENDORS})


def brought_up(
    kind: ListKind,
    kept: Mapping[str, ListEntry],
    rows: Iterable[Mapping[str, Any]],
    gone: Collection[str],
) -> dict[str, ListEntry] | None:
    """Bring a kept list up to date, or tell by None that only reading it whole will do.

    So it is when an entry with others below it changed its name or state or went: whether those
    below count as changed then is nowhere said.
    """
    present = dict(kept)
    for row in rows:
        if not (row.get("Id") and (row.get("Name") or row.get("DisplayName"))):
            return None
        new = entry(kind, row)
        old = present.get(new.id)
        moved = old is not None and (old.full_name, old.active) != (new.full_name, new.active)
        if old is not None and moved and _has_children(old, kept):
            return None
        present[new.id] = new
    for key in gone:
        old = present.pop(key, None)
        if old is not None and _has_children(old, kept):
            return None
    return present


def _has_children(parent: ListEntry, entries: Mapping[str, ListEntry]) -> bool:
    start = f"{parent.full_name}:"
    return any(each.full_name.startswith(start) for each in entries.values())


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
