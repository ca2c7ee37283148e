"""Notes in a document's history: what they say, and which one is ours; pure.

Xero shows a note as its own ("System Generated"), lets nobody edit or delete it, and gives it no
id: our stamp in its text is all that tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PureWindowsPath
from typing import Any

from acctsync.documents import Kind, Note, RemoteDocument, digest
from acctsync.errors import Location
from acctsync.providers.stamps import stamp, stamped_id, unstamped
from acctsync.providers.xero.text import HISTORY_MOST, free_text

HISTORY = "History"
RECORDS = "HistoryRecords"


def note_text(note: Note) -> str:
    """Say where a document comes from; what is too long gives way to the stamp at the end."""
    mark = stamp(note.kind, note.ref.id)
    said = unstamped("; ".join(_said(note)))
    return f"{free_text(said, HISTORY_MOST - len(mark) - 1)} {mark}"


def noted(id_: str, records: Iterable[Mapping[str, Any]]) -> Iterator[RemoteDocument]:
    """Read the notes of ours in the history of a document, of which `id_` is the id there."""
    for each in records:
        details = str(each.get("Details") or "")
        found = stamped_id(details, Kind.NOTES)
        if found:
            yield RemoteDocument(
                kind=Kind.NOTES, id=id_, version="", digest=digest([details]), stamp=found
            )


def _place(place: Location) -> str:
    """Name a place without its folders: they are nobody's business in the books."""
    name = PureWindowsPath(place.file).name
    return name if place.line is None else f"{name}, line {place.line}"


def _said(note: Note) -> Iterator[str]:
    where = f" from {_place(note.place)}" if note.place else ""
    yield f"Copied{where} by acctsync in run {note.run}"
    yield f"id {note.whole.id}"
    yield f"number {note.number}"
    if note.reference:
        yield f"reference {note.reference}"
    if note.memo:
        yield f"memo {note.memo}"
