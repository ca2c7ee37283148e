"""Change data: what was created, changed or deleted since a moment, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import PACIFIC
from acctsync.simulator.exchange import Entity
from acctsync.simulator.properties import KINDS
from acctsync.simulator.refusals import Refusal, missing, refuse

_MOST_OBJECTS = 1000
# Intuit promises no more than 30 days. A recording of 2020 goes back further, but nobody may rely
# on that: what is older is left out here, without a word.
_LOOKS_BACK = timedelta(days=30).total_seconds()
_NOT_TOLD = {"TaxCode", "TaxRate"}


def changes(books: Books, asked: Mapping[str, str]) -> Entity:
    """Answer /cdc: at most a thousand objects in all, there are no pages."""
    absent = [name for name in ("entities", "changedSince") if not asked.get(name)]
    if absent:
        raise Refusal([missing(name) for name in absent])
    since = max(_moment(asked["changedSince"]), _moment(books.now()) - _LOOKS_BACK)
    left = _MOST_OBJECTS
    found: list[Entity] = []
    with books.lock:
        for name in asked["entities"].split(","):
            kind = _kind(name.strip())
            rows = _since(books, kind, since)[:left]
            left -= len(rows)
            page = {kind: rows, "startPosition": 1, "maxResults": len(rows)}
            found.append(page if rows else {})
    return {"CDCResponse": [{"QueryResponse": found}]}


def _kind(name: str) -> str:
    kind = KINDS.get(name.lower())
    if kind is None or kind in _NOT_TOLD:
        detail = f"{name} cannot be asked for changes"
        raise refuse(2000, "Unknown object name", detail, "entities")
    return kind


def _since(books: Books, kind: str, since: float) -> list[Entity]:
    rows = [row for row in books.entities(kind) if _updated(row) >= since]
    rows.sort(key=_updated)
    graves = [
        {
            "domain": "QBO",
            "status": "Deleted",
            "Id": one.id,
            "MetaData": {"LastUpdatedTime": one.at},
        }
        for one in books.tombstones
        if one.kind == kind and _moment(one.at) >= since
    ]
    return rows + graves


def _updated(row: Entity) -> float:
    return datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"]).timestamp()


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign left unescaped
    except ValueError as problem:
        detail = f"Date format is invalid. Supplied value:{text}"
        raise refuse(2060, "Invalid Date format", detail, "changedSince") from problem
    return (moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)).timestamp()
