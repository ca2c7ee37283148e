from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from acctsync import __version__
from acctsync.errors import Problem
from acctsync.plan.outbox import Phase, Settlement
from acctsync.state.store import Store
from acctsync.state.trail import Entry, Trail, Verdict, follow, seal
from tests.builders import an_invoice, known
from tests.state.files import claim, create, raw, reopened, start

SEALED = "at, run, actor, action, kind, source, id, detail"


@pytest.fixture
def told(store: Store) -> Store:
    store.begin_run("run", "push", whole=True)
    seqs = claim(store, "1", "ü")
    problem = Problem(code="X", message="no", provider_code="6000")
    accepted = Settlement(
        seq=seqs[0], phase=Phase.DONE, known=known(an_invoice(id_="1")), request="tid"
    )
    refused = Settlement(seq=seqs[1], phase=Phase.REFUSED, problem=problem, why="w")
    store.settle("run", [accepted, refused])
    store.remember("run", "adopted", [(known(an_invoice(id_="3")), ())])
    store.end_run("run", exit_code=3, counts={"failed": 1}, results=[])
    return store


def is_whole(connection: sqlite3.Connection, head: str) -> bool:
    last = ""
    for *values, previous, hash_ in connection.execute(
        f"SELECT {SEALED}, previous, hash FROM audit ORDER BY seq"  # noqa: S608
    ):
        if previous != last or hash_ != seal(previous, tuple(values)):
            return False
        last = hash_
    return last == head


def test_everything_that_happens_is_told_in_order(told: Store) -> None:
    lines = [tuple(row) for row in told.rows("SELECT action, id, detail FROM audit ORDER BY seq")]
    assert lines == [
        ("run started", "", '{"command": "push", "whole": true}'),
        ("sending", "1", '{"action": "create", "key": "k1"}'),
        ("sending", "ü", '{"action": "create", "key": "k1"}'),
        ("done", "1", '{"action": "create", "remote_id": "77", "request": "tid"}'),
        (
            "refused",
            "ü",
            '{"action": "create", "code": "X", "message": "no", "provider_code": "6000", "why": "w"}',
        ),
        ("adopted", "3", '{"remote_id": "77", "standing": "live"}'),
        ("run ended", "", '{"counts": {"failed": 1}, "exit_code": 3}'),
    ]


def test_an_entry_says_when_in_which_run_and_who(told: Store) -> None:
    (row,) = told.rows("SELECT at, run, actor FROM audit WHERE seq = 1")
    assert (row["at"], row["run"]) == ("2025-04-01T12:16:40.000+00:00", "run")
    assert row["actor"].endswith(f" acctsync {__version__}")
    assert "@" in row["actor"]


def test_the_chain_holds_from_the_first_entry_to_the_head(told: Store) -> None:
    assert is_whole(told._db, told._trail.head)


def test_the_chain_goes_on_in_the_next_process(tmp_path: Path, told: Store) -> None:
    told.close()
    with reopened(tmp_path) as store:
        claim(store, "4", key="k4")
        assert is_whole(store._db, store._trail.head)


def test_the_chain_goes_on_after_a_transaction_that_was_undone(told: Store) -> None:
    with pytest.raises(ValueError, match="can't become"):
        told.settle("run", [Settlement(seq=1, phase=Phase.RELEASED)])
    claim(told, "4", key="k4")
    assert is_whole(told._db, told._trail.head)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET detail = '{}' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 7",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 2",
    ],
)
def test_the_trail_takes_entries_and_gives_none_back(told: Store, tampering: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="the audit trail is append-only"):
        told._db.execute(tampering)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET detail = '{}' WHERE seq = 2",
        "UPDATE audit SET actor = 'nobody' WHERE seq = 7",
        "DELETE FROM audit WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 7",
        "DELETE FROM audit",
        f"INSERT INTO audit SELECT 99, {SEALED}, previous, hash FROM audit WHERE seq = 7",  # noqa: S608
        "UPDATE audit SET seq = 100 WHERE seq = 2",
    ],
)
def test_tampering_past_the_triggers_breaks_the_chain(
    tmp_path: Path, told: Store, tampering: str
) -> None:
    head = told._trail.head
    with raw(tmp_path) as other:
        other.execute("DROP TRIGGER audit_is_never_changed")
        other.execute("DROP TRIGGER audit_is_never_deleted")
        other.execute(tampering)
        assert not is_whole(other, head)


@pytest.mark.parametrize(
    ("tampering", "verdict"),
    [
        ("UPDATE audit SET detail = '{}' WHERE seq = 2", (1, 2, "it was changed")),
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 7", (6, 7, "it was changed")),
        ("DELETE FROM audit WHERE seq = 1", (0, 2, "an entry before it is missing, moved or put in")),
        ("DELETE FROM audit WHERE seq = 3", (2, 4, "an entry before it is missing, moved or put in")),
        (
            f"INSERT INTO audit SELECT 99, {SEALED}, previous, hash FROM audit WHERE seq = 7",  # noqa: S608
            (7, 99, "an entry before it is missing, moved or put in"),
        ),
        (
            "DELETE FROM audit WHERE seq > 4",
            (4, None, "it doesn't tell how run run ended: its end was cut off"),
        ),
        ("DELETE FROM audit", (0, None, "it doesn't tell how run run ended: its end was cut off")),
    ],
)  # fmt: skip
def test_the_first_entry_that_does_not_hold_is_named(
    tmp_path: Path, told: Store, tampering: str, verdict: tuple[int, int | None, str]
) -> None:
    with raw(tmp_path) as other:
        other.execute("DROP TRIGGER audit_is_never_changed")
        other.execute("DROP TRIGGER audit_is_never_deleted")
        other.execute(tampering)
    found = told.verify_trail()
    assert (found.entries, found.broken_at, found.why) == verdict
    assert not found.whole


COLUMNS = (*SEALED.split(", "), "previous", "hash")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_change_of_any_column_of_any_kind_of_entry_is_found(
    tmp_path: Path, told: Store, column: str
) -> None:
    kinds = {row["action"]: row["seq"] for row in told.rows("SELECT action, seq FROM audit")}
    assert kinds.keys() == {"run started", "sending", "done", "refused", "adopted", "run ended"}
    with raw(tmp_path) as other:
        other.execute("DROP TRIGGER audit_is_never_changed")
        for action, seq in kinds.items():
            other.execute("BEGIN")
            other.execute(f"UPDATE audit SET {column} = 'x' WHERE seq = {seq}")  # noqa: S608
            verdict = Trail(other).verify()
            other.execute("ROLLBACK")
            assert verdict.broken_at == seq, (action, column)
        assert Trail(other).verify().whole


def test_a_chain_that_was_cut_off_and_written_anew_contradicts_the_runs(
    tmp_path: Path, told: Store
) -> None:
    """Whoever can seal entries can forge an end; the run recorded another one."""
    told.close()
    with raw(tmp_path) as other:
        other.execute("DROP TRIGGER audit_is_never_deleted")
        other.execute("DELETE FROM audit WHERE seq > 3")
        forger = Trail(other)
        forger.extend([Entry(at="then", run="run", action="run ended", ref=None, detail={})])
        forger.committed()
        verdict = Trail(other).verify()
    assert (verdict.entries, verdict.broken_at) == (4, None)
    assert verdict.why == "run run recorded another end of it: what came after was written anew"


def test_a_head_that_was_told_once_is_found_or_missed(told: Store) -> None:
    head = told._trail.head
    assert told.trail_holds(head)
    assert not told.trail_holds("0" * 64)


def test_the_runs_record_what_the_trail_ended_with(told: Store) -> None:
    told.begin_run("later", "push", whole=True)
    told.end_run("later", exit_code=0, counts={}, results=[])
    heads = dict(tuple(row) for row in told.rows("SELECT id, head FROM runs"))
    ends = dict(
        tuple(row) for row in told.rows("SELECT run, hash FROM audit WHERE action = 'run ended'")
    )
    assert heads == ends
    assert heads["later"] == told._trail.head


def test_a_whole_trail_is_found_whole_and_its_head_is_told(told: Store) -> None:
    assert told.verify_trail() == Verdict(entries=7, head=told._trail.head)


def test_a_run_that_was_cut_off_leaves_a_whole_trail(told: Store) -> None:
    told.begin_run("later", "push", whole=True)
    claim(told, "4", key="k4")
    assert told.verify_trail() == Verdict(entries=9, head=told._trail.head)


def test_a_trail_of_many_parts_is_followed_to_its_end(told: Store) -> None:
    told.remember("run", "adopted", [(known(an_invoice(id_=f"a{n}")), ()) for n in range(10_001)])
    assert told.verify_trail() == Verdict(entries=10_008, head=told._trail.head)


def test_an_entry_sealed_over_other_values_does_not_hold() -> None:
    values = ("at", "run", "me", "done", "", "", "", "{}")
    good = (1, *values, "", seal("", values))
    forged = (2, *values, good[-1], seal("", values))
    assert follow([]) == Verdict(entries=0)
    assert follow([good]) == Verdict(entries=1, head=str(good[-1]))
    assert follow([good, forged]) == Verdict(
        entries=1, head=str(good[-1]), broken_at=2, why="it was changed"
    )


def test_another_programs_replacing_is_refused_or_breaks_the_chain(
    tmp_path: Path, told: Store
) -> None:
    replacement = f"INSERT OR REPLACE INTO audit SELECT seq, {SEALED}, hash, hash FROM audit"  # noqa: S608
    with raw(tmp_path) as other:
        other.execute(replacement)
        assert not is_whole(other, told._trail.head)


ACTOR = """
import os, pwd
from acctsync.state.trail import _actor
os.setuid(54321)
os.environ.clear()
print(_actor().partition("@")[0])
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become a user without a name")
def test_a_user_without_a_name_is_told_by_number() -> None:
    with start(ACTOR) as process:
        assert process.communicate()[0] == "54321\n"


def test_an_empty_trail_has_no_head(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with create(tmp_path / "new") as store:
        assert store._trail.head == ""
