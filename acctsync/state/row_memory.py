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
from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from acctsync.documents import Kind, State

FILE = "rows.db"
_VERSION = 1
_TABLE = """
CREATE TABLE rows (
    kind TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL,
    id TEXT NOT NULL, number TEXT NOT NULL, day TEXT NOT NULL, currency TEXT NOT NULL,
    total TEXT NOT NULL, tax_total TEXT NOT NULL, state TEXT NOT NULL, exchange_rate TEXT,
    fee TEXT, wanted TEXT, party TEXT NOT NULL, invoice TEXT NOT NULL,
    mark TEXT NOT NULL, part TEXT NOT NULL,
    PRIMARY KEY (kind, source, name)
) STRICT, WITHOUT ROWID
"""
_FIND = """
SELECT name, digest, id, number, day, currency, total, tax_total, state, exchange_rate, fee,
    wanted, party, invoice, mark, part
FROM json_each(:names) AS wanted
CROSS JOIN rows ON rows.kind = :kind AND rows.source = :source AND rows.name = wanted.value
"""
_PUT = f"INSERT OR REPLACE INTO rows VALUES ({', '.join('?' * 18)})"
_MOST_UNWRITTEN = 1000


class Entry(NamedTuple):
    """What the rows of one document came to, when they were built last.

    `mark` is the fingerprint of the document, `part` of what is written beside it, if anything.
    `wanted` is the invoice of a payment as it was called then, `invoice` the word for it in the
    rows; `party` holds the words of whom they name.
    """

    name: str
    digest: bytes
    id: str
    number: str
    day: dt.date
    currency: str
    total: Decimal
    tax_total: Decimal
    state: State
    exchange_rate: Decimal | None
    fee: Decimal | None
    wanted: str | None
    party: tuple[str, ...]
    invoice: str
    mark: str
    part: str


class RowMemory:
    """The entries of one connection; without a file that can be used it is empty."""

    def __init__(self, file: Path, *, learns: bool) -> None:
        """Open the file; one that `learns` makes it where it is missing."""
        self._file = file
        self._learns = learns
        self._unwritten: list[tuple[object, ...]] = []
        self._days: dict[str, dt.date] = {}
        self._parties: dict[str, tuple[str, ...]] = {}
        self._db = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(keep=error is None)

    def find(self, kind: Kind, source: str, names: Iterable[str]) -> Mapping[str, Entry]:
        """Find the entries of some names."""
        if self._db is None:
            return {}
        values = {"kind": str(kind), "source": source, "names": json.dumps(list(names))}
        try:
            return {row[0]: self._entry(row) for row in self._db.execute(_FIND, values)}
        except (sqlite3.Error, ValueError, ArithmeticError):
            self._give_up()
            return {}

    def learn(self, kind: Kind, source: str, entry: Entry) -> None:
        """Remember what rows came to, in place of what their name stood for before."""
        if self._db is None or not self._learns:
            return
        self._unwritten.append((str(kind), source, *_row(entry)))
        if len(self._unwritten) >= _MOST_UNWRITTEN:
            self._write()

    def close(self, *, keep: bool = True) -> None:
        """Let go of the file; keep what was learnt, or forget it."""
        if self._db is None:
            return
        if keep:
            self._write()
        try:
            self._db.execute("COMMIT" if keep else "ROLLBACK") if self._db.in_transaction else None
        except sqlite3.Error:
            self._give_up()
            return
        self._db.close()
        self._db = None

    # Inside

    def _opened(self) -> sqlite3.Connection | None:
        if not self._learns and not self._file.exists():
            return None
        try:
            connection = self._connected()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version == _VERSION:
                return connection
            if self._learns and version == 0:
                connection.execute(_TABLE)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
                return connection
            connection.close()
        except (sqlite3.Error, OSError):
            pass
        if self._learns:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
        return None

    def _connected(self) -> sqlite3.Connection:
        if self._learns:
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
        mode = "rw" if self._learns else "ro"
        connection = sqlite3.connect(
            f"{self._file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None
        )
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _write(self) -> None:
        rows, self._unwritten = self._unwritten, []
        if self._db is None or not rows:
            return
        try:
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(_PUT, rows)
        except sqlite3.Error:
            self._give_up()

    def _give_up(self) -> None:
        """Go on without; a file that can't be used is thrown away by those who would write it."""
        if self._db is not None:
            self._db.close()
        self._db = None
        if self._learns:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)

    def _entry(self, row: tuple[str, ...]) -> Entry:
        name, digest, id_, number, day, currency, total, tax, state, rate, fee, *rest = row
        wanted, party, invoice, mark, part = rest
        if day not in self._days:
            self._days[day] = dt.date.fromisoformat(day)
        if party not in self._parties:
            self._parties[party] = tuple(json.loads(party))
        return Entry(
            name,
            digest,  # type: ignore[arg-type] - the one column that is no text
            id_,
            number,
            self._days[day],
            currency,
            Decimal(total),
            Decimal(tax),
            State(state),
            Decimal(rate) if rate else None,
            Decimal(fee) if fee else None,
            wanted,
            self._parties[party],
            invoice,
            mark,
            part,
        )


def _row(entry: Entry) -> tuple[object, ...]:
    values = (
        str(value) if isinstance(value, Decimal | State) else value for value in entry._replace(
            day=entry.day.isoformat(), party=json.dumps(entry.party)  # type: ignore[arg-type]
        )
    )
    return tuple(values)
