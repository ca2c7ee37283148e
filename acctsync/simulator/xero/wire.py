"""How Xero writes: dates in `/Date(ms)/`, envelopes around lists, XML unless JSON is wanted."""

from __future__ import annotations

import calendar
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape

from acctsync.simulator.encoding import dump
from acctsync.simulator.exchange import Answer, Entity

NO_ID = "00000000-0000-0000-0000-000000000000"
PROVIDER = "acctsync simulator"
JSON = "application/json; charset=utf-8"
_ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}
_SHOWN_DATE = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")
_SENT_DATE = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?"
)


def new_id() -> str:
    """Make an identifier."""
    return str(uuid.uuid4())


def rounded(amount: Decimal | int, places: int = 2, mode: str = "half_up") -> Decimal:
    """Round an amount to so many decimal places."""
    return Decimal(amount).quantize(Decimal(1).scaleb(-places), _ROUNDING[mode])


# ---------------------------------------------------------------------- dates


def moment(milliseconds: int) -> str:
    """Write an instant."""
    return f"/Date({milliseconds}+0000)/"


def midnight(day: str) -> str:
    """Write a document's day: midnight with +0000, whatever the organisation's zone."""
    return moment(calendar.timegm(date.fromisoformat(day).timetuple()) * 1000)


def dated(name: str, day: str | None) -> Entity:
    """Show a document's day both ways; nothing where there is none."""
    if not day:
        return {}
    return {f"{name}String": f"{day}T00:00:00", name: midnight(day)}


def sent_day(text: str) -> str:
    """Read a day as a client sends it; with a zone it is moved to UTC first, as Xero moves it.

    Raises ValueError.
    """
    if shown := _SHOWN_DATE.fullmatch(text):
        return datetime.fromtimestamp(int(shown[1]) / 1000, UTC).date().isoformat()
    found = _SENT_DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    if found[3] is None:
        return date.fromisoformat(found[1]).isoformat()
    stamp = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3]}")
    return stamp.astimezone(UTC).date().isoformat()


def instant(milliseconds: int) -> datetime:
    """Give an instant to reckon with."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def updated(milliseconds: int) -> Entity:
    """Show when something changed last."""
    text = instant(milliseconds).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"UpdatedDateUTC": moment(milliseconds), "UpdatedDateUTCString": text}


# ---------------------------------------------------------------------- answers


def envelope(now: int, plural: str, rows: Sequence[Entity], pagination: Entity | None) -> Entity:
    """Put a list into what every answer of the API is wrapped in."""
    body: Entity = {
        "Id": new_id(),
        "Status": "OK",
        "ProviderName": PROVIDER,
        "DateTimeUTC": f"/Date({now})/",
    }
    if pagination is not None:
        body["pagination"] = pagination
    return {**body, plural: list(rows)}


def answer(
    body: Entity,
    headers: Mapping[str, str],
    *,
    status: int = 200,
    root: str = "Response",
    extra: Mapping[str, str] | None = None,
) -> Answer:
    """Write an answer as the request's Accept header wants it: XML, unless it names JSON."""
    if "json" in headers.get("accept", ""):
        return Answer(status, dump(body), {"Content-Type": JSON, **(extra or {})})
    text = f"<{root}>{''.join(_elements(body))}</{root}>"
    return Answer(
        status, text.encode(), {"Content-Type": "text/xml; charset=utf-8", **(extra or {})}
    )


def plain(status: int, text: str) -> Answer:
    """Write an answer that is no JSON whatever was asked for."""
    kind = "text/html; charset=utf-8" if status < 500 else "text/plain; charset=utf-8"  # noqa: PLR2004 - a fault of its own
    return Answer(status, text.encode(), {"Content-Type": kind})


def _elements(value: Entity) -> list[str]:
    return [
        f"<{name}>{_inner(name, part)}</{name}>" for name, part in value.items() if part is not None
    ]


def _inner(name: str, value: object) -> str:
    if isinstance(value, dict):
        return "".join(_elements(value))
    if isinstance(value, list):
        single = name.removesuffix("s") or name
        return "".join(f"<{single}>{_inner(single, one)}</{single}>" for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value))
