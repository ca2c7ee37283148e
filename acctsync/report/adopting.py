"""What was linked with the books, and what was not: for people and for programs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from acctsync.engine.adopting import AdoptResult, Link, link_of
from acctsync.engine.results import money_by_kind
from acctsync.report.envelope import call_fields, document_fields, money_fields
from acctsync.report.words import many, plural, sums

if TYPE_CHECKING:
    from rich.console import RenderableType

_COLUMNS = {
    Link.ADOPTED: "linked",
    Link.UNCHANGED: "linked before",
    Link.CHANGED: "changed since",
    Link.ABSENT: "not there",
    Link.DIFFERS: "differs",
    Link.REFUSED: "can't be read",
}


def adopt_data(result: AdoptResult, *, verbose: bool) -> dict[str, object]:
    """Write what adopting came to; unchanged documents only with `verbose`."""
    found = Counter(map(link_of, result.documents))
    shown = (each for each in result.documents if verbose or link_of(each) is not Link.UNCHANGED)
    return {
        "counts": {str(link): found[link] for link in Link},
        "money": money_fields(money_by_kind(result.of(Link.ADOPTED))),
        "documents": [document_fields(each) | {"link": str(link_of(each))} for each in shown],
        "calls": call_fields(result.calls),
        "seconds": round(result.seconds, 3),
    }


def adopt_text(result: AdoptResult, *, company: str, verbose: bool) -> RenderableType:
    """Show what was linked and what was not."""
    from rich.text import Text

    from acctsync.report.clean import clean
    from acctsync.report.look import heading, stack
    from acctsync.report.problems import listing, troubled

    told = {each.problem for each in result.documents if each.problem}
    others = (each for each in result.problems if each not in told)
    linked = len(result.of(Link.ADOPTED))
    return stack(
        [
            heading("Linked", f" with {clean(company)}"),
            _tally(result) if result.documents else None,
            troubled([*result.of(Link.DIFFERS), *result.of(Link.REFUSED)], whole=verbose),
            listing(others, whole=verbose),
            Text(f"{many(linked, 'document')} linked; nothing was written to the books."),
        ]
    )


def _tally(result: AdoptResult) -> RenderableType:
    from acctsync.report.look import table

    used = [each for each in _COLUMNS if result.of(each)]
    columns = [_COLUMNS[each] for each in used]
    drawn = table("", *columns, "linked now", right=[*columns, "linked now"])
    money = money_by_kind(result.of(Link.ADOPTED))
    for kind in dict.fromkeys(each.ref.kind for each in result.documents):
        found = Counter(link_of(each) for each in result.documents if each.ref.kind is kind)
        cells = [f"{found[each]:,}" if found[each] else "" for each in used]
        drawn.add_row(plural(kind), *cells, sums(money.get(kind, {})))
    return drawn
