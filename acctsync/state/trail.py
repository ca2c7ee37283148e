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
from collections.abc import Mapping
from dataclasses import dataclass, field

from acctsync import __version__
from acctsync.documents import DocumentRef

_INSERT = """
INSERT INTO audit (at, run, actor, action, kind, source, id, detail, previous, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that happened, in UTC."""

    at: str
    run: str
    action: str
    ref: DocumentRef | None
    detail: Mapping[str, object] = field(default_factory=dict)


class Trail:
    """The trail of one open state; entries are written inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._actor = _actor()
        row = connection.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        self.head: str = row[0] if row else ""
        self._last = self.head

    def append(self, entry: Entry) -> None:
        """Write an entry and seal it."""
        ref = entry.ref
        where = (ref.kind, ref.source, ref.id) if ref else ("", "", "")
        detail = json.dumps(entry.detail, sort_keys=True, ensure_ascii=False)
        values = (entry.at, entry.run, self._actor, entry.action, *map(str, where), detail)
        sealed = seal(self._last, values)
        self._db.execute(_INSERT, (*values, self._last, sealed))
        self._last = sealed

    def committed(self) -> None:
        """Take the written entries as lasting."""
        self.head = self._last

    def forget(self) -> None:
        """Take the written entries as undone."""
        self._last = self.head


def seal(previous: str, values: tuple[str, ...]) -> str:
    """Hash an entry together with the one before."""
    text = json.dumps([previous, *values], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _actor() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()} acctsync {__version__}"
