"""Keeps calls inside the vendor's limits: sliding windows, a gate on calls in flight, a pause."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Semaphore

from acctsync.clock import Clock
from acctsync.errors import Interrupted
from acctsync.providers.pace import Ages

# The vendor's window sees arrivals, ours departures: the margin covers the jitter between them.
_MARGIN = 1.04
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
        self._sent: dict[str, deque[float]] = {lane.name: deque() for lane in lanes}
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
            yield
        finally:
            self._gate.release()

    def ages(self) -> dict[str, list[float]]:
        """Tell, by lane, how many seconds ago the calls that still count were made."""
        with self._lock:
            now = self._clock.monotonic()
            return {lane: [now - moment for moment in sent] for lane, sent in self._sent.items()}

    def recall(self, ages: Ages) -> None:
        """Count calls that somebody else made before."""
        now = self._clock.monotonic()
        with self._lock:
            for lane in self._sent.keys() & ages.keys():
                moments = [*self._sent[lane], *(now - age for age in ages[lane])]
                self._sent[lane] = deque(sorted(moments))

    def told(self, lane: str, left: int) -> None:
        """Heed how many calls the vendor still takes: what is missing, somebody else has made.

        When is not known, so it counts from now.
        """
        with self._lock:
            now = self._clock.monotonic()
            self._until_free(lane, now)
            sent = self._sent[lane]
            others = self._lanes[lane].calls - len(sent) - left
            sent.extend([now] * max(0, others))

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
        """Take a place in every lane, or tell how long until there is one."""
        free = [self._until_free(lane, now) for lane in lanes]
        wait = max(self._paused_until - now, *free)
        if wait <= 0:
            for lane in lanes:
                self._sent[lane].append(now)
        return wait

    def _until_free(self, name: str, now: float) -> float:
        lane, sent = self._lanes[name], self._sent[name]
        window = lane.seconds * _MARGIN
        while sent and sent[0] + window <= now:
            sent.popleft()
        return 0.0 if len(sent) < lane.calls else sent[0] + window - now

    def _leave_if_stopping(self) -> None:
        if self._stop.is_set():
            raise Interrupted("stopped before the next call was sent")
