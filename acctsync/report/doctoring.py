"""A check-up as a person reads it: a line per check, and below what needs more room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from acctsync.engine.findings import Finding, Outcome
from acctsync.errors import Problem

if TYPE_CHECKING:
    from rich.console import RenderableType


def checks_data(findings: Iterable[Finding]) -> dict[str, object]:
    """Write a check-up."""
    return {
        "checks": [
            {
                "name": each.name,
                "outcome": str(each.outcome),
                "finding": each.finding,
                "hint": each.hint,
            }
            for each in findings
        ]
    }


def checks_text(findings: Sequence[Finding], *, verbose: bool) -> RenderableType:
    """Show a check-up."""
    from rich.text import Text

    from acctsync.report.clean import clean
    from acctsync.report.look import SOFT, stack

    notes = [each for each in findings if each.outcome is Outcome.OK and each.hint]
    return stack(
        [
            _table(findings),
            _details(findings, verbose=verbose),
            *(Text(f"From {each.name}: {clean(each.hint, 2000)}", SOFT) for each in notes),
            _verdict(findings),
        ]
    )


def checks_trouble(findings: Sequence[Finding]) -> RenderableType:
    """Show only what is not in order: a quiet check-up's whole output."""
    from acctsync.report.look import stack

    troubled = [each for each in findings if not each.is_well]
    return stack([_table(troubled), _details(troubled, verbose=False), _verdict(findings)])


def _table(findings: Iterable[Finding]) -> RenderableType:
    from rich.text import Text

    from acctsync.report.look import BAD, GOOD, SOFT, WARN, foreign, table

    styles = {Outcome.OK: GOOD, Outcome.WARNING: WARN, Outcome.PROBLEM: BAD, Outcome.SKIPPED: SOFT}
    drawn = table("", "Check", "Finding", "What to do", narrow=["", "Check"])
    for each in findings:
        style = styles[each.outcome]
        drawn.add_row(
            Text(str(each.outcome), style),
            each.name,
            _found(each),
            foreign("" if each.is_well else each.hint),
        )
    return drawn


def _found(finding: Finding) -> RenderableType:
    """Write what was found, and where, if that is one place."""
    from acctsync.report.look import SOFT, foreign
    from acctsync.report.words import place

    shown = foreign(finding.finding, SOFT if finding.outcome is Outcome.SKIPPED else "")
    where = [each.location for each in finding.problems if each.location]
    if len(finding.problems) == 1 and where:
        shown.append(f"\n{place(where[0])}", SOFT)
    return shown


def _details(findings: Iterable[Finding], *, verbose: bool) -> RenderableType | None:
    """List the problems of checks that found several: their row only names the first."""
    from acctsync.report.problems import listing

    several: list[Problem] = []
    for each in findings:
        several += each.problems if len(each.problems) > 1 else ()
    return listing(several, whole=verbose)


def _verdict(findings: Iterable[Finding]) -> RenderableType:
    from rich.text import Text

    from acctsync.report.look import BAD, GOOD, WARN
    from acctsync.report.words import many

    outcomes = [each.outcome for each in findings]
    problems, warnings = outcomes.count(Outcome.PROBLEM), outcomes.count(Outcome.WARNING)
    worth = f" ({many(warnings, 'warning')})" if warnings else ""
    if problems:
        return Text(f"{many(problems, 'problem')} to mend before an unattended run{worth}.", BAD)
    return Text(f"An unattended run can work here and now{worth}.", WARN if warnings else GOOD)
