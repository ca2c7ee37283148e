"""`acctsync status`: the health card."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.choosing import LastMonth, Month, Since, Until, Wanted, wanted
from acctsync.cli.connections import sign_ins
from acctsync.cli.context import Session
from acctsync.report.signins import SignIn

if TYPE_CHECKING:
    from acctsync.engine.results import StatusResult


def status(
    context: typer.Context,
    since: Since = None,
    until: Until = None,
    month: Month = None,
    last_month: LastMonth = False,
) -> Answer:
    """Show how things stand; dates choose among the runs shown."""
    from acctsync.engine.history import status as read_status

    session: Session = context.obj
    connection = session.bind_alone()
    read = read_status(session.store(connection, quickly=True))
    result = _in_period(read, session, wanted(since, until, month, last_month))
    signed = sign_ins(session, (connection,))
    return Answer(
        data=lambda: _data(result, signed),
        text=lambda: _text(result, signed),
        problems=(*result.problems, *(each.problem for each in signed if each.problem)),
    )


def _in_period(result: StatusResult, session: Session, chosen: Wanted) -> StatusResult:
    since, until = chosen.period(session.clock.now().date())
    runs = (
        run
        for run in result.runs
        if (since is None or str(since) <= run.started[:10])
        and (until is None or run.started[:10] <= str(until))
    )
    return replace(result, runs=tuple(runs))


def _data(result: StatusResult, signed: tuple[SignIn, ...]) -> dict[str, object]:
    from acctsync.report.envelope import status_data

    return status_data(result, signed)


def _text(result: StatusResult, signed: tuple[SignIn, ...]) -> object:
    from acctsync.report.standing import status_text

    return status_text(result, signed)
