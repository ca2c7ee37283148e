"""Days and moments as Xero writes them; pure.

JSON dates are `/Date(ms)/` or `/Date(ms+0000)/`. A document's date is midnight with +0000 whatever
the organisation's zone: its UTC day counts and is never converted (Xero: requests and responses).
"""

from __future__ import annotations

import datetime as dt
import re

_MILLISECONDS = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def moment(value: object) -> dt.datetime | None:
    """Read a moment: milliseconds since 1970, or ISO 8601 in UTC without saying so."""
    text = str(value or "")
    found = _MILLISECONDS.fullmatch(text)
    try:
        if found:
            return _EPOCH + dt.timedelta(milliseconds=int(found[1]))
        at = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)


def day(value: object) -> dt.date | None:
    """Read a document's date."""
    at = moment(value)
    return at.date() if at is not None else None
