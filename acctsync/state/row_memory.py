"""What the rows of exports came to: a file beside the state that may be lost at any time.

It saves work and decides nothing: an entry says what is built from certain rows under a certain
mapping, and without it the same is built again. That is why nothing here ever stops a run, and why
none of it is in the state, its backups and its checks.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from acctsync.documents import Kind, State
from acctsync.exports.paging import Head
from acctsync.mapping.paging import Contents, Sketched
from acctsync.mapping.party import Party
from acctsync.mapping.recalling import Remembered
from acctsync.state.pages import TABLE as PAGES
from acctsync.state.pages import Pages

FILE = "rows.db"
_VERSION = 2
# One text holds all of an entry: taking a row apart column by column costs more than the look-up.
_TABLE = """
CREATE TABLE rows (
    kind TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL,
    digest BLOB NOT NULL, entry TEXT NOT NULL,
    PRIMARY KEY (kind, source, name)
) STRICT, WITHOUT ROWID
"""
_FIND = """
SELECT rows.name, rows.digest, rows.entry FROM json_each(:names) AS asked
CROSS JOIN rows ON rows.kind = :kind AND rows.source = :source AND rows.name = asked.value
"""
_PUT = "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?)"
_MOST_UNWRITTEN = 1000
# Documents are learnt some hundred after their page was sketched.
_MOST_SKETCHED = 8
# A reader would rather build anew than wait.
_PATIENCE = 0.2
_BETWEEN = "\x1f"
_STATES = {str(state): state for state in State}
_FAULTS = (sqlite3.Error, ValueError, TypeError, ArithmeticError, KeyError)


class RowMemory:
    """The entries of one connection; without a file that can be used it is empty."""

    def __init__(self, file: Path, *, learns: bool) -> None:
        """Open the file; one that `learns` makes it where it is missing."""
        self._file = file
        self.learns = learns
        self._unwritten: list[tuple[str, str, str, bytes, str]] = []
        self._sketched: deque[tuple[Kind, str, Sketched]] = deque()
        self._db = self._opened()
        self._pages = Pages(self._db) if self._db is not None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(keep=error is None)

    def find(self, kind: Kind, source: str, names: Iterable[str]) -> Mapping[str, Remembered]:
        """Find the entries of some names."""
        if self._db is None:
            return {}
        values = {"kind": str(kind), "source": source, "names": json.dumps(list(names))}
        try:
            rows = self._db.execute(_FIND, values)
            return {name: _entry(name, digest, text) for name, digest, text in rows}
        except _FAULTS:
            self._give_up()
            return {}

    def learn(self, kind: Kind, source: str, entry: Remembered) -> None:
        """Remember what rows came to, in place of what their name stood for before."""
        text = _text(entry)
        if self._db is None or not self.learns or text is None:
            return
        self._unwritten.append((str(kind), source, entry.name, entry.digest, text))
        if len(self._unwritten) >= _MOST_UNWRITTEN:
            self._write()

    def starts(self, kind: Kind, source: str) -> Mapping[str, Head]:
        """Tell by which lines pages of a source start."""
        if self._pages is None:
            return {}
        try:
            return self._pages.starts(kind, source)
        except _FAULTS:
            self._give_up()
            return {}

    def page(self, number: int) -> Contents | None:
        """Find what a page told."""
        if self._pages is None:
            return None
        try:
            return self._pages.contents(number)
        except _FAULTS:
            self._give_up()
            return None

    def took(self, number: int) -> None:
        """Remember that a page is of use."""
        if self._pages is not None:
            self._pages.took(number)

    def sketched(self, kind: Kind, source: str, page: Sketched) -> None:
        """Learn a page, once all of its documents were learnt."""
        self._sketched.append((kind, source, page))
        if len(self._sketched) > _MOST_SKETCHED:
            self._finish(*self._sketched.popleft())

    def _finish(self, kind: Kind, source: str, page: Sketched) -> None:
        self._write()
        names = [trace.name for trace, _ in page.documents]
        found = self.find(kind, source, names)
        entries = [found.get(name) for name in names]
        known = [each for each in entries if each is not None]
        digests = [trace.digest for trace, _ in page.documents]
        if self._pages is None or [each.digest for each in known] != digests:
            return
        try:
            self._begin()
            self._pages.put(kind, source, page, known)
        except _FAULTS:
            self._give_up()

    def close(self, *, keep: bool = True) -> None:
        """Let go of the file; keep what was learnt, or forget it."""
        if keep:
            while self._sketched:
                self._finish(*self._sketched.popleft())
            self._write()
            self._tidy()
        db, self._db, self._pages = self._db, None, None
        if db is not None:
            with suppress(sqlite3.Error):
                db.execute("COMMIT" if keep else "ROLLBACK")
            db.close()

    # Inside

    def _opened(self) -> sqlite3.Connection | None:
        if not self.learns and not self._file.exists():
            return None
        try:
            return self._usable(self._connected())
        except (sqlite3.Error, OSError):
            self._throw_away()
            return None

    def _usable(self, connection: sqlite3.Connection) -> sqlite3.Connection | None:
        """Take a file of this version, and make one of an empty file; throw away any other."""
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == _VERSION:
            return connection
        if version == 0 and self.learns:
            connection.execute(_TABLE)
            connection.execute(PAGES)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            return connection
        connection.close()
        self._throw_away()
        return None

    def _connected(self) -> sqlite3.Connection:
        if self.learns:
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
        mode = "rw" if self.learns else "ro"
        where = f"{self._file.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(where, uri=True, isolation_level=None, timeout=_PATIENCE)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _write(self) -> None:
        rows, self._unwritten = self._unwritten, []
        if self._db is None or not rows:
            return
        try:
            self._begin()
            self._db.executemany(_PUT, rows)
        except _FAULTS:
            self._give_up()

    def _begin(self) -> None:
        if self._db is not None and not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")

    def _tidy(self) -> None:
        if self._pages is None or not self.learns:
            return
        try:
            self._begin()
            self._pages.tidy()
        except _FAULTS:
            self._give_up()

    def _give_up(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = self._pages = None
        self._throw_away()

    def _throw_away(self) -> None:
        """Remove a file that can't be used; only who writes it may."""
        if self.learns:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)


def _text(entry: Remembered) -> str | None:
    """Write an entry as one text; None where that could not be taken apart again."""
    values = (
        entry.id, entry.number, entry.date.isoformat(), entry.currency, str(entry.total),
        str(entry.tax_total), str(entry.state), _optional(entry.exchange_rate),
        _optional(entry.fee), entry.wanted, json.dumps(entry.party), entry.invoice,
        entry.mark, entry.part,
    )  # fmt: skip
    text = _BETWEEN.join(values)
    return text if text.count(_BETWEEN) == len(values) - 1 else None


def _entry(name: str, digest: bytes, text: str) -> Remembered:
    id_, number, day, currency, total, tax, state, rate, fee, *rest = text.split(_BETWEEN)
    wanted, party, invoice, mark, part = rest
    return Remembered(
        name,
        digest,
        id_,
        number,
        _day(day),
        currency,
        _amount(total),
        _amount(tax),
        _STATES[state],
        _amount(rate) if rate else None,
        _amount(fee) if fee else None,
        wanted,
        _party(party),
        invoice,
        mark,
        part,
    )


def _optional(value: Decimal | None) -> str:
    return "" if value is None else str(value)


# What very many documents have is held once.
_day = lru_cache(maxsize=4096)(dt.date.fromisoformat)
_amount = lru_cache(maxsize=4096)(Decimal)


@lru_cache(maxsize=4096)
def _party(text: str) -> Party:
    return Party(*json.loads(text))
