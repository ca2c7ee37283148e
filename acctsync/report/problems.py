"""Problems as people need them: which document, why, what to do, and where in the export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from acctsync.engine.results import DocumentResult, Status
from acctsync.errors import AcctsyncError, Problem
from acctsync.report.clean import clean
from acctsync.report.look import BAD, SOFT, WARN, foreign, heading, stack, table
from acctsync.report.words import many, place, singular

_TITLES = {
    Status.FAILED: "failed",
    Status.BLOCKED: "held back",
    Status.IN_DOUBT: "in doubt",
}
_MOST = 50


def troubled(documents: Iterable[DocumentResult], *, whole: bool) -> RenderableType | None:
    """List the documents that need somebody, by how they stand; cut when long unless `whole`."""
    groups = {status: [d for d in documents if d.status is status] for status in _TITLES}
    parts = [_group(status, each, whole=whole) for status, each in groups.items() if each]
    return stack(parts) if parts else None


def listing(problems: Iterable[Problem], *, whole: bool) -> RenderableType | None:
    """List problems as lines: where, what, and what to do; unless `whole`, the same only once."""
    unique = list(dict.fromkeys(problems))
    if not unique:
        return None
    alike = [[each] for each in unique] if whole else _alike(unique)
    shown = alike if whole else alike[:_MOST]
    lines = [line for same in shown for line in _lines(same[0], len(same) - 1)]
    return Group(*lines, *_rest(sum(map(len, alike)) - sum(map(len, shown))))


def refusal(error: AcctsyncError) -> RenderableType:
    """Show the problems behind an error; the error itself only sums up several."""
    problems = listing(error.problems, whole=False)
    assert problems is not None, "a refusal names its problems"
    if len(set(error.problems)) == 1:
        return problems
    return stack([problems, Text.assemble(("acctsync: ", f"bold {BAD}"), clean(error.message))])


def _group(status: Status, documents: Sequence[DocumentResult], *, whole: bool) -> RenderableType:
    shown = documents if whole else documents[:_MOST]
    drawn = table("Document", "Why", "What to do")
    for document in shown:
        _row(drawn, document)
    title = heading(f"{many(len(documents), 'document')} {_TITLES[status]}")
    return Group(title, Text(""), drawn, *_rest(len(documents) - len(shown)))


def _row(drawn: Table, document: DocumentResult) -> None:
    problem = document.problem
    name = Text(f"{singular(document.ref.kind)} {clean(document.number, 60)}")
    if problem and problem.location:
        name.append(f"\n{place(problem.location)}", SOFT)
    why = foreign(problem.message if problem else "nobody can tell yet whether it was carried out")
    if problem and problem.provider_code:
        why.append(f" ({clean(problem.provider_code, 40)})", SOFT)
    drawn.add_row(
        name,
        why,
        foreign(problem.hint if problem else "Run the same command again in a few minutes."),
    )


def _alike(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Put together what says the same of several documents."""
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for each in problems:
        said = (each.code, each.severity, each.message, each.hint)
        groups.setdefault(said, []).append(each)
    return list(groups.values())


def _lines(problem: Problem, others: int) -> list[Text]:
    style = BAD if problem.is_error else WARN
    where, about = clean(problem.location) if problem.location else "", _about(problem)
    first = Text.assemble(
        (f"{where}: " if where else "", "bold"),
        (f"{problem.severity}: ", style),
        f"{about}: " if about else "",
        clean(problem.message),
        (f" [{problem.code}]", SOFT),
        (f" and {others:,} more like it" if others else "", SOFT),
    )
    return [first, Text(f"    {clean(problem.hint)}")] if problem.hint else [first]


def _about(problem: Problem) -> str:
    if not problem.document:
        return ""
    return f"{singular(problem.kind or 'document')} {clean(problem.document, 60)}"


def _rest(hidden: int) -> list[Text]:
    if hidden <= 0:
        return []
    return [Text(f"… and {hidden:,} more; --verbose shows all.", SOFT)]
