"""The state as plain rows, for people, scripts and archives: the same state, the same rows.

The bytes that were sent are left out (their hash stands for them), and tokens were never in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from acctsync.state.store import Store
from acctsync.state.version import SCHEMA_VERSION

FORMAT = 1
_TABLES = {
    "meta": "SELECT * FROM meta ORDER BY name",
    "known": "SELECT * FROM known ORDER BY kind, source, id",
    "aliases": "SELECT * FROM aliases ORDER BY kind, alias",
    "runs": "SELECT * FROM runs ORDER BY rowid",
    "results": "SELECT * FROM results ORDER BY run, kind, source, id",
    "exchanges": "SELECT * FROM exchanges ORDER BY rowid",
    "operations": "SELECT * FROM operations ORDER BY seq",
    "pulls": "SELECT * FROM pulls ORDER BY kind",
    "pulled": "SELECT * FROM pulled ORDER BY kind, remote_id",
    "audit": "SELECT * FROM audit ORDER BY seq",
}


def head() -> dict[str, object]:
    """Say what the rows are of."""
    return {"acctsync_state": FORMAT, "schema": SCHEMA_VERSION}


def rows(store: Store) -> Iterator[tuple[str, dict[str, object]]]:
    """List every row with its table's name, in an order that depends on nothing but the rows."""
    for table, question in _TABLES.items():
        for row in store.rows(question):
            yield table, _plain(dict(row))


def tables(store: Store) -> dict[str, list[dict[str, object]]]:
    """List every row by table; an empty table is listed too."""
    listed: dict[str, list[dict[str, object]]] = {table: [] for table in _TABLES}
    for table, row in rows(store):
        listed[table].append(row)
    return listed


def _plain(row: dict[str, object]) -> dict[str, object]:
    body = row.pop("body", None)
    if isinstance(body, bytes):
        row |= {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    return row
