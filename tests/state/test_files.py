from __future__ import annotations

import os
import resource
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from acctsync.errors import StateUnusable
from acctsync.state.backups import flaw_of
from acctsync.state.disk import file_system, refuse_network
from acctsync.state.files import put_in_place, unusable
from acctsync.state.schema import migrate
from acctsync.state.store import Store
from acctsync.state.version import APPLICATION_ID, SCHEMA_VERSION
from tests.builders import invoice_ref
from tests.state.files import claim, contents, create, raw, reopened, start

HEADER = b"SQLite format 3\0"


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def pragma(store: Store, name: str) -> object:
    return store._db.execute(f"PRAGMA {name}").fetchone()[0]


def folder_with_backup(tmp_path: Path) -> Path:
    with create(tmp_path) as store:
        claim(store, "1")
        store.back_up("older")
        store.back_up("newest")
    return tmp_path


def contents_of(folder: Path, question: str) -> list[tuple[object, ...]]:
    with raw(folder) as connection:
        return connection.execute(question).fetchall()


# Making


def test_a_state_is_for_its_owner_alone_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        folder_with_backup(tmp_path)
    finally:
        os.umask(old)
    modes = {str(each.relative_to(tmp_path)): mode(each) for each in tmp_path.rglob("*")}
    assert modes == {
        "state.db": "0o600",
        "backups": "0o700",
        "backups/older.db": "0o600",
        "backups/newest.db": "0o600",
    }


def test_a_state_is_never_made_over_another(tmp_path: Path, store: Store) -> None:
    claim(store, "1")
    before = contents(tmp_path)
    with pytest.raises(StateUnusable, match="there already is a state file"):
        create(tmp_path)
    assert contents(tmp_path) == before


def test_what_an_interrupted_making_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / ".state.db.new").write_bytes(HEADER + b"half")
    with create(tmp_path) as store:
        assert store.unsettled() == []
    assert [*tmp_path.iterdir()] == [tmp_path / "state.db"]


@pytest.mark.parametrize("reopen", [False, True])
def test_every_commit_reaches_the_disk_before_it_counts(tmp_path: Path, *, reopen: bool) -> None:
    store = create(tmp_path)
    if reopen:
        store.close()
        store = reopened(tmp_path)
    names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")
    with store:
        assert [pragma(store, name) for name in names] == ["delete", 3, 1, 1, 5000]


def test_a_file_that_another_program_turned_to_wal_is_turned_back(tmp_path: Path) -> None:
    create(tmp_path).close()
    with raw(tmp_path) as other:
        other.execute("PRAGMA journal_mode = WAL")
    with reopened(tmp_path) as store:
        assert pragma(store, "journal_mode") == "delete"


def test_a_migration_that_fails_leaves_nothing_half_done(tmp_path: Path) -> None:
    with raw(tmp_path) as connection:
        connection.execute("CREATE TABLE audit (a)")
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            migrate(connection)
    assert {*contents(tmp_path)} == {"audit", "_sqlite_migrations"}


# Refusing


def write(data: bytes) -> Callable[[Path], object]:
    return lambda file: file.write_bytes(data)


def spoil(start_: int, stop: int | None = None) -> Callable[[Path], object]:
    def damage(file: Path) -> None:
        data = bytearray(file.read_bytes())
        data[start_ : stop or len(data)] = b"\xff" * ((stop or len(data)) - start_)
        file.write_bytes(data)

    return damage


def truncate(size: int) -> Callable[[Path], object]:
    return lambda file: os.truncate(file, size)


def foreign(*statements: str) -> Callable[[Path], object]:
    def replace(file: Path) -> None:
        file.unlink()
        with raw(file.parent) as connection:
            for statement in ("CREATE TABLE t (a)", *statements):
                connection.execute(statement)

    return replace


MINE = f"PRAGMA application_id = {APPLICATION_ID}"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (Path.unlink, "the state file is missing"),
        (truncate(0), "the state file is empty"),
        (write(b"x" * 9000), "is no state file of acctsync"),
        (write(HEADER[:7]), "is no state file of acctsync"),
        (write(HEADER), "is damaged"),
        (write(HEADER + b"x" * 9000), "is damaged"),
        (truncate(4096), "is damaged"),
        (truncate(20_000), "is damaged"),
        (spoil(4096, 8192), "is damaged"),
        (spoil(4096 * 5, 4096 * 6), "is damaged"),
        (spoil(4096), "is damaged"),
        (foreign(), "is no state file of acctsync"),
        (foreign(MINE, "PRAGMA user_version = 1"), "is damaged"),
    ],
)
def test_a_file_that_can_not_be_trusted_is_refused_and_names_the_newest_backup(
    tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    folder_with_backup(tmp_path)
    damage(tmp_path / "state.db")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StateUnusable, match=message) as caught:
        reopened(tmp_path)
    backup = tmp_path / "backups" / "newest.db"
    command = caught.value.hint.splitlines()[-1]
    assert command == f"cp {backup} {tmp_path / 'state.db'}"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_damaged_page_is_found_wherever_it_is(tmp_path: Path) -> None:
    create(tmp_path).close()
    file = tmp_path / "state.db"
    whole = file.read_bytes()
    for start_ in range(4096, len(whole), 4096):
        file.write_bytes(whole)
        spoil(start_, start_ + 4096)(file)
        with pytest.raises(StateUnusable, match="is damaged"):
            reopened(tmp_path)


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        (
            f"PRAGMA user_version = {SCHEMA_VERSION + 1}",
            "was written by a newer acctsync",
            "Update acctsync",
        ),
        ("UPDATE meta SET value = 2 WHERE name = 'company_id'", "another company", "--name NAME"),
        ("DELETE FROM meta", "another company", "--name NAME"),
    ],
)
def test_a_newer_state_or_another_companys_is_refused_as_it_is(
    tmp_path: Path, change: str, message: str, hint: str
) -> None:
    create(tmp_path).close()
    with raw(tmp_path) as other:
        other.execute(change)
    before = (tmp_path / "state.db").read_bytes()
    with pytest.raises(StateUnusable, match=message) as caught:
        reopened(tmp_path)
    assert hint in caught.value.hint
    assert (tmp_path / "state.db").read_bytes() == before


def test_a_state_from_before_the_first_release_belongs_to_nobody(tmp_path: Path) -> None:
    with raw(tmp_path) as other:
        other.execute(MINE)
    with pytest.raises(StateUnusable, match="is older than any state, or was never whole"):
        reopened(tmp_path)


def test_without_a_backup_the_way_out_is_a_new_state(tmp_path: Path) -> None:
    with pytest.raises(StateUnusable) as caught:
        reopened(tmp_path)
    assert caught.value.hint == (
        "There is no good backup. Make a new state from what the books hold, which writes nothing"
        " to them: acctsync state rebuild"
    )
    assert not any(tmp_path.iterdir())


def test_a_journal_that_would_spoil_the_backup_is_to_be_deleted_first(tmp_path: Path) -> None:
    folder_with_backup(tmp_path)
    (tmp_path / "state.db").write_bytes(b"")
    journal = tmp_path / "state.db-journal"
    journal.write_bytes(b"of the broken file")
    with pytest.raises(StateUnusable) as caught:
        reopened(tmp_path)
    command = caught.value.hint.splitlines()[-1]
    assert command.startswith(f"rm {journal} && cp ")
    subprocess.run(command, shell=True, check=True)
    with reopened(tmp_path) as store:
        assert len(store.unsettled()) == 1


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.db").mkdir()
    with pytest.raises(StateUnusable, match="can't be read"):
        reopened(tmp_path)


def test_trouble_with_disk_or_rights_does_not_call_for_a_backup(tmp_path: Path) -> None:
    error = unusable(folder_with_backup(tmp_path), sqlite3.OperationalError("disk I/O error"))
    assert error.message == f"{tmp_path / 'state.db'} can't be used (disk I/O error)"
    assert error.hint == "See to its disk and its permissions, and run the same command again."


# A disk that takes no more


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as a full disk would not."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("act", "size"),
    [
        (lambda store: store.claim("run", "k", "t", b"x" * 1_000_000, []), 150_000),
        (lambda store: store.back_up("cut short"), 50_000),
    ],
)
def test_a_disk_that_takes_no_more_leaves_everything_as_it_was(
    tmp_path: Path, act: Callable[[Store], object], size: int
) -> None:
    folder_with_backup(tmp_path)
    before, files = contents(tmp_path), sorted(tmp_path.rglob("*"))
    with reopened(tmp_path) as store, disk_of(size):
        with pytest.raises(StateUnusable, match="disk I/O error"):
            act(store)
        assert len(store.unsettled()) == 1
    assert (contents(tmp_path), sorted(tmp_path.rglob("*"))) == (before, files)


def test_a_state_that_does_not_fit_on_the_disk_is_not_there(tmp_path: Path) -> None:
    with disk_of(50_000), pytest.raises(StateUnusable, match="disk I/O error"):
        create(tmp_path)
    assert not [each for each in tmp_path.iterdir() if "journal" not in each.name]


# Backups


def test_a_backup_is_a_state_of_its_own(tmp_path: Path, store: Store) -> None:
    claim(store, "1")
    backup = store.back_up("one")
    claim(store, "2", key="k2")
    (tmp_path / "again").mkdir()
    backup.rename(tmp_path / "again" / "state.db")
    with reopened(tmp_path / "again") as restored:
        assert [each.operation.ref for each in restored.unsettled()] == [invoice_ref("1")]
        claim(restored, "3", key="k3")


def test_the_ten_newest_backups_are_kept(tmp_path: Path, store: Store) -> None:
    names = [f"b{number}" for number in range(12)]
    for age, name in enumerate(reversed(names)):
        backup = store.back_up(name)
        os.utime(backup, (1_000_000 - age, 1_000_000 - age))
    store.back_up("now")
    store.back_up("once", asked=True)
    store.prune_backups()
    kept = {each.stem for each in (tmp_path / "backups").iterdir()}
    assert kept == {"now", "asked-once", *names[3:]}


def test_a_backup_that_is_damaged_itself_is_not_named(tmp_path: Path) -> None:
    folder_with_backup(tmp_path)
    spoil(4096 * 5, 4096 * 6)(tmp_path / "backups" / "newest.db")
    (tmp_path / "state.db").unlink()
    with pytest.raises(StateUnusable) as caught:
        reopened(tmp_path)
    assert f"cp {tmp_path / 'backups' / 'older.db'} " in caught.value.hint


@pytest.mark.parametrize(
    ("damage", "flaw"),
    [
        (write(b"x" * 9000), "file is not a database"),
        (truncate(0), "it is no state file of acctsync"),
        (Path.unlink, "unable to open database file"),
        (foreign(f"PRAGMA application_id = {APPLICATION_ID}"), "by another version of acctsync"),
    ],
)
def test_a_backup_is_looked_through_before_it_is_trusted(
    tmp_path: Path, damage: Callable[[Path], object], flaw: str
) -> None:
    create(tmp_path).close()
    damage(tmp_path / "state.db")
    assert flaw in flaw_of(tmp_path / "state.db")


def test_a_backup_that_can_not_be_written_leaves_none_half_done(
    tmp_path: Path, store: Store
) -> None:
    (tmp_path / "backups").write_text("in the way")
    with pytest.raises(StateUnusable, match="can't be backed up") as caught:
        store.back_up("one")
    assert caught.value.hint.endswith("Nothing is pushed without a backup.")


BEFORE_4 = (
    "DROP INDEX known_not_live",
    "DROP INDEX results_not_well",
    "DELETE FROM _sqlite_migrations WHERE name = 'rare_rows'",
    "PRAGMA user_version = 3",
)


def test_a_state_of_an_older_version_is_kept_before_it_is_brought_up_to_date(
    tmp_path: Path,
) -> None:
    create(tmp_path).close()
    with raw(tmp_path) as other:
        for statement in BEFORE_4:
            other.execute(statement)
    before = contents_of(tmp_path, "SELECT sql FROM sqlite_master ORDER BY name")
    reopened(tmp_path).close()
    (backup,) = (tmp_path / "backups").iterdir()
    assert backup.name == "before-schema-4.db"
    after = contents_of(tmp_path, "SELECT name FROM sqlite_master WHERE type = 'index'")
    assert {("known_not_live",), ("results_not_well",)} <= {*after}
    backup.rename(tmp_path / "state.db")
    assert contents_of(tmp_path, "SELECT sql FROM sqlite_master ORDER BY name") == before


# Where it lies

MOUNTS = """
21 1 254:1 / / rw,relatime - ext4 /dev/vda rw
30 21 0:41 / /home rw,relatime shared:1 - nfs4 server:/home rw
31 30 0:42 / /home/ann/local\\040disk rw - xfs /dev/vdb rw
32 21 0:43 / /mnt/over rw - ext4 /dev/vdc rw
33 21 0:44 / /mnt/over rw - fuse.sshfs ann@server: rw
no mount at all
"""


@pytest.mark.parametrize(
    ("folder", "system"),
    [
        ("/var/lib", "ext4"),
        ("/home/ann", "nfs4"),
        ("/homes", "ext4"),
        ("/home/ann/local disk/state", "xfs"),
        ("/mnt/over/state", "fuse.sshfs"),
    ],
)
def test_the_file_system_of_a_folder_is_that_of_the_innermost_mount(
    folder: str, system: str
) -> None:
    assert file_system(Path(folder), MOUNTS) == system
    assert file_system(Path(folder), "") == ""


@pytest.mark.parametrize("system", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs"])
def test_a_state_on_a_network_file_system_is_refused(tmp_path: Path, system: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"21 1 0:1 / / rw - {system} server:/ rw\n")
    with pytest.raises(StateUnusable, match="lies on a network file system") as caught:
        refuse_network(tmp_path, mounts)
    assert "--state-dir DIR" in caught.value.hint
    mounts.write_text("21 1 0:1 / / rw - ext4 /dev/vda rw\n")
    refuse_network(tmp_path, mounts)
    refuse_network(tmp_path, tmp_path / "nothing tells")


# Putting another in its place


def test_an_old_state_is_put_aside_with_its_journal(tmp_path: Path) -> None:
    folder_with_backup(tmp_path)
    (tmp_path / "state.db-journal").write_bytes(b"of the old file")
    old = (tmp_path / "state.db").read_bytes()
    (tmp_path / "new").mkdir()
    create(tmp_path / "new").close()
    kept = put_in_place(tmp_path, tmp_path / "new" / "state.db", "then")
    assert kept == tmp_path / "aside" / "then.db"
    assert kept.read_bytes() == old
    assert (tmp_path / "aside" / "then.db-journal").read_bytes() == b"of the old file"
    assert mode(tmp_path / "aside") == "0o700"
    with reopened(tmp_path) as store:
        assert store.unsettled() == []


def test_a_journal_without_its_state_does_not_spoil_a_new_one(tmp_path: Path) -> None:
    """SQLite would undo it in the new file, which is how a state moved away by hand ends."""
    create(tmp_path).close()
    script = (
        "import sqlite3, sys, os; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('PRAGMA cache_size = 1'); c.execute('BEGIN IMMEDIATE');"
        "c.execute('CREATE TABLE big (a)');"
        "c.executemany('INSERT INTO big VALUES (?)', [('x' * 3000,)] * 200); os._exit(0)"
    )
    start(script, str(tmp_path / "state.db")).communicate()
    assert (tmp_path / "state.db-journal").stat().st_size > 0
    (tmp_path / "state.db").unlink()
    with create(tmp_path) as store:
        claim(store, "1")
    with reopened(tmp_path) as store:
        assert len(store.unsettled()) == 1
    assert (tmp_path / "aside" / "orphaned.db-journal").exists()


def test_a_backup_cut_short_by_a_kill_is_not_taken_for_one(tmp_path: Path) -> None:
    folder_with_backup(tmp_path)
    (tmp_path / "backups" / ".backup.new").write_bytes(HEADER)
    (tmp_path / "state.db").unlink()
    with pytest.raises(StateUnusable) as caught:
        reopened(tmp_path)
    assert "newest.db" in caught.value.hint


# Killed

WRITER = """
import sys
from pathlib import Path
from acctsync.plan.outbox import Phase, Settlement
from tests.state.files import claim, reopened

with reopened(Path(sys.argv[1])) as store:
    print("begun", flush=True)
    for number in range(100_000):
        ids = [f"{number}-{each}" for each in range(50)]
        seqs = claim(store, *ids, key=f"k{number}")
        store.settle("run", [Settlement(seq=seq, phase=Phase.IN_DOUBT) for seq in seqs])
"""


@pytest.mark.parametrize("milliseconds", [20, 35, 50, 80])
def test_a_process_killed_in_mid_write_leaves_whole_transactions(
    tmp_path: Path, milliseconds: int
) -> None:
    create(tmp_path).close()
    with start(WRITER, str(tmp_path)) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(milliseconds / 1000)
        writer.kill()
    with reopened(tmp_path) as store:
        rows = store.rows(
            "SELECT exchange, count(*), min(phase) = max(phase) FROM operations GROUP BY 1"
        )
        assert {tuple(row)[1:] for row in rows} <= {(50, 1)}
        exchanges, operations, lines = (
            store.rows(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608
            for table in ("exchanges", "operations", "audit")
        )
        assert exchanges * 50 == operations
        assert lines % 50 == 0


def test_a_transaction_open_at_the_kill_is_undone_by_the_next_opening(tmp_path: Path) -> None:
    create(tmp_path).close()
    before = contents(tmp_path)
    script = (
        "import sqlite3, sys, os; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('PRAGMA cache_size = 1'); c.execute('BEGIN IMMEDIATE');"
        "[c.execute('INSERT INTO meta VALUES (?, ?)', (f'n{i}', 'x' * 3000)) for i in range(99)];"
        "os.kill(os.getpid(), 9)"
    )
    with start(script, str(tmp_path / "state.db")) as process:
        process.wait()
    assert (tmp_path / "state.db-journal").exists()
    with reopened(tmp_path) as store:
        assert "n0" not in store.facts
    assert contents(tmp_path) == before


@pytest.mark.parametrize("place", ["folder", "file"])
def test_a_state_behind_a_link_is_refused(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    create(folder).close()
    linked = folder if place == "folder" else folder / "state.db"
    linked.rename(tmp_path / "real")
    linked.symlink_to(tmp_path / "real")
    with pytest.raises(StateUnusable, match=f"{linked.name} is a link"):
        reopened(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("place", [".", "state.db"])
def test_a_state_of_another_user_is_refused(tmp_path: Path, place: str) -> None:
    create(tmp_path).close()
    os.chown(tmp_path / place, 65534, 65534)
    with pytest.raises(StateUnusable, match="belongs to another user of this machine"):
        reopened(tmp_path)


def test_a_copy_that_was_put_back_is_closed_to_others_again(tmp_path: Path) -> None:
    create(tmp_path).close()
    (tmp_path / "state.db").chmod(0o644)
    reopened(tmp_path).close()
    assert mode(tmp_path / "state.db") == "0o600"
