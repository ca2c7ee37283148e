"""A run is taken back in real processes, whatever dies meanwhile; the next push makes it anew."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from tests.sweeping import swept
from tests.system.processes import Office, Simulated, counted

PUSHED = ("Invoice", "Payment", "RefundReceipt", "Purchase")


def held(books: Simulated) -> dict[str, list[tuple[str, Any]]]:
    """Tell what the books hold of what we push: notes with their stamps, and totals."""
    everything = books.get("/simulator/books")
    return {
        name: sorted((each["PrivateNote"], each["TotalAmt"]) for each in everything[name])
        for name in PUSHED
    }


NOTHING: dict[str, list[tuple[str, Any]]] = {name: [] for name in PUSHED}


def test_an_undone_run_is_gone_and_pushed_anew_exactly_once(
    office: Office, books: Simulated
) -> None:
    run = office.json("push")["run"]
    before = held(books)
    refused = office.run("undo", run)
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert held(books) == before

    books.post("/simulator/faults", {"match": {"path": "/batch"}, "do": {"drop_after": True}})
    done = office.json("undo", run[:8], "--yes")
    assert (counted(done), done["data"]["undone_run"]) == ({"undone": 50}, run)
    assert held(books) == NOTHING

    again = office.json("push")
    assert counted(again) == {"create": 35, "unchanged": 13}
    assert held(books) == before
    assert office.json("push")["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


@pytest.mark.crash
@pytest.mark.parametrize("seed", swept(range(70, 72)))
def test_killed_at_any_moment_the_same_undo_finishes(
    office: Office, books: Simulated, seed: int
) -> None:
    moments = random.Random(seed)  # noqa: S311 - a replayable sweep
    run = office.json("push")["run"]
    before = held(books)
    books.post("/simulator/faults", {"match": {"times": "always"}, "do": {"delay": 0.05}})
    for _ in range(3):
        process = office.start("undo", run, "--yes")
        time.sleep(moments.uniform(0.25, 1.4))
        process.kill()
        process.communicate()
    office.json("undo", run, "--yes")
    assert held(books) == NOTHING
    office.json("push")
    assert held(books) == before
