"""The vendor's limits: per minute, per second, at once, and batches per minute."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

_MINUTE, _SECOND = 60.0, 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one app may ask of one company."""

    per_minute: int = 500
    per_second: int = 10
    at_once: int = 10
    batches_per_minute: int = 40


class Throttle:
    """Count requests of one company; what is turned away does not count."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._all: deque[float] = deque()
        self._singles: deque[float] = deque()
        self._batches: deque[float] = deque()
        self._open = 0

    def admit(self, *, batch: bool, enforced: bool) -> bool:
        """Count a request in; where limits are enforced it may be turned away instead."""
        with self._lock:
            now = self._clock()
            own, span, most = (
                (self._batches, _MINUTE, self._limits.batches_per_minute)
                if batch
                else (self._singles, _SECOND, self._limits.per_second)
            )
            _forget(self._all, now - _MINUTE)
            _forget(own, now - span)
            full = self._open >= self._limits.at_once
            if enforced and (full or len(own) >= most or len(self._all) >= self._limits.per_minute):
                return False
            self._all.append(now)
            own.append(now)
            self._open += 1
            return True

    def release(self) -> None:
        """Note that an admitted request is answered."""
        with self._lock:
            self._open -= 1


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
