"""What a push costs the state: one commit for an exchange, and no statement more than it must."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import Kind
from acctsync.errors import ExitCode
from acctsync.state.files import STATE_FILE
from acctsync.state.store import Store
from tests.engine.world import World


def billed(number: int) -> list[tuple[str, str, str]]:
    return [(f"A-{place}", "Ann", "10.00") for place in range(number)]


def commits_of(folder: Path, invoices: int) -> int:
    """Count the commits of a first push; the fake books take three documents at a time."""
    folder.mkdir()
    world = World(folder)
    world.export(billed(invoices), [])
    statements: list[str] = []

    def traced(*args: Any, **more: Any) -> Store:
        store = Store.open(*args, **more)
        store._db.set_trace_callback(statements.append)
        return store

    assert world.push(open_store=traced).exit_code == ExitCode.DONE
    assert len(world.holds(Kind.INVOICES)) == invoices
    return statements.count("COMMIT")


def test_every_further_exchange_costs_one_commit(tmp_path: Path) -> None:
    few, many = commits_of(tmp_path / "few", 3), commits_of(tmp_path / "many", 18)
    assert many - few == 5


def test_what_is_sent_is_committed_and_so_is_every_answer_before_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.export(billed(9), [])
    seen: list[dict[str, int]] = []

    def look(_where: str) -> None:
        with closing(sqlite3.connect(world.state / STATE_FILE)) as other:
            phases = other.execute("SELECT phase FROM operations WHERE kind = 'invoices'")
            seen.append(dict(Counter(phase for (phase,) in phases)))

    assert world.push(on_send=look).exit_code == ExitCode.DONE
    before_sending = seen[::2]
    assert before_sending[-3:] == [
        {"sending": 3},
        {"done": 3, "sending": 3},
        {"done": 6, "sending": 3},
    ]


def test_an_exchange_that_can_not_be_claimed_undoes_the_answer_in_the_same_commit(
    tmp_path: Path,
) -> None:
    """Both are in doubt or neither: the next run asks the books, and nothing is there twice."""
    world = World(tmp_path)
    world.export(billed(9), [])

    class Full(Store):
        def claim(self, *args: Any) -> tuple[int, ...]:
            seqs = super().claim(*args)
            if any(each.ref.id == "A-3" for each in args[-1]):
                raise MemoryError
            return seqs

    with pytest.raises(MemoryError):
        world.push(open_store=Full.open)
    assert world.holds(Kind.INVOICES).keys() == {"A-0", "A-1", "A-2"}
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        assert [each.operation.ref.id for each in store.unsettled()] == ["A-0", "A-1", "A-2"]
    assert world.push().exit_code == ExitCode.DONE
    assert len(world.holds(Kind.INVOICES)) == 9
