"""A state file to try things on, and processes that use it until they are killed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from acctsync.plan.model import Action
from acctsync.plan.outbox import Operation
from acctsync.state.store import Store
from tests.builders import invoice_ref
from tests.fakes import FakeClock

ROOT = Path(__file__).parents[2]


def create(folder: Path) -> Store:
    """Make the state of company 1."""
    return Store.create(
        folder,
        company_id="1",
        company_name="Test Company",
        system="quickbooks",
        environment="sandbox",
        origin="",
        clock=FakeClock(),
    )


def reopened(folder: Path, company: str = "1") -> Store:
    """Open a state as the next process would."""
    return Store.open(folder, company_id=company, clock=FakeClock())


def an_operation(id_: str = "1001", action: Action = Action.CREATE) -> Operation:
    """Write one invoice."""
    return Operation(action=action, ref=invoice_ref(id_), fingerprint="f", number=f"INV-{id_}")


def claim(store: Store, *ids: str, key: str = "k1") -> tuple[int, ...]:
    """Commit an exchange of invoices."""
    return store.claim("run", key, "batch", b"bytes", [an_operation(each) for each in ids])


@contextmanager
def raw(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as some other program would."""
    with closing(sqlite3.connect(folder / "state.db", isolation_level=None)) as connection:
        yield connection


def contents(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Read every row of every table."""
    with raw(folder) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables}  # noqa: S608


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process that runs a script with the project's modules."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
