"""How things are called when a person reads: kinds, places, amounts, moments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from acctsync.errors import Location
from acctsync.money import Money
from acctsync.report.clean import clean
from acctsync.settings import Connection

SYSTEMS = {"quickbooks": "QuickBooks", "xero": "Xero"}
PAST = {
    "create": "created",
    "update": "updated",
    "void": "voided",
    "undo": "taken back",
    "adopt": "adopted",
    "blocked": "held back",
    "in_doubt": "in doubt",
}


def environment(connection: Connection) -> str:
    """Call what a connection leads to: sandbox, production, or a simulated company."""
    return "simulated" if connection.origin else connection.environment


def singular(kind: str) -> str:
    """Call one document by its kind: credit_notes → credit note."""
    one = f"{kind[:-3]}y" if kind.endswith("ies") else kind.removesuffix("s")
    one = one.removesuffix("e") if kind.endswith("sses") else one
    return _spaced(one)


def plural(kind: str) -> str:
    """Call a kind of documents: credit_notes → credit notes, write_offs → write-offs."""
    return _spaced(kind)


def _spaced(kind: str) -> str:
    return kind.replace("write_off", "write-off").replace("_", " ")


def many(count: int, noun: str) -> str:
    """Count something: 1 document, 2 documents."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def sums(amounts: Mapping[str, Decimal]) -> str:
    """Write sums by currency, one a line."""
    return "\n".join(str(Money(amount, currency)) for currency, amount in sorted(amounts.items()))


def place(location: Location | None) -> str:
    """Write where something stands in a file, short enough for a table."""
    if location is None:
        return ""
    name = location.file.replace("\\", "/").rsplit("/", 1)[-1]
    where = name if location.line is None else f"{name}:{location.line}"
    if location.character is not None:
        where += f":{location.character}"
    return clean(where if location.column is None else f"{where}, {location.column}")


def moment(stamp: str | None) -> str:
    """Write a stored moment to the minute, in UTC: 2025-03-31 06:00."""
    if not stamp:
        return "–"
    try:
        at = dt.datetime.fromisoformat(stamp).astimezone(dt.UTC)
    except ValueError:
        return clean(stamp)
    return f"{at:%Y-%m-%d %H:%M} UTC"


def span(seconds: float) -> str:
    """Write a length of time: 0.4 s, 12 s, 3 min 20 s, 1 h 5 min."""
    if seconds < 10:  # noqa: PLR2004 - where tenths stop being of interest
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
