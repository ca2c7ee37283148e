"""What can go wrong: data problems are values with a place, what stops a run is an exception.

AcctsyncError              exit 1   a bug, or an error nothing more exact is known of
├── InputRefused           exit 2   usage, mapping or export; nothing was sent
├── SignInNeeded           exit 4   only a person can renew the consent
├── ComeBackLater          exit 5   limits, books unreachable, still in doubt: a later run goes on
├── GuardStopped           exit 8   a guard or budget stopped the run
├── Locked                 exit 11  another run holds the connection
├── StateUnusable          exit 12  the state can't be trusted, or can't be written
└── Interrupted            exit 130, 143  stopped by a person or the system, safely
"""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum, StrEnum

from acctsync.values import dataclass


class ExitCode(IntEnum):
    """The exit codes that scripts rely on."""

    DONE = 0
    BUG = 1
    REFUSED = 2
    PARTIAL = 3
    SIGN_IN = 4
    LATER = 5
    GUARD = 8
    PENDING = 10
    LOCKED = 11
    STATE = 12
    INTERRUPTED = 130
    TERMINATED = 143


EXIT_MEANINGS: dict[ExitCode, str] = {
    ExitCode.DONE: "done, or nothing to do",
    ExitCode.BUG: "unexpected error (a bug)",
    ExitCode.REFUSED: "usage, mapping or export refused; nothing was sent",
    ExitCode.PARTIAL: "some documents failed or are blocked, the rest is done",
    ExitCode.SIGN_IN: "sign-in needed",
    ExitCode.LATER: "come back later (rate or day limit, books unreachable, in doubt)",
    ExitCode.GUARD: "a guard or budget stopped it",
    ExitCode.PENDING: "changes pending (only plan --exit-code)",
    ExitCode.LOCKED: "another run holds the lock",
    ExitCode.STATE: "state unusable (disk full, corrupt, other company)",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C), safely",
    ExitCode.TERMINATED: "terminated (SIGTERM), safely",
}


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file: an export's row and column, or a mapping's line and character."""

    file: str
    line: int | None = None
    column: str | None = None
    character: int | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        if self.character is not None:
            place += f":{self.character}"
        return place if self.column is None else f'{place}, column "{self.column}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with the user's data, with its place and what to do; never raised.

    `code` is stable and documented. `document` is the number (or id) a bookkeeper knows it by;
    `kind` its kind. `provider_code` and `provider_request` are the books' own words, for support.
    """

    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    location: Location | None = None
    document: str | None = None
    kind: str | None = None
    provider_code: str | None = None
    provider_request: str | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def about(self, document: str, kind: str) -> Problem:
        """Say which document the problem belongs to."""
        return replace(self, document=document, kind=kind)


class AcctsyncError(Exception):
    """Stops the run; carries the exit code and what to do about it."""

    exit_code = ExitCode.BUG
    code = "RUN001"

    def __init__(self, message: str, *, hint: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = problems


class InputRefused(AcctsyncError):
    """Usage, mapping or export can't be understood; nothing was sent."""

    exit_code = ExitCode.REFUSED
    code = "RUN002"


class SignInNeeded(AcctsyncError):
    """The consent is missing, expired or revoked; only a person can renew it."""

    exit_code = ExitCode.SIGN_IN
    code = "RUN004"


class ComeBackLater(AcctsyncError):
    """The books can't be asked now; nothing is lost and a later run goes on."""

    exit_code = ExitCode.LATER
    code = "RUN005"


class GuardStopped(AcctsyncError):
    """A guard or budget of the user's stopped the run."""

    exit_code = ExitCode.GUARD
    code = "RUN008"


class Locked(AcctsyncError):
    """Another run holds this connection."""

    exit_code = ExitCode.LOCKED
    code = "RUN011"


class StateUnusable(AcctsyncError):
    """The state can't be trusted, or can't be written."""

    exit_code = ExitCode.STATE
    code = "RUN012"


class Interrupted(AcctsyncError):
    """A person or the system asked to stop; everything done is recorded."""

    exit_code = ExitCode.INTERRUPTED
    code = "RUN130"

    def __init__(self, message: str, *, terminated: bool = False) -> None:
        super().__init__(message, hint="Run the same command again: it goes on where it stopped.")
        if terminated:
            self.exit_code = ExitCode.TERMINATED
            self.code = "RUN143"
