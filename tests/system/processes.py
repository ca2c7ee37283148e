"""Real processes: the installed command against a simulated company on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample-config" / "coworks"
COMPANY = ROOT / "sample-config" / "companies" / "coworks.yaml"
COMMAND = (sys.executable, "-m", "acctsync")
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Simulated:
    """A simulated company in a process of its own; it outlives whatever talks to it."""

    def __init__(self, *, company: Path = COMPANY, latency: float = 0.0) -> None:
        arguments = ["simulate", "qbo", "--company", str(company), "--latency", str(latency)]
        self._process = subprocess.Popen(
            [*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = re.match(r"ready (http://127\.0\.0\.1:\d+)", line)
        assert found, line
        self.url = found[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def get(self, path: str) -> Any:
        with _OPENER.open(f"{self.url}{path}", timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, value: object) -> Any:
        request = urllib.request.Request(
            f"{self.url}{path}",
            data=json.dumps(value).encode(),
            headers={"Content-Type": "application/json"},
        )
        with _OPENER.open(request, timeout=30) as answer:
            return json.load(answer)

    def entities(self, name: str) -> list[dict[str, Any]]:
        """List what the books hold of one entity."""
        return list(self.get("/simulator/books").get(name, []))


class Office:
    """One user's machine: a state folder, a mapping with its exports, and the command."""

    def __init__(self, folder: Path, books: Simulated, sample: Path = SAMPLE) -> None:
        self.books = books
        self.data = folder / sample.name
        shutil.copytree(sample, self.data)
        self.state = folder / "state"
        self.secret = folder / "client-secret"
        self.secret.write_text("app-secret-canary\n", encoding="ascii")
        self.secret.chmod(0o600)
        self.environment = {
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "ACCTSYNC_STATE_DIR": str(self.state),
            "ACCTSYNC_MAPPING": str(self.data / "acctsync.yaml"),
            "ACCTSYNC_TIME_SCALE": "0.01",
            "ACCTSYNC_QBO_CLIENT_ID": "app",
            "ACCTSYNC_QBO_CLIENT_SECRET_FILE": str(self.secret),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, error = process.communicate(timeout=300)
        return subprocess.CompletedProcess(arguments, process.returncode, out, error)

    def json(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        """Run a command with --json and give its envelope."""
        done = self.run(*arguments, "--json")
        assert done.returncode == exit_code, (done.stdout, done.stderr)
        envelope: dict[str, Any] = json.loads(done.stdout)
        return envelope

    def connect(self) -> None:
        """Sign in as a person would: open the printed address, let it lead back."""
        process = self.start(
            "connect", "qbo", "--url", self.books.url, "--no-browser", "--yes",
            "--token-store", "file",
        )  # fmt: skip
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with _OPENER.open(address, timeout=30) as answer:
            answer.read()
        out, error = process.communicate(timeout=60)
        assert process.returncode == 0, (out, error)


def counted(envelope: dict[str, Any]) -> dict[str, int]:
    """Pick the counts that are not zero."""
    return {word: number for word, number in envelope["data"]["counts"].items() if number}
