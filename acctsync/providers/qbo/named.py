"""Customers, vendors, items and labels by what they are called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

from acctsync.clock import Clock
from acctsync.documents import (
    LABELS,
    PARTIES,
    DocumentRef,
    Kind,
    ListEntry,
    ListKind,
    RemoteDocument,
)
from acctsync.providers.port import Sought
from acctsync.providers.qbo import queries
from acctsync.providers.qbo.listing import Listing
from acctsync.providers.qbo.lists import entry
from acctsync.providers.qbo.matching import Entries, Parties
from acctsync.providers.qbo.payloads import ENTITIES
from acctsync.providers.qbo.reading import Reader
from acctsync.providers.qbo.responses import remote_document
from acctsync.providers.roll import Roll, Told, calls_for

NAMED = PARTIES | LABELS | {Kind.ITEMS}
_LISTS = {
    Kind.CUSTOMERS: ListKind.CUSTOMERS,
    Kind.VENDORS: ListKind.VENDORS,
    Kind.ITEMS: ListKind.ITEMS,
    Kind.CLASSES: ListKind.CLASSES,
    Kind.LOCATIONS: ListKind.LOCATIONS,
}


class Names:
    """What one company has names for, for one run. May be used by several threads.

    What was read whole counts for `fresh` seconds, unless something of its kind was written.
    """

    def __init__(
        self, reader: Reader, lists: Listing, roll: Roll, clock: Clock, *, fresh: float
    ) -> None:
        self._reader = reader
        self._lists = lists
        self._roll = roll
        self._clock = clock
        self._fresh = fresh
        self._lock = Lock()
        self._known: dict[Kind, tuple[float, Parties | Entries]] = {}

    def matching(
        self, kind: Kind, sought: Sequence[Sought]
    ) -> Mapping[DocumentRef, Sequence[RemoteDocument]]:
        """Find what bears the names or addresses that are sought.

        What is kept serves where that will do, once it is brought up to date: what is recognised
        by it is read again, since nobody is told of those whom a merger took out of it.
        """
        found = self._just_read(kind)
        if found is None and all(each.kept_will_do for each in sought):
            recognise = self._recognised if kind in PARTIES else self._listed
            found = recognise(kind, sought)
        if found is None:
            found = self._read(kind)
        return {each.ref: found.candidates(each) for each in sought}

    def name_of(self, id_: str) -> str:
        """Tell what a customer or vendor is called; empty for an id that is not known here."""
        with self._lock:
            known = [names for _, names in self._known.values()]
        parties = (each for each in known if isinstance(each, Parties))
        return next((name for each in parties if (name := each.name_of(id_))), "")

    def forget(self, written: Sequence[Kind]) -> None:
        """Let go of what was read of these kinds."""
        with self._lock:
            for kind in NAMED.intersection(written):
                self._known.pop(kind, None)

    def _just_read(self, kind: Kind) -> Parties | Entries | None:
        with self._lock:
            read_at, found = self._known.get(kind, (0.0, None))
        return found if self._clock.monotonic() - read_at < self._fresh else None

    def _listed(self, kind: Kind, sought: Sequence[Sought]) -> Entries:
        """Recognise items and labels by the list that this run has read, or brought up to date."""
        listed = self._lists.entries(_LISTS[kind], whole=False)
        ids = _near(Entries(_as_kept(kind, each) for each in listed), sought)
        return Entries(self._read_again(kind, ids))

    def _recognised(self, kind: Kind, sought: Sequence[Sought]) -> Parties | None:
        """Recognise parties by a kept roll; None where it costs no more to read them whole."""
        kept = self._roll.brought_up(_LISTS[kind], lambda since: self._changed(kind, since))
        if kept is None:
            return None
        roll = Parties(_as_kept(kind, each) for each in kept)
        ids = _near(roll, sought)
        if len(queries.chunks(ids)) >= calls_for(len(kept)):
            return None
        return _parties(self._read_again(kind, ids))

    def _changed(self, kind: Kind, since: dt.datetime) -> Told:
        """Ask what changed; a query tells it at once, and more than a thousand of them."""
        page = self._reader.every(ENTITIES[kind], inactive=True, where=queries.changed_since(since))
        return Told([entry(_LISTS[kind], row) for row in page.rows], page.at)

    def _read_again(self, kind: Kind, ids: Sequence[str]) -> list[RemoteDocument]:
        def read(part: Sequence[str]) -> list[RemoteDocument]:
            statement = queries.ids_in(ENTITIES[kind], part, inactive=True)
            rows = self._reader.some(ENTITIES[kind], statement)
            return [remote_document(kind, row) for row in rows]

        return [each for part in queries.chunks(ids) for each in read(part)]

    def _read(self, kind: Kind) -> Parties | Entries:
        """Read them all."""
        began = self._clock.monotonic()
        at: dt.datetime | None = None
        remotes: list[RemoteDocument] = []
        entries: list[ListEntry] = []
        for page in self._reader.pages(ENTITIES[kind], inactive=True):
            at = at or page.at
            remotes += [remote_document(kind, row) for row in page.rows]
            if kind in PARTIES:
                entries += [entry(_LISTS[kind], row) for row in page.rows]
        if kind in PARTIES:
            self._roll.write_down(_LISTS[kind], Told(entries, at))
        found = _parties(remotes) if kind in PARTIES else Entries(remotes)
        with self._lock:
            self._known[kind] = (began, found)
        return found


def _parties(remotes: Iterable[RemoteDocument]) -> Parties:
    """Put the oldest first, however they came: where several are meant it is the one to take."""
    return Parties(sorted(remotes, key=lambda each: (len(each.id), each.id)))


def _near(known: Parties | Entries, sought: Sequence[Sought]) -> list[str]:
    """Tell the ids of what bears one of the names or addresses."""
    return list({near.id: None for each in sought for near in known.candidates(each)})


def _as_kept(kind: Kind, entry_: ListEntry) -> RemoteDocument:
    """Make what is kept of something comparable: by name, by address, and whether it is active."""
    return RemoteDocument(
        kind=kind,
        id=entry_.id,
        version="",
        digest="",
        name=entry_.name if kind in PARTIES else entry_.full_name,
        email=entry_.email,
        active=entry_.active,
    )
