"""Making, checking and backing up the state file itself."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from acctsync.errors import StateUnusable
from acctsync.state import backups
from acctsync.state.backups import advice
from acctsync.state.disk import private_file, refuse_network, sync
from acctsync.state.version import APPLICATION_ID, SCHEMA_VERSION

STATE_FILE = "state.db"
_HEADER = b"SQLite format 3\x00"
_SIGNS_OF_DAMAGE = ("malformed", "not a database", "no such table", "no such column")


class StateLost(StateUnusable):
    """The state is missing, empty or damaged: a backup or the books can bring it back."""


def create_file(folder: Path, facts: Mapping[str, str]) -> sqlite3.Connection:
    """Make a state file holding facts; it appears complete or not at all."""
    from acctsync.state.schema import migrate

    file = folder / STATE_FILE
    if file.exists():
        raise StateUnusable(f"there already is a state file: {file}")
    refuse_network(folder)
    temporary = private_file(folder / f".{STATE_FILE}.new")
    try:
        with closing(_open(temporary)) as connection:
            migrate(connection)
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO meta VALUES (?, ?)", list(facts.items()))
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        temporary.unlink()
        raise unusable(folder, error) from error
    put_in_place(folder, temporary, "orphaned")
    return _open(file)


def connect(folder: Path, company_id: str, *, proven: bool = False) -> sqlite3.Connection:
    """Open a state file that can be trusted; one that is `proven` sound is not read whole again.

    Raises StateUnusable for one that is missing, empty, damaged, newer or another company's.
    """
    file = folder / STATE_FILE
    _check_bytes(file)
    refuse_network(folder)
    try:
        connection = _open(file)
    except sqlite3.Error as error:
        raise unusable(folder, error) from error
    try:
        _check_content(connection, file, company_id, proven=proven)
    except sqlite3.Error as error:
        connection.close()
        raise unusable(folder, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def put_in_place(folder: Path, file: Path, aside: str) -> Path | None:
    """Make a file the state; tell where the old one was put aside, if there was one.

    A kill in between leaves no state, which is refused as missing, or the old or the new one.
    """
    old = folder / STATE_FILE
    kept = folder / "aside" / f"{aside}.db" if old.exists() else None
    _set_aside(old, aside)
    file.rename(old)
    sync(folder)
    return kept


def no_copy(folder: Path, error: Exception) -> StateUnusable:
    """Explain why the state could not be copied."""
    return StateUnusable(
        f"the state can't be backed up in {folder} ({error})",
        hint="Make room there, or give this user the right to write there, and run the same"
        " command again. Nothing is pushed without a backup.",
    )


def flaw_of(connection: sqlite3.Connection) -> str:
    """Look through a whole file; tell the first thing that is wrong, empty when it is sound."""
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return "" if verdict == "ok" else str(verdict)


def damaged(file: Path, flaw: str) -> StateLost:
    """Explain that a file is damaged, and what to do about it."""
    return StateLost(f"{file} is damaged ({flaw})", hint=advice(file))


def unusable(folder: Path, error: sqlite3.Error) -> StateUnusable:
    """Explain a failure of the state file."""
    file = folder / STATE_FILE
    text = str(error)
    if "full" in text:
        return StateUnusable(
            f"the disk is full: {file} can't be written",
            hint="Make room and run the same command again; nothing is lost.",
        )
    if "locked" in text:
        return StateUnusable(
            f"{file} is held by another program", hint="Close it and run the same command again."
        )
    if any(sign in text for sign in _SIGNS_OF_DAMAGE):
        return damaged(file, text)
    return StateUnusable(
        f"{file} can't be used ({text})",
        hint="See to its disk and its permissions, and run the same command again.",
    )


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=5.0
    )
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _set_aside(file: Path, name: str) -> None:
    """Move a state out of the way, its journal too: SQLite would undo that in another file."""
    for each in (file, file.with_name(f"{file.name}-journal")):
        if each.exists():
            folder = file.parent / "aside"
            folder.mkdir(mode=0o700, exist_ok=True)
            each.rename(folder / each.name.replace(file.name, f"{name}.db"))
            sync(folder)


def _check_bytes(file: Path) -> None:
    _check_owner(file)
    try:
        with file.open("rb") as stream:
            start = stream.read(len(_HEADER))
    except FileNotFoundError:
        raise StateLost(f"the state file is missing: {file}", hint=advice(file)) from None
    except OSError as error:
        raise StateUnusable(f"{file} can't be read ({error.strerror})") from error
    if not start:
        raise StateLost(f"the state file is empty: {file}", hint=advice(file))
    if start != _HEADER:
        raise StateLost(f"{file} is no state file of acctsync", hint=advice(file))


def _check_owner(file: Path) -> None:
    """Refuse what somebody else could have put there; keep the state to its owner."""
    for each in (file.parent, file):
        try:
            found = each.lstat()
        except OSError:
            return
        if stat.S_ISLNK(found.st_mode):
            raise StateUnusable(
                f"{each} is a link", hint="Move what it leads to here: state is kept in its place."
            )
        if os.name == "posix" and found.st_uid != os.geteuid():
            raise StateUnusable(
                f"{each} belongs to another user of this machine",
                hint="Run acctsync as that user, or give the whole state folder to this one.",
            )
    # A copy that was put back is as open as the umask of whoever copied it.
    if stat.S_IMODE(found.st_mode) & 0o077:
        with suppress(OSError):
            file.chmod(0o600)


def _check_content(
    connection: sqlite3.Connection, file: Path, company_id: str, *, proven: bool
) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    flaw = "" if proven and version == SCHEMA_VERSION else flaw_of(connection)
    if application != APPLICATION_ID:
        raise StateLost(f"{file} is no state file of acctsync", hint=advice(file))
    if flaw:
        raise damaged(file, flaw)
    if version > SCHEMA_VERSION:
        raise StateUnusable(
            f"{file} was written by a newer acctsync",
            hint="Update acctsync; an older one can't be sure what the newer one meant. Or go back."
            f" {advice(file)}",
        )
    if version < 1:
        raise StateLost(f"{file} is older than any state, or was never whole", hint=advice(file))
    _check_company(connection, file, company_id)
    if version < SCHEMA_VERSION:
        # Nothing is changed in a file of another company's, nor in one that only says it is ours.
        from acctsync.state.schema import migrate

        backups.make(connection, file.parent, f"before-schema-{SCHEMA_VERSION}")
        migrate(connection)


def _check_company(connection: sqlite3.Connection, file: Path, company_id: str) -> None:
    bound = connection.execute("SELECT value FROM meta WHERE name = 'company_id'").fetchone()
    if bound is None or bound[0] != company_id:
        raise StateUnusable(
            f"{file} belongs to another company",
            hint="Connect that company under a name of its own: acctsync connect … --name NAME."
            f" {advice(file)}",
        )
