"""When to repeat a call that only reads; a pure rule, and never one for writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

# Intuit: limits and throttles: wait 60 seconds after a 429.
THROTTLED_SECONDS = 60.0
_LONGEST_SANE = 86_400.0


class Failure(StrEnum):
    """Why a read brought nothing."""

    UNREACHABLE = "unreachable"
    BROKEN = "broken"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to go on; both bounds hold at once."""

    attempts: int = 5
    seconds: float = 600.0
    first: float = 1.0
    longest: float = 60.0


PATIENCE = Patience()


def wait_before(
    attempt: int,
    failure: Failure,
    *,
    elapsed: float,
    retry_after: float,
    random: Callable[[], float],
    patience: Patience = PATIENCE,
) -> float | None:
    """Tell how long to wait before the next try, or None to give up.

    `attempt` counts the tries made, from 1; `elapsed` the seconds since the first. A throttled
    call waits what the vendor says, the others a random part of a doubling wait.
    """
    if attempt >= patience.attempts:
        return None
    if failure is Failure.THROTTLED:
        wait = retry_after
    else:
        wait = random() * min(patience.longest, patience.first * 2**attempt)
    return wait if elapsed + wait <= patience.seconds else None


def retry_after_seconds(header: str, now: datetime, *, default: float = THROTTLED_SECONDS) -> float:
    """Read a Retry-After header: seconds or an HTTP date; the default where it makes no sense.

    Negative, garbled and absurd values (more than a day) make none.
    """
    seconds = _seconds(header.strip(), now)
    return seconds if seconds is not None and 0 <= seconds <= _LONGEST_SANE else default


def _seconds(header: str, now: datetime) -> float | None:
    if header.isascii() and header.isdigit():
        return float(header) if len(header) <= len("86400") else None
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return (at - now).total_seconds() if at.tzinfo is not None else None
