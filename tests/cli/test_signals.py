"""A signal is heard at once while somebody is asked something."""

from __future__ import annotations

import os
import pty
import select
import signal
from collections.abc import Iterator

import pytest

from acctsync.cli.signals import wait_for_line


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def test_a_signal_that_comes_just_before_the_wait_ends_it(
    ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    wait = select.select

    def too_late(reading: list[int], writing: list[int], failing: list[int]) -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        woken.extend(wait(reading, writing, failing, 20)[0])

    monkeypatch.setattr(select, "select", too_late)
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with os.fdopen(os.dup(ends[1])) as terminal:
            wait_for_line(terminal)
            assert woken
            assert terminal.fileno() not in woken
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_typed_line_ends_the_wait_and_is_there_to_be_read(ends: tuple[int, int]) -> None:
    os.write(ends[0], b"Sales\n")
    with os.fdopen(os.dup(ends[1])) as terminal:
        wait_for_line(terminal)
        assert terminal.readline() == "Sales\n"
