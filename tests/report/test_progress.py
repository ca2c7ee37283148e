from __future__ import annotations

import io

from rich.console import Console

from acctsync.documents import Kind
from acctsync.engine.events import Sending, Settled, Step, Waiting
from acctsync.providers.port import Calls
from acctsync.report.progress import Bar, Lines, Silent
from tests.fakes import FakeClock


def test_lines_come_at_most_every_few_seconds_and_say_how_far_it_is() -> None:
    clock, said = FakeClock(), list[str]()
    lines = Lines(said.append, clock.monotonic)
    lines.notice(Step("reading the export"))
    lines.notice(Sending((Kind.INVOICES,), 1000))
    for _ in range(12):
        clock.sleep(1)
        lines.notice(Settled(30, 0, 0, Calls(1, 1, 0)))
    assert said == [
        "acctsync: sending invoices: 150 of 1,000",
        "acctsync: sending invoices: 300 of 1,000",
    ]


def test_a_short_run_says_nothing() -> None:
    clock, said = FakeClock(), list[str]()
    lines = Lines(said.append, clock.monotonic)
    lines.notice(Step("reading the export"))
    lines.close()
    assert said == []


def test_a_wait_is_told_at_once_and_cleaned() -> None:
    said = list[str]()
    Lines(said.append, FakeClock().monotonic).notice(Waiting(60, "QuickBooks\x1b said so"))
    assert said == ["acctsync: waiting 1 min 0 s: QuickBooks\\x1b said so"]


def test_a_bar_shows_kind_count_and_calls_and_leaves_nothing_behind() -> None:
    stream = io.StringIO()
    bar = Bar(Console(file=stream, force_terminal=True, width=100))
    bar.notice(Step("[bold]asking"))
    bar.notice(Sending((Kind.INVOICES,), 10))
    bar.notice(Settled(4, 1, 0, Calls(2, 1, 0)))
    bar.close()
    shown = stream.getvalue()
    assert "sending invoices" in shown
    assert "5/10" in shown
    assert "3 calls" in shown


def test_silence_is_silence() -> None:
    silent = Silent()
    silent.notice(Step("anything"))
    silent.close()
