"""Ctrl-C and SIGTERM: at once where nothing is under way, else after what was sent is settled."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event
from types import FrameType, TracebackType
from typing import Self, TextIO

from acctsync.errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_FINISHING = b"\nfinishing what was sent; press again to stop now\n"


class _Heard(KeyboardInterrupt):
    """A signal ends what is under way.

    Not KeyboardInterrupt itself: where that passes through code made from text (every dataclass is
    made so while its module is imported), `python -m` takes it for unhandled, whoever handles it,
    and ends the process with SIGINT in place of its exit code.
    """


class Signals:
    """Listens for the two signals while it is entered.

    During `graceful` work the first one only sets `stop`; a second one ends the process on the
    spot, which the journal covers. Everywhere else a signal raises KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self.stop = Event()
        self.terminated = False
        self._graceful = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        # Only a main thread may listen; elsewhere (a test's thread) signals stay as they are.
        with suppress(ValueError):
            for number in _SIGNALS:
                self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            # What signal.signal gave is what it takes, whatever its type says.
            signal.signal(number, handler)  # type: ignore[arg-type]

    @contextmanager
    def graceful(self) -> Iterator[Event]:
        """Let the work inside end by itself when `stop` is set."""
        self._graceful = True
        try:
            yield self.stop
        finally:
            self._graceful = False

    @contextmanager
    def abrupt(self) -> Iterator[None]:
        """Let a signal end what stands inside at once: a question that waits for an answer."""
        graceful, self._graceful = self._graceful, False
        try:
            yield
        finally:
            self._graceful = graceful

    def interrupted(self) -> Interrupted:
        """Say that a signal ended the command."""
        word = "terminated" if self.terminated else "interrupted"
        said = f"{word}; everything done so far is recorded"
        return Interrupted(said, terminated=self.terminated)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        self.terminated = number == signal.SIGTERM
        if not self._graceful:
            raise _Heard
        if self.stop.is_set():
            os._exit(128 + number)
        self.stop.set()
        os.write(2, _FINISHING)


def wait_for_line(terminal: TextIO) -> None:
    """Wait until somebody typed a line, or a signal came.

    Reading alone would sleep through a signal that comes just before the system call: Python hears
    of it when the call is over.
    """
    heard, hear = os.pipe()
    os.set_blocking(hear, False)
    try:
        before = signal.set_wakeup_fd(hear, warn_on_full_buffer=False)
    except ValueError:  # no main thread: signals are no matter of it
        before = None
    try:
        if before is not None:
            select.select([terminal.fileno(), heard], [], [])
    finally:
        if before is not None:
            signal.set_wakeup_fd(before)
        os.close(heard)
        os.close(hear)
