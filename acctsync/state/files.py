"""Making, checking and backing up the state file itself."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from acctsync.errors import StateUnusable
from acctsync.state.version import APPLICATION_ID, SCHEMA_VERSION

STATE_FILE = "state.db"
_HEADER = b"SQLite format 3\x00"
_KEPT_BACKUPS = 10
_SIGNS_OF_DAMAGE = ("malformed", "not a database", "no such table", "no such column")


def create_file(folder: Path, facts: Mapping[str, str]) -> sqlite3.Connection:
    """Make a state file holding facts; it appears complete or not at all."""
    from acctsync.state.schema import migrate

    file = folder / STATE_FILE
    if file.exists():
        raise StateUnusable(f"there already is a state file: {file}")
    temporary = _private_file(folder / f".{STATE_FILE}.new")
    try:
        with closing(_open(temporary)) as connection:
            migrate(connection)
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO meta VALUES (?, ?)", list(facts.items()))
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        temporary.unlink()
        raise unusable(folder, error) from error
    temporary.rename(file)
    _sync(folder)
    return _open(file)


def connect(folder: Path, company_id: str) -> sqlite3.Connection:
    """Open a state file that can be trusted.

    Raises StateUnusable for one that is missing, empty, damaged, newer or another company's.
    """
    file = folder / STATE_FILE
    _check_bytes(file)
    try:
        connection = _open(file)
    except sqlite3.Error as error:
        raise unusable(folder, error) from error
    try:
        _check_content(connection, file, company_id)
    except sqlite3.Error as error:
        connection.close()
        raise unusable(folder, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def back_up(connection: sqlite3.Connection, folder: Path, name: str) -> Path:
    """Copy the state beside itself, whole or not at all, and let go of the oldest copies."""
    backups = folder / "backups"
    backups.mkdir(mode=0o700, exist_ok=True)
    file = backups / f"{name}.db"
    temporary = _private_file(backups / ".backup.new")
    try:
        connection.execute("VACUUM INTO ?", (str(temporary),))
    except sqlite3.Error as error:
        temporary.unlink()
        raise unusable(folder, error) from error
    temporary.rename(file)
    _sync(backups)
    for outdated in _backups(folder)[:-_KEPT_BACKUPS]:
        outdated.unlink()
    return file


def newest_backup(folder: Path) -> Path | None:
    """Find the newest copy of the state, if there is one."""
    return next(reversed(_backups(folder)), None)


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
        return StateUnusable(f"{file} is damaged ({text})", hint=_advice(file))
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


def _private_file(file: Path) -> Path:
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return file


def _check_bytes(file: Path) -> None:
    _check_owner(file)
    try:
        with file.open("rb") as stream:
            start = stream.read(len(_HEADER))
    except FileNotFoundError:
        raise StateUnusable(f"the state file is missing: {file}", hint=_advice(file)) from None
    except OSError as error:
        raise StateUnusable(f"{file} can't be read ({error.strerror})") from error
    if not start:
        raise StateUnusable(f"the state file is empty: {file}", hint=_advice(file))
    if start != _HEADER:
        raise StateUnusable(f"{file} is no state file of acctsync", hint=_advice(file))


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


def _check_content(connection: sqlite3.Connection, file: Path, company_id: str) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if application != APPLICATION_ID:
        raise StateUnusable(f"{file} is no state file of acctsync", hint=_advice(file))
    if verdict != "ok":
        raise StateUnusable(f"{file} is damaged ({verdict})", hint=_advice(file))
    if version > SCHEMA_VERSION:
        raise StateUnusable(
            f"{file} was written by a newer acctsync",
            hint="Update acctsync; an older one can't be sure what the newer one meant.",
        )
    if version:
        # Nothing is changed in a file of another company's, nor in one that only says it is ours.
        _check_company(connection, file, company_id)
    if version < SCHEMA_VERSION:
        from acctsync.state.schema import migrate

        migrate(connection)
    _check_company(connection, file, company_id)


def _check_company(connection: sqlite3.Connection, file: Path, company_id: str) -> None:
    bound = connection.execute("SELECT value FROM meta WHERE name = 'company_id'").fetchone()
    if bound is None or bound[0] != company_id:
        raise StateUnusable(
            f"{file} belongs to another company",
            hint="Connect that company under a name of its own: acctsync connect … --name NAME.",
        )


def _advice(file: Path) -> str:
    backups = _backups(file.parent)
    anew = (
        "Or move it away and run acctsync connect again: a new state is made, and the next push"
        " finds every document that already is in the books and adopts it."
    )
    if not backups:
        return f"There is no backup. {anew}"
    # SQLite would undo the journal of the broken file in the copy.
    journal = file.with_name(f"{file.name}-journal")
    first = f"delete {journal} and " if journal.exists() else ""
    return f"The newest backup is {backups[-1]}: {first}copy it to {file}. {anew}"


def _backups(folder: Path) -> list[Path]:
    return sorted((folder / "backups").glob("*.db"), key=lambda file: file.stat().st_mtime_ns)


def _sync(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
