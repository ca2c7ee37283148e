"""A large state that was found sound is not read whole again, unless anything happened to it."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from acctsync.errors import StateUnusable
from acctsync.state import proof
from acctsync.state.store import Store
from tests.fakes import FakeClock
from tests.state.files import claim, create, raw, reopened

NOW = FakeClock().now()
LARGE = b"x" * (5 << 20)


def quickly(folder: Path) -> Store:
    """Open a state as what sends nothing does."""
    return Store.open(folder, company_id="1", clock=FakeClock(), quickly=True)


def looked_through(folder: Path) -> dt.datetime | None:
    return proof.checked(folder / "state.db", NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A large state that was opened and closed since it was made."""
    with create(tmp_path) as store:
        store.claim("run", "k0", "batch", LARGE, [])
    reopened(tmp_path).close()
    assert looked_through(tmp_path) == NOW
    return tmp_path


def spoil(folder: Path) -> None:
    """Damage the file in a way that leaves no trace outside it."""
    with (folder / "state.db").open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xff" * 4096)
    proof.withdraw(folder / "state.db")
    proof.put_down(folder / "state.db", NOW)


def test_what_sends_nothing_does_not_read_it_whole_again(folder: Path) -> None:
    spoil(folder)
    with quickly(folder):
        pass
    assert looked_through(folder) == NOW


@pytest.mark.parametrize("act", [Store.prove, lambda store: store.back_up("one")])
def test_before_anything_is_sent_it_is_read_whole(
    folder: Path, act: Callable[[Store], object]
) -> None:
    spoil(folder)
    with quickly(folder) as store, pytest.raises(StateUnusable, match="is damaged"):
        act(store)
    assert looked_through(folder) is None
    with pytest.raises(StateUnusable, match="is damaged"):
        quickly(folder)


def test_whoever_may_send_reads_it_whole(folder: Path) -> None:
    spoil(folder)
    with pytest.raises(StateUnusable, match="is damaged"):
        reopened(folder)


def test_what_is_kept_is_for_its_owner_alone(folder: Path) -> None:
    assert proof.beside(folder / "state.db").stat().st_mode & 0o777 == 0o600


def test_a_sound_one_is_read_whole_once(folder: Path) -> None:
    with quickly(folder) as store:
        store.prove()
        store.prove()
        assert store.unsettled() == []
    assert looked_through(folder) == NOW


def test_our_own_writes_leave_it_proven(folder: Path) -> None:
    with quickly(folder) as store:
        claim(store, "1")
        assert looked_through(folder) is None
    assert looked_through(folder) == NOW


def test_a_writer_that_was_killed_leaves_it_unproven(folder: Path) -> None:
    store = quickly(folder)
    claim(store, "1")
    store._db.close()
    assert looked_through(folder) is None


def test_who_reads_while_another_writes_proves_nothing(folder: Path) -> None:
    with quickly(folder):
        store = quickly(folder)
        claim(store, "1")
        store._db.close()
    assert looked_through(folder) is None


def written_by_another(file: Path) -> None:
    with raw(file.parent) as other:
        other.execute("UPDATE meta SET value = 'x' WHERE name = 'origin'")


def replaced(file: Path) -> None:
    copied = file.with_name("copy")
    shutil.copy2(file, copied)
    copied.replace(file)


def edited(**values: object) -> Callable[[Path], None]:
    def edit(file: Path) -> None:
        kept = json.loads(proof.beside(file).read_text())
        proof.beside(file).write_text(json.dumps({**kept, **values}))

    return edit


def booted(file: Path) -> None:
    like = json.loads(proof.beside(file).read_text())["like"]
    edited(like=[*like[:-1], "another start"])(file)


@pytest.mark.parametrize(
    "happens",
    [
        written_by_another,
        replaced,
        booted,
        os.utime,
        lambda file: os.utime(file, ns=(0, file.stat().st_mtime_ns)),
        lambda file: file.chmod(0o640),
        lambda file: shutil.copyfile(file, file.with_name("c")) and shutil.copyfile(file.with_name("c"), file),
        lambda file: os.truncate(file, file.stat().st_size - 4096),
        lambda file: file.with_name("state.db-journal").write_bytes(b"left by a kill"),
        lambda file: proof.beside(file).unlink(),
        lambda file: proof.beside(file).write_text(""),
        lambda file: proof.beside(file).write_text("[]"),
        edited(like=None),
        edited(checked="yesterday"),
        edited(checked="2025-01-01T00:00:00"),
        edited(checked=(NOW - dt.timedelta(days=7)).isoformat()),
        edited(checked=(NOW + dt.timedelta(seconds=1)).isoformat()),
    ],
)  # fmt: skip
def test_whatever_happens_to_it_it_is_read_whole(
    folder: Path, happens: Callable[[Path], object]
) -> None:
    happens(folder / "state.db")
    assert looked_through(folder) is None


def test_of_a_small_one_nothing_is_kept(tmp_path: Path) -> None:
    create(tmp_path).close()
    reopened(tmp_path).close()
    quickly(tmp_path).close()
    assert [each.name for each in tmp_path.iterdir()] == ["state.db"]


def test_where_none_can_be_kept_nothing_is_left_behind(folder: Path) -> None:
    proof.withdraw(folder / "state.db")
    proof.beside(folder / "state.db").mkdir()
    reopened(folder).close()
    assert {each.name for each in folder.iterdir()} == {"state.db", "state.proof"}
