"""The pages of exports, as the memory of rows keeps them: one text holds all that a page told."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from decimal import Decimal

from acctsync.documents import Kind
from acctsync.exports.paging import Head
from acctsync.mapping.paging import Contents, Sketched, Told
from acctsync.mapping.party import Party
from acctsync.mapping.recalling import Remembered

TABLE = """
CREATE TABLE pages (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, start TEXT NOT NULL,
    lines INTEGER NOT NULL, digest BLOB NOT NULL, contents TEXT NOT NULL,
    UNIQUE (kind, source, start)
) STRICT
"""
_STARTS = "SELECT start, number, lines, digest FROM pages WHERE kind = ? AND source = ?"
_CONTENTS = "SELECT contents FROM pages WHERE number = ?"
_PUT = """
INSERT INTO pages (kind, source, start, lines, digest, contents) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, source, start) DO UPDATE SET
    lines = excluded.lines, digest = excluded.digest, contents = excluded.contents
RETURNING number
"""
_FORGET = "DELETE FROM pages WHERE number = ?"


class Pages:
    """The pages in one open file; raises sqlite3.Error, and ValueError and such of damaged ones."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Set up."""
        self._db = connection
        self._unseen: set[int] = set()

    def starts(self, kind: Kind, source: str) -> Mapping[str, Head]:
        """Tell by which lines pages of a source start."""
        found = {
            start: Head(number, lines, digest)
            for start, number, lines, digest in self._db.execute(_STARTS, (kind, source))
        }
        self._unseen.update(head.number for head in found.values())
        return found

    def contents(self, number: int) -> Contents:
        """Recall what a page told."""
        (text,) = self._db.execute(_CONTENTS, (number,)).fetchone()
        names, documents, parties = json.loads(text)
        return Contents(names, [Told._make(each) for each in documents], parties)

    def took(self, number: int) -> None:
        """Remember that a page is of use."""
        self._unseen.discard(number)

    def put(self, kind: Kind, source: str, page: Sketched, entries: Sequence[Remembered]) -> None:
        """Keep a page, in place of one that starts alike."""
        parties: dict[Party, int] = {}
        told = [
            _told(each, parties.setdefault(each.party, len(parties)), line)
            for each, (_, line) in zip(entries, page.documents, strict=True)
        ]
        names = [each.name for each in entries]
        text = json.dumps((names, told, list(parties)), separators=(",", ":"))
        values = (kind, source, page.start, page.lines, page.digest, text)
        (number,) = self._db.execute(_PUT, values).fetchone()
        self.took(number)

    def tidy(self) -> None:
        """Forget the pages that were of no use."""
        self._db.executemany(_FORGET, [(number,) for number in self._unseen])


def _told(entry: Remembered, party: int, line: int) -> Told:
    return Told(
        id=entry.id,
        number=entry.number,
        day=entry.date.toordinal(),
        currency=entry.currency,
        total=str(entry.total),
        tax_total=str(entry.tax_total),
        state=str(entry.state),
        exchange_rate=_optional(entry.exchange_rate),
        fee=_optional(entry.fee),
        wanted=entry.wanted,
        party=party,
        invoice=entry.invoice,
        mark=entry.mark,
        part=entry.part,
        line=line,
    )


def _optional(value: Decimal | None) -> str:
    return "" if value is None else str(value)
