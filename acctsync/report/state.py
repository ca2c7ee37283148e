"""The state as a person reads about it: what a look through it found, and what a rebuilding did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from acctsync.engine.inspecting import Inspection
from acctsync.engine.rebuilding import Rebuilt
from acctsync.engine.results import Status, counts, counts_by_kind
from acctsync.errors import Problem
from acctsync.report.clean import clean
from acctsync.report.envelope import call_fields, document_fields
from acctsync.report.look import SOFT, heading, stack
from acctsync.report.problems import listing, troubled
from acctsync.report.words import many

_LONGEST = 4000
UNKNOWN = (
    "what was pushed from other exports or mappings: the push that has them finds it there",
    "which invoices are still to be e-mailed: those found in the books are not mailed",
    "which payments acctsync pull told already: the next pull tells all of them again",
    "the audit trail, runs and attempts of the time before",
)


def inspection_data(found: Inspection) -> dict[str, object]:
    """Write what a look through a state found."""
    return {
        "file": str(found.file),
        "size": found.size,
        "schema": found.schema,
        "known": found.known,
        "runs": found.runs,
        "audit": {"entries": found.entries, "head": found.head},
        "open_operations": found.open_operations,
        "newest_backup": str(found.backup) if found.backup else None,
        "restore": found.restore or None,
        "sound": not any(each.is_error for each in found.problems),
    }


def inspection_text(found: Inspection, *, company: str) -> str:
    """Show what a look through a state found.

    Plain lines that nothing wraps or shortens: a command in them is there to be copied.
    """
    wrong = any(each.is_error for each in found.problems)
    facts = (
        f"State of {company}",
        f"{found.file}, {found.size:,} bytes, schema {found.schema}",
        f"{found.known:,} entries of the books known, {many(found.runs, 'run')}",
        f"{found.entries:,} entries of the audit trail in an unbroken chain",
        f"Audit head: {found.head or 'none yet'}",
        f"Newest good backup: {found.backup or 'none'}",
    )
    verdict = "Something is wrong with it." if wrong else "Sound."
    lines = [clean(each, _LONGEST) for each in facts]
    return "\n".join([*lines, *_told(found.problems), verdict])


def inspection_trouble(found: Inspection) -> str:
    """Show only what is wrong with a state."""
    return "\n".join(_told(found.problems))


def _told(problems: Iterable[Problem]) -> Iterator[str]:
    for each in problems:
        yield f"{each.severity}: {clean(each.message, _LONGEST)} [{each.code}]"
        yield f"    {clean(each.hint, _LONGEST)}"


def rebuilt_data(result: Rebuilt, aside: Path | None, *, verbose: bool) -> dict[str, object]:
    """Write what a rebuilding did; what a push is still to do is listed as pending."""
    documents = result.documents
    shown = (each for each in documents if verbose or each.status is not Status.DONE)
    return {
        "counts": counts(documents),
        "by_kind": {str(kind): each for kind, each in counts_by_kind(documents).items()},
        "documents": [document_fields(each) for each in shown],
        "calls": call_fields(result.calls),
        "audit_head": result.audit_head,
        "unknown": list(UNKNOWN),
        "aside": str(aside) if aside else None,
    }


def rebuilt_text(
    result: Rebuilt, aside: Path | None, company: str, *, verbose: bool
) -> RenderableType:
    """Show what a rebuilding did, and what nobody can learn from the books."""
    found, missing = result.having(Status.DONE), result.having(Status.PENDING)
    told = [f"{many(found, 'document')} of the export are in the books, and known again."]
    if missing:
        told.append(f"{many(missing, 'document')} are left to the next push: see acctsync plan.")
    if aside:
        told.append(f"The old state lies in {aside}.")
    return stack(
        [
            heading("State rebuilt", f" from {clean(company)}; nothing was written there"),
            Text("\n".join(clean(each, 2000) for each in told)),
            troubled(result.documents, whole=verbose),
            listing(_others(result), whole=verbose),
            Text(
                "\n".join(["Nobody can learn from the books:", *(f"- {each}" for each in UNKNOWN)])
            ),
            Text(f"Run {result.run[:8]}; audit head {result.audit_head}", SOFT),
        ]
    )


def _others(result: Rebuilt) -> tuple[Problem, ...]:
    told = {each.problem for each in result.documents if each.problem}
    return tuple(each for each in result.problems if each not in told)
