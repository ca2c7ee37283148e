"""Watches a run: a bar on a terminal, a line every few seconds elsewhere, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from acctsync.engine.events import Event, Sending, Settled, Step, Waiting
from acctsync.report.clean import clean
from acctsync.report.words import many, plural, span

if TYPE_CHECKING:
    from rich.console import Console

_LINE_EVERY = 5.0


class Watcher(Protocol):
    """A listener that has to be told when the run is over."""

    def notice(self, event: Event) -> None:
        """Take note of what happened."""
        ...

    def close(self) -> None:
        """Tidy up."""
        ...


class Silent:
    """Keeps silent."""

    def notice(self, event: Event) -> None:
        """Take note of nothing."""

    def close(self) -> None:
        """Have nothing to tidy up."""


class Lines:
    """Says where the run is, at most every few seconds; for a pipe or a log file.

    A run that is over before the first interval says nothing.
    """

    def __init__(self, write: Callable[[str], object], monotonic: Callable[[], float]) -> None:
        self._write = write
        self._monotonic = monotonic
        self._last = monotonic()
        self._tally = _Tally()

    def notice(self, event: Event) -> None:
        """Take note; write a line when the last one is old enough."""
        self._tally.add(event)
        now = self._monotonic()
        if now - self._last >= _LINE_EVERY or isinstance(event, Waiting):
            self._last = now
            self._write(self._tally.line)

    def close(self) -> None:
        """Have nothing to tidy up."""


class Bar:
    """Draws a bar with rate, time left and calls used; it is there from event to `close`."""

    def __init__(self, console: Console) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[calls]}", markup=False),
            console=console,
            transient=True,
        )
        self._tally = _Tally()
        self._task = self._progress.add_task("starting", total=None, rate="", calls="")

    def notice(self, event: Event) -> None:
        """Take note; rich draws at its own pace."""
        self._progress.start()
        self._tally.add(event)
        tally, sending = self._tally, bool(self._tally.total)
        if isinstance(event, Sending):
            self._progress.reset(self._task, total=event.total, rate="", calls="")
        speed = self._progress.tasks[0].speed if sending else None
        self._progress.update(
            self._task,
            description=tally.doing,
            total=tally.total or None,
            completed=tally.settled,
            rate=f"{speed:.0f}/s" if speed else "",
            calls=many(tally.calls, "call") if tally.calls else "",
        )

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


class _Tally:
    """Adds events up."""

    def __init__(self) -> None:
        self.doing = "starting"
        self.total = 0
        self.settled = 0
        self.calls = 0

    def add(self, event: Event) -> None:
        match event:
            case Step(text):
                self.doing, self.total, self.settled = clean(text), 0, 0
            case Sending(kinds, total):
                self.doing = "sending " + ", ".join(plural(kind) for kind in kinds)
                self.total, self.settled = total, 0
            case Settled(done, failed, in_doubt, calls):
                self.settled += done + failed + in_doubt
                # What rides along from the next stage was not counted.
                self.total = max(self.total, self.settled)
                self.calls = calls.read + calls.write
            case Waiting(seconds, why):
                self.doing = f"waiting {span(seconds)}: {clean(why)}"

    @property
    def line(self) -> str:
        so_far = f": {self.settled:,} of {self.total:,}" if self.total else ""
        return f"acctsync: {self.doing}{so_far}"
