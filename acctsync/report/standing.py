"""How things stand, as a person reads it: the health card, the audit trail, connections, lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.text import Text

from acctsync.documents import ListEntry, ListKind
from acctsync.engine.results import LogEntry, RunSummary, StatusResult
from acctsync.report.clean import clean
from acctsync.report.look import BAD, GOOD, SOFT, WARN, foreign, heading, stack, table
from acctsync.report.problems import listing, troubled
from acctsync.report.signins import SignIn
from acctsync.report.words import PAST, SYSTEMS, environment, many, moment, singular

_CARD = (
    ("in_books", "in the books", GOOD),
    ("void", "void there", SOFT),
    ("failed", "failed", BAD),
    ("blocked", "held back", BAD),
    ("in_doubt", "in doubt", WARN),
    ("waiting", "waiting", WARN),
)
_SOON_DAYS = 14
_SHORT_ID = 8


def status_text(result: StatusResult, connections: Sequence[SignIn]) -> RenderableType:
    """Draw the health card; its last line is what to type next."""
    return stack(
        [
            *(_signed_in(each) for each in connections),
            _card(result.counts),
            runs_text(result.runs),
            troubled(result.failed, whole=False),
            listing(result.problems, whole=False),
            _next(result, connections),
        ]
    )


def runs_text(runs: Sequence[RunSummary]) -> RenderableType:
    """List runs, newest first."""
    if not runs:
        return Text("No run yet.", SOFT)
    drawn = table("Run", "Started", "Command", "Outcome", "What", narrow=["Run", "Started"])
    for run in runs:
        drawn.add_row(
            run.id[:_SHORT_ID],
            moment(run.started),
            clean(run.command),
            _outcome(run),
            ", ".join(counted(run.counts)),
        )
    return drawn


def log_text(entries: Iterable[LogEntry]) -> RenderableType:
    """List entries of the audit trail."""
    drawn = table("When", "Run", "What", "Document", "Detail", narrow=["When", "Run"])
    for entry in entries:
        ref = entry.ref
        drawn.add_row(
            moment(entry.at),
            entry.run[:_SHORT_ID],
            clean(entry.action),
            Text(f"{singular(ref.kind)} {clean(ref.id, 60)}" if ref else ""),
            foreign(", ".join(_details(entry.detail)), SOFT),
        )
    return drawn


def connections_text(connections: Iterable[SignIn]) -> RenderableType:
    """List connections."""
    drawn = table("Name", "Books", "Company", "Environment", "Tokens", "Sign-in")
    for each in connections:
        drawn.add_row(
            each.connection.name,
            _system(each),
            foreign(each.connection.company_name),
            environment(each.connection),
            foreign(each.connection.token_store),
            _lasting(each),
        )
    return drawn


def list_text(kind: ListKind, entries: Sequence[ListEntry]) -> RenderableType:
    """List what the books hold of a kind."""
    if not entries:
        return Text(f"The books hold no {kind}.")
    called = any(_called(each) for each in entries)
    drawn = table("Name", *(["Called"] if called else []), "Id", "Type", "", narrow=["Id"])
    for each in sorted(entries, key=lambda entry: entry.full_name.casefold()):
        notes = [] if each.active else ["inactive"]
        notes += [] if each.usable else ["can't be used on documents"]
        drawn.add_row(
            foreign(each.full_name),
            *([foreign(_called(each))] if called else []),
            foreign(each.id),
            foreign(each.type),
            ", ".join(notes),
        )
    return stack([drawn, Text(many(len(entries), "entry").replace("entrys", "entries"), SOFT)])


def _called(entry: ListEntry) -> str:
    """Tell what people call an entry that a mapping names otherwise, by its code."""
    return "" if entry.full_name.rpartition(":")[2] == entry.name else entry.name


def _signed_in(sign_in: SignIn) -> Text:
    return Text.assemble(
        (clean(sign_in.connection.company_name), "bold"),
        f" ({_system(sign_in)}, {environment(sign_in.connection)}): ",
        _lasting(sign_in),
    )


def _system(sign_in: SignIn) -> str:
    return SYSTEMS.get(sign_in.connection.system, sign_in.connection.system)


def _lasting(sign_in: SignIn) -> Text:
    if not sign_in.signed_in:
        return Text("signed out", BAD)
    if sign_in.days is None:
        return Text("signed in", GOOD)
    soon = sign_in.days <= _SOON_DAYS
    return Text(f"signed in for {many(sign_in.days, 'day')}", WARN if soon else GOOD)


def _card(counts: Mapping[str, int]) -> Text:
    parts: list[Text] = []
    for word, label, style in _CARD:
        if counts.get(word) or word in {"in_books", "failed"}:
            number = counts.get(word, 0)
            parts.append(Text(f"{number:,} {label}", style if number else SOFT))
    return Text(" · ").join(parts)


def counted(counts: Mapping[str, int]) -> list[str]:
    """Write what a run did: 46 created, 1 adopted."""
    return [f"{number:,} {PAST.get(word, word)}" for word, number in counts.items() if number]


def _details(detail: Mapping[str, object]) -> Iterator[str]:
    for name, value in detail.items():
        if isinstance(value, Mapping):
            yield from counted(value)
        elif name == "key":
            # Long and of no use to people; it stays in the JSON.
            continue
        elif value or value == 0:
            yield f"{name.replace('_', ' ')} {value}"


def _outcome(run: RunSummary) -> Text:
    if run.exit_code is None:
        return Text("cut off", WARN)
    if run.exit_code == 0:
        return Text("done", GOOD)
    return Text(f"exit {run.exit_code}", BAD)


def _next(result: StatusResult, connections: Sequence[SignIn]) -> Text:
    count = result.counts
    gone = [each.connection for each in connections if not each.signed_in]
    if gone:
        step = f"sign in again: {gone[0].sign_in}"
    elif count.get("in_doubt"):
        step = "settle what is in doubt: acctsync push"
    elif count.get("failed") or count.get("blocked"):
        step = "mend what is listed above, then: acctsync retry-failed"
    elif count.get("waiting") or (result.runs and result.runs[0].exit_code is None):
        step = "go on where the last run stopped: acctsync push"
    elif not result.runs:
        step = "look at what a push would do: acctsync plan"
    else:
        step = "nothing needs you. The next push: acctsync push"
    return heading("Next: ", step)
