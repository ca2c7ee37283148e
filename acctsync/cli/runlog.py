"""The log of a connection: what every command did with it, a JSON object a line.

It holds no body, no token and no query; each call has the name that the vendor gave it
(`request`), which the vendor's support asks for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from acctsync import __version__
from acctsync.clock import Clock
from acctsync.errors import AcctsyncError, Problem
from acctsync.providers.redaction import Secrets
from acctsync.settings import private_folder

if TYPE_CHECKING:
    from acctsync.cli.answer import Answer
    from acctsync.providers.exchange import ExchangeSeen
    from acctsync.state.logfile import LogFile

FOLDER = "logs"
_MOST_PROBLEMS = 200


class RunLog:
    """One command's lines in the log of its connection; says nothing until that is known.

    `command` is the command's name. A log that can't be written stops nobody.
    """

    def __init__(self, clock: Clock, secrets: Secrets) -> None:
        self.command = ""
        self._clock = clock
        self._secrets = secrets
        self._file: LogFile | None = None
        self._early: list[Problem] = []

    def open(self, state_dir: Path, connection: str) -> None:
        """Begin to write the log of a connection, once."""
        if self._file is not None:
            return
        from acctsync.state.logfile import LogFile

        folder = state_dir / FOLDER
        with suppress(OSError):
            private_folder(folder)
        self._file = LogFile(folder / f"{connection}.ndjson")
        self._write("began", {"version": __version__})
        self._problems(self._early)

    def called(self, seen: ExchangeSeen) -> None:
        """Log one exchange with the books; status 0 means that no answer came."""
        fields = {
            "method": seen.method,
            "path": seen.path,
            "status": seen.status,
            "request": seen.request,
            "seconds": round(seen.seconds, 3),
            "bytes_sent": seen.bytes_sent,
        }
        self._write("call", fields)

    def warned(self, problem: Problem) -> None:
        """Log something that went wrong beside the command's own work."""
        if self._file is None:
            self._early.append(problem)
        self._problems([problem])

    def ended(self, exit_code: int, answer: Answer) -> None:
        """Log what was wrong, and how the command ended."""
        if self._file is None:
            return
        self._problems((*_of(answer.stopped), *dict.fromkeys(answer.problems)))
        run = {"run": answer.run} if answer.run else {}
        self._write("ended", {"exit_code": exit_code, **run, **answer.summary()})

    def _problems(self, problems: Iterable[Problem]) -> None:
        for number, problem in enumerate(problems):
            if number == _MOST_PROBLEMS:
                self._write("problem", {"message": "and more, which acctsync status lists"})
                return
            fields = {
                "code": problem.code,
                "severity": str(problem.severity),
                "kind": problem.kind,
                "document": problem.document,
                "place": str(problem.location) if problem.location else None,
                "message": problem.message,
                "provider_code": problem.provider_code,
                "provider_request": problem.provider_request,
            }
            self._write("problem", {name: value for name, value in fields.items() if value})

    def _write(self, event: str, fields: dict[str, object]) -> None:
        if self._file is None:
            return
        now = self._clock.now().isoformat(timespec="milliseconds")
        who = {"at": now, "process": os.getpid(), "command": self.command, "event": event}
        said = {**who, **{name: self._cleaned(value) for name, value in fields.items()}}
        self._file.append(json.dumps(said, ensure_ascii=False))

    def _cleaned(self, value: object) -> object:
        """Take secrets out first: what is cut off afterwards must not leave half of one."""
        if not isinstance(value, str):
            return value
        from acctsync.report.clean import clean

        return clean(self._secrets.clean(value))


def _of(error: AcctsyncError | None) -> tuple[Problem, ...]:
    if error is None:
        return ()
    return error.problems or (Problem(code=error.code, message=error.message),)
