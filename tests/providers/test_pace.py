from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from acctsync.providers.pace import keep, recall
from acctsync.providers.throttle import Lane, Throttle
from tests.fakes import FakeClock


def a_throttle(clock: FakeClock) -> Throttle:
    lanes = [Lane("one", 3, 1.0), Lane("minute", 40, 60.0)]
    return Throttle(lanes, in_flight=9, clock=clock, stop=Event())


def test_the_next_process_counts_the_calls_of_the_one_before(tmp_path: Path) -> None:
    file, clock = tmp_path / "pace.json", FakeClock()
    first = a_throttle(clock)
    for _ in range(3):
        with first.turn("one", "minute"):
            pass
    keep(file, first.ages(), clock)
    clock.seconds += 0.4
    second = a_throttle(clock)
    second.recall(recall(file, clock))
    with second.turn("one"):
        pass
    assert clock.waits == [pytest.approx(0.605)]


def test_what_is_older_than_a_minute_no_longer_counts(tmp_path: Path) -> None:
    file, clock = tmp_path / "pace.json", FakeClock()
    keep(file, {"minute": [1.0, 59.0, 61.0]}, clock)
    assert recall(file, clock) == {"minute": [1.0, 59.0]}
    clock.seconds += 61
    assert recall(file, clock) == {}


def test_a_clock_that_was_set_back_tells_nothing(tmp_path: Path) -> None:
    file, clock = tmp_path / "pace.json", FakeClock()
    keep(file, {"minute": [1.0]}, clock)
    clock.seconds -= 3600
    assert recall(file, clock) == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"at": "x"}', '{"at": 1, "ages": 5}', "null"])
def test_a_damaged_file_costs_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pace.json"
    file.write_text(text, encoding="ascii")
    assert recall(file, FakeClock()) == {}
    assert recall(tmp_path / "absent.json", FakeClock()) == {}
