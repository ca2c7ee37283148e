"""Gathers what a check-up judges: tokens, cron's view, disk, state and export files, as facts."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from acctsync.cli.books import grant_of, token_folder
from acctsync.cli.context import Session
from acctsync.cli.cronview import CRON_PATH, look
from acctsync.engine.doctoring import CronFacts, DiskFacts, SignInFacts, StateFacts
from acctsync.engine.fitness import ExportFacts
from acctsync.settings import Connection
from acctsync.state import backups
from acctsync.state.files import STATE_FILE
from acctsync.state.version import SCHEMA_VERSION

if TYPE_CHECKING:
    from acctsync.state.store import Store

_FILE_STORE = "file"
_PROBE = b"acctsync looks whether it can write here\n"
_IN_BOOKS = "SELECT count(*) FROM known WHERE remote_id <> ''"


def sign_in_facts(session: Session, connection: Connection) -> SignInFacts:
    """Read the tokens as any run would; raise what a run would."""
    from acctsync.providers.tokens import days_left

    grant = grant_of(connection, session.state_dir)
    folder = token_folder(session.state_dir)
    shown = connection.token_store == _FILE_STORE and _open_to_others(folder)
    return SignInFacts(
        store=connection.token_store,
        command=connection.sign_in,
        stored=grant is not None,
        days=days_left(grant, session.clock.now()) if grant else None,
        open_folder=str(folder) if shown else "",
    )


def cron_facts(session: Session, connection: Connection | None) -> CronFacts:
    """See what a job would see; the tokens of a connection too, unless it is None."""
    asked = {}
    if connection is not None:
        asked = {
            "store": connection.token_store,
            "folder": str(token_folder(session.state_dir).absolute()),
            "connection": connection.tokens_name,
        }
    variable = session.environment.get("ACCTSYNC_STATE_DIR")
    given = session.options.state_dir
    return CronFacts(
        view=look(session.environment.get("HOME") or str(Path.home()), asked),
        store=connection.token_store if connection else "",
        state_dir=str(session.state_dir.absolute()),
        mapping=str(session.options.mapping.absolute()),
        told=given is not None and (not variable or Path(variable) != given),
        attended=session.terminal.attended,
        command=job_line(session),
    )


def disk_facts(session: Session, folder: Path) -> DiskFacts:
    """Measure the room where the state is kept, and try to write there."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    tokens = token_folder(session.state_dir)
    refusals = (_refusal(each) for each in (there, tokens) if each.exists())
    file = folder / STATE_FILE
    return DiskFacts(
        folder=str(there),
        free=shutil.disk_usage(there).free,
        used=file.stat().st_size if file.is_file() else 0,
        refusal=next((each for each in refusals if each), ""),
    )


def state_facts(session: Session, store: Store, *, busy: bool) -> StateFacts:
    """Look through an open state; while another run is busy, not from end to end."""
    file, backup = store.folder / STATE_FILE, backups.newest(store.folder)
    return StateFacts(
        file=str(file),
        size=file.stat().st_size,
        version=SCHEMA_VERSION,
        known=int(store.rows(_IN_BOOKS)[0][0]),
        unsettled=len(store.unsettled()),
        damage="" if busy else store.damage(),
        backup_age=_age(session, backup) if backup else None,
        busy=busy,
    )


def export_facts(session: Session, names: tuple[str, ...]) -> ExportFacts:
    """Look how old the files are that were read."""
    ages = sorted((_age(session, session.data_dir() / name), name) for name in names)
    if not ages:
        return ExportFacts(files=0)
    age, newest = ages[0]
    return ExportFacts(files=len(ages), newest=newest, age=age)


def job_line(session: Session) -> str:
    """Write the command of a crontab that does from anywhere what is done here."""
    options = session.options
    words = [*_program(session), "push", "--quiet", "--mapping", str(options.mapping.absolute())]
    if options.data_dir is not None:
        words += ["--data-dir", str(options.data_dir.absolute())]
    words += ["--state-dir", str(session.state_dir.absolute())]
    # A crontab ends its line at a percent sign.
    return shlex.join(words).replace("%", r"\%")


def _program(session: Session) -> list[str]:
    if shutil.which("acctsync", path=CRON_PATH):
        return ["acctsync"]
    found = shutil.which("acctsync", path=session.environment.get("PATH", ""))
    if found is None and Path(sys.argv[0]).name == "acctsync":
        found = shutil.which(sys.argv[0])
    return [str(Path(found).absolute())] if found else [sys.executable, "-m", "acctsync"]


def _age(session: Session, file: Path) -> float:
    return session.clock.now().timestamp() - file.stat().st_mtime


def _open_to_others(folder: Path) -> bool:
    return folder.is_dir() and bool(stat.S_IMODE(folder.stat().st_mode) & 0o077)


def _refusal(folder: Path) -> str:
    """Write, make durable and delete; tell why that can't be done."""
    file = folder / f".acctsync-probe.{os.getpid()}"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, _PROBE)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            file.unlink()
    except OSError as problem:
        return f"{problem.strerror} ({folder})"
    return ""
