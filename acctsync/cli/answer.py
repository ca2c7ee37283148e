"""What a command found or did, on its way to the one place that shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from acctsync.errors import AcctsyncError, ExitCode, Problem
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A command's answer; `data` and `text` are built only when somebody will see them.

    `text` gives a string or something that rich can draw. `trouble` is what a quiet run still
    shows when not all is well; without it, `text` is. `stopped` is why the command ended early,
    `partly` whether something was done nevertheless. `noteworthy`: a quiet run shows it even though
    the exit code is a good one. `afterwards` is done once the answer was shown whole. `summary` is
    for the log and for whoever waits for a run: numbers, nothing of customers.
    """

    data: Callable[[], Mapping[str, object]] = dict
    text: Callable[[], object] = str
    trouble: Callable[[], object] | None = None
    exit_code: ExitCode = ExitCode.DONE
    problems: tuple[Problem, ...] = ()
    run: str | None = None
    stopped: AcctsyncError | None = None
    partly: bool = field(default=False)
    noteworthy: bool = False
    afterwards: Callable[[], None] | None = None
    summary: Callable[[], Mapping[str, object]] = dict

    @property
    def well(self) -> bool:
        return self.exit_code in {ExitCode.DONE, ExitCode.PENDING} and not self.noteworthy


def failed(error: AcctsyncError) -> Answer:
    """Answer with what stopped the command."""
    return Answer(exit_code=error.exit_code, problems=error.problems, stopped=error)
