"""`acctsync plan`: what a push would do, and the file that a later push can insist on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.choosing import Documents, LastMonth, Month, Only, Since, Until, Wanted, wanted
from acctsync.cli.context import Session
from acctsync.errors import ExitCode

if TYPE_CHECKING:
    from acctsync.engine.results import PlanResult


def plan(
    context: typer.Context,
    since: Since = None,
    until: Until = None,
    month: Month = None,
    last_month: LastMonth = False,
    only: Only = None,
    document: Documents = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the plan, for push --plan FILE."),
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 10 when there is something to push.")
    ] = False,
    max_calls: Annotated[
        int | None, typer.Option("--max-calls", min=0, metavar="N", help="Stop after N calls.")
    ] = None,
) -> Answer:
    """Show what a push would do."""
    session: Session = context.obj
    chosen = wanted(since, until, month, last_month, only, document)
    result = make(session, chosen, max_calls=max_calls)
    if out is not None:
        _write(session, out, result, chosen)
    answer = planned(session, result)
    return replace(answer, exit_code=ExitCode.PENDING) if exit_code and result.pending else answer


def _write(session: Session, file: Path, result: PlanResult, chosen: Wanted) -> None:
    from acctsync.cli.planfile import frozen, write

    # "Last month" must mean the same month when the plan is pushed tomorrow.
    settled = frozen(chosen, session.today(session.mapping())) if chosen.last_month else chosen
    write(file, result, settled)


def make(session: Session, chosen: Wanted, *, max_calls: int | None) -> PlanResult:
    """Plan, with or without a company connected."""
    from acctsync.engine.planning import plan as make_plan

    mapping = session.mapping()
    session.bind_if_any(mapping)
    with session.job(mapping, chosen, max_calls=max_calls) as job:
        return make_plan(job)


def planned(session: Session, result: PlanResult) -> Answer:
    """Answer with a plan."""
    from acctsync.report.envelope import document_problems, plan_data

    verbose = session.options.verbose
    return Answer(
        data=lambda: plan_data(result, verbose=verbose),
        text=lambda: _text(session, result),
        exit_code=result.exit_code,
        problems=(*result.problems, *document_problems(result.documents)),
    )


def _text(session: Session, result: PlanResult) -> object:
    from acctsync.report.text import plan_text

    return plan_text(result, company=session.company_name, verbose=session.options.verbose)
