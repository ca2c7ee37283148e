"""A process that has loaded the command already, and forks it whenever it is asked to.

What runs in a fork is what `acctsync` runs: the same entry with its own arguments, environment,
standard streams and exit code. Only the second that loading takes is saved, hundreds of times.
A fork waits for a word before it begins, so that strace can be at its side from the first call.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

import acctsync
from acctsync.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
_CRASHED = 70


@dataclass(frozen=True, slots=True)
class Ended:
    """How a fork ended: its exit code (minus the signal that killed it), and what it said."""

    code: int
    out: str
    err: str


class Nursery:
    """Forks the command from a warm process."""

    def __init__(self, folder: Path) -> None:
        self._out, self._err = folder / "out", folder / "err"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.system.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.wait(timeout=20)

    def run(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        beside: Callable[[int], object] = lambda _: None,
    ) -> Ended:
        """Fork the command; `beside` is called with its process id before it begins."""
        asked = {
            "arguments": [*arguments],
            "environment": {**environment},
            "out": str(self._out),
            "err": str(self._err),
        }
        self._tell(asked)
        beside(self._answer()["pid"])
        self._tell("go")
        code = self._answer()["code"]
        return Ended(code, self._out.read_text("utf-8"), self._err.read_text("utf-8"))

    def _tell(self, word: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(word) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> dict[str, int]:
        assert self._process.stdout is not None
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        return answer


def serve() -> None:
    """Fork a command for each line of standard input, once a second line lets it go."""
    _load()
    for line in sys.stdin:
        waits, goes = os.pipe()
        child = os.fork()
        if not child:
            os.close(goes)
            _become(json.loads(line), waits)
        os.close(waits)
        _say({"pid": child})
        sys.stdin.readline()
        os.write(goes, b"x")
        os.close(goes)
        _, status = os.waitpid(child, 0)
        _say({"code": os.waitstatus_to_exitcode(status)})


def _load() -> None:
    """Load all of the project, and with it what it stands on."""
    for module in pkgutil.walk_packages(acctsync.__path__, "acctsync."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _become(asked: dict[str, Any], waits: int) -> NoReturn:
    code = _CRASHED
    try:
        for target, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), target)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.read(waits, 1)
        code = run(asked["arguments"], asked["environment"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _say(answer: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
