"""A stage for the demo: a simulated company in a process of its own, and real commands.

They are played as a person would type them.
"""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from acctsync.cli.context import Session
from acctsync.errors import AcctsyncError, ExitCode

_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TERM", "TMPDIR", "NO_COLOR", "SYSTEMROOT")
_PATIENCE = 60.0
_INDENT = "  "


class Rehearsal:
    """Starts the company, plays commands, and shows each command line before its output."""

    def __init__(self, session: Session, folder: Path, *, books: str, company: Path) -> None:
        self.done: list[tuple[str, int]] = []
        self._session = session
        self._folder = folder
        self._books = books
        self._company = company
        self._environment = self._surroundings()
        self._server: subprocess.Popen[str] | None = None
        self._url = ""

    def __enter__(self) -> Self:
        self._server = self._start("simulate", self._books, "--company", str(self._company))
        self._url = _line(self._server.stdout).removeprefix("ready ")
        if not self._url.startswith("http"):
            self._stop()
            raise AcctsyncError("the simulated company did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def tell(self, *lines: str) -> None:
        """Say what comes next, and why."""
        self._print("\n" + self._paint("\n".join(lines), "1"))

    def connect(self) -> None:
        """Sign in, and give consent as a browser would."""
        words = ("connect", self._books, "--url", self._url, "--token-store", "file", "--yes")
        process = self._start(*words, "--no-browser")
        assert process.stdout is not None
        said: list[str] = []
        try:
            for line in process.stdout:
                if line.startswith("http"):
                    _visit(line.strip())
                else:
                    said.append(line)
            process.wait(_PATIENCE)
        finally:
            process.kill()
            process.communicate()
        self._record(" ".join(words), "".join(said), process.returncode, ExitCode.DONE)

    def run(self, *words: str, expect: ExitCode = ExitCode.DONE) -> None:
        """Play one command."""
        process = self._start(*words)
        shown, _ = process.communicate(timeout=_PATIENCE)
        self._record(" ".join(words), shown, process.returncode, expect)

    def _record(self, words: str, shown: str, code: int, expect: ExitCode) -> None:
        line = f"acctsync {words}"
        self.done.append((line, code))
        body = "\n".join(_INDENT + row if row else "" for row in shown.rstrip().splitlines())
        self._print(f"{self._paint(f'$ {line}', '36')}\n{body}")
        if code != expect:
            raise AcctsyncError(f"{line} ended with exit code {code} instead of {int(expect)}")

    def _print(self, text: str) -> None:
        terminal = self._session.terminal
        if self._session.options.as_json:
            terminal.say(text)
        elif not self._session.options.quiet:
            terminal.show(text)

    def _paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._session.terminal.paints else text

    def _start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "acctsync", *words],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def _stop(self) -> None:
        if self._server is None:
            return
        self._server.terminate()
        try:
            self._server.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.communicate()

    def _surroundings(self) -> dict[str, str]:
        """Give the commands a small, known environment: no settings of the user's reach them."""
        terminal, given = self._session.terminal, self._session.environment
        kept = {name: given[name] for name in _KEPT_VARIABLES if name in given}
        return {
            **kept,
            **({"FORCE_COLOR": "1"} if terminal.paints else {}),
            "ACCTSYNC_STATE_DIR": str(self._folder / "state"),
            "COLUMNS": str(max(terminal.width - len(_INDENT), 60)),
            "PYTHONIOENCODING": "utf-8",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }


def _line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().strip()


def _visit(address: str) -> None:
    """Open an address on this machine and follow where it leads."""
    # Past any proxy: both ends are on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=_PATIENCE) as page:
        page.read()
