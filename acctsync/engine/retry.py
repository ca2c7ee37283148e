"""Choose what retry-failed is about: what did not make it in an earlier run."""

from __future__ import annotations

from acctsync.errors import InputRefused
from acctsync.state.store import Store

_LAST_WITH_ANY = """
SELECT results.run FROM results JOIN runs ON runs.id = results.run
WHERE results.status IN ('failed', 'in_doubt', 'blocked', 'waiting')
ORDER BY runs.rowid DESC LIMIT 1
"""
# A payment that could not be taken off an invoice comes along with that: no export holds it.
_OF_RUN = """
SELECT id FROM results WHERE run = :run AND kind != 'unapplied_payments'
AND status IN ('failed', 'in_doubt', 'blocked', 'waiting')
"""


def failed_documents(store: Store, run: str | None) -> tuple[str, frozenset[str]]:
    """Name the run and the documents to try again; an empty run means there are none.

    Raises InputRefused for a run that nobody remembers.
    """
    chosen = _last(store) if run is None else run_named(store, run)
    rows = store.rows(_OF_RUN, {"run": chosen})
    return chosen, frozenset(row["id"] for row in rows)


def _last(store: Store) -> str:
    rows = store.rows(_LAST_WITH_ANY)
    return str(rows[0]["run"]) if rows else ""


def run_named(store: Store, run: str) -> str:
    """Find the run whose id begins so; raise InputRefused unless it is just one."""
    rows = store.rows(
        "SELECT id FROM runs WHERE substr(id, 1, length(:start)) = :start LIMIT 2", {"start": run}
    )
    if len(rows) > 1:
        raise InputRefused(f"several runs begin with {run!r}", hint="Give more of the run's id.")
    if not rows:
        raise InputRefused(f"there is no run {run!r}", hint="acctsync status shows the last runs.")
    return str(rows[0]["id"])
