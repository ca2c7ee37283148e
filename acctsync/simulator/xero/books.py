"""An organisation's books in memory: objects, indexes, numbers, lock dates, one lock around all.

It stores and finds; what may be stored is decided by the modules of each resource. A stored object
is never changed in place but replaced, so it may be written out after the lock is released. Stored
objects carry Xero's property names, amounts as decimals, days as YYYY-MM-DD and, under `Updated`,
the millisecond of their last change.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.organisation import Identity, Settings
from acctsync.simulator.xero.refusals import Invalid

# The key of each kind of object.
KEYS = {
    "Account": "AccountID",
    "BankTransaction": "BankTransactionID",
    "BankTransfer": "BankTransferID",
    "BrandingTheme": "BrandingThemeID",
    "Contact": "ContactID",
    "CreditNote": "CreditNoteID",
    "Currency": "Code",
    "Invoice": "InvoiceID",
    "Item": "ItemID",
    "Overpayment": "OverpaymentID",
    "Payment": "PaymentID",
    "Prepayment": "PrepaymentID",
    "PurchaseOrder": "PurchaseOrderID",
    "Quote": "QuoteID",
    "TaxRate": "TaxType",
    "TrackingCategory": "TrackingCategoryID",
    "Allocation": "AllocationID",
    "User": "UserID",
}
_INDEXED = (
    *("Name", "Code", "ContactNumber", "AccountNumber", "InvoiceNumber", "CreditNoteNumber"),
    *("QuoteNumber", "PurchaseOrderNumber", "DocumentID", "SourceID", "EmailAddress"),
)
_ZONES = {
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "CENTRALSTANDARDTIME": "America/Chicago",
    "EASTERNSTANDARDTIME": "America/New_York",
    "GMTSTANDARDTIME": "Europe/London",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "PACIFICSTANDARDTIME": "America/Los_Angeles",
    "UTC": "UTC",
}
_PREFIXES = {
    "Invoice": ("InvoiceNumber", "INV-"),
    "CreditNote": ("CreditNoteNumber", "CN-"),
    "Quote": ("QuoteNumber", "QU-"),
    "PurchaseOrder": ("PurchaseOrderNumber", "PO-"),
}
_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail that went out; `moment` in seconds."""

    invoice: str
    address: str
    moment: float


@dataclass(frozen=True, slots=True)
class Note:
    """A line of a document's history; `moment` in milliseconds."""

    details: str
    moment: int


class Books:
    """Everything one organisation holds."""

    def __init__(
        self, identity: Identity, settings: Callable[[], Settings], wall: Callable[[], float]
    ) -> None:
        self.lock = threading.RLock()
        self.identity = identity
        self.mails: list[Mail] = []
        self.notes: dict[tuple[str, str], list[Note]] = defaultdict(list)
        self._settings = settings
        self._wall = wall
        self._tables: dict[str, dict[str, Entity]] = defaultdict(dict)
        self._indexes: dict[tuple[str, str], dict[str, dict[str, None]]] = defaultdict(dict)
        self._numbers: dict[str, int] = defaultdict(int)
        self._undo: list[tuple[str, str, Entity | None]] | None = None

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._settings()

    # ------------------------------------------------------------------ looking

    def rows(self, kind: str) -> list[Entity]:
        """List the objects of a kind, in the order they came."""
        return list(self._tables[kind].values())

    def find(self, kind: str, key: str | None) -> Entity | None:
        """Find an object by its key; identifiers are written in either case."""
        if key is None:
            return None
        table = self._tables[kind]
        return table.get(key) or table.get(key.lower())

    def get(self, kind: str, key: str) -> Entity:
        """Give an object that is certainly there."""
        return self._tables[kind][key]

    def by(self, kind: str, name: str, value: str) -> list[Entity]:
        """Find objects by an indexed property, whatever the case, oldest first."""
        table = self._tables[kind]
        return [table[key] for key in self._indexes[kind, name].get(folded(value), ())]

    def one_by(self, kind: str, name: str, value: str | None) -> Entity | None:
        """Find the first object with such a property."""
        return next(iter(self.by(kind, name, value)), None) if value else None

    # ------------------------------------------------------------------ storing

    def put(self, kind: str, entity: Entity, *, quiet: bool = False) -> Entity:
        """Store an object, new or changed; quietly, its time of change stays as it was."""
        stored = entity if quiet and "Updated" in entity else {**entity, "Updated": self.now()}
        self._store(kind, stored[KEYS[kind]], stored)
        return stored

    def remove(self, kind: str, key: str) -> None:
        """Take an object out for good."""
        self._store(kind, key, None)

    def _store(self, kind: str, key: str, entity: Entity | None) -> None:
        table = self._tables[kind]
        old = table.get(key)
        if self._undo is not None:
            self._undo.append((kind, key, old))
        for name in _INDEXED:
            if old is not None and old.get(name):
                self._indexes[kind, name].get(folded(str(old[name])), {}).pop(key, None)
            if entity is not None and entity.get(name):
                index = self._indexes[kind, name]
                index.setdefault(folded(str(entity[name])), {})[key] = None
        if entity is None:
            table.pop(key, None)
        else:
            table[key] = entity

    @contextmanager
    def revocable(self) -> Iterator[Callable[[], None]]:
        """Remember what is stored meanwhile, so that it can be taken back."""
        self._undo = []
        try:
            yield self._take_back
        finally:
            self._undo = None

    def _take_back(self) -> None:
        done, self._undo = self._undo or [], None
        for kind, key, old in reversed(done):
            self._store(kind, key, old)
        self._undo = []

    # ------------------------------------------------------------------ numbers, money, time

    def next_number(self, kind: str) -> str:
        """Give the next free number of a kind of document."""
        name, prefix = _PREFIXES[kind]
        while True:
            self._numbers[kind] += 1
            number = f"{prefix}{self._numbers[kind]:04d}"
            if not self.by(kind, name, number):
                return number

    def now(self) -> int:
        """Give this moment in milliseconds."""
        return int(self._wall() * 1000)

    def today(self) -> str:
        """Give the day it is in the organisation's zone."""
        zone = ZoneInfo(_ZONES.get(self.identity.timezone, "UTC"))
        return datetime.fromtimestamp(self._wall(), UTC).astimezone(zone).date().isoformat()

    def check_open(self, *days: str | None) -> None:
        """Refuse days that a lock date closes."""
        identity = self.identity
        for lock, what in (
            (identity.year_lock_date, "end of year"),
            (identity.period_lock_date, "period"),
        ):
            if lock and any(day and day <= lock for day in days):
                raise Invalid(
                    f"The document date cannot be before the {what} lock date, "
                    f"currently set at {lock}"
                )

    def mails_left(self) -> int:
        """Tell how many e-mails may still go out within this day."""
        settings, identity = self.settings, self.identity
        by_plan = 0 if identity.demo else 20 if identity.plan == "TRIAL" else 1000
        most = int(settings.mails_a_day or by_plan)
        return most - sum(self._wall() - each.moment < _DAY for each in self.mails)

    def mail(self, invoice: str, address: str) -> None:
        """Send an e-mail."""
        self.mails.append(Mail(invoice, address, self._wall()))

    def note(self, kind: str, key: str, details: str) -> Note:
        """Write a line into a document's history."""
        made = Note(details, self.now())
        self.notes[kind, key].append(made)
        return made


def folded(value: str) -> str:
    """Make two spellings of a name alike: case and runs of blanks do not count."""
    return " ".join(value.split()).casefold()


def first(rows: Iterable[Entity]) -> Entity | None:
    """Give the first of some objects, if there is one."""
    return next(iter(rows), None)
