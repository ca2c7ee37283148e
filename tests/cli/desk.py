"""A desk: one user's state folder and mapping, and the command run in this very process."""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from acctsync.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample-config"
COMPANY = SAMPLES / "companies" / "coworks.yaml"
NOTHING: dict[str, Any] = {
    "document": None,
    "kind": None,
    "file": None,
    "line": None,
    "column": None,
    "provider_code": None,
    "provider_request": None,
}


@dataclass(frozen=True)
class Ran:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        envelope: dict[str, Any] = json.loads(self.out)
        return envelope


class Desk:
    """Runs command lines with an environment of its own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.data = folder / "coworks"
        self.state = folder / "state"
        self.mapping = self.data / "acctsync.yaml"
        self.environment = {
            "PATH": os.environ["PATH"],
            "ACCTSYNC_STATE_DIR": str(self.state),
            "ACCTSYNC_MAPPING": str(self.mapping),
            "ACCTSYNC_TIME_SCALE": "0.01",
        }
        self._capture = capture
        shutil.copytree(SAMPLES / "coworks", self.data)
        self.edit("new_columns: warn", "new_columns: ignore")

    def run(self, *arguments: str) -> Ran:
        self._capture.readouterr()
        code = run(arguments, self.environment)
        shown = self._capture.readouterr()
        return Ran(code, shown.out, shown.err)

    def json(self, *arguments: str) -> dict[str, Any]:
        return self.run(*arguments, "--json").json

    def edit(self, old: str, new: str) -> None:
        """Change the mapping."""
        text = self.mapping.read_text(encoding="utf-8")
        assert old in text
        self.mapping.write_text(text.replace(old, new), encoding="utf-8")

    def connect(self, url: str, *flags: str) -> Ran:
        """Sign in with a browser that agrees to everything."""
        agrees = {**self.environment, "DISPLAY": ":0"}
        self._capture.readouterr()
        code = run(["connect", "qbo", "--url", url, "--token-store", "file", *flags], agrees)
        shown = self._capture.readouterr()
        return Ran(code, shown.out, shown.err)


class Paster:
    """A person at standard input who opens the printed address and pastes where it leads."""

    def __init__(self, capture: pytest.CaptureFixture[str], change: Callable[[str], str]) -> None:
        self._capture = capture
        self._change = change

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        shown = self._capture.readouterr()
        (address,) = [line for line in shown.out.splitlines() if line.startswith("http")]
        return self._change(redirect_of(address)) + "\n"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def redirect_of(address: str) -> str:
    """Ask for consent, and tell where the browser would be sent."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
    try:
        opener.open(address, timeout=30).close()
    except urllib.error.HTTPError as answer:
        answer.close()
        return str(answer.headers["Location"])
    raise AssertionError("no redirect")


def visit(address: str) -> bool:
    """Open an address and follow it, as a browser would."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=30) as page:
        page.read()
    return True


COMMAND = (sys.executable, "-m", "acctsync")
