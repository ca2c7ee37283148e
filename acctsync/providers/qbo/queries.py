"""Statements in QuickBooks' query language, built so that no value can leave its quotes; pure."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote

_T = TypeVar("_T")

PAGE = 1000  # Intuit: data queries: at most 1000 in an answer
# Intuit limits neither a list of values nor an address; what is refused is asked in halves.
IN_MOST = 340
# Allowed as they are in a query (RFC 3986), and most of what a long statement is made of.
_PLAIN = "(),'*"
PATH_MOST = 6000
_PACIFIC = dt.timezone(dt.timedelta(hours=-8))  # the offset of Intuit's own samples
_DAYS_BEFORE = dt.timedelta(days=366)


def ids_in(entity: str, ids: Sequence[str], *, inactive: bool = False) -> str:
    """Ask for objects by id; names that were made inactive only when told so."""
    return _statement(entity, "Id", ids, " AND Active IN (true,false)" if inactive else "")


def values_in(entity: str, field: str, values: Sequence[str]) -> str:
    """Ask for objects by a field's values."""
    return _statement(entity, field, values)


def chunks(whole: Sequence[_T]) -> list[Sequence[_T]]:
    """Cut what is asked for into statements' worth."""
    return [whole[start : start + IN_MOST] for start in range(0, len(whole), IN_MOST)]


def page_of(entity: str, start: int, *, inactive: bool, where: str = "") -> str:
    """Ask for one page of a list, by id so that rows don't move between pages."""
    conditions = [*filter(None, [where]), *(["Active IN (true,false)"] if inactive else [])]
    asked = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    paged = f"ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE}"
    return f"SELECT * FROM {entity}{asked} {paged}"  # noqa: S608 - no foreign text


def dated(first: dt.date, last: dt.date) -> str:
    """Tell the condition for what is dated from a day to another, both inclusive."""
    return f"TxnDate >= '{first.isoformat()}' AND TxnDate <= '{last.isoformat()}'"


def changed_since(moment: dt.datetime) -> str:
    """Tell the condition for what was written since a moment (Intuit: data queries, MetaData)."""
    written = moment.astimezone(_PACIFIC).isoformat(timespec="seconds")
    return f"MetaData.LastUpdatedTime >= '{written}'"


def days_since(days: Sequence[dt.date]) -> str:
    """Tell the condition for what has no number of ours there; none for no day at all.

    It may be dated to open books, at any later day, and have had another day when it was pushed: a
    year is looked back.
    """
    if not days:
        return ""
    earliest = max(min(days), dt.date.min + _DAYS_BEFORE) - _DAYS_BEFORE
    return f"TxnDate >= '{earliest.isoformat()}'"


def askable(value: str) -> bool:
    """Tell whether a value may stand in a statement at all."""
    return bool(value) and all(
        unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in value
    )


def quoted(value: str) -> str:
    """Write a value in quotes, those inside it escaped (Intuit: data queries)."""
    if not askable(value):
        raise ValueError("a value with control characters can't be asked for")
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def as_url(statement: str) -> str | None:
    """Give the path and query to ask by GET, or None when it would be too long."""
    path = f"/query?query={quote(statement, safe=_PLAIN)}"
    return path if len(path) < PATH_MOST else None


def _statement(entity: str, field: str, values: Sequence[str], more: str = "") -> str:
    listed = ",".join(map(quoted, dict.fromkeys(values)))
    asked = f"WHERE {field} IN ({listed}){more} MAXRESULTS {PAGE}"
    return f"SELECT * FROM {entity} {asked}"  # noqa: S608 - values are quoted
