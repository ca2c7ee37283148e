"""The company's lists: kept between runs, brought up to date by what changed, else read whole.

A kept list never counts as it is. One question about what changed since then covers the lists that
documents point into; an answer that may be incomplete, or a list not read whole for a month, sends
us back to reading all of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

from acctsync.clock import Clock
from acctsync.documents import ListEntry, ListKind
from acctsync.providers.qbo.changes import LOOKS_BACK, OVERLAP
from acctsync.providers.qbo.lists import (
    PSEUDO_TAX_CODES,
    TABLES,
    TELLS_CHANGES,
    TOGETHER,
    brought_up,
    entry,
)
from acctsync.providers.qbo.reading import Reader
from acctsync.providers.shelf import Kept, put, take

_CLOCKS_DIFFER = dt.timedelta(days=1)


class Listing:
    """The lists of one company, for one run. May be used by several threads.

    `domestic` tells whether the company is in the US; it may have to ask. Without a `file` nothing
    is kept.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        company_id: str,
        domestic: Callable[[], bool],
        clock: Clock,
        file: Path | None = None,
    ) -> None:
        self._reader = reader
        self._company_id = company_id
        self._domestic = domestic
        self._clock = clock
        self._file = file
        self._reading = {kind: Lock() for kind in ListKind}
        self._refreshing = Lock()
        self._found: dict[ListKind, tuple[ListEntry, ...]] = {}
        self._whole: set[ListKind] = set()
        self._kept: dict[ListKind, Kept] | None = None
        self._current: set[ListKind] = set()
        self._names: dict[ListKind, dict[str, str]] = {}

    def entries(self, kind: ListKind, *, whole: bool) -> tuple[ListEntry, ...]:
        """Tell a list as it is now; `whole`: read in full by this run, whatever was kept."""
        with self._reading[kind]:
            found = self._found.get(kind)
            if found is None or (whole and kind not in self._whole):
                kept = None if whole else self._from_shelf(kind)
                found = self._found[kind] = self._read(kind) if kept is None else kept
                self._names[kind] = {each.id: each.full_name for each in found}
            return found

    def name_of(self, kind: ListKind, id_: str) -> str:
        """Tell what an entry was called when its list was last looked at; asks nobody."""
        return self._names.get(kind, {}).get(id_, "")

    def forget(self) -> None:
        """Let go of every list, kept ones too: the next time each is read whole."""
        with self._refreshing:
            self._kept = {}
            self._current = set(ListKind)
            self._found, self._whole = {}, set()

    def keep(self) -> None:
        """Put the lists on the shelf for the next run, if this one had a look at them."""
        with self._refreshing:
            if self._file is not None and self._kept is not None:
                put(self._file, self._company_id, self._kept)

    def _from_shelf(self, kind: ListKind) -> tuple[ListEntry, ...] | None:
        if kind not in TELLS_CHANGES:
            return None
        with self._refreshing:
            shelf = self._shelf()
            if kind in shelf and kind not in self._current:
                self._bring_up(shelf, TOGETHER if kind in TOGETHER else (kind,))
            kept = shelf.get(kind)
            return None if kept is None else tuple(kept.entries.values())

    def _shelf(self) -> dict[ListKind, Kept]:
        if self._kept is None:
            stored = take(self._file, self._company_id) if self._file is not None else {}
            self._kept = {kind: kept for kind, kept in stored.items() if self._recent(kept)}
        return self._kept

    def _recent(self, kept: Kept) -> bool:
        now = self._clock.now()
        return now - LOOKS_BACK < kept.whole_at <= kept.seen_at < now + _CLOCKS_DIFFER

    def _bring_up(self, shelf: dict[ListKind, Kept], kinds: Sequence[ListKind]) -> None:
        """Bring kept lists up to date with one question; what can't be is taken off the shelf."""
        kept = {kind: shelf[kind] for kind in kinds if kind in shelf}
        for kind, fresh in (self._ask(kept) if kept else {}).items():
            if fresh is None:
                del shelf[kind]
            else:
                shelf[kind] = fresh
        self._current.update(kinds)

    def _ask(self, kept: dict[ListKind, Kept]) -> dict[ListKind, Kept | None]:
        entities = {kind: TABLES[kind].entity for kind in kept}
        since = min(each.seen_at for each in kept.values()) - OVERLAP
        told = self._reader.changes(list(entities.values()), since)
        if told is None or not told.whole:
            return dict.fromkeys(kept)
        fresh: dict[ListKind, Kept | None] = {}
        for kind, entity in entities.items():
            entries = brought_up(kind, kept[kind].entries, told.rows[entity], told.gone[entity])
            fresh[kind] = (
                replace(kept[kind], entries=entries, seen_at=told.at)
                if entries is not None and told.at - kept[kind].whole_at < LOOKS_BACK
                else None
            )
        return fresh

    def _read(self, kind: ListKind) -> tuple[ListEntry, ...]:
        if kind is ListKind.TAX_CODES and self._domestic():
            # A company in the US adds nothing to its own tax codes.
            return PSEUDO_TAX_CODES
        table = TABLES.get(kind)
        if table is None:
            return ()
        page = self._reader.every(table.entity, inactive=table.inactive)
        entries = {str(row["Id"]): entry(kind, row) for row in page.rows}
        with self._refreshing:
            self._whole.add(kind)
            shelf = self._shelf()
            shelf.pop(kind, None)
            if page.at is not None and kind in TELLS_CHANGES:
                shelf[kind] = Kept(entries, whole_at=page.at, seen_at=page.at)
        return tuple(entries.values())
