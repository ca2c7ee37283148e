"""`acctsync adopt`: link what is already in the books; creates nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.choosing import Until, wanted
from acctsync.cli.context import Session

if TYPE_CHECKING:
    from acctsync.engine.adopting import AdoptResult


def adopt(context: typer.Context, until: Until = None) -> Answer:
    """Link what is there."""
    from acctsync.engine.adopting import adopt as link
    from acctsync.state.lock import run_lock

    session: Session = context.obj
    mapping = session.mapping()
    connection = session.bind(mapping)
    chosen = wanted(until=until)
    with (
        run_lock(session.connections.folder(connection.name)),
        session.job(mapping, chosen, max_calls=None) as job,
    ):
        return _answer(session, link(job))


def _answer(session: Session, result: AdoptResult) -> Answer:
    from acctsync.report.adopting import adopt_data, adopt_text
    from acctsync.report.envelope import document_problems

    verbose = session.options.verbose
    return Answer(
        data=lambda: adopt_data(result, verbose=verbose),
        text=lambda: adopt_text(result, company=session.company_name, verbose=verbose),
        exit_code=result.exit_code,
        problems=(*result.problems, *document_problems(result.documents)),
        run=result.run,
        partly=True,
    )
