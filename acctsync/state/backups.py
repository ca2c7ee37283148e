"""Copies of the state: made whole, proven sound, kept for a while, and named when one is needed."""

from __future__ import annotations

import datetime as dt
import shlex
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from acctsync.state.disk import private_file, sync
from acctsync.state.version import APPLICATION_ID, SCHEMA_VERSION

_FOLDER = "backups"
_KEPT = 10
# What a person asked for stays until a person deletes it.
_ASKED = "asked-"


def copy(connection: sqlite3.Connection, file: Path, temporary: Path) -> None:
    """Copy an open state into a file, whole and sound or not at all; what is there is replaced.

    `temporary` lies beside it. Raises sqlite3.Error or OSError, and leaves nothing behind then.
    """
    private_file(temporary)
    try:
        connection.execute("VACUUM INTO ?", (str(temporary),))
        _prove(temporary)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    temporary.rename(file)
    sync(file.parent)


def make(connection: sqlite3.Connection, folder: Path, name: str, *, asked: bool = False) -> Path:
    """Copy an open state beside itself; a copy that somebody `asked` for is never pruned."""
    backups = folder / _FOLDER
    backups.mkdir(mode=0o700, exist_ok=True)
    file = backups / f"{_ASKED if asked else ''}{name}.db"
    # Of one name, so that what a kill left is taken away by the next.
    copy(connection, file, backups / ".backup.new")
    return file


def prune(folder: Path) -> None:
    """Let go of all but the newest of the copies that were made before pushes."""
    ours = [each for each in every(folder) if not each.name.startswith(_ASKED)]
    for outdated in ours[:-_KEPT]:
        outdated.unlink()


def every(folder: Path) -> list[Path]:
    """List the copies of the state, oldest first."""
    return sorted((folder / _FOLDER).glob("[!.]*.db"), key=lambda file: file.stat().st_mtime_ns)


def newest(folder: Path) -> Path | None:
    """Find the newest copy of the state, if there is one."""
    return next(reversed(every(folder)), None)


def newest_good(folder: Path, also: Callable[[Path], bool] | None = None) -> Path | None:
    """Find the newest copy of the state that is sound (and passes another look), if any is."""
    good = (file for file in reversed(every(folder)) if not flaw_of(file))
    return next((file for file in good if also is None or also(file)), None)


def flaw_of(file: Path) -> str:
    """Say what is wrong with a copy, read without touching it; empty when it is sound."""
    where = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(where, uri=True)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    if application != APPLICATION_ID:
        return "it is no state file of acctsync"
    if not 0 < version <= SCHEMA_VERSION:
        return "it was written by another version of acctsync"
    return "" if verdict == "ok" else str(verdict)


def _prove(copied: Path) -> None:
    flaw = flaw_of(copied)
    if flaw:
        msg = f"the copy is no good: {flaw}"
        raise sqlite3.DatabaseError(msg)


def advice(file: Path) -> str:
    """Say how a state that can't be used is put right: the backup, and the command for it."""
    backup = newest_good(file.parent)
    if backup is None:
        return (
            "There is no good backup. Make a new state from what the books hold, which writes"
            " nothing to them: acctsync state rebuild"
        )
    made = dt.datetime.fromtimestamp(backup.stat().st_mtime, dt.UTC)
    return (
        f"The newest good backup is of {made:%Y-%m-%d %H:%M} UTC. What was pushed since is found"
        " in the books by the next push, and not pushed again. (Or make a new state from what the"
        " books hold: acctsync state rebuild.) Put the backup back with:\n"
        f"{restoring(backup, file)}"
    )


def restoring(backup: Path, file: Path) -> str:
    """Write the shell command that puts a copy in the state's place."""
    journal = file.with_name(f"{file.name}-journal")
    put_back = command("cp", backup.absolute(), file.absolute())
    # SQLite would undo the journal of the broken file in the copy.
    return f"{command('rm', journal.absolute())} && {put_back}" if journal.exists() else put_back


def command(*words: str | Path) -> str:
    """Write a shell command."""
    return shlex.join(map(str, words))
