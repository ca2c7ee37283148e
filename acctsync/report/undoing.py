"""What an undo takes back and what stays: as a table for people, as fields for programs."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from acctsync.documents import Kind
from acctsync.engine.results import DocumentResult, Status
from acctsync.engine.undoing import UndoResult
from acctsync.money import ZERO
from acctsync.report.clean import clean
from acctsync.report.envelope import call_fields, document_fields, money_fields
from acctsync.report.words import many, plural, sums

if TYPE_CHECKING:
    from rich.console import RenderableType

# A script's words for what became of the run's documents.
_COUNTED = {
    Status.PENDING: "pending",
    Status.DONE: "undone",
    Status.UNCHANGED: "gone",
    Status.BLOCKED: "stays",
    Status.FAILED: "failed",
    Status.IN_DOUBT: "in_doubt",
    Status.WAITING: "waiting",
}
_COLUMNS = {
    Status.PENDING: "to take back",
    Status.DONE: "taken back",
    Status.UNCHANGED: "gone already",
    Status.BLOCKED: "stays",
    Status.FAILED: "failed",
    Status.IN_DOUBT: "in doubt",
    Status.WAITING: "not sent",
}


def undo_data(result: UndoResult) -> dict[str, object]:
    """Write what an undo did, or would do."""
    found = Counter(each.status for each in result.documents)
    return {
        "undone_run": result.undone,
        "dry_run": not result.run,
        "counts": {word: found[status] for status, word in _COUNTED.items()},
        "money": money_fields(_money(result)),
        "documents": [document_fields(each) for each in result.documents],
        "calls": call_fields(result.calls),
        "seconds": round(result.seconds, 3),
    }


def undo_text(result: UndoResult, *, company: str) -> RenderableType:
    """Show what an undo did, or would do."""
    from rich.text import Text

    from acctsync.report.look import heading, stack
    from acctsync.report.problems import listing, troubled

    title = heading(f"Undo of run {result.undone[:8]}", f" in {clean(company)}")
    if not result.documents:
        nothing = Text("Nothing that this run created is in the books any more.")
        return stack([title, nothing, listing(result.problems, whole=False)])
    return stack(
        [
            title,
            _tally(result),
            troubled(result.documents, whole=False),
            listing(result.problems, whole=False),
            _closing(result),
        ]
    )


def _tally(result: UndoResult) -> RenderableType:
    from acctsync.report.look import table

    used = [each for each in _COLUMNS if any(d.status is each for d in result.documents)]
    columns = [_COLUMNS[each] for each in used]
    drawn = table("", *columns, "amount", right=[*columns, "amount"])
    money = _money(result)
    for kind in dict.fromkeys(each.ref.kind for each in result.documents):
        found = Counter(each.status for each in result.documents if each.ref.kind is kind)
        cells = [f"{found[each]:,}" if found[each] else "" for each in used]
        drawn.add_row(plural(kind), *cells, sums(money.get(kind, {})))
    return drawn


def _closing(result: UndoResult) -> RenderableType:
    from rich.text import Text

    pending = len(result.pending)
    if pending and not result.run:
        return Text(
            f"{many(pending, 'document')} to take back. Do it with: acctsync undo"
            f" {result.undone[:8]}"
        )
    if not any(each.status is Status.DONE for each in result.documents):
        return Text("")
    return Text("What is out of the books counts as never pushed: the next push creates it anew.")


def _money(result: UndoResult) -> dict[Kind, dict[str, Decimal]]:
    """Add up what goes or went, by kind and currency."""
    added: dict[Kind, dict[str, Decimal]] = {}
    for each in result.documents:
        if each.money is not None and _goes(each):
            by_currency = added.setdefault(each.ref.kind, {})
            before = by_currency.get(each.money.currency, ZERO)
            by_currency[each.money.currency] = before + each.money.amount
    return added


def _goes(each: DocumentResult) -> bool:
    return each.status in {Status.PENDING, Status.DONE}
