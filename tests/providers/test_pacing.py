"""Five minutes of calls against the books' own counters, in virtual time.

A call arrives anywhere between its departure and its answer, and only then do the books count it.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random
from threading import Event

import pytest

from acctsync.providers.pace import keep, recall
from acctsync.providers.qbo import wire as qbo
from acctsync.providers.throttle import Lane, Throttle
from acctsync.providers.xero import wire as xero
from acctsync.simulator import throttle as sliding
from acctsync.simulator.xero import limits as fixed
from acctsync.simulator.xero.organisation import Settings

FIVE_MINUTES = 300.0
VENDORS = {
    "qbo": (qbo.lanes(), (qbo.ALL, qbo.BATCH), qbo.IN_FLIGHT, 10, 40),
    "xero": (xero.lanes(), tuple(each.name for each in xero.lanes()), xero.IN_FLIGHT, 5, 60),
}


class Skies:
    """A clock in whose waits calls arrive and are answered."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._counted = 0

    def now(self) -> dt.datetime:
        return dt.datetime(2025, 4, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float, wake: Event | None = None) -> None:
        until = self.seconds + seconds
        while self._coming and self._coming[0][0] <= until:
            self.pass_on()
        self.seconds = until

    def pass_on(self) -> None:
        """Let the next thing happen."""
        self.seconds, _, happening = heapq.heappop(self._coming)
        happening()

    def plan(self, after: float, happening: Callable[[], None]) -> None:
        self._counted += 1
        heapq.heappush(self._coming, (self.seconds + after, self._counted, happening))

    @property
    def is_empty(self) -> bool:
        return not self._coming


class Sliding:
    """QuickBooks' counter in the simulated company: the last minute, whenever it is asked."""

    def __init__(self, skies: Skies, at_once: int, a_minute: int) -> None:
        limits = sliding.Limits(at_once=at_once, batches_per_minute=a_minute)
        self._counter = sliding.Throttle(limits, skies.monotonic)

    def admit(self) -> bool:
        return self._counter.admit(batch=True, enforced=True)

    def release(self) -> None:
        self._counter.release()


class Fixed:
    """Xero's counter in the simulated organisation: minutes that begin with a first call."""

    def __init__(self, skies: Skies, at_once: int, a_minute: int) -> None:
        settings = Settings(at_once=at_once, per_minute=a_minute, limits=True)
        self._counter = fixed.Limits(lambda: settings, skies.monotonic, enforced=True)

    def admit(self) -> bool:
        return self._counter.admit("app", "tenant") is None

    def release(self) -> None:
        self._counter.release("app", "tenant")


class Airline:
    """Runs that call as often as they may; what became of their calls."""

    def __init__(
        self, vendor: str, counter: type[Sliding | Fixed], slowest: float, folder: Path
    ) -> None:
        self._lanes, self._used, self._in_flight, at_once, self.a_minute = VENDORS[vendor]
        self._skies = Skies()
        self._books = counter(self._skies, at_once, self.a_minute)
        self._slowest = slowest
        self._random = Random(7)  # noqa: S311 - to be repeated
        self._file = folder / "pace.json"
        self._flying = 0
        self.departed: list[float] = []
        self.refused = 0

    def run(self, seconds: float) -> None:
        """Call for so long, as one process does, and leave word for the next."""
        throttle = self._throttle()
        until = self._skies.seconds + seconds
        while self._skies.seconds < until:
            if self._flying == self._in_flight:
                self._skies.pass_on()
            else:
                self._depart(throttle)
        while not self._skies.is_empty:
            self._skies.pass_on()
        keep(self._file, throttle.ages(), self._skies)

    def _throttle(self) -> Throttle:
        lanes: list[Lane] = self._lanes
        throttle = Throttle(lanes, in_flight=self._in_flight, clock=self._skies, stop=Event())
        throttle.recall(recall(self._file, self._skies))
        return throttle

    def _depart(self, throttle: Throttle) -> None:
        turn = ExitStack()
        turn.enter_context(throttle.turn(*self._used))
        self.departed.append(self._skies.seconds)
        self._flying += 1
        took = self._random.uniform(0.1, self._slowest)
        self._skies.plan(self._random.uniform(0, took), self._arrive)
        self._skies.plan(took, lambda: self._land(turn))

    def _arrive(self) -> None:
        if not self._books.admit():
            self.refused += 1

    def _land(self, turn: ExitStack) -> None:
        self._books.release()
        self._flying -= 1
        turn.close()

    def share(self) -> float:
        """Tell what part of five minutes' calls went out in the first five."""
        within = sum(each < self.departed[0] + FIVE_MINUTES for each in self.departed)
        return within / (5 * self.a_minute)


@pytest.fixture(params=["qbo", "xero"])
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[Sliding, Fixed], ids=["sliding", "fixed"])
def counter(request: pytest.FixtureRequest) -> type[Sliding | Fixed]:
    found: type[Sliding | Fixed] = request.param
    return found


@pytest.mark.parametrize("slowest", [0.3, 5.0])
def test_five_minutes_are_filled_and_no_call_is_turned_away(
    vendor: str, counter: type[Sliding | Fixed], slowest: float, tmp_path: Path
) -> None:
    airline = Airline(vendor, counter, slowest, tmp_path)
    airline.run(FIVE_MINUTES)
    assert (airline.refused, airline.share() >= 0.95) == (0, True), airline.share()


def test_runs_one_after_the_other_share_the_minutes(
    vendor: str, counter: type[Sliding | Fixed], tmp_path: Path
) -> None:
    """A run that ends in the middle of a minute leaves the rest of it to the next."""
    airline = Airline(vendor, counter, 1.0, tmp_path)
    for seconds in (7, 1, 29, 63, 2, 198):
        airline.run(seconds)
    assert (airline.refused, airline.share() >= 0.95) == (0, True), airline.share()


def test_a_token_that_came_back_with_the_departure_would_let_calls_be_turned_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the proof is worth: counting departures alone fails under it."""
    monkeypatch.setattr(Throttle, "_land", lambda *_: None)
    take = Throttle._take

    def counted_at_once(throttle: Throttle, lanes: list[str], now: float) -> float:
        wait = take(throttle, lanes, now)
        for lane in lanes if wait <= 0 else ():
            throttle._flying[lane] -= 1
            throttle._answered[lane].append(now)
        return wait

    monkeypatch.setattr(Throttle, "_take", counted_at_once)
    airline = Airline("xero", Sliding, 5.0, tmp_path)
    airline.run(FIVE_MINUTES)
    assert airline.refused > 0
