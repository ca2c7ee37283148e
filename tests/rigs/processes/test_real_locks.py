"""R2: two runs at once, a holder that died, a lock file that somebody removed, an old state."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rigs.processes.starter import Started, Strike
from tests.rigs.processes.trial import Desk, Trial
from tests.rigs.processes.vendors import FULL, with_both_in_full

pytestmark = pytest.mark.crash
LOCKED, UNUSABLE = 11, 12
_POLL = 0.002

Begin = Callable[..., Trial]


def standing(desk: Desk, at: str = "sent {0.documents}") -> Started:
    """Start a push that stands still with a request under way."""
    process = desk.start("push", strike=Strike(at.format(desk.vendor), ("STOP",)))
    while process.stands() != "T":
        assert process.stands() not in "XZ", process.err
        time.sleep(_POLL)
    return process


def left_behind(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Tell what lies in a folder, byte by byte, and when each file was written.

    The log is no part of it: there a run that was turned away says so.
    """
    return {
        str(file.relative_to(folder)): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in folder.rglob("*")
        if file.is_file() and "logs" not in file.relative_to(folder).parts
    }


@with_both_in_full
def test_a_second_run_is_told_at_once_and_touches_nothing(begin: Begin) -> None:
    with begin() as trial:
        # Its request is answered: what the company counts from here on is somebody else's.
        first = standing(trial.desk, "answer here {0.documents}")
        before, asked = left_behind(trial.desk.state), trial.company.requests()
        # The first one stands still: a second that waited for it would wait for ever.
        second = trial.ended(trial.desk.start("push"), LOCKED)
        assert f"another run holds this connection (process {first.pid})" in second.err
        assert second.trail == []
        assert left_behind(trial.desk.state) == before
        assert trial.company.requests() == asked
        first.send("CONT")
        trial.ended(first, 0)
        trial.compare(trial.vendor.first_books)


@with_both_in_full
def test_status_tells_how_things_stand_while_a_run_is_under_way(begin: Begin) -> None:
    with begin() as trial:
        # What stands still while it commits keeps every reader out.
        first = standing(trial.desk, "sent {0.alone}")
        status = trial.desk.json("status")["data"]
        assert status["counts"]["in_books"] > 0
        first.send("CONT")
        trial.ended(first, 0)
        trial.compare(trial.vendor.first_books)


@with_both_in_full
def test_a_holder_that_was_killed_leaves_nothing_to_unlock(begin: Begin) -> None:
    with begin() as trial:
        first = standing(trial.desk)
        first.send("KILL")
        trial.ended(first, -9)
        trial.settle()
        trial.compare(trial.vendor.first_books)


@with_both_in_full
@pytest.mark.parametrize("name", ["run.lock", "run.owner"])
def test_without_its_lock_file_a_second_run_is_still_kept_out(begin: Begin, name: str) -> None:
    with begin() as trial:
        first = standing(trial.desk)
        (trial.desk.connection / name).unlink()
        trial.ended(trial.desk.start("push"), LOCKED)
        first.send("CONT")
        trial.ended(first, 0)
        trial.compare(trial.vendor.first_books)


@with_both_in_full
def test_a_lock_file_that_was_removed_between_runs_is_made_anew(begin: Begin) -> None:
    with begin() as trial:
        trial.desk.run("push", strike=Strike(f"sent {trial.vendor.documents}"))
        (trial.desk.connection / "run.lock").unlink()
        trial.settle()
        trial.compare(trial.vendor.first_books)


@with_both_in_full
def test_a_state_restored_from_an_old_backup_adopts_what_was_pushed_since(begin: Begin) -> None:
    with begin() as trial:
        trial.ended(trial.desk.start("push"), 0)
        old = trial.folder / "old.db"
        shutil.copy(trial.desk.state_file, old)
        trial.export(trial.vendor.second)
        trial.ended(trial.desk.start("push"), 0)
        shutil.copy(old, trial.desk.state_file)
        trial.settle()
        trial.compare(trial.vendor.second_books)


@with_both_in_full
def test_the_newest_backup_of_a_push_that_was_killed_leads_to_the_same_books(begin: Begin) -> None:
    with begin() as trial:
        trial.desk.run("push", strike=Strike(f"sent {trial.vendor.money}"))
        (backup,) = (trial.desk.connection / "backups").glob("*.db")
        for journal in trial.desk.connection.glob("state.db-*"):
            journal.unlink()
        shutil.copy(backup, trial.desk.state_file)
        trial.settle()
        trial.compare(trial.vendor.first_books)


MOMENTS = ["sent {0.money}", "sent {0.customers}", "after commit 11"]


@with_both_in_full
@pytest.mark.parametrize("at", ["", *MOMENTS] if FULL else MOMENTS[:1])
def test_without_its_state_it_sends_nothing_and_a_new_sign_in_adopts(begin: Begin, at: str) -> None:
    with begin() as trial:
        trial.desk.run("push", strike=Strike(at.format(trial.vendor)) if at else None)
        trial.desk.state_file.unlink()
        asked = trial.company.requests()
        refused = trial.ended(trial.desk.start("push"), UNUSABLE)
        assert "the state file is missing" in refused.err
        assert trial.company.requests() == asked
        trial.desk.connect()
        trial.settle()
        trial.compare(trial.vendor.first_books)


@with_both_in_full
@pytest.mark.parametrize("at", MOMENTS if FULL else MOMENTS[:1])
def test_a_second_laptop_finishes_what_the_first_left_and_the_first_agrees(
    begin: Begin, at: str
) -> None:
    with begin() as trial:
        trial.desk.run("push", strike=Strike(at.format(trial.vendor)))
        other = Desk(trial, "other desk")
        other.connect()
        trial.settle(desk=other)
        trial.compare(trial.vendor.first_books, desk=other)
        trial.settle()
        trial.compare(trial.vendor.first_books)


@with_both_in_full
def test_without_its_state_what_changed_since_is_named_and_nothing_is_doubled(
    begin: Begin,
) -> None:
    """Nobody can tell then whether the export or a person in the office is right."""
    with begin() as trial:
        trial.ended(trial.desk.start("push"), 0)
        trial.desk.state_file.unlink()
        trial.desk.connect()
        trial.export(trial.vendor.second)
        held = trial.desk.json("push", exit_code=3)["problems"]
        assert [(each["code"], each["document"]) for each in held if each["severity"] == "error"] == [
            ("PLAN031", "I-4"), ("PLAN014", "p-4"),
        ]  # fmt: skip
        trial.company.edit_invoice("I-4", "44.44")
        trial.settle()
        trial.compare(trial.vendor.second_books)
