"""The company itself, in memory: objects, indexes, numbers, preferences, and one lock around all.

It stores and finds; what may be stored is decided in names, sales, payments and purchases. A stored
object is never changed in place but replaced, so it may be written out after the lock is released.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from acctsync.simulator.company import Company
from acctsync.simulator.encoding import PACIFIC, stamp
from acctsync.simulator.exchange import Entity
from acctsync.simulator.properties import PEOPLE, SALES_FORMS, TRANSACTIONS
from acctsync.simulator.refusals import bad_reference, gone, inactive_reference, refuse
from acctsync.simulator.shapes import Schema

CURRENCIES = {
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
    "EUR": "Euro",
    "GBP": "British Pound Sterling",
    "AUD": "Australian Dollar",
    "NZD": "New Zealand Dollar",
    "JPY": "Japanese Yen",
    "CHF": "Swiss Franc",
    "INR": "Indian Rupee",
    "MXN": "Mexican Peso",
}
_DAY = 24 * 60 * 60
_INDEXED = (
    "DocNumber",
    "PaymentRefNum",
    "Name",
    "DisplayName",
    "FullyQualifiedName",
    "CustomerRef",
    "VendorRef",
    "PrimaryEmailAddr",
)
# What the message calls each table.
_TABLES = {
    "Account": "Accounts",
    "Class": "Klasses",
    "Department": "Depts",
    "Customer": "Names",
    "Vendor": "Names",
    "Employee": "Names",
    "Item": "Items",
    "Term": "Terms",
    "PaymentMethod": "PaymentMethods",
    "TaxCode": "TaxCodes",
    "TaxRate": "TaxRates",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail that went out: what about, and to whom; `moment` in seconds."""

    kind: str
    id: str
    address: str
    moment: float


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a deleted object."""

    kind: str
    id: str
    at: str


def reach(entity: Entity, path: str) -> Any:
    """Find what a query means by a property: of a reference its id, of an e-mail its address."""
    value: Any = entity
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, dict):
        return value.get("value", value.get("Address"))
    return value


class Books:
    """Everything the company holds."""

    def __init__(self, company: Company, wall: Callable[[], float]) -> None:
        self.lock = threading.RLock()
        self.identity = company.identity
        self.settings = company.settings
        self.schema = Schema(
            latin_only=company.identity.country == "US",
            mangle=company.settings.characters == "mangle",
        )
        self.tombstones: list[Tombstone] = []
        self.mails: list[Mail] = []
        self._wall = wall
        self._tables: dict[str, dict[str, Entity]] = defaultdict(dict)
        self._indexes: dict[tuple[str, str], dict[str, dict[str, None]]] = defaultdict(dict)
        self._sequences: dict[str, int] = defaultdict(int)
        self._numbers = {
            "sale": int(company.settings.next_number),
            "order": int(company.settings.next_order_number),
        }
        self._stamped: tuple[int, str] = (0, "")
        # What the batch in hand created: its other items cannot see it yet.
        self.unborn: set[tuple[str, str]] = set()

    # ------------------------------------------------------------------ looking

    def entities(self, kind: str) -> list[Entity]:
        """List the stored objects of a kind, oldest first."""
        with self.lock:
            return list(self._tables[kind].values())

    def kinds(self) -> list[str]:
        """List the kinds there is at least one of."""
        with self.lock:
            return [kind for kind, table in self._tables.items() if table]

    def find(self, kind: str, id: str) -> Entity | None:
        """Find an object by id."""
        return self._tables[kind].get(id)

    def get(self, kind: str, id: str) -> Entity:
        """Give an object that must be there."""
        found = self._tables[kind].get(id)
        if found is None:
            raise gone()
        return found

    def indexed(self, kind: str, path: str, values: Iterable[str]) -> list[Entity] | None:
        """Find objects by a property that has an index; None says it has none."""
        table = self._tables[kind]
        if path == "Id":
            return [table[value] for value in dict.fromkeys(values) if value in table]
        if path not in _INDEXED:
            return None
        index = self._indexes[kind, path]
        ids = (one for value in dict.fromkeys(values) for one in index.get(value.casefold(), ()))
        return [table[one] for one in dict.fromkeys(ids)]

    def named(self, kind: str, name: str) -> Entity | None:
        """Find an object by its full or display name."""
        for path in ("FullyQualifiedName", "DisplayName", "Name", "DocNumber"):
            for found in self.indexed(kind, path, [name]) or ():
                return found
        return None

    def person_named(self, name: str) -> tuple[str, Entity] | None:
        """Find who bears a display name, among customers, vendors and employees together."""
        for kind in sorted(PEOPLE):
            for found in self.indexed(kind, "DisplayName", [name]) or ():
                return kind, found
        return None

    def refer(self, kind: str, ref: Entity, element: str) -> tuple[Entity, Entity]:
        """Follow a reference: the reference as replies show it, and what it points to."""
        key = str(ref.get("value", ""))
        found = self._tables[kind].get(key)
        if found is None or (kind, key) in self.unborn:
            raise bad_reference(_TABLES.get(kind, kind), key, element)
        if found.get("Active") is False:
            raise inactive_reference(element)
        if kind in {"TaxCode", "TaxRate"}:
            return {"value": found["Id"]}, found
        name = found.get("FullyQualifiedName") or found.get("DisplayName") or found.get("Name")
        return {"value": found["Id"], "name": name}, found

    def preference(self, group: str, name: str) -> Any:
        """Give a preference as the Preferences object holds it now."""
        return self._tables["Preferences"]["1"].get(group, {}).get(name)

    # ------------------------------------------------------------------ storing

    def put(self, kind: str, entity: Entity) -> Entity:
        """Store an object, new or changed."""
        key = entity["Id"]
        table = self._tables[kind]
        if (old := table.get(key)) is not None:
            self._unindex(kind, old)
        table[key] = entity
        for path in _INDEXED:
            if path in entity and (value := reach(entity, path)):
                self._indexes[kind, path].setdefault(str(value).casefold(), {})[key] = None
        return entity

    def touch(self, kind: str, entity: Entity, values: Entity, *, token: bool = True) -> Entity:
        """Change computed fields of a stored object, none of them indexed."""
        changed: Entity = {**entity, **values}
        if token:
            changed["SyncToken"] = str(int(entity["SyncToken"]) + 1)
        changed["MetaData"] = {**entity["MetaData"], "LastUpdatedTime": self.now()}
        self._tables[kind][entity["Id"]] = changed
        return changed

    def remove(self, kind: str, id: str) -> None:
        """Delete an object and keep its tombstone."""
        self._unindex(kind, self._tables[kind].pop(id))
        self.tombstones.append(Tombstone(kind, id, self.now()))

    def mail(self, kind: str, id: str, address: str) -> None:
        """Send an e-mail; a sandbox sends so many within a day and no more."""
        now, most = self._wall(), int(self.settings.sandbox_mails)
        today = sum(now - each.moment < _DAY for each in self.mails)
        if self.identity.environment == "sandbox" and today >= most:
            raise refuse(
                6000,
                "A business validation error has occurred while processing your request",
                f"Business Validation Error: You can send at most {most} e-mails a day.",
            )
        self.mails.append(Mail(kind, id, address, now))

    def _unindex(self, kind: str, old: Entity) -> None:
        for path in _INDEXED:
            if path in old and (value := reach(old, path)):
                ids = self._indexes[kind, path].get(str(value).casefold())
                if ids is not None:
                    ids.pop(old["Id"], None)

    # ------------------------------------------------------------------ numbers and time

    def new_id(self, kind: str, wanted: str | None = None) -> str:
        """Give the next id; transactions share one sequence, and so do people."""
        sequence = "txn" if kind in TRANSACTIONS else "name" if kind in PEOPLE else kind
        if wanted is not None:
            if wanted.isdecimal():
                self._sequences[sequence] = max(self._sequences[sequence], int(wanted))
            return wanted
        self._sequences[sequence] += 1
        return str(self._sequences[sequence])

    def next_number(self, kind: str) -> str:
        """Give the next free document number; the sales forms share one sequence."""
        sequence = "sale" if kind in SALES_FORMS else "order"
        while self.indexed(kind, "DocNumber", [str(self._numbers[sequence])]):
            self._numbers[sequence] += 1
        self._numbers[sequence] += 1
        return str(self._numbers[sequence] - 1)

    def now(self) -> str:
        """Give this moment as MetaData shows it."""
        second = int(self._wall())
        if second != self._stamped[0]:
            self._stamped = (second, stamp(datetime.fromtimestamp(second, UTC)))
        return self._stamped[1]

    def today(self) -> str:
        """Give the day it is for the server."""
        return datetime.fromtimestamp(self._wall(), PACIFIC).date().isoformat()

    def epoch_ms(self) -> int:
        """Give this moment as the gateway's fault shows it."""
        return int(self._wall() * 1000)

    # ------------------------------------------------------------------ rules every document obeys

    def check_open(self, *days: str | None) -> None:
        """Refuse days in a period whose books are closed."""
        closed = self.preference("AccountingInfoPrefs", "BookCloseDate")
        if not closed or not any(day and day <= closed for day in days):
            return
        if self.settings.closing_password:
            detail = (
                "The account period has closed and the account books cannot be updated through "
                "the QBO Services API. Please use the QBO website to make these changes."
            )
            raise refuse(6210, "Account Period Closed, Cannot Update Through Services API", detail)
        raise refuse(
            6200, "Account Period Closed", "The account period has closed and cannot be updated."
        )

    def currency(self, code: str) -> Entity:
        """Give a currency as a reference."""
        return {"value": code, "name": CURRENCIES.get(code, code)}

    def owed(self, kind: str, id: str | None, amount: Decimal) -> None:
        """Add to what a customer owes, or to what is owed to a vendor; the SyncToken stays."""
        person = self._tables[kind].get(id or "")
        if person is None or not amount:
            return
        for name in ("Balance", "BalanceWithJobs"):
            if name in person:
                balance = Decimal(person[name]) + amount
                person = self.touch(kind, person, {name: balance or 0}, token=False)

    def sorted_entities(self, kind: str) -> Iterator[Entity]:
        """Give objects in the order lists come back: names by name, documents newest first."""
        rows = self.entities(kind)
        if kind in TRANSACTIONS:
            return iter(
                sorted(rows, key=lambda row: (row.get("TxnDate", ""), int(row["Id"])), reverse=True)
            )
        return iter(sorted(rows, key=_name))


def _name(row: Entity) -> str:
    name = row.get("DisplayName") or row.get("FullyQualifiedName") or row.get("Name") or ""
    return str(name).casefold()
