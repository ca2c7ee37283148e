"""Keeps calls inside the vendor's limits: buckets of tokens, a gate on calls in flight, a pause.

A call takes a token of every lane it goes in. When the vendor counts it nobody tells, except that
it is between our sending it and its answer: a token comes back one window after the answer, so that
no window of the vendor's, wherever it begins, can hold more calls than a lane has tokens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Semaphore

from acctsync.clock import Clock
from acctsync.errors import Interrupted
from acctsync.providers.pace import Ages

_CLOCKS_DIFFER = 1.005  # theirs may run a little slower than ours
_GATE_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Lane:
    """At most `calls` in any window of `seconds`."""

    name: str
    calls: int
    seconds: float


class Throttle:
    """Hands out turns to call; safe to use from several threads."""

    def __init__(self, lanes: Sequence[Lane], *, in_flight: int, clock: Clock, stop: Event) -> None:
        self._lanes = {lane.name: lane for lane in lanes}
        self._answered: dict[str, deque[float]] = {lane.name: deque() for lane in lanes}
        self._flying = dict.fromkeys(self._lanes, 0)
        self._gate = Semaphore(in_flight)
        self._clock = clock
        self._stop = stop
        self._lock = Lock()
        self._paused_until = float("-inf")

    @contextmanager
    def turn(self, *lanes: str) -> Iterator[None]:
        """Wait for a turn in all these lanes and hold a place in the gate meanwhile.

        Raises Interrupted, with nothing sent, once a stop was asked for.
        """
        self._enter_gate()
        try:
            self._wait_for(lanes)
            try:
                yield
            finally:
                self._land(lanes)
        finally:
            self._gate.release()

    def ages(self) -> dict[str, list[float]]:
        """Tell, by lane, how many seconds ago the calls that still count were made."""
        with self._lock:
            now = self._clock.monotonic()
            return {
                lane: [*(now - moment for moment in answered), *[0.0] * self._flying[lane]]
                for lane, answered in self._answered.items()
            }

    def recall(self, ages: Ages) -> None:
        """Count calls that somebody else made before."""
        now = self._clock.monotonic()
        with self._lock:
            for lane in self._answered.keys() & ages.keys():
                moments = [*self._answered[lane], *(now - age for age in ages[lane])]
                self._answered[lane] = deque(sorted(moments))

    def told(self, lane: str, left: int) -> None:
        """Heed how many calls the vendor still takes: what is missing, somebody else has made.

        When is not known, so it counts from now.
        """
        with self._lock:
            now = self._clock.monotonic()
            self._until_free(lane, now)
            others = self._lanes[lane].calls - self._used(lane) - left
            self._answered[lane].extend([now] * max(0, others))

    def pause(self, seconds: float) -> None:
        """Let nobody start a call for so long."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def _enter_gate(self) -> None:
        while not self._gate.acquire(timeout=_GATE_POLL):
            self._leave_if_stopping()

    def _wait_for(self, lanes: Sequence[str]) -> None:
        while True:
            self._leave_if_stopping()
            with self._lock:
                wait = self._take(lanes, self._clock.monotonic())
            if wait <= 0:
                return
            self._clock.sleep(wait, self._stop)

    def _take(self, lanes: Sequence[str], now: float) -> float:
        """Take a token of every lane, or tell how long until there may be one."""
        free = [self._until_free(lane, now) for lane in lanes]
        wait = max(self._paused_until - now, *free)
        if wait <= 0:
            for lane in lanes:
                self._flying[lane] += 1
        return wait

    def _land(self, lanes: Sequence[str]) -> None:
        """Let the tokens of an answered call come back a window from now."""
        with self._lock:
            now = self._clock.monotonic()
            for lane in lanes:
                self._flying[lane] -= 1
                self._answered[lane].append(now)

    def _until_free(self, name: str, now: float) -> float:
        lane, answered = self._lanes[name], self._answered[name]
        window = lane.seconds * _CLOCKS_DIFFER
        while answered and answered[0] + window <= now:
            answered.popleft()
        if self._used(name) < lane.calls:
            return 0.0
        # Where all are still in flight, none comes back sooner than in a window.
        return (answered[0] if answered else now) + window - now

    def _used(self, name: str) -> int:
        return self._flying[name] + len(self._answered[name])

    def _leave_if_stopping(self) -> None:
        if self._stop.is_set():
            raise Interrupted("stopped before the next call was sent")
