"""Contacts and items by what they are called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from acctsync.clock import Clock
from acctsync.documents import PARTIES, Kind, ListEntry, ListKind, RemoteDocument
from acctsync.providers.port import Sought
from acctsync.providers.roll import Roll, Told, calls_for
from acctsync.providers.stamps import stamped_id
from acctsync.providers.xero import questions
from acctsync.providers.xero.lists import entries
from acctsync.providers.xero.matching import Found, Named
from acctsync.providers.xero.payloads import RESOURCES
from acctsync.providers.xero.reading import Reader
from acctsync.providers.xero.responses import remote_document

CONTACTS = "Contacts"
# Up to so many calls by id nobody asks for a list whose length isn't known.
_FEW = 3

Row = Mapping[str, Any]


class Names:
    """What one organisation has names for, for one run. May be used by several threads.

    What was read whole counts for `fresh` seconds, unless something was written; `now` is the time
    by Xero's clock, `listed` what this run has read of a list already.
    """

    def __init__(
        self,
        reader: Reader,
        roll: Roll,
        clock: Clock,
        *,
        fresh: float,
        now: Callable[[], dt.datetime],
        listed: Callable[[str], Sequence[Row] | None],
    ) -> None:
        self._reader = reader
        self._roll = roll
        self._clock = clock
        self._fresh = fresh
        self._now = now
        self._listed = listed
        self._lock = Lock()
        self._known: dict[str, tuple[float, tuple[Row, ...]]] = {}

    def matching(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        """Find what bears the names or addresses that are sought, or our own stamp.

        A kept roll serves where that will do: who is recognised by it is read again, so that it
        counts as it is now, archived or called otherwise.
        """
        resource = RESOURCES[kind]
        rows: Sequence[Row] | None = self._just_read(resource)
        if rows is None and kind in PARTIES:
            rows = self._sought_alone(kind, sought)
        elif rows is None and all(each.kept_will_do for each in sought):
            rows = self._listed(resource)
        if rows is None:
            rows = self.all(resource)
        named = Named(remote_document(kind, row) for row in rows)
        return {each.ref: named.candidates(each) for each in sought}

    def all(self, resource: str) -> tuple[Row, ...]:
        """Read them all; what was read some seconds ago, with no write since, still counts."""
        found = self._just_read(resource)
        if found is not None:
            return found
        began = self._clock.monotonic()
        if resource == CONTACTS:
            pages = self._reader.pages(resource, questions.WITH_ARCHIVED)
            found = tuple(row for page in pages for row in page)
            self._roll.write_down(ListKind.CUSTOMERS, self._told(found, began))
        else:
            found = tuple(self._reader.all(resource))
        with self._lock:
            self._known[resource] = (began, found)
        return found

    def forget(self) -> None:
        """Let go of what was read."""
        with self._lock:
            self._known.clear()

    def _just_read(self, resource: str) -> tuple[Row, ...] | None:
        with self._lock:
            read_at, found = self._known.get(resource, (0.0, None))
        return found if self._clock.monotonic() - read_at < self._fresh else None

    def _sought_alone(self, kind: Kind, sought: Sequence[Sought]) -> tuple[Row, ...] | None:
        """Read those alone that are sought; None where it costs no more to read all."""
        if all(each.remote_id for each in sought):
            ids = list(dict.fromkeys(each.remote_id for each in sought))
            return self._read_again(ids) if _calls(ids) <= _FEW else None
        if not all(each.kept_will_do and not each.remote_id for each in sought):
            return None
        kept = self._roll.brought_up(ListKind.CUSTOMERS, self._changed)
        if kept is None:
            return None
        roll = Named(_as_kept(kind, each) for each in kept)
        ids = list({near.id for each in sought for near in roll.candidates(each)})
        return self._read_again(ids) if _calls(ids) < calls_for(len(kept)) else None

    def _changed(self, since: dt.datetime) -> Told:
        began = self._clock.monotonic()
        moment = since.astimezone(dt.UTC)
        pages = self._reader.pages(CONTACTS, questions.WITH_ARCHIVED, since=moment)
        return self._told([row for page in pages for row in page], began)

    def _told(self, rows: Sequence[Row], began: float) -> Told:
        """Date an answer to when it was asked for; what time it is there an answer has to tell."""
        took = dt.timedelta(seconds=self._clock.monotonic() - began)
        return Told([_kept(row) for row in rows], self._now() - took)

    def _read_again(self, ids: Sequence[str]) -> tuple[Row, ...]:
        return tuple(
            row
            for part in questions.chunks(ids)
            for page in self._reader.pages(
                CONTACTS, {**questions.listed("IDs", part), **questions.WITH_ARCHIVED}
            )
            for row in page
        )


def _calls(ids: Sequence[str]) -> int:
    return len(list(questions.chunks(ids)))


def _kept(row: Row) -> ListEntry:
    """Keep of a contact what it may be recognised by."""
    (entry,) = entries(ListKind.CUSTOMERS, row)
    number = str(row.get("ContactNumber") or "")
    return ListEntry(
        id=entry.id,
        name=entry.name,
        full_name=entry.full_name,
        active=entry.active,
        email=entry.email,
        detail={"number": number} if number else {},
    )


def _as_kept(kind: Kind, entry: ListEntry) -> RemoteDocument:
    """Make what is kept of a contact comparable: by name, by address, and by our stamp."""
    return RemoteDocument(
        kind=kind,
        id=entry.id,
        version="",
        digest="",
        stamp=stamped_id(entry.detail.get("number", ""), kind),
        name=entry.name,
        email=entry.email,
        active=entry.active,
    )
