"""Time as an argument: nothing else in the package looks at a clock or sleeps."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Event
from typing import Protocol


class Clock(Protocol):
    """What the program may ask of time."""

    def now(self) -> datetime:
        """Tell the time in UTC; for records, never for deciding what may be repeated."""
        ...

    def monotonic(self) -> float:
        """Tell seconds that never jump; they mean nothing in another process."""
        ...

    def sleep(self, seconds: float, wake: Event | None = None) -> None:
        """Wait, or return early when `wake` is set."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Tell the time in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock

    def monotonic(self) -> float:
        """Tell seconds that never jump."""
        return time.monotonic()

    def sleep(self, seconds: float, wake: Event | None = None) -> None:
        """Wait, or return early when `wake` is set."""
        if wake is not None:
            wake.wait(seconds)
        else:
            time.sleep(seconds)  # noqa: TID251 - this is the clock
