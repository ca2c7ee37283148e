"""The stamp that ties a document in the books to its source: `[acctsync KIND/ID]`, in a note.

A document that is dated otherwise keeps its real date before the stamp: `[date YYYY-MM-DD]`.
"""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import quote, unquote

from acctsync.documents import Kind

_STAMP = re.compile(r"\[acctsync ([a-z_]+)/([^\[\]\s]+)\]")
_REAL_DATE = re.compile(r"\[date ([0-9]{4}-[0-9]{2}-[0-9]{2})\] ?")
_STAMPED_DATE = re.compile(_REAL_DATE.pattern + r"(?=\[acctsync )")
_ANY = "surrogatepass"  # half characters, as JSON exports can hold them
_SAFE = "!#$&'()*+,-./:;=?@_~"


def stamp(kind: Kind, source_id: str) -> str:
    """Write the stamp: `[acctsync KIND/ID]`, the id percent-encoded where it has to be."""
    return f"[acctsync {kind}/{quote(source_id, safe=_SAFE, errors=_ANY)}]"


def stamped_id(note: str, kind: Kind) -> str:
    """Read the source id out of a note; the last stamp of that kind counts."""
    found = [encoded for stamped, encoded in _STAMP.findall(note) if stamped == kind]
    return unquote(found[-1], errors=_ANY) if found else ""


def mark_in(note: str) -> str:
    """Give the first stamp of a note as it stands there; empty where there is none."""
    found = _STAMP.search(note)
    return found[0] if found else ""


def real_date(note: str) -> dt.date | None:
    """Read the real date of a document that we dated otherwise; the last one counts."""
    found = _STAMPED_DATE.findall(note)
    try:
        return dt.date.fromisoformat(found[-1]) if found else None
    except ValueError:
        return None


def unstamped(note: str) -> str:
    """Give the readable part of a note."""
    return _REAL_DATE.sub("", _STAMP.sub("", note)).strip()
