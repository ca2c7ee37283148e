"""Plans and pushes, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from acctsync.documents import Kind
from acctsync.engine.results import (
    COUNTED,
    DocumentResult,
    PlanResult,
    PushResult,
    Status,
    counts,
    counts_by_kind,
    money_by_kind,
)
from acctsync.errors import Problem
from acctsync.plan.model import Action
from acctsync.report.clean import clean
from acctsync.report.look import GOOD, SOFT, foreign, heading, stack, table
from acctsync.report.problems import listing, troubled
from acctsync.report.words import PAST, many, plural, singular, span, sums

_LABELS = {"in_doubt": "in doubt", "blocked": "held back"}
_NAMED = 20
_NEEDS_SOMEBODY = ("failed", "blocked", "in_doubt")


def plan_text(result: PlanResult, *, company: str, verbose: bool) -> RenderableType:
    """Show what a push would do."""
    return stack(
        [
            heading("Plan", f" for {clean(company)}" if company else " (no company connected)"),
            tally(result.documents) if result.documents else None,
            _documents(result.documents) if verbose else _new_entries(result.documents),
            troubled(result.documents, whole=verbose),
            _others(result.problems, result.documents, verbose=verbose),
            _mailed(result.mails, "will be e-mailed to the customers"),
            _outlook(result),
        ]
    )


def push_text(result: PushResult, *, company: str, verbose: bool) -> RenderableType:
    """Show what a push did."""
    return stack(
        [
            heading("Pushed", f" to {clean(company)}"),
            tally(result.documents, done=True) if result.documents else None,
            _documents(result.documents) if verbose else None,
            troubled(result.documents, whole=verbose),
            _others(result.problems, result.documents, verbose=verbose),
            _mailed(result.mails, "e-mailed to the customers"),
            _closing(result),
        ]
    )


def push_trouble(result: PushResult, *, company: str) -> RenderableType:
    """Show only what is wrong after a push: a quiet run's whole output."""
    count = counts(result.documents)
    said = ", ".join(f"{count[word]} {_label(word)}" for word in _NEEDS_SOMEBODY if count[word])
    return stack(
        [
            heading(f"acctsync push to {clean(company)}: {said}") if said else None,
            troubled(result.documents, whole=False),
            _retry_hint(count) if result.stopped is None else None,
        ]
    )


def tally(documents: Iterable[DocumentResult], *, done: bool = False) -> Table:
    """Count documents and money by kind; only columns that hold something."""
    every = tuple(documents)
    total = counts(every)
    words = [word for word in COUNTED if total[word]]
    waiting = sum(each.status is Status.WAITING for each in every)
    columns = [_column(word, done=done) for word in words] + ["not sent"] * bool(waiting)
    drawn = table("", *columns, "amount", right=[*columns, "amount"])
    money = money_by_kind(every)
    for kind, count in counts_by_kind(every).items():
        cells = [Text(f"{count[word]:,}" if count[word] else "", _style(word)) for word in words]
        if waiting:
            cells.append(Text(_waiting(every, kind)))
        drawn.add_row(plural(kind), *cells, sums(money.get(kind, {})))
    return drawn


def _waiting(documents: Iterable[DocumentResult], kind: str) -> str:
    held = sum(each.ref.kind == kind and each.status is Status.WAITING for each in documents)
    return f"{held:,}" if held else ""


def _column(word: str, *, done: bool) -> str:
    return PAST.get(word, word) if done else _label(word)


def _label(word: str) -> str:
    return _LABELS.get(word, word)


def _style(word: str) -> str:
    return "bold red" if word in _NEEDS_SOMEBODY else SOFT if word == "unchanged" else GOOD


def _documents(documents: Iterable[DocumentResult]) -> RenderableType:
    drawn = table("Document", "Action", "Status", "Amount", "In the books", right=["Amount"])
    for each in documents:
        drawn.add_row(
            Text(f"{singular(each.ref.kind)} {clean(each.number, 60)}"),
            str(each.action or ""),
            _label(each.status),
            str(each.money) if each.money else "",
            foreign(each.remote_id),
        )
    return drawn


_NEW = {
    Kind.ITEMS: "products and services",
    Kind.CLASSES: "classes",
    Kind.LOCATIONS: "locations",
}


def _new_entries(documents: Sequence[DocumentResult]) -> Text | None:
    """Name what would be created in the books' lists: a slip of the pen would be one, too."""
    told = [line for kind in _NEW if (line := _new_of(kind, documents))]
    return Text("\n".join(told)) if told else None


def _new_of(kind: Kind, documents: Iterable[DocumentResult]) -> str:
    names = [
        clean(each.number, 60)
        for each in documents
        if each.ref.kind is kind and each.action is Action.CREATE and each.status is Status.PENDING
    ]
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"New {_NEW[kind]}: {', '.join(names[:_NAMED])}{more}" if names else ""


def _others(
    problems: Iterable[Problem], documents: Iterable[DocumentResult], *, verbose: bool
) -> RenderableType | None:
    """List the problems that no document's row has told already."""
    told = {each.problem for each in documents if each.problem}
    return listing((each for each in problems if each not in told), whole=verbose)


def _mailed(count: int, what: str) -> Text | None:
    return Text(f"{many(count, 'invoice')} {what}.") if count else None


def _outlook(result: PlanResult) -> Text:
    pending = len(result.pending)
    if not pending:
        return Text("Nothing to push.", GOOD)
    calls = f", about {many(result.estimated_calls, 'call')}" if result.estimated_calls else ""
    # Without a connection nothing can be pushed: the sign-in comes first.
    todo = "Do it with: acctsync push" if result.complete else "First: acctsync connect"
    return Text(f"{many(pending, 'document')} to push{calls}. {todo}")


def _closing(result: PushResult) -> RenderableType:
    used = result.calls
    line = Text(
        f"Run {result.run[:8]}: {span(result.seconds)}, "
        f"{many(used.write, 'write')} and {many(used.read, 'read')}"
        + (f", {used.throttled} throttled" if used.throttled else "")
        + (f"; {many(used.left, 'call')} left today" if used.left is not None else "")
        # Kept elsewhere (a mail, a log) it proves that the trail was not shortened since.
        + (f"\nAudit head: {result.audit_head}" if result.audit_head else ""),
        SOFT,
    )
    hint = _retry_hint(counts(result.documents)) if result.stopped is None else None
    return stack([line, hint]) if hint else line


def _retry_hint(count: dict[str, int]) -> Text | None:
    if count["in_doubt"]:
        return Text("Next: acctsync push, in a few minutes; it looks up what is in doubt.")
    if count["failed"] or count["blocked"]:
        return Text("Next: mend the mapping, the export or the books, then: acctsync retry-failed")
    return None
