"""The near side of the launcher: starts a process, and waits for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

ROOT = Path(__file__).resolve().parents[3]
_COMMAND = (sys.executable, "-m", "tests.rigs.processes.launcher")


@dataclass(frozen=True, slots=True)
class Strike:
    """Signals that a process sends itself at a boundary (its name, or its number from 1)."""

    at: str | int
    signals: tuple[str, ...] = ("KILL",)

    def __str__(self) -> str:
        return f"{'+'.join(self.signals)} at {self.at!r}"


@dataclass(slots=True)
class Started:
    """A process that was started, and what it left behind once it has ended."""

    pid: int
    arguments: tuple[str, ...]
    folder: Path
    code: int | None = None
    struck: Strike | None = None
    _launcher: Starter | None = field(default=None, repr=False)

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text(encoding="utf-8")

    @property
    def trail(self) -> list[str]:
        """List the boundaries that it passed."""
        file = self.folder / "trail"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    @property
    def sent(self) -> list[httpx.Request]:
        """List what it was about to send to Xero's API, without the tokens."""
        file = self.folder / "sent"
        told = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [httpx.Request(**json.loads(each)) for each in told]

    def wait(self) -> Self:
        """Wait for its end."""
        assert self._launcher is not None
        self.code = self._launcher.end_of(self.pid)
        return self

    def send(self, name: str) -> None:
        """Send it a signal."""
        os.kill(self.pid, signal.Signals[f"SIG{name}"])

    def stands(self) -> str:
        """Tell how the kernel calls what it does: T where it was stopped, Z or X once it ended."""
        try:
            status = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii")
        except FileNotFoundError:
            return "X"
        return status.rpartition(")")[2].split()[0]


class Starter:
    """Starts processes; one at a time is asked for, many may run."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            _COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._ended: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def start(
        self,
        folder: Path,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        strike: Strike | None = None,
        watched: bool = True,
    ) -> Started:
        """Start acctsync; what it says goes into the folder."""
        folder.mkdir(parents=True)
        for name in ("out", "err"):
            (folder / name).touch()
        order = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "out": str(folder / "out"),
            "err": str(folder / "err"),
            "trail": str(folder / "trail") if watched else "",
            "at": strike.at if strike else None,
            "signals": list(strike.signals) if strike else [],
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        while (told := self._heard()).keys() != {"started"}:
            self._ended[told["ended"]] = told["code"]
        # The kernel gives a number away again: what an earlier process ended with is not its end.
        self._ended.pop(told["started"], None)
        return Started(told["started"], tuple(arguments), folder, struck=strike, _launcher=self)

    def end_of(self, pid: int) -> int:
        """Wait for a process to end; minus the signal's number where one ended it."""
        while pid not in self._ended:
            told = self._heard()
            self._ended[told["ended"]] = told["code"]
        return self._ended.pop(pid)

    def _heard(self) -> dict[str, int]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the launcher is gone"
        told: dict[str, int] = json.loads(line)
        return told
