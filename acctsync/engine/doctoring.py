"""Whether the machine has all that an unattended run needs: facts in, findings out; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from acctsync.engine.findings import Finding, error, failed, found, skipped, warning, well
from acctsync.errors import AcctsyncError, ExitCode, Problem
from acctsync.plan.references import folded
from acctsync.settings import Connection
from acctsync.state.lock import Holder
from acctsync.state.trail import Verdict

SOON_DAYS = 14
_MB = 1_000_000
# A push copies the state before it writes, and writes to a copy of that size at most.
_ROOM, _COPIES = 20 * _MB, 3
_UTF8 = frozenset({"utf-8", "utf8"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFacts:
    """A connection's tokens as this very process finds them.

    `days` until a person must sign in: None where nobody said. `open_folder`: the folder of the
    token file, where others on this machine may look into it. `command` signs in again.
    """

    store: str
    command: str
    stored: bool = False
    days: int | None = None
    open_folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CronView:
    """What a process finds that was started as cron starts one.

    `tokens` is how reading them went: read, nothing, failed, timeout, or empty where they were not
    asked for; `why` what failed. `started` is false when acctsync itself could not be started.
    """

    started: bool = True
    state_dir: str = ""
    encoding: str = ""
    tokens: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CronFacts:
    """What cron would find, and what we found.

    `state_dir` and `mapping` are ours; `told`: the command line named the state's, so that a job's
    can too. `attended`: a person sits here, so that this environment is not yet that of a job.
    `command` is a line for a crontab.
    """

    view: CronView
    store: str
    state_dir: str
    mapping: str
    told: bool
    attended: bool
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFacts:
    """Where the state is kept: bytes free, bytes of the state, and why a probe couldn't write."""

    folder: str
    free: int
    used: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFacts:
    """A state that could be opened.

    `damage` is what a look from end to end found. `backup_age` is in seconds. `busy`: a run is
    under way, so that unsettled operations are no sign of trouble.
    """

    file: str
    size: int
    version: int
    known: int = 0
    unsettled: int = 0
    damage: str = ""
    backup_age: float | None = None
    busy: bool = False


def check_connection(connection: Connection | AcctsyncError, wanted: str) -> Finding:
    """Look whether there is a connection, and whether it leads to the mapping's company."""
    if isinstance(connection, AcctsyncError):
        return failed("connection", connection)
    company = f"{connection.company_name} (id {connection.company_id})"
    if wanted and folded(wanted) != folded(connection.company_name):
        other = error(
            "DOCTOR001",
            f"the mapping is for {wanted!r}, but connection {connection.name} leads to {company}",
            "Connect the right company, or correct books.company in the mapping. If the company"
            " was renamed, sign in again, so that its new name is known.",
        )
        return found("connection", other, otherwise="")
    where = f"simulated at {connection.origin}" if connection.origin else connection.environment
    return well("connection", f"{connection.name}: {company}, {where}")


def check_sign_in(facts: SignInFacts | AcctsyncError) -> Finding:
    """Look whether tokens are there, for how long, and who else can see them."""
    if isinstance(facts, AcctsyncError):
        return failed("sign-in", facts)
    return found(
        "sign-in",
        *_sign_in_problems(facts),
        otherwise=f"tokens are kept in: {facts.store}; {_lasting(facts.days)}",
        code=ExitCode.SIGN_IN,
    )


def check_cron(facts: CronFacts) -> Finding:
    """Look whether a job without a desktop session could do the same."""
    read = "tokens can be read without a session; " if facts.view.tokens == "read" else ""
    used = f"the state in {facts.state_dir} and the mapping {facts.mapping}"
    return found(
        "cron",
        *_cron_problems(facts),
        otherwise=f"{read}a job with the suggested command uses {used}",
        code=ExitCode.STATE,
        hint=facts.command,
    )


def check_lock(holder: Holder | None, now: dt.datetime) -> Finding:
    """Look whether another run is under way."""
    if holder is None:
        return well("lock", "no other run is under way")
    who = f"process {holder.pid}" if holder.pid is not None else "a process"
    since = f" for {_age((now - holder.since).total_seconds())}" if holder.since else ""
    held = error(
        "DOCTOR007",
        f"another run is under way: {who} has held the lock{since}",
        "Let it finish. There is nothing to unlock by hand: the lock ends with its process.",
    )
    return found("lock", held, otherwise="", code=ExitCode.LOCKED)


def check_disk(facts: DiskFacts) -> Finding:
    """Look whether the state can be written, and whether a copy of it has room beside it."""
    free = _size(facts.free)
    return found(
        "disk",
        *_disk_problems(facts),
        otherwise=f"{free} free where the state is kept, and writing works: {facts.folder}",
        code=ExitCode.STATE,
    )


def check_state(facts: StateFacts | AcctsyncError) -> Finding:
    """Look whether the state can be trusted, and what it leaves open."""
    if isinstance(facts, AcctsyncError):
        return failed("state", facts)
    backup = (
        f"newest backup {_age(facts.backup_age)} old"
        if facts.backup_age is not None
        else "no backup yet: one is made before each push"
    )
    held = f"{facts.known:,} document{'' if facts.known == 1 else 's'} known"
    return found(
        "state",
        *_state_problems(facts),
        otherwise=f"sound, {_size(facts.size)}, schema {facts.version}, {held}; {backup}",
        code=ExitCode.STATE,
    )


def check_trail(verdict: Verdict | AcctsyncError) -> Finding:
    """Look whether every entry of the audit trail still carries its seal."""
    if isinstance(verdict, AcctsyncError):
        return failed("trail", verdict)
    if verdict.whole:
        head = f", head {verdict.head[:16]}" if verdict.head else ""
        return well("trail", f"{verdict.entries:,} entries, every seal holds{head}")
    where = f" at entry {verdict.broken_at}" if verdict.broken_at is not None else ""
    broken = error(
        "DOCTOR010",
        f"the audit trail is broken{where}: {verdict.why}",
        "Somebody changed the state file by other means than acctsync: find out who. acctsync "
        "state check names the newest backup whose trail holds. Pushing still works; the trail "
        "proves nothing from there on.",
    )
    return found("trail", broken, otherwise="", code=ExitCode.STATE)


def without_connection(*names: str) -> tuple[Finding, ...]:
    """Skip what only a connection has."""
    return tuple(skipped(name, "there is no connection to look at") for name in names)


def _sign_in_problems(facts: SignInFacts) -> Iterator[Problem]:
    again = f"Sign in with: {facts.command}"
    if not facts.stored:
        yield error("RUN004", "nobody is signed in", again)
    elif facts.days is not None and facts.days < 0:
        yield error("RUN004", "the sign-in has expired", again)
    elif facts.days is not None and facts.days < SOON_DAYS:
        hint = f"{again}. Every run renews it, so it only ends when nothing runs for so long."
        yield warning("DOCTOR002", f"the sign-in ends in {_days(facts.days)}", hint)
    if facts.open_folder:
        yield warning(
            "DOCTOR003",
            f"others on this machine can look into {facts.open_folder}",
            f"chmod 700 {facts.open_folder}",
        )


def _lasting(days: int | None) -> str:
    if days is None:
        return "when the sign-in ends is not known"
    return f"the sign-in lasts {_days(days)} if nothing renews it"


def _cron_problems(facts: CronFacts) -> Iterator[Problem]:
    view = facts.view
    if not view.started:
        yield error(
            "DOCTOR004",
            f"acctsync can't be started with the little environment that cron gives ({view.why})",
            "Install it where it needs no variables to be found, as with: pipx install acctsync.",
        )
        return
    if view.tokens not in {"", "read"}:
        yield _unreadable(facts)
    if not facts.told and facts.attended and view.state_dir != facts.state_dir:
        yield warning(
            "DOCTOR005",
            f"without your environment acctsync looks for its state in {view.state_dir}, "
            f"not in {facts.state_dir}",
            f"Say it in the crontab: {facts.command}",
        )
    if view.encoding.lower() not in _UTF8:
        yield warning(
            "DOCTOR006",
            f"a job would write {view.encoding}: names outside it can't be shown",
            "Put PYTHONUTF8=1 into the crontab.",
        )


def _unreadable(facts: CronFacts) -> Problem:
    why = {
        "timeout": "it does not answer: it may be locked",
        "nothing": "it holds nothing there",
        "failed": facts.view.why,
    }[facts.view.tokens]
    return error(
        "DOCTOR008",
        f"a job without a desktop session can't read the tokens in: {facts.store} ({why})",
        "For unattended runs sign in again with: acctsync connect … --token-store file",
    )


def _disk_problems(facts: DiskFacts) -> Iterator[Problem]:
    needed = _ROOM + _COPIES * facts.used
    if facts.refusal:
        yield error(
            "DOCTOR009",
            f"nothing can be written in {facts.folder}: {facts.refusal}",
            "Give this user the right to write there, or name another folder with --state-dir.",
        )
    if facts.free < needed:
        yield error(
            "DOCTOR011",
            f"only {_size(facts.free)} are free where the state is kept ({facts.folder}); "
            f"a push may need {_size(needed)}",
            "Make room: a push copies the state before it writes, and stops when it can't.",
        )


def _state_problems(facts: StateFacts) -> Iterator[Problem]:
    if facts.damage:
        yield error(
            "RUN012",
            f"{facts.file} is damaged ({facts.damage})",
            "acctsync state check names the newest good backup, and the command to put it back.",
        )
    if facts.unsettled and not facts.busy:
        many = "1 operation is" if facts.unsettled == 1 else f"{facts.unsettled:,} operations are"
        yield warning(
            "DOCTOR012",
            f"{many} in doubt: nobody knows yet whether the books carried it out",
            "The next acctsync push looks it up before it does anything else.",
        )


def _days(days: int) -> str:
    return "less than a day" if days == 0 else "1 day" if days == 1 else f"{days} days"


def _age(seconds: float) -> str:
    """Write an age in its largest unit: 40 seconds, 3 hours, 12 days."""
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return f"{max(0, int(seconds))} seconds"


def _size(number: int) -> str:
    """Write a number of bytes: 12 kB, 340 MB, 12.4 GB."""
    if number >= 10**9:
        return f"{number / 10**9:.1f} GB"
    return f"{number // _MB} MB" if number >= _MB else f"{-(-number // 1000)} kB"
