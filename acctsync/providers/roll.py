"""Customers and vendors by what they are recognised by, kept between runs where they are many.

A kept roll never counts as it is: the books are asked what changed since it was last brought up to
date, and read whole once a month. Where all of it fits into one answer it is not worth keeping.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from acctsync.clock import Clock
from acctsync.documents import ListEntry, ListKind
from acctsync.providers.shelf import Kept, put, take

ROLL_FILE = "names.json"
PAGE = 1000  # Intuit: data queries; Xero: paging
_WHOLE_FOR = dt.timedelta(days=29)
# An answer may be some minutes behind what was written, and clocks differ: asking from earlier on
# brings some parties again.
_OVERLAP = dt.timedelta(minutes=10)
_CLOCKS_DIFFER = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """Parties as the books told them; `at` is their own time when they were asked."""

    parties: Sequence[ListEntry]
    at: dt.datetime | None


def calls_for(rows: int) -> int:
    """Tell in how many answers so many rows come."""
    return rows // PAGE + 1


class Roll:
    """The parties of one company. May be used by several threads; without a `file` none is kept."""

    def __init__(self, *, company_id: str, clock: Clock, file: Path | None) -> None:
        self._company_id = company_id
        self._clock = clock
        self._file = file
        self._lock = Lock()
        self._kept: dict[ListKind, Kept] | None = None
        self._altered = False

    def brought_up(
        self, kind: ListKind, changed_since: Callable[[dt.datetime], Told]
    ) -> Sequence[ListEntry] | None:
        """Tell all parties of a kind as they are now; None where only reading them whole will do.

        `changed_since` asks the books, for inactive parties too.
        """
        with self._lock:
            kept = self._taken().get(kind)
        if kept is None:
            return None
        told = changed_since(kept.seen_at - _OVERLAP)
        if told.at is None or not kept.seen_at <= told.at < kept.whole_at + _WHOLE_FOR:
            return None
        entries = {**kept.entries, **_by_id(told.parties)}
        self._put(kind, Kept(entries, whole_at=kept.whole_at, seen_at=told.at))
        return tuple(entries.values())

    def write_down(self, kind: ListKind, told: Told) -> None:
        """Note what was read whole."""
        if told.at is not None and calls_for(len(told.parties)) > 1:
            self._put(kind, Kept(_by_id(told.parties), whole_at=told.at, seen_at=told.at))

    def forget(self) -> None:
        """Let go of everything: the next time each is read whole."""
        with self._lock:
            self._altered = bool(self._taken())
            self._kept = {}

    def keep(self) -> None:
        """Leave it for the next run, if this one learned something."""
        with self._lock:
            if self._file is not None and self._kept is not None and self._altered:
                put(self._file, self._company_id, self._kept)
                self._altered = False

    def _put(self, kind: ListKind, kept: Kept) -> None:
        with self._lock:
            self._taken()[kind] = kept
            self._altered = True

    def _taken(self) -> dict[ListKind, Kept]:
        if self._kept is None:
            stored = take(self._file, self._company_id) if self._file is not None else {}
            self._kept = {kind: kept for kind, kept in stored.items() if self._counts(kept)}
        return self._kept

    def _counts(self, kept: Kept) -> bool:
        now = self._clock.now()
        return now - _WHOLE_FOR < kept.whole_at <= kept.seen_at < now + _CLOCKS_DIFFER


def _by_id(parties: Iterable[ListEntry]) -> dict[str, ListEntry]:
    return {each.id: each for each in parties}
