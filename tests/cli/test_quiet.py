"""A sign-in outlives months in which there is nothing to push."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acctsync.simulator.server import Simulator
from tests.cli.desk import Desk

DONE = "Nothing to do: all 48 documents are in Harbour Commons LLC as the export says."


@pytest.fixture
def settled(connected: Desk) -> Desk:
    """Have everything in the books, and a sign-in that has to be renewed for the next call."""
    assert connected.run("push", "--yes").code == 0
    change(tokens(connected), expires=(datetime.now(UTC) - timedelta(days=1)).isoformat())
    return connected


def test_a_push_with_nothing_to_do_renews_a_sign_in_that_nothing_used_for_two_weeks(
    settled: Desk,
) -> None:
    passing(settled, days=15)
    before = json.loads(tokens(settled).read_text())
    assert settled.run("push").out.strip() == DONE
    after = json.loads(tokens(settled).read_text())
    assert after["refresh_token"] != before["refresh_token"]
    assert settled.run("push").out.strip() == DONE
    assert json.loads(tokens(settled).read_text()) == after


def test_a_sign_in_that_was_used_lately_is_left_alone(settled: Desk) -> None:
    passing(settled, days=13)
    before = tokens(settled).read_bytes()
    assert settled.run("push").out.strip() == DONE
    assert tokens(settled).read_bytes() == before


def test_where_nobody_knows_when_the_books_were_asked_they_are_not_asked(settled: Desk) -> None:
    pace(settled).write_text("{}")
    before = tokens(settled).read_bytes()
    assert settled.run("push").out.strip() == DONE
    assert tokens(settled).read_bytes() == before


def test_a_consent_that_is_gone_fails_the_push_before_there_is_work_for_it(settled: Desk) -> None:
    passing(settled, days=30)
    change(tokens(settled), refresh_token="withdrawn")
    ran = settled.run("push")
    assert ran.code == 4
    assert "Run `acctsync connect qbo" in ran.err


def test_books_that_cannot_be_reached_are_asked_by_the_next_run(
    settled: Desk, books: Simulator
) -> None:
    passing(settled, days=30)
    books.stop()
    assert settled.run("push").out.strip() == DONE


def tokens(desk: Desk) -> Path:
    (file,) = (desk.state / "tokens").glob("*.json")
    return file


def pace(desk: Desk) -> Path:
    (file,) = desk.state.rglob("pace.json")
    return file


def passing(desk: Desk, *, days: int) -> None:
    """Let days pass since the books were last asked."""
    kept = json.loads(pace(desk).read_text())
    change(pace(desk), at=kept["at"] - days * 86_400)


def change(file: Path, **values: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))
