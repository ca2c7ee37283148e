"""The audit trail: who did what to which document.

Append-only; each entry is sealed by a hash over itself and the one before.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import socket
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from acctsync import __version__
from acctsync.documents import DocumentRef
from acctsync.documents.values import value

_INSERT = """
INSERT INTO audit (at, run, actor, action, kind, source, id, detail, previous, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# In parts, so that a run that wants to write never waits for whoever reads a long trail.
_PART = """
SELECT seq, at, run, actor, action, kind, source, id, detail, previous, hash FROM audit
WHERE seq > ? ORDER BY seq LIMIT 5000
"""
_BEFORE_ALL = -(2**63)
_told = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
_UNTOLD = """
SELECT id FROM runs WHERE finished IS NOT NULL
AND id NOT IN (SELECT run FROM audit WHERE action = 'run ended') ORDER BY rowid LIMIT 1
"""
_TOLD_OTHERWISE = """
SELECT id FROM runs WHERE head <> ''
AND (id, head) NOT IN (SELECT run, hash FROM audit WHERE action = 'run ended')
ORDER BY rowid LIMIT 1
"""


@value
class Entry:
    """Something that happened, in UTC."""

    at: str
    run: str
    action: str
    ref: DocumentRef | None
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of checking a trail: how many entries hold, and which one does not, and why.

    `head` is the last hash that holds: written down elsewhere, it proves the trail up to there.
    """

    entries: int
    head: str = ""
    broken_at: int | None = None
    why: str = ""

    @property
    def whole(self) -> bool:
        return not self.why


class Trail:
    """The trail of one open state; entries are written inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._actor = _actor()
        row = connection.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        self.head: str = row[0] if row else ""
        self._last = self.head

    @property
    def sealed(self) -> str:
        """Tell the last hash, that of an entry of the open transaction too."""
        return self._last

    def extend(self, entries: Iterable[Entry]) -> None:
        """Write entries and seal each."""
        rows, last = [], self._last
        for entry in entries:
            ref = entry.ref
            where = (str(ref.kind), ref.source, ref.id) if ref else ("", "", "")
            detail = _told(entry.detail)
            values = (entry.at, entry.run, self._actor, entry.action, *where, detail)
            sealed = seal(last, values)
            rows.append((*values, last, sealed))
            last = sealed
        self._db.executemany(_INSERT, rows)
        self._last = last

    def committed(self) -> None:
        """Take the written entries as lasting."""
        self.head = self._last

    def forget(self) -> None:
        """Take the written entries as undone."""
        self._last = self.head

    def verify(self) -> Verdict:
        """Work out every seal again, entry by entry, and look for runs that it does not tell of."""
        verdict = follow(self._entries())
        if not verdict.whole:
            return verdict
        why = self._cut_off()
        return replace(verdict, why=why) if why else verdict

    def holds(self, head: str) -> bool:
        """Tell whether a head that was told once is still in the trail."""
        found = self._db.execute("SELECT 1 FROM audit WHERE hash = ? LIMIT 1", (head,)).fetchone()
        return found is not None

    def _cut_off(self) -> str:
        """Compare the trail with the runs that recorded its end; say which one it contradicts."""
        untold = self._db.execute(_UNTOLD).fetchone()
        if untold is not None:
            return f"it doesn't tell how run {untold[0][:8]} ended: its end was cut off"
        otherwise = self._db.execute(_TOLD_OTHERWISE).fetchone()
        if otherwise is not None:
            run = otherwise[0][:8]
            return f"run {run} recorded another end of it: what came after was written anew"
        return ""

    def _entries(self) -> Iterator[Sequence[Any]]:
        last = _BEFORE_ALL
        while part := self._db.execute(_PART, (last,)).fetchall():
            yield from part
            last = part[-1][0]


def is_whole(file: Path) -> bool:
    """Tell whether the trail of a copy of a state holds, without touching the file."""
    where = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(where, uri=True)) as connection:
            return Trail(connection).verify().whole
    except sqlite3.Error:
        return False


def follow(rows: Iterable[Sequence[Any]]) -> Verdict:
    """Follow a chain from its first entry (seq, what is sealed, previous hash, hash); pure."""
    last, count = "", 0
    for seq, *values, previous, sealed in rows:
        if previous != last:
            why = "an entry before it is missing, moved or put in"
            return Verdict(entries=count, head=last, broken_at=seq, why=why)
        if seal(previous, tuple(values)) != sealed:
            return Verdict(entries=count, head=last, broken_at=seq, why="it was changed")
        last, count = sealed, count + 1
    return Verdict(entries=count, head=last)


def seal(previous: str, values: tuple[str, ...]) -> str:
    """Hash an entry together with the one before."""
    text = ",".join(map(encode_basestring, (previous, *values)))
    return hashlib.sha256(f"[{text}]".encode()).hexdigest()


def _actor() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()} acctsync {__version__}"
