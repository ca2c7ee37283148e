"""Look through a state from end to end: the file, its rights, its trail, what it leaves open."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from acctsync.engine.findings import error, warning
from acctsync.errors import ExitCode, Problem
from acctsync.state import backups
from acctsync.state.files import STATE_FILE
from acctsync.state.store import Store
from acctsync.state.trail import Verdict, is_whole
from acctsync.state.version import SCHEMA_VERSION

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_COUNTS = """
SELECT (SELECT count(*) FROM known WHERE remote_id <> ''), (SELECT count(*) FROM runs)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found. `entries` of the trail hold, `head` is the last hash that does.

    `backup` is the newest that is sound, its trail too, and `restore` the command for it.
    """

    file: Path
    size: int
    known: int
    runs: int
    entries: int
    head: str
    open_operations: int
    backup: Path | None
    restore: str
    problems: tuple[Problem, ...]
    schema: int = SCHEMA_VERSION

    @property
    def exit_code(self) -> ExitCode:
        wrong = any(each.is_error for each in self.problems)
        return ExitCode.STATE if wrong else ExitCode.DONE


def inspect(store: Store, told_head: str = "") -> Inspection:
    """Look through an open state; `told_head` is what an earlier run told of the trail's end."""
    file = store.folder / STATE_FILE
    (known, runs) = store.rows(_COUNTS)[0]
    verdict = store.verify_trail()
    unsettled = len(store.unsettled())
    backup = backups.newest_good(store.folder, is_whole)
    restore = backups.restoring(backup, file) if backup else ""
    problems = (
        *_rights(file),
        *_damage(store, file, restore),
        *_trail(verdict, restore),
        *_told(store, told_head),
        *_left_open(unsettled),
        *_copies(store.folder),
    )
    return Inspection(
        file=file,
        size=file.stat().st_size,
        known=known,
        runs=runs,
        entries=verdict.entries,
        head=verdict.head,
        open_operations=unsettled,
        backup=backup,
        restore=restore,
        problems=problems,
    )


def _rights(file: Path) -> Iterator[Problem]:
    if file.stat().st_mode & _OTHERS:
        yield error(
            "STATE001",
            f"other users of this machine may read {file}: it holds customers' names and sums",
            _take_away("600", file),
        )
    if file.parent.stat().st_mode & _OTHERS:
        yield error(
            "STATE002",
            f"other users of this machine may look into {file.parent}",
            _take_away("700", file.parent),
        )


def _take_away(bits: str, path: Path) -> str:
    return f"Take that right away with: {backups.command('chmod', bits, path.absolute())}"


def _damage(store: Store, file: Path, restore: str) -> Iterator[Problem]:
    damage = store.damage()
    if damage:
        yield error("STATE003", f"{file} is damaged ({damage})", _put_back(restore))


def _put_back(restore: str) -> str:
    if restore:
        return f"Put the newest good backup back with: {restore}"
    return (
        "There is no good backup. Make a new state from what the books hold: acctsync state rebuild"
    )


def _trail(verdict: Verdict, restore: str) -> Iterator[Problem]:
    if verdict.whole:
        return
    where = f" at entry {verdict.broken_at}" if verdict.broken_at is not None else ""
    yield error(
        "STATE004",
        f"the audit trail is broken{where}: {verdict.why}",
        "Somebody changed the state file by other means than acctsync: find out who. "
        + _put_back(restore),
    )


def _told(store: Store, head: str) -> Iterator[Problem]:
    if head and not store.trail_holds(head):
        yield error(
            "STATE005",
            f"the audit trail does not hold the head {head}",
            "If an earlier run of this connection told it, the trail was cut off or written anew"
            " since, or an older state was put back.",
        )


def _left_open(unsettled: int) -> Iterator[Problem]:
    if unsettled:
        yield warning(
            "STATE006",
            f"nobody knows yet how {unsettled} writes ended",
            "Run acctsync push: it asks the books first, and sends nothing twice.",
        )


def _copies(folder: Path) -> Iterator[Problem]:
    for copy in backups.every(folder):
        flaw = backups.flaw_of(copy)
        if flaw:
            yield warning(
                "STATE007",
                f"the backup {copy} is no good: {flaw}",
                "Delete it, and see to its disk. acctsync state backup makes a new one.",
            )
