"""Export against books: as tables for people, as CSV and as fields for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from acctsync.engine.reconciling import ReconcileResult, Total
from acctsync.money import ZERO
from acctsync.plan.reconciling import Difference, Finding
from acctsync.report.envelope import amount, call_fields, problem_fields
from acctsync.report.sheet import Figure, sheet
from acctsync.report.words import many, place, plural, singular

if TYPE_CHECKING:
    from rich.console import RenderableType

TITLES = {
    Finding.DOUBLE: "in the books twice",
    Finding.EXTRA: "in the books, but not in the export",
    Finding.MISSING: "in the export, but not in the books",
    Finding.AMOUNT: "with a different amount",
    Finding.UNPAID: "settled here, but not there",
    Finding.VOIDED: "open here, but void there",
    Finding.NOT_VOIDED: "void here, but not there",
    Finding.EDITED: "edited in the books",
    Finding.DATE: "dated differently",
}
# Programs rely on these: a new column goes to the end.
COLUMNS = (
    "finding",
    "kind",
    "number",
    "id",
    "date",
    "currency",
    "here",
    "there",
    "difference",
    "books_id",
    "books_link",
    "message",
    "place",
)
_SHOWN = 25


def reconcile_csv(result: ReconcileResult) -> str:
    """Write one row per difference."""
    return sheet(COLUMNS, (_row(result, each) for each in result.differences))


def reconcile_data(result: ReconcileResult) -> dict[str, object]:
    """Write what comparing came to; each difference is in the problems as well."""
    return {
        "since": result.since.isoformat() if result.since else None,
        "until": result.until.isoformat() if result.until else None,
        "counts": {
            "compared": result.compared,
            "agreeing": result.agreeing,
            "unreadable": result.unreadable,
            **{str(finding): len(_of(result, finding)) for finding in Finding},
        },
        "money": {
            str(finding): sums_of(_of(result, finding))
            for finding in Finding
            if _of(result, finding)
        },
        "totals": [_total_fields(each) for each in result.totals],
        "differences": [_fields(result, each) for each in result.differences],
        "calls": call_fields(result.calls),
        "seconds": round(result.seconds, 3),
    }


def reconcile_text(result: ReconcileResult, *, company: str, verbose: bool) -> RenderableType:
    """Show what comparing came to, worst first."""
    from rich.text import Text

    from acctsync.report.clean import clean
    from acctsync.report.look import GOOD, SOFT, heading, stack
    from acctsync.report.problems import listing

    told = {each.problem for each in result.differences}
    others = (each for each in result.problems if each not in told)
    title = heading("Export against books", f" of {clean(company)}")
    return stack(
        [
            Text.assemble(title, Text(f"\n{period(result)}", SOFT)),
            _totals(result) if result.totals else None,
            *(
                _group(result, finding, verbose=verbose)
                for finding in Finding
                if _of(result, finding)
            ),
            listing(others, whole=verbose),
            Text(summary(result), "" if result.exit_code else GOOD),
        ]
    )


def period(result: ReconcileResult) -> str:
    """Say which days were compared."""
    if result.since is None:
        return "Nothing of that is in the export."
    return f"{result.since} to {result.until}, {many(result.compared, 'document')}"


def summary(result: ReconcileResult) -> str:
    """Say how it stands in one line."""
    found = len(result.differences)
    if not result.compared and not found and not result.unreadable:
        return "There is nothing to compare."
    if not found and not result.unreadable:
        return f"All {many(result.compared, 'document')} agree, to the cent."
    parts = [many(found, "difference")] if found else []
    if result.unreadable:
        parts.append(f"{many(result.unreadable, 'document')} of the export can't be read")
    return f"{result.agreeing:,} of {many(result.compared, 'document')} agree; " + ", ".join(parts)


def by_finding(result: ReconcileResult) -> Iterator[tuple[Finding, list[Difference]]]:
    """Group the differences, worst first."""
    for finding in Finding:
        listed = _of(result, finding)
        if listed:
            yield finding, listed


def title_of(finding: Finding, listed: Sequence[Difference]) -> str:
    """Write a group's title: how many, what is wrong, and the sums."""
    sums = sums_of(listed)
    told = "; ".join(
        f"{_grouped(each['here'])} {currency} here, {_grouped(each['there'])} there"
        for currency, each in sums.items()
    )
    return f"{many(len(listed), 'document')} {TITLES[finding]}: {told}"


def sums_of(listed: Sequence[Difference]) -> dict[str, dict[str, str]]:
    """Add up both sides of differences, by currency."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for each in listed:
        here, there = sums.get(each.currency, (ZERO, ZERO))
        sums[each.currency] = (here + (each.here or ZERO), there + (each.there or ZERO))
    return {
        currency: {"here": _sum(here, currency), "there": _sum(there, currency)}
        for currency, (here, there) in sorted(sums.items())
    }


def figure(value: Decimal | None, currency: str) -> str:
    """Write an amount for people, thousands apart; empty where there is none."""
    return "" if value is None else _grouped(_sum(value, currency))


def total_cells(total: Total) -> tuple[str, ...]:
    """Write one line of the control totals: kind, both sides, and what is between them."""
    between = total.here_sum - total.there_sum
    return (
        f"{plural(total.kind)} {total.currency}",
        f"{total.here:,}",
        figure(total.here_sum, total.currency),
        f"{total.there:,}",
        figure(total.there_sum, total.currency),
        "" if total.agrees else figure(between, total.currency),
    )


TOTALS = ("", "in the export", "sum", "in the books", "sum there", "difference")


def _of(result: ReconcileResult, finding: Finding) -> list[Difference]:
    return [each for each in result.differences if each.finding is finding]


def _totals(result: ReconcileResult) -> RenderableType:
    from rich.text import Text

    from acctsync.report.look import BAD, foreign, table

    drawn = table(*TOTALS, right=TOTALS[1:])
    for each in result.totals:
        first, *figures, between = total_cells(each)
        drawn.add_row(foreign(first), *figures, Text(between, BAD))
    return drawn


def _group(result: ReconcileResult, finding: Finding, *, verbose: bool) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from acctsync.report.clean import clean
    from acctsync.report.look import SOFT, foreign, heading, table

    listed = _of(result, finding)
    shown = listed if verbose else listed[:_SHOWN]
    drawn = table(
        "Document", "Date", "Here", "There", "What", right=["Here", "There"], narrow=["Date"]
    )
    for each in shown:
        name = Text(f"{singular(each.ref.kind)} {clean(each.number, 60)}")
        if each.problem.location:
            name.append(f"\n{place(each.problem.location)}", SOFT)
        drawn.add_row(
            name,
            each.date.isoformat() if each.date else "",
            figure(each.here, each.currency),
            figure(each.there, each.currency),
            foreign(each.problem.message),
        )
    hints = dict.fromkeys(each.problem.hint for each in listed)
    more = len(listed) - len(shown)
    rest = (
        [Text(f"… and {more:,} more: --verbose, --csv or --html shows all", SOFT)] if more else []
    )
    return Group(
        heading(clean(title_of(finding, listed))),
        Text(""),
        drawn,
        *rest,
        *(foreign(f"  {hint}") for hint in hints),
    )


def _row(result: ReconcileResult, each: Difference) -> list[str]:
    between = (each.here or ZERO) - (each.there or ZERO)
    return [
        str(each.finding),
        singular(each.ref.kind),
        each.number,
        each.ref.id,
        each.date.isoformat() if each.date else "",
        each.currency,
        Figure("" if each.here is None else _sum(each.here, each.currency)),
        Figure("" if each.there is None else _sum(each.there, each.currency)),
        Figure(_sum(between, each.currency)),
        each.remote_id,
        result.links.get(each.remote_id, ""),
        each.problem.message,
        str(each.problem.location or ""),
    ]


def _fields(result: ReconcileResult, each: Difference) -> dict[str, object]:
    return {
        "finding": str(each.finding),
        "kind": str(each.ref.kind),
        "id": each.ref.id,
        "number": each.number,
        "date": each.date.isoformat() if each.date else None,
        "currency": each.currency or None,
        "here": None if each.here is None else _sum(each.here, each.currency),
        "there": None if each.there is None else _sum(each.there, each.currency),
        "remote_id": each.remote_id or None,
        "link": result.links.get(each.remote_id),
        "error": problem_fields(each.problem),
    }


def _total_fields(total: Total) -> dict[str, object]:
    return {
        "kind": str(total.kind),
        "currency": total.currency,
        "here": {"count": total.here, "sum": _sum(total.here_sum, total.currency)},
        "there": {"count": total.there, "sum": _sum(total.there_sum, total.currency)},
        "agrees": total.agrees,
    }


def _sum(value: Decimal, currency: str) -> str:
    """Write an amount with its currency's places; of an unknown currency as it is."""
    return amount(value, currency) if currency else format(value, "f")


def _grouped(amount: str) -> str:
    return f"{Decimal(amount):,}"
