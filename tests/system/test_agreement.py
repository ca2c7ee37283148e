"""Whole samples, end to end: books that were pushed agree, and neither a loss nor an undo matters."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.bench import Bench, at_work
from tests.system.processes import ROOT
from tests.system.test_books_numbers import FILES, OFF
from tests.system.test_company_facts import company

SAMPLES = ROOT / "sample-config"
NOTHING = {"read": 0, "write": 0, "throttled": 0}


ASSIGN = "assign"
EVERY = ["agency-canada", "coworks", ASSIGN]


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Push a sample; one of them lets the books number its invoices."""
    if request.param == ASSIGN:
        opened = at_work(tmp_path, FILES, company(tmp_path, OFF))
    else:
        shutil.copytree(SAMPLES / request.param, tmp_path, dirs_exist_ok=True)
        opened = at_work(tmp_path, {}, SAMPLES / "companies" / f"{request.param}.yaml")
    with opened as ready:
        ready.json("push")
        yield ready


def held(bench: Bench) -> dict[str, list[tuple[str, str, str]]]:
    """Tell notes with their stamps, totals and balances of what we pushed."""
    return {
        entity: sorted(
            (each["PrivateNote"], str(each.get("TotalAmt")), str(each.get("Balance")))
            for each in every
            if "[acctsync " in str(each.get("PrivateNote"))
        )
        for entity, every in bench.simulator.dialect.snapshot().items()
    }


def assert_agreed(bench: Bench, before: Any) -> None:
    """See that the books are as before, that a push knows it, and that both sides agree."""
    assert held(bench) == before
    assert bench.json("push")["data"]["calls"] == NOTHING
    assert bench.json("reconcile")["data"]["differences"] == []


def lose(bench: Bench) -> None:
    next((bench.folder / "state").rglob("state.db")).unlink()


@pytest.mark.parametrize("bench", EVERY, indirect=True)
def test_they_agree_and_a_rebuilt_or_adopted_state_pushes_nothing(bench: Bench) -> None:
    before = held(bench)
    assert_agreed(bench, before)
    lose(bench)
    rebuilt = bench.json("state", "rebuild")["data"]
    assert rebuilt["calls"]["write"] == 0
    assert_agreed(bench, before)
    lose(bench)
    bench.connect()
    bench.json("adopt")
    assert bench.json("push")["data"]["calls"]["write"] == 0
    assert_agreed(bench, before)


# The coworks sample is undone in test_undo.
@pytest.mark.parametrize("bench", ["agency-canada", ASSIGN], indirect=True)
def test_an_undone_push_is_pushed_again_to_the_same_books(bench: Bench) -> None:
    before = held(bench)
    (run,) = bench.json("status")["data"]["runs"]
    bench.json("undo", run["id"], "--yes")
    assert [each for every in held(bench).values() for each in every] == []
    bench.json("push")
    assert_agreed(bench, before)
