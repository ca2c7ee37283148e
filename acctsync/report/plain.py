"""The commonest words of an unattended run, written without rich so that they cost nothing.

They say what stopped a command, or that there was nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from acctsync.errors import AcctsyncError, Problem
from acctsync.report.clean import clean

_LONGEST = 2000


def paragraph(error: AcctsyncError) -> str:
    """Write an error for a person: what happened, and below it what to do about it."""
    hint = [f"  {line}" for line in _lines(error.hint)]
    return "\n".join([*_lines(f"acctsync: {error.message}"), *hint])


def nothing_to_do(documents: Sequence[object], problems: Iterable[Problem], company: str) -> str:
    """Say that the books are as the export says, and what was noticed meanwhile."""
    state = (
        f"all {len(documents):,} documents are in {clean(company)} as the export says"
        if documents
        else "the export holds no such document"
    )
    noticed = (_line(problem) for problem in dict.fromkeys(problems))
    return "\n".join([f"Nothing to do: {state}.", *noticed])


def _line(problem: Problem) -> str:
    where = f"{clean(problem.location)}: " if problem.location else ""
    return f"{where}{problem.severity}: {clean(problem.message)} [{problem.code}]"


def _lines(text: str) -> list[str]:
    # Line breaks are ours (lists); whatever else is not printable is foreign.
    return [clean(line, _LONGEST) for line in text.splitlines()]
