"""Lists of the books, kept beside the connection between runs.

What is kept is no truth: it counts only after a provider has brought it up to date. Losing the file
costs a few reads, and a file that can't be read is as good as none.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from acctsync.documents import ListEntry, ListKind

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """One list by id, with the books' own moments of when it was read whole and last seen."""

    entries: Mapping[str, ListEntry]
    whole_at: dt.datetime
    seen_at: dt.datetime


Shelf = Mapping[ListKind, Kept]


def take(file: Path, company_id: str) -> dict[ListKind, Kept]:
    """Take a company's lists from the shelf; none where nothing usable is there."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        if stored["version"] != _VERSION or stored["company"] != company_id:
            return {}
        return {ListKind(kind): _kept(each) for kind, each in stored["lists"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def put(file: Path, company_id: str, lists: Shelf) -> None:
    """Put a company's lists on the shelf, readable by their owner alone; whole or not at all."""
    stored = {
        "version": _VERSION,
        "company": company_id,
        "lists": {str(kind): _plain(each) for kind, each in lists.items()},
    }
    with suppress(OSError):
        _replace(file, json.dumps(stored, separators=(",", ":")))


def _replace(file: Path, text: str) -> None:
    # Two runs may end at the same time: each has a file of its own until it is complete.
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        temporary.replace(file)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _plain(kept: Kept) -> dict[str, object]:
    return {
        "whole_at": kept.whole_at.isoformat(),
        "seen_at": kept.seen_at.isoformat(),
        "entries": [_row(each) for each in kept.entries.values()],
    }


def _row(entry: ListEntry) -> dict[str, object]:
    """Write an entry down, leaving out what is as usual."""
    values = {each.name: getattr(entry, each.name) for each in fields(entry)}
    return {name: value for name, value in values.items() if value != _USUAL[name]}


def _kept(stored: Mapping[str, Any]) -> Kept:
    entries = [_entry(row) for row in stored["entries"]]
    return Kept(
        entries={each.id: each for each in entries},
        whole_at=_moment(stored["whole_at"]),
        seen_at=_moment(stored["seen_at"]),
    )


def _entry(row: Mapping[str, Any]) -> ListEntry:
    entry = ListEntry(**row)
    flags = (entry.active, entry.usable)
    words = (entry.id, entry.name, entry.full_name, entry.type, entry.email, entry.currency)
    told = (*entry.detail.keys(), *entry.detail.values())
    if not all(isinstance(flag, bool) for flag in flags):
        raise ValueError("a flag is neither yes nor no")
    if not all(isinstance(word, str) for word in (*words, *told)):
        raise ValueError("a text is none")
    return entry


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return moment


def _default(field: Any) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


_USUAL = {each.name: _default(each) for each in fields(ListEntry)}
