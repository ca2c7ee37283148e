"""Xero's limits: per organisation in a minute, in a day and at once, and per app in a minute.

The windows are fixed: each starts with its first request and resets when it is over. What is turned
away does not count (nobody says whether it does).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from acctsync.simulator.exchange import Answer
from acctsync.simulator.xero.organisation import Settings

_MINUTE, _DAY = 60.0, 86_400.0


@dataclass(slots=True)
class _Window:
    seconds: float
    started: float = -math.inf
    count: int = 0

    def roll(self, now: float) -> None:
        if now - self.started >= self.seconds:
            self.started, self.count = now, 0

    def rest(self, now: float) -> str:
        return str(max(1, math.ceil(self.started + self.seconds - now)))


class Limits:
    """Count what each app asks of each organisation."""

    def __init__(
        self, settings: Callable[[], Settings], clock: Callable[[], float], *, enforced: bool
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._enforced = enforced
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, ...], _Window] = {}
        self._open: dict[tuple[str, str], int] = {}

    def admit(self, client: str, tenant: str) -> Answer | None:
        """Count a request in, or turn it away."""
        with self._lock:
            full = self._full(client, tenant)
            if full and self._enforced and self._settings().limits:
                return refused(*full, self._headers(client, tenant))
            for window in self._all(client, tenant):
                window.count += 1
            self._open[client, tenant] = self._open.get((client, tenant), 0) + 1
        return None

    def release(self, client: str, tenant: str) -> None:
        """Note that an admitted request is answered."""
        with self._lock:
            self._open[client, tenant] -= 1

    def headers(self, client: str, tenant: str) -> dict[str, str]:
        """Give the headers that stand on every answer."""
        with self._lock:
            return self._headers(client, tenant)

    def _full(self, client: str, tenant: str) -> tuple[str, str] | None:
        """Give which limit is reached and when it is over, if one is."""
        settings, now = self._settings(), self._clock()
        minute, day, app = self._all(client, tenant)
        if self._open.get((client, tenant), 0) >= settings.at_once:
            return "concurrent", ""
        if day.count >= settings.per_day:
            return "day", day.rest(now)
        if minute.count >= settings.per_minute:
            return "minute", minute.rest(now)
        return ("appminute", "") if app.count >= settings.app_per_minute else None

    def _headers(self, client: str, tenant: str) -> dict[str, str]:
        settings = self._settings()
        minute, day, app = self._all(client, tenant)
        left = {
            "X-MinLimit-Remaining": settings.per_minute - minute.count,
            "X-DayLimit-Remaining": settings.per_day - day.count,
            "X-AppMinLimit-Remaining": settings.app_per_minute - app.count,
        }
        return {name: str(max(0, int(value))) for name, value in left.items()}

    def _all(self, client: str, tenant: str) -> tuple[_Window, _Window, _Window]:
        now = self._clock()
        keys = (("minute", client, tenant), ("day", client, tenant), ("app", client))
        spans = (_MINUTE, _DAY, _MINUTE)
        found = [
            self._windows.setdefault(key, _Window(span))
            for key, span in zip(keys, spans, strict=True)
        ]
        for window in found:
            window.roll(now)
        minute, day, app = found
        return minute, day, app


def refused(what: str, rest: str, headers: Mapping[str, str]) -> Answer:
    """Answer 429: an empty body, and headers that decide; only minute and day say how long."""
    retry = {"Retry-After": rest} if rest else {}
    return Answer(429, b"", {**headers, "X-Rate-Limit-Problem": what, **retry})
