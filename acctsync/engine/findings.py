"""What a check-up comes to: one finding per check, and the exit code of them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from acctsync.errors import AcctsyncError, ExitCode, Problem, Severity


class Outcome(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: what was found, and what to do about it.

    `exit_code` is what an unattended run would end with for it; DONE unless it is a PROBLEM.
    """

    name: str
    outcome: Outcome
    finding: str
    hint: str = ""
    problems: tuple[Problem, ...] = ()
    exit_code: ExitCode = ExitCode.DONE

    @property
    def is_well(self) -> bool:
        return self.outcome in {Outcome.OK, Outcome.SKIPPED}


# What nobody but a person can mend comes first, what passes by itself last.
_URGENT = (
    ExitCode.SIGN_IN,
    ExitCode.STATE,
    ExitCode.REFUSED,
    ExitCode.LOCKED,
    ExitCode.LATER,
)


def exit_code(findings: Iterable[Finding]) -> ExitCode:
    """Tell the code of the most urgent problem; warnings have none."""
    codes = {each.exit_code for each in findings if each.outcome is Outcome.PROBLEM}
    return next((code for code in _URGENT if code in codes), max(codes, default=ExitCode.DONE))


def well(name: str, finding: str, hint: str = "") -> Finding:
    """Find all in order."""
    return Finding(name=name, outcome=Outcome.OK, finding=finding, hint=hint)


def skipped(name: str, why: str) -> Finding:
    """Find nothing, because something else must be mended first."""
    return Finding(name=name, outcome=Outcome.SKIPPED, finding=why)


def found(
    name: str, *problems: Problem, otherwise: str, code: ExitCode = ExitCode.REFUSED, hint: str = ""
) -> Finding:
    """Sum problems up: the first error, or else the first warning, speaks for them all."""
    if not problems:
        return well(name, otherwise, hint)
    first = next((each for each in problems if each.is_error), problems[0])
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Finding(
        name=name,
        outcome=Outcome.PROBLEM if first.is_error else Outcome.WARNING,
        finding=first.message + more,
        hint=first.hint,
        problems=problems,
        exit_code=code if first.is_error else ExitCode.DONE,
    )


def failed(name: str, error: AcctsyncError, hint: str = "") -> Finding:
    """Find what would stop a run."""
    own = Problem(code=error.code, message=error.message, hint=error.hint)
    return Finding(
        name=name,
        outcome=Outcome.PROBLEM,
        finding=error.message,
        hint=hint or error.hint,
        problems=error.problems or (own,),
        exit_code=error.exit_code,
    )


def warning(code: str, message: str, hint: str) -> Problem:
    """Say what a run can live with."""
    return Problem(code=code, message=message, hint=hint, severity=Severity.WARNING)


def error(code: str, message: str, hint: str) -> Problem:
    """Say what a run can't live with."""
    return Problem(code=code, message=message, hint=hint)
