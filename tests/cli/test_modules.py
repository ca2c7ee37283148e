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
HEAVY = {
    "httpx", "keyring", "sqlite_utils", "pydantic", "asyncio", "click", "platformdirs",
    "importlib.metadata", "logging.handlers", "acctsync.simulator", "acctsync.providers.http",
    "acctsync.providers.qbo.provider", "rich.progress",
}  # fmt: skip


def loaded(desk: Desk, *arguments: str) -> tuple[int, set[str]]:
    """Run a command line in a fresh interpreter; tell its exit code and the modules it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(arguments)],
        cwd=ROOT, env=desk.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, set(modules)


@pytest.mark.parametrize(
    ("line", "absent"),
    [
        (
            "--version",
            HEAVY
            | {
                "acctsync.documents",
                "rich",
                "yaml",
                "sqlite3",
                "acctsync.mapping",
                "acctsync.engine",
            },
        ),
        (
            "--help",
            HEAVY
            | {
                "acctsync.documents",
                "rich",
                "yaml",
                "sqlite3",
                "acctsync.mapping",
                "acctsync.engine",
            },
        ),
        ("push --help", HEAVY | {"rich", "yaml", "sqlite3", "acctsync.mapping"}),
        ("exit-codes", HEAVY | {"rich", "yaml", "sqlite3", "acctsync.mapping"}),
        ("check", HEAVY | {"sqlite3", "filelock"}),
        ("check --quiet", HEAVY | {"sqlite3", "filelock", "rich"}),
    ],
)
def test_commands_load_only_what_they_need(desk: Desk, line: str, absent: set[str]) -> None:
    code, modules = loaded(desk, *line.split())
    assert code == 0
    assert modules & absent == set()


@pytest.mark.parametrize("flags", [(), ("--quiet",), ("--json",)])
def test_a_push_with_nothing_to_do_builds_no_client(
    connected: Desk, books: Simulator, flags: tuple[str, ...]
) -> None:
    assert connected.run("push").code == 0
    books.requests.clear()
    code, modules = loaded(connected, "push", *flags)
    assert code == 0
    assert modules & (HEAVY | {"rich"}) == set()
    assert books.requests == []
