"""`acctsync state`: what a person does to keep, check, take out and bring back the state."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from acctsync.cli.main import run
from acctsync.clock import SystemClock
from acctsync.simulator.server import Simulator
from acctsync.state import disk, proof
from acctsync.state.files import STATE_FILE
from acctsync.state.lock import run_lock
from acctsync.state.version import SCHEMA_VERSION
from tests.cli.desk import COMMAND, COMPANY, ROOT, Desk, visit
from tests.state.files import raw


def folder_of(desk: Desk) -> Path:
    (file,) = desk.state.rglob(STATE_FILE)
    return file.parent


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def counted(desk: Desk, *arguments: str) -> dict[str, int]:
    envelope = desk.json(*arguments)
    return {word: number for word, number in envelope["data"]["counts"].items() if number}


def codes(envelope: dict[str, Any]) -> list[str]:
    return [each["code"] for each in envelope["problems"]]


def snapshot(books: Simulator) -> Any:
    return books.dialect.snapshot()


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Simulator]]:
    """Push one month, once for all tests that leave the books as they are."""
    with (
        Simulator("qbo", company=COMPANY, limits=False) as books,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("webbrowser.open", visit)
        # Nobody reads what it says: the command is run without the desk's ears.
        desk = Desk(tmp_path_factory.mktemp("month"), capture=None)  # type: ignore[arg-type]
        agrees = {**desk.environment, "DISPLAY": ":0"}
        line = ["connect", "qbo", "--url", books.url, "--token-store", "file", "--yes"]
        assert run(line, agrees) == 0
        assert run(["push", "--quiet"], desk.environment) == 0
        yield desk, books


@pytest.fixture
def books(month: tuple[Desk, Simulator]) -> Simulator:
    return month[1]


@pytest.fixture
def pushed(desk: Desk, month: tuple[Desk, Simulator]) -> Desk:
    """Give a desk of its own to look after the state of the month that was pushed."""
    shutil.copytree(month[0].state, desk.state)
    return desk


@pytest.fixture
def fresh(desk: Desk) -> Iterator[tuple[Desk, Simulator]]:
    """Give a desk and books that may be changed."""
    with Simulator("qbo", company=COMPANY, limits=False) as simulator:
        assert desk.connect(simulator.url, "--yes").code == 0
        yield desk, simulator


# backup


def test_a_backup_is_a_private_copy_and_tells_how_to_put_it_back(pushed: Desk) -> None:
    envelope = pushed.json("state", "backup")
    file = Path(envelope["data"]["file"])
    assert (mode(file), file.parent) == (0o600, folder_of(pushed) / "backups")
    (folder_of(pushed) / STATE_FILE).write_bytes(b"")
    source, target = shlex.split(envelope["data"]["restore"])[1:]
    shutil.copyfile(source, target)
    assert counted(pushed, "push") == {"unchanged": 48}


def test_a_backup_goes_where_it_is_wanted_and_never_over_a_file(
    pushed: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "kept.db"
    done = pushed.run("state", "backup", "--out", str(file))
    assert done.code == 0
    assert f"to {file}, and looked the copy through: it is sound.\nPut it back with: cp" in done.out
    assert mode(file) == 0o600
    again = pushed.run("state", "backup", "--out", str(file))
    assert (again.code, "exists already" in again.err) == (2, True)
    assert pushed.run("state", "backup", "--out", str(tmp_path / "kept.txt")).code == 2
    assert sorted(each.name for each in tmp_path.glob("*kept*")) == ["kept.db"]


# check


def test_a_sound_state_is_told_with_its_head(pushed: Desk) -> None:
    head = pushed.json("push")["data"]["audit_head"]
    envelope = pushed.json("state", "check")
    data = envelope["data"]
    assert (data["sound"], data["known"], data["runs"]) == (True, 63, 2)
    assert data["audit"]["head"] == head
    assert data["newest_backup"].startswith(str(folder_of(pushed) / "backups"))
    assert (envelope["exit_code"], envelope["problems"]) == (0, [])
    assert pushed.run("state", "check", "--head", head.upper()).code == 0
    done = pushed.run("state", "check")
    assert "Sound." in done.out
    assert head in done.out.replace("\n", "")
    assert pushed.run("state", "check", "--quiet").out == ""


def test_a_push_tells_the_head_in_its_summary(fresh: tuple[Desk, Simulator]) -> None:
    connected, _ = fresh
    text = connected.run("push", "--only", "customers").out
    (told,) = [line for line in text.splitlines() if line.startswith("Audit head: ")]
    head = told.removeprefix("Audit head: ")
    assert connected.run("state", "check", "--head", head).code == 0


def test_a_head_that_the_trail_does_not_hold_is_trouble(pushed: Desk) -> None:
    envelope = pushed.json("state", "check", "--head", "0" * 64)
    assert (envelope["exit_code"], codes(envelope)) == (12, ["STATE005"])


def test_a_trail_that_was_cut_off_is_found_and_the_backup_named(pushed: Desk) -> None:
    folder = folder_of(pushed)
    with raw(folder) as other:
        other.execute("DROP TRIGGER audit_is_never_deleted")
        other.execute("DELETE FROM audit WHERE seq > 20")
    done = pushed.run("state", "check")
    assert done.code == 12
    assert "error: the audit trail is broken: it doesn't tell how run" in done.out
    assert "find out who" in done.out
    (backup,) = (folder / "backups").iterdir()
    assert f"backup back with: cp {backup} {folder / STATE_FILE}\n" in done.out


def test_a_state_that_others_may_read_is_trouble_and_the_command_mends_it(pushed: Desk) -> None:
    folder = folder_of(pushed)
    (folder / STATE_FILE).chmod(0o644)
    folder.chmod(0o755)
    envelope = pushed.json("state", "check")
    assert (envelope["exit_code"], codes(envelope)) == (12, ["STATE002"])
    assert stat.S_IMODE((folder / STATE_FILE).stat().st_mode) == 0o600, "closed as it was opened"
    for problem in envelope["problems"]:
        program, bits, path = shlex.split(problem["hint"].partition(": ")[2])
        assert program == "chmod"
        Path(path).chmod(int(bits, 8))
    assert pushed.run("state", "check").code == 0


def test_a_bad_backup_is_told_and_no_reason_to_stop(pushed: Desk) -> None:
    (backup,) = (folder_of(pushed) / "backups").iterdir()
    os.truncate(backup, 20_000)
    envelope = pushed.json("state", "check")
    assert (envelope["exit_code"], codes(envelope)) == (0, ["STATE007"])
    assert envelope["data"]["newest_backup"] is None
    assert "STATE007" in pushed.run("state", "check", "--quiet").err


def test_writes_that_nobody_knows_the_end_of_are_told(pushed: Desk) -> None:
    with raw(folder_of(pushed)) as other:
        other.execute("UPDATE operations SET phase = 'in_doubt' WHERE seq <= 2")
    envelope = pushed.json("state", "check")
    assert (envelope["exit_code"], codes(envelope)) == (0, ["STATE006"])
    assert envelope["data"]["open_operations"] == 2


def test_damage_that_no_quick_look_finds_is_found(pushed: Desk) -> None:
    """An index that lacks a row: the state opens, and looks up wrongly."""
    index = "FROM sqlite_master WHERE name = 'known_by_number'"
    folder = folder_of(pushed)
    with raw(folder) as other:
        row = other.execute(f"SELECT * {index}").fetchone()
        other.execute("PRAGMA writable_schema = ON")
        other.execute(f"DELETE {index}")
    with raw(folder) as other:
        other.execute("DELETE FROM known WHERE kind = 'payments'")
        other.execute("PRAGMA writable_schema = ON")
        other.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)
    envelope = pushed.json("state", "check")
    assert (envelope["exit_code"], codes(envelope)) == (12, ["STATE003"])
    assert "cp " in envelope["problems"][0]["hint"]


def test_while_a_run_is_under_way_the_state_is_left_alone(pushed: Desk) -> None:
    with run_lock(folder_of(pushed)):
        for what in ("backup", "check", "export", "rebuild"):
            assert pushed.run("state", what).code == 11


# export


def test_what_is_exported_is_all_of_it_and_the_same_again(pushed: Desk) -> None:
    text = pushed.run("state", "export").out
    assert pushed.run("state", "export").out == text
    first, *rows = [json.loads(line) for line in text.splitlines()]
    assert first == {"acctsync_state": 1, "schema": SCHEMA_VERSION}
    invoices = [each for each in rows if each["table"] == "known" and each["kind"] == "invoices"]
    assert len(invoices) == 19
    assert all(each["remote_id"] for each in invoices if each["standing"] == "live")
    assert {each["table"] for each in rows} >= {"meta", "runs", "operations", "audit", "aliases"}
    tables = pushed.json("state", "export")["data"]["tables"]
    listed = [{"table": name, **row} for name, held in tables.items() for row in held]
    assert listed == rows


def test_what_is_exported_holds_no_secret(pushed: Desk) -> None:
    text = pushed.run("state", "export").out
    (tokens,) = (pushed.state / "tokens").glob("*.json")
    stored = json.loads(tokens.read_text(encoding="utf-8"))
    secrets = [
        each for each in _texts(stored) if len(each) > 20 and not each.startswith(("http", "20"))
    ]
    assert secrets
    assert [each for each in secrets if each in text] == []


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("ending", [".json", ".ndjson"])
def test_an_export_into_a_file_is_private_and_never_over_another(
    pushed: Desk, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"dump{ending}"
    old = os.umask(0)
    try:
        envelope = pushed.json("state", "export", "--out", str(file))
    finally:
        os.umask(old)
    assert mode(file) == 0o600
    assert envelope["data"]["rows"]["runs"] == 1
    assert pushed.run("state", "export", "--out", str(file)).code == 2


# rebuild


def remembered(folder: Path) -> list[tuple[Any, ...]]:
    with raw(folder) as connection:
        return connection.execute(
            "SELECT kind, source, id, fingerprint, standing, remote_id, number, total_minor,"
            " currency FROM known ORDER BY kind, source, id"
        ).fetchall()


def test_a_rebuilt_state_is_what_losing_it_and_pushing_would_give(
    pushed: Desk, books: Simulator
) -> None:
    folder = folder_of(pushed)
    (folder / STATE_FILE).unlink()
    before = snapshot(books)
    assert counted(pushed, "state", "rebuild") == {"adopt": 47, "unchanged": 1}
    rebuilt = remembered(folder)
    assert snapshot(books) == before
    plan = pushed.json("plan")
    assert {word for word, n in plan["data"]["counts"].items() if n} == {"unchanged"}
    assert plan["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}
    # The long way round: a new sign-in, and a push.
    (folder / STATE_FILE).unlink()
    assert pushed.connect(books.url, "--yes").code == 0
    assert counted(pushed, "push") == {"adopt": 47, "unchanged": 1}
    assert remembered(folder) == rebuilt
    assert snapshot(books) == before
    assert pushed.run("state", "check").code == 0


def test_what_was_never_pushed_is_left_to_the_next_push(fresh: tuple[Desk, Simulator]) -> None:
    connected, books = fresh
    assert connected.run("push", "--only", "invoices").code == 0
    folder = folder_of(connected)
    (folder / STATE_FILE).write_bytes(b"")
    done = connected.run("state", "rebuild")
    assert done.code == 0
    said = " ".join(done.out.split())
    assert "30 documents of the export are in the books, and known again." in said
    assert "17 documents are left to the next push: see acctsync plan." in said
    assert "Nobody can learn from the books:" in said
    (aside,) = (folder / "aside").iterdir()
    assert aside.read_bytes() == b""
    assert str(aside) in "".join(done.out.split())
    assert counted(connected, "push") == {"create": 17, "unchanged": 31}
    assert len(snapshot(books)["Invoice"]) == 18


def test_a_sound_state_is_put_aside_only_when_asked(pushed: Desk) -> None:
    folder = folder_of(pushed)
    before = (folder / STATE_FILE).read_bytes()
    refused = pushed.run("state", "rebuild")
    assert (refused.code, "Give --yes." in refused.err) == (2, True)
    assert (folder / STATE_FILE).read_bytes() == before
    envelope = pushed.json("state", "rebuild", "--yes")
    assert Path(envelope["data"]["aside"]).read_bytes() == before
    assert counted(pushed, "push") == {"unchanged": 48}
    assert not (folder / ".rebuild").exists()


def test_a_state_with_open_writes_is_never_put_aside(pushed: Desk) -> None:
    with raw(folder_of(pushed)) as other:
        other.execute("UPDATE operations SET phase = 'in_doubt' WHERE seq = 1")
    done = pushed.run("state", "rebuild", "--yes")
    assert (done.code, "Run acctsync push first" in done.err) == (8, True)


def test_what_the_books_hold_otherwise_is_named_and_left_to_a_person(
    fresh: tuple[Desk, Simulator],
) -> None:
    desk, books = fresh
    assert desk.run("push", "--only", "customers,invoices").code == 0
    (folder_of(desk) / STATE_FILE).unlink()
    invoice = next(i for i in snapshot(books)["Invoice"] if i["DocNumber"] == "CW-10242")
    books.dialect.by_hand("Invoice", {"Id": invoice["Id"], "TxnDate": "2020-01-01"})
    envelope = desk.json("state", "rebuild")
    assert envelope["exit_code"] == 3
    assert "PLAN031" in codes(envelope)
    assert "PLAN031" in codes(desk.json("plan"))


def test_books_that_can_not_be_asked_leave_the_old_state_in_place(
    fresh: tuple[Desk, Simulator],
) -> None:
    pushed, books = fresh
    folder = folder_of(pushed)
    before = {each: each.read_bytes() for each in folder.rglob("*.db")}
    books.add_fault({"match": {"path": "/query", "times": "always"}, "do": {"status": 401}})
    assert pushed.run("state", "rebuild", "--yes").code == 4
    assert {each: each.read_bytes() for each in folder.rglob("*.db")} == before
    assert not (folder / ".rebuild").exists()


def test_a_rebuilding_that_was_killed_is_begun_again(pushed: Desk) -> None:
    folder = folder_of(pushed)
    (folder / STATE_FILE).unlink()
    (folder / ".rebuild").mkdir()
    (folder / ".rebuild" / STATE_FILE).write_bytes(b"half")
    assert pushed.run("state", "rebuild").code == 0
    assert counted(pushed, "push") == {"unchanged": 48}


# What makes no sense


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("copy", "there is no acctsync state 'copy'"),
        ("check --out x.db", "acctsync state check has no --out"),
        ("backup --yes", "acctsync state backup has no --yes"),
        ("export --head 12", "acctsync state export has no --head"),
        ("export --quiet", "--quiet would show nothing"),
    ],
)
def test_flags_that_make_no_sense_are_refused(pushed: Desk, line: str, message: str) -> None:
    done = pushed.run("state", *line.split())
    assert (done.code, message in done.err) == (2, True)


# Refused before any call


def damage_of(statement: str) -> Callable[[Path], object]:
    def damage(file: Path) -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute(statement)

    return damage


def spoil_page(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(4096 * 3)
        stream.write(b"\xff" * 4096)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "zero bytes": lambda file: os.truncate(file, 0),
    "garbage": lambda file: file.write_bytes(b"garbage" * 5000),
    "cut short": lambda file: os.truncate(file, 20_000),
    "a corrupt page": spoil_page,
    "older than any": damage_of("PRAGMA user_version = 0"),
    "newer schema": damage_of(f"PRAGMA user_version = {SCHEMA_VERSION + 1}"),
    "another company": damage_of("UPDATE meta SET value = '77' WHERE name = 'company_id'"),
    "somebody else's database": damage_of("PRAGMA application_id = 7"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_state_that_can_not_be_trusted_stops_a_push_before_any_call(
    pushed: Desk, books: Simulator, damage: str
) -> None:
    file = folder_of(pushed) / STATE_FILE
    (backup,) = (file.parent / "backups").iterdir()
    DAMAGES[damage](file)
    books.requests.clear()
    done = pushed.run("push")
    assert (done.code, len(books.requests)) == (12, 0)
    assert f"cp {backup} {file}" in done.err
    assert "Traceback" not in done.err
    shutil.copyfile(backup, file)
    assert counted(pushed, "push") == {"adopt": 47, "unchanged": 1}


@pytest.mark.parametrize(
    "line",
    ["push", "plan", "retry-failed --document CW-10241", "reconcile", "adopt", "pull payments",
     "show CW-10241"],
)  # fmt: skip
def test_damage_that_a_proof_hides_stops_whatever_asks_the_books_before_any_call(
    pushed: Desk, books: Simulator, line: str
) -> None:
    file = folder_of(pushed) / STATE_FILE
    with raw(file.parent) as connection:
        large = ("large", "run", "batch", b"x" * (5 << 20), "2025-04-01")
        connection.execute("INSERT INTO exchanges VALUES (?, ?, ?, ?, ?)", large)
        connection.execute("UPDATE known SET fingerprint = 'other' WHERE kind = 'invoices'")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    # A page in the middle of the large body, where nothing but a look at all of it leads.
    with file.open("r+b") as stream:
        stream.seek(4096 * (pages - 100))
        stream.write(b"\xff" * 4096)
    proof.put_down(file, SystemClock().now())
    books.requests.clear()
    assert pushed.run("status").code == 0
    done = pushed.run(*line.split())
    assert (done.code, len(books.requests)) == (12, 0)
    assert "is damaged" in done.err


def test_a_state_on_a_network_disk_stops_a_push_before_any_call(
    pushed: Desk, books: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("21 1 0:1 / / rw - nfs4 server:/ rw\n")
    monkeypatch.setattr(disk.refuse_network, "__defaults__", (mounts,))
    books.requests.clear()
    done = pushed.run("push")
    assert (done.code, len(books.requests)) == (12, 0)
    assert "lies on a network file system (nfs4)" in done.err


def test_a_disk_too_full_for_a_backup_stops_a_push_before_any_call(
    fresh: tuple[Desk, Simulator],
) -> None:
    desk, books = fresh
    (folder_of(desk) / "backups").write_text("in the way of every copy")
    books.requests.clear()
    done = desk.run("push")
    assert (done.code, len(books.requests)) == (12, 0)
    assert "the state can't be backed up" in done.err
    assert "Nothing is pushed without a backup." in done.err


def unprivileged() -> list[str]:
    """Begin a command line that root's right to write anywhere does not help."""
    if os.getuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write anywhere, and nothing here takes that right away")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def test_a_folder_that_is_read_only_stops_a_push_before_any_call(
    fresh: tuple[Desk, Simulator],
) -> None:
    desk, books = fresh
    folder = folder_of(desk)
    (folder / STATE_FILE).chmod(0o400)
    folder.chmod(0o500)
    books.requests.clear()
    try:
        done = subprocess.run(
            [*unprivileged(), *COMMAND, "push"],
            env=desk.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        folder.chmod(0o700)
    assert (done.returncode, len(books.requests)) == (12, 0)
    assert str(folder) in done.stderr
    assert "give this user the right to write there" in done.stderr
