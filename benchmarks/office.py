"""One user's machine: a business, the server that stands for the books, and the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.business import Business
from benchmarks.measuring import ROOT, Failed, Took, measured

COMMAND = (sys.executable, "-m", "acctsync")
UNPACED = (sys.executable, "-m", "benchmarks.unpaced")
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_SECRET = "benchmark-secret\n"  # noqa: S105 - nobody's


class Server:
    """The stub or the simulated books in a process of its own, until it is left."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said.startswith("ready "):
            raise Failed(f"{' '.join(command)} does not get ready: {said}")
        self.url = said.split()[1]

    @classmethod
    def stub(cls, business: Business, folder: Path) -> Self:
        """Answer writes at once."""
        company = str(folder / "company.yaml")
        return cls((sys.executable, "-m", "benchmarks.stub", business.system, company))

    @classmethod
    def books(cls, business: Business, folder: Path) -> Self:
        """Keep books as the vendor does, with its limits on."""
        company = str(folder / "company.yaml")
        return cls((*COMMAND, "simulate", business.system, "--company", company))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def reset(self, latency: float = 0.0) -> None:
        """Count from nothing, and let every answer take so long."""
        self._ask("/stub", json.dumps({"latency": latency}).encode())

    def seen(self) -> dict[str, Any]:
        """Tell what came in since then."""
        return dict(self._ask("/stub"))

    def log(self) -> list[dict[str, Any]]:
        """List what came in at the simulated books."""
        return list(self._ask("/simulator/requests"))

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        with _OPENER.open(urllib.request.Request(self.url + path, data=body)) as answer:
            return json.load(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A push as it was measured, and what it says of itself."""

    took: Took
    said: dict[str, Any]


class Office:
    """A business in a folder, signed in to a server."""

    def __init__(self, business: Business, folder: Path, server: Server) -> None:
        self.business = business
        self.folder = folder
        self.server = server
        secret = folder / "client-secret"
        secret.write_text(_SECRET, encoding="ascii")
        secret.chmod(0o600)
        self.environment = {
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "ACCTSYNC_STATE_DIR": str(folder / "state"),
            "ACCTSYNC_MAPPING": str(folder / "acctsync.yaml"),
            "ACCTSYNC_QBO_CLIENT_ID": "app",
            "ACCTSYNC_QBO_CLIENT_SECRET_FILE": str(secret),
            "ACCTSYNC_XERO_CLIENT_ID": "app",
        }
        self._connect()

    def push(self, *flags: str, paced: bool = True) -> Pushed:
        """Push the export as it stands."""
        command = COMMAND if paced else UNPACED
        took = measured((*command, "push", "--json", *flags), self.environment)
        return Pushed(took=took, said=json.loads(took.out))

    def run(self, *arguments: str) -> Took:
        """Run a command."""
        return measured((*COMMAND, *arguments), self.environment)

    def _connect(self) -> None:
        """Sign in as a person does: open the printed address, let it lead back."""
        process = subprocess.Popen(
            (
                *(*COMMAND, "connect", self.business.system, "--url", self.server.url),
                *("--no-browser", "--yes", "--token-store", "file"),
            ),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with _OPENER.open(address) as answer:
            answer.read()
        _, error = process.communicate()
        if process.returncode:
            raise Failed(f"acctsync can't sign in: {error}")
