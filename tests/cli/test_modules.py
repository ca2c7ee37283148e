"""What each command loads of what costs time to load, and nothing else of it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from acctsync.simulator.server import Simulator
from tests.cli.desk import ROOT, Desk

PROBE = """
import json, os, sys
from acctsync.cli.main import run
code = run(json.loads(sys.argv[1]), os.environ)
sys.stderr.write(json.dumps([code, sorted(sys.modules)]))
"""
# Never loaded where nothing is asked or shown in colours.
NEVER = {
    "httpx", "ssl", "keyring", "sqlite_utils", "pydantic", "asyncio", "click", "concurrent.futures",
    "importlib.metadata", "logging.handlers", "platformdirs", "rich.progress", "acctsync.simulator",
    "acctsync.providers.http", "acctsync.providers.qbo.provider", "acctsync.engine.sending",
    "acctsync.engine.completing",
}  # fmt: skip
# Each takes 10 ms or more, with what it imports itself.
WATCHED = {
    *NEVER, "typer", "rich", "yaml", "sqlite3", "filelock", "acctsync.documents",
    "acctsync.mapping.model", "acctsync.engine.reading", "acctsync.state.store",
}  # fmt: skip
LIGHT = {"typer"}
STATE = {"typer", "sqlite3", "acctsync.documents", "acctsync.state.store"}
EXPORT = {
    "typer", "yaml", "acctsync.documents", "acctsync.mapping.model", "acctsync.engine.reading",
}  # fmt: skip
BACKED = STATE | {"filelock"}
# A line of words, and what of all that it loads.
WITHOUT_STATE: dict[str, set[str]] = {
    "--version": set(),
    "--help": LIGHT,
    "push --help": LIGHT,
    "exit-codes": LIGHT,
    "exit-codes --json": LIGHT | {"acctsync.documents"},
    "schema": LIGHT,
    "check": EXPORT | {"rich"},
    "check --quiet": EXPORT,
    "explain CW-10241": EXPORT | {"rich"},
    "explain CW-10241 --json": EXPORT,
    "columns FILE --json": EXPORT - {"acctsync.engine.reading"},
}
WITH_STATE: dict[str, set[str]] = {
    "push --quiet": EXPORT | BACKED,
    "push --json": EXPORT | BACKED,
    "push": EXPORT | BACKED,
    "plan --quiet": EXPORT | STATE,
    "plan": EXPORT | STATE | {"rich"},
    "status --json": STATE,
    "status": STATE | {"rich"},
    "log --json": STATE,
    "log": STATE | {"rich"},
    "connections --json": LIGHT | {"acctsync.documents"},
    "state backup": BACKED,
    "state export": BACKED,
}


def loaded(desk: Desk, line: str) -> tuple[int, set[str]]:
    """Run a command line in a fresh interpreter; tell its exit code and the modules it loaded."""
    file = desk.data / "coworks_like" / "billing_invoices_2025-03.csv"
    words = [str(file) if word == "FILE" else word for word in line.split()]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(words)],
        cwd=ROOT, env=desk.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, set(modules) & WATCHED


@pytest.mark.parametrize("line", WITHOUT_STATE)
def test_commands_load_only_what_they_need(desk: Desk, line: str) -> None:
    assert loaded(desk, line) == (0, WITHOUT_STATE[line])


def test_with_nothing_to_do_no_client_is_built_and_little_is_loaded(
    connected: Desk, books: Simulator
) -> None:
    assert connected.run("push").code == 0
    books.requests.clear()
    assert {line: loaded(connected, line) for line in WITH_STATE} == {
        line: (0, modules) for line, modules in WITH_STATE.items()
    }
    assert books.requests == []
