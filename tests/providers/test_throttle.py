from __future__ import annotations

import threading
from threading import Event

import pytest

from acctsync.clock import SystemClock
from acctsync.errors import Interrupted
from acctsync.providers.throttle import Lane, Throttle
from tests.fakes import FakeClock

LANES = [Lane("all", 500, 60.0), Lane("single", 10, 1.0), Lane("batch", 40, 60.0)]


def departures(lane: str, calls: int) -> list[float]:
    clock = FakeClock()
    throttle = Throttle(LANES, in_flight=8, clock=clock, stop=Event())
    times = []
    for _ in range(calls):
        with throttle.turn("all", lane):
            times.append(clock.seconds)
    return times


def most_in_any_window(times: list[float], seconds: float) -> int:
    return max(sum(start <= each < start + seconds for each in times) for start in times)


@pytest.mark.parametrize(("lane", "calls", "seconds"), [("batch", 40, 60.0), ("single", 10, 1.0)])
def test_a_lane_is_never_overrun_and_nearly_filled(lane: str, calls: int, seconds: float) -> None:
    times = departures(lane, calls * 5)

    assert most_in_any_window(times, seconds) == calls
    assert len([each for each in times if each < times[0] + 5 * seconds]) >= 0.95 * 5 * calls


def test_all_lanes_of_a_call_must_be_free() -> None:
    times = departures("single", 600)

    assert most_in_any_window(times, 1.0) <= 10
    assert most_in_any_window(times, 60.0) <= 500


def test_lanes_do_not_hinder_each_other() -> None:
    clock = FakeClock()
    throttle = Throttle(LANES, in_flight=8, clock=clock, stop=Event())
    for _ in range(40):
        with throttle.turn("all", "batch"):
            pass
    with throttle.turn("all", "single"):
        assert clock.waits == []


def test_a_pause_holds_every_call_back() -> None:
    clock = FakeClock()
    throttle = Throttle(LANES, in_flight=8, clock=clock, stop=Event())
    throttle.pause(60.0)
    throttle.pause(5.0)
    with throttle.turn("all", "single"):
        assert clock.waits == [60.0]


def test_a_stop_ends_the_wait_at_once() -> None:
    stop = Event()
    throttle = Throttle(LANES, in_flight=8, clock=SystemClock(), stop=stop)
    throttle.pause(3600.0)
    threading.Timer(0.05, stop.set).start()

    with pytest.raises(Interrupted), throttle.turn("all", "single"):
        pass


def test_a_stop_ends_the_wait_for_a_place_in_flight() -> None:
    stop = Event()
    throttle = Throttle(LANES, in_flight=1, clock=SystemClock(), stop=stop)
    with throttle.turn("all", "single"):
        stop.set()
        with pytest.raises(Interrupted), throttle.turn("all", "single"):
            pass


def test_no_more_calls_fly_at_once_than_allowed() -> None:
    throttle = Throttle([Lane("all", 1000, 1.0)], in_flight=3, clock=SystemClock(), stop=Event())
    flying, most, lock = [0], [0], threading.Lock()
    meet = threading.Barrier(3, timeout=5)

    def call() -> None:
        with throttle.turn("all"):
            with lock:
                flying[0] += 1
                most[0] = max(most[0], flying[0])
            meet.wait()
            with lock:
                flying[0] -= 1

    threads = [threading.Thread(target=call) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [3]


def test_many_threads_together_stay_inside_the_window() -> None:
    clock, times, lock = SystemClock(), [], threading.Lock()
    throttle = Throttle([Lane("all", 10, 0.2)], in_flight=8, clock=clock, stop=Event())

    def call() -> None:
        for _ in range(5):
            with throttle.turn("all"), lock:
                times.append(clock.monotonic())

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(times) == 40
    assert most_in_any_window(sorted(times), 0.195) <= 10


def test_calls_that_others_made_count_from_when_they_are_told_of() -> None:
    clock = FakeClock()
    throttle = Throttle([Lane("all", 60, 60.0)], in_flight=5, clock=clock, stop=Event())
    with throttle.turn("all"):
        pass
    throttle.told("all", 9)  # of sixty one is ours, so fifty are somebody else's
    for _ in range(9):
        with throttle.turn("all"):
            throttle.told("all", 59)  # a window of theirs that began anew takes nothing back
    assert clock.waits == []
    with throttle.turn("all"):
        assert 60 < sum(clock.waits) < 63
