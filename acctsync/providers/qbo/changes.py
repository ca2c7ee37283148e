"""Change data: what was written or removed since a moment; pure (Intuit: change data capture)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from acctsync.providers.encoding import Json

# Intuit: a thousand objects in all and no pages; 30 days back, of which one is left for clocks.
MOST = 1000
LOOKS_BACK = dt.timedelta(days=29)
# An answer may be some minutes behind what was written (Intuit: limits), and tells the moment it
# ended, up to two minutes after it began: asking from earlier on brings some objects again.
OVERLAP = dt.timedelta(minutes=10)
_PACIFIC = dt.timezone(dt.timedelta(hours=-8))


@dataclass(frozen=True, slots=True)
class Changes:
    """What an answer tells, by entity; `at` is the server's time.

    `whole` is false when there may be more than it could tell.
    """

    rows: Mapping[str, Sequence[Json]]
    gone: Mapping[str, Mapping[str, dt.datetime | None]]
    at: dt.datetime
    whole: bool


def question(entities: Sequence[str], since: dt.datetime) -> str:
    """Ask what changed since a moment, written with the offset that Intuit's own samples have."""
    moment = since.astimezone(_PACIFIC).isoformat(timespec="seconds")
    return f"/cdc?entities={','.join(entities)}&changedSince={quote(moment, safe='')}"


def changes(value: Json, entities: Sequence[str], since: dt.datetime) -> Changes | None:
    """Read an answer, or tell by None that it can't be relied upon."""
    at = moment(value.get("time"))
    groups = _groups(value.get("CDCResponse"))
    if at is None or groups is None:
        return None
    rows: dict[str, list[Json]] = {entity: [] for entity in entities}
    gone: dict[str, dict[str, dt.datetime | None]] = {entity: {} for entity in entities}
    told = 0
    for entity, row in _objects(groups):
        told += 1
        key = row.get("Id") if isinstance(row, Mapping) else None
        if entity not in rows or not key:
            return None
        if row.get("status") == "Deleted":
            gone[entity][str(key)] = changed_at(row)
        else:
            rows[entity].append(row)
    return Changes(rows, gone, at, whole=told < MOST and at - since <= LOOKS_BACK)


def moment(value: object) -> dt.datetime | None:
    """Read a moment with its zone."""
    try:
        found = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.astimezone(dt.UTC) if found.tzinfo is not None else None


def changed_at(row: Mapping[str, Any]) -> dt.datetime | None:
    """Tell when an object was last written."""
    return _stamp(row, "LastUpdatedTime")


def created_at(row: Mapping[str, Any]) -> dt.datetime | None:
    """Tell when an object was first written."""
    return _stamp(row, "CreateTime")


def _stamp(row: Mapping[str, Any], name: str) -> dt.datetime | None:
    kept = row.get("MetaData")
    return moment(kept.get(name)) if isinstance(kept, Mapping) else None


def _groups(value: object) -> list[Mapping[str, Any]] | None:
    """Find the answers by entity; a fault among them spoils them all."""
    parts = value if isinstance(value, list) else [None]
    found: list[Mapping[str, Any]] = []
    for part in parts:
        listed = part.get("QueryResponse") if isinstance(part, Mapping) else None
        if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
            return None
        found += listed
    return None if any("Fault" in each for each in (*found, *parts)) else found


def _objects(groups: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for group in groups:
        for entity, listed in group.items():
            if isinstance(listed, list):
                for row in listed:
                    yield entity, row
