from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from acctsync.errors import Locked
from acctsync.state.lock import Holder, holder, run_lock
from tests.state.files import start

HOLDER = """
import sys
from pathlib import Path
from acctsync.state.lock import run_lock

with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_refused_at_once_and_told_who_holds_the_lock(tmp_path: Path) -> None:
    with start(HOLDER, str(tmp_path)) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(Locked) as caught, run_lock(tmp_path):
            pass
        assert caught.value.message == f"another run holds this connection (process {holder.pid})"
        holder.communicate()
    with run_lock(tmp_path):
        pass


def test_a_holder_that_is_killed_leaves_no_lock(tmp_path: Path) -> None:
    with start(HOLDER, str(tmp_path)) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    with run_lock(tmp_path):
        assert (tmp_path / "run.owner").read_text() == f"{os.getpid()}\n"


def test_the_same_process_holds_it_once(tmp_path: Path) -> None:
    with run_lock(tmp_path), pytest.raises(Locked), run_lock(tmp_path):
        pass


def test_removing_the_lock_file_lets_no_second_run_in(tmp_path: Path) -> None:
    with start(HOLDER, str(tmp_path)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        (tmp_path / "run.lock").unlink()
        with pytest.raises(Locked) as caught, run_lock(tmp_path):
            pass
        assert caught.value.message == f"another run holds this connection (process {process.pid})"
        found = holder(tmp_path)
        assert found is not None
        assert found.pid == process.pid
        process.communicate()
    with run_lock(tmp_path):
        pass


@pytest.mark.parametrize("owner", [None, "", "nobody"])
def test_a_holder_that_has_not_said_its_name_is_not_named(
    tmp_path: Path, owner: str | None
) -> None:
    with run_lock(tmp_path):
        (tmp_path / "run.owner").unlink()
        if owner is not None:
            (tmp_path / "run.owner").write_text(owner)
        with pytest.raises(Locked) as caught, run_lock(tmp_path):
            pass
    assert caught.value.message == "another run holds this connection"


def test_a_run_that_fails_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), run_lock(tmp_path):
        raise ZeroDivisionError
    with run_lock(tmp_path):
        pass


def test_whoever_looks_at_a_lock_learns_who_holds_it_and_since_when(tmp_path: Path) -> None:
    with start(HOLDER, str(tmp_path)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        written = (tmp_path / "run.owner").stat().st_mtime
        since = dt.datetime.fromtimestamp(written, dt.UTC)
        assert holder(tmp_path) == Holder(process.pid, since)
        process.communicate()
    assert holder(tmp_path) is None


def test_looking_at_a_lock_neither_takes_it_nor_leaves_a_trace(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    with run_lock(tmp_path):
        pass
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert holder(tmp_path) is None
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before
    with run_lock(tmp_path):
        assert holder(tmp_path) is not None


def test_a_holder_that_has_not_said_its_name_is_a_holder_nevertheless(tmp_path: Path) -> None:
    with run_lock(tmp_path):
        (tmp_path / "run.owner").unlink()
        assert holder(tmp_path) == Holder()
