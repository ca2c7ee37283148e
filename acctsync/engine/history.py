"""Tell what the state remembers: the health card, the audit trail, one document's life."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable

from acctsync.documents import PART_OF, DocumentRef, Kind
from acctsync.engine.results import (
    DocumentResult,
    LogEntry,
    LogResult,
    RunSummary,
    Status,
    StatusResult,
)
from acctsync.money import Money, from_minor
from acctsync.plan.model import Action
from acctsync.state.rows import problem_from
from acctsync.state.store import Store

# What belongs to a document and has its id (a payment's fee) is not counted beside it. Nearly all
# documents are live: they are what is left of all, so that no document is gone through itself.
_NOT_LIVE = """
SELECT standing, count(*) AS number FROM known
WHERE kind IN (SELECT value FROM json_each(:kinds)) AND standing <> 'live' GROUP BY standing
"""
_ALL = """
SELECT count(*) AS number FROM known WHERE kind IN (SELECT value FROM json_each(:kinds))
"""
# A vendor that no run told of is not counted: nobody exported the processor who keeps the fees.
_VENDORS = """
SELECT standing, count(*) AS number FROM known
WHERE kind = 'vendors' AND EXISTS (SELECT 1 FROM results WHERE results.kind = known.kind
    AND results.source = known.source AND results.id = known.id)
GROUP BY standing
"""
_COUNTED = frozenset(Kind) - PART_OF.keys() - {Kind.VENDORS}
_UNSETTLED = "SELECT count(*) AS number FROM operations WHERE phase IN ('sending', 'in_doubt')"
_RUNS = "SELECT * FROM runs ORDER BY started DESC, rowid DESC LIMIT :limit"
# What went wrong with a document counts until a later run says otherwise: one that names it or
# found out what the books hold of it, or one of the whole export that went through without.
_OPEN = """
SELECT results.*,
    (SELECT count(*) FROM operations WHERE operations.kind = results.kind
        AND operations.source = results.source AND operations.id = results.id) AS attempts
FROM results JOIN runs ON runs.id = results.run
WHERE results.status IN ('failed', 'blocked', 'in_doubt', 'waiting')
AND NOT EXISTS (
    SELECT 1 FROM runs AS later
    LEFT JOIN results AS told ON told.run = later.id AND told.kind = results.kind
        AND told.source = results.source AND told.id = results.id
    LEFT JOIN known ON known.run = later.id AND known.kind = results.kind
        AND known.source = results.source AND known.id = results.id
    WHERE later.rowid > runs.rowid AND (told.run IS NOT NULL OR known.run IS NOT NULL
        OR (later.whole AND later.exit_code IN (0, 3))))
ORDER BY results.status, results.kind, results.number
"""
_LOG = """
SELECT * FROM audit WHERE (:run IS NULL OR run LIKE :run || '%') ORDER BY seq DESC LIMIT :limit
"""
# With the kinds named the indexes serve, however long the trail is.
_LOG_OF = """
SELECT * FROM audit
WHERE kind IN (SELECT value FROM json_each(:kinds)) AND (:run IS NULL OR run LIKE :run || '%')
AND id IN (SELECT :document
    UNION SELECT id FROM known
        WHERE kind IN (SELECT value FROM json_each(:kinds)) AND number = :document
    UNION SELECT id FROM results WHERE number = :document)
ORDER BY seq DESC LIMIT :limit
"""


def status(store: Store) -> StatusResult:
    """Draw up the health card."""
    standings = _standings(store)
    failed = tuple(_result(row) for row in store.rows(_OPEN))
    in_doubt = int(store.rows(_UNSETTLED)[0]["number"])
    counts = {
        "in_books": standings["live"],
        "void": standings["void"],
        "failed": sum(each.status is Status.FAILED for each in failed),
        "blocked": sum(each.status is Status.BLOCKED for each in failed),
        "in_doubt": in_doubt,
        "waiting": sum(each.status is Status.WAITING for each in failed),
    }
    runs = tuple(_run(row) for row in store.rows(_RUNS, {"limit": 5}))
    return StatusResult(counts=counts, runs=runs, failed=failed)


def _standings(store: Store) -> Counter[str]:
    """Count documents by what is known of them."""
    kinds = {"kinds": json.dumps(sorted(_COUNTED))}
    counted = _numbers(store.rows(_NOT_LIVE, kinds))
    counted["live"] = store.rows(_ALL, kinds)[0]["number"] - counted.total()
    return counted + _numbers(store.rows(_VENDORS))


def _numbers(rows: Iterable[sqlite3.Row]) -> Counter[str]:
    return Counter({row["standing"]: row["number"] for row in rows})


def log(store: Store, run: str | None, document: str | None, limit: int) -> LogResult:
    """Read the audit trail, newest first."""
    values: dict[str, object] = {"run": run, "limit": limit}
    if document is None:
        rows = store.rows(_LOG, values)
    else:
        kinds = json.dumps([str(kind) for kind in Kind])
        rows = store.rows(_LOG_OF, {**values, "document": document, "kinds": kinds})
    return LogResult(entries=tuple(_entry(row) for row in rows))


def _run(row: sqlite3.Row) -> RunSummary:
    return RunSummary(
        id=row["id"],
        command=row["command"],
        started=row["started"],
        finished=row["finished"],
        exit_code=row["exit_code"],
        counts=json.loads(row["counts"]),
    )


def _result(row: sqlite3.Row) -> DocumentResult:
    minor, currency = row["amount_minor"], row["currency"]
    return DocumentResult(
        ref=DocumentRef(Kind(row["kind"]), row["source"], row["id"]),
        number=row["number"],
        status=Status(row["status"]),
        action=Action(row["action"]) if row["action"] else None,
        remote_id=row["remote_id"],
        money=None if minor is None else Money(from_minor(minor, currency), currency),
        problem=problem_from(row["problem"]),
        attempts=row["attempts"],
    )


def _entry(row: sqlite3.Row) -> LogEntry:
    ref = DocumentRef(Kind(row["kind"]), row["source"], row["id"]) if row["kind"] else None
    return LogEntry(
        seq=row["seq"],
        at=row["at"],
        run=row["run"],
        actor=row["actor"],
        action=row["action"],
        ref=ref,
        detail=json.loads(row["detail"]),
    )
