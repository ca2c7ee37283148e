"""`acctsync log`: the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session

if TYPE_CHECKING:
    from acctsync.engine.results import LogResult


def log(
    context: typer.Context,
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help="Only this run.")] = None,
    document: Annotated[
        str | None, typer.Option("--document", metavar="ID", help="Only this id or number.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="At most N entries.")
    ] = 50,
) -> Answer:
    """Show the audit trail, newest first."""
    from acctsync.engine.history import log as read_log
    from acctsync.report.envelope import log_data

    session: Session = context.obj
    store = session.store(session.bind_alone(), quickly=True)
    result = read_log(store, run, document, limit)
    return Answer(data=lambda: log_data(result.entries), text=lambda: _text(result), run=run)


def _text(result: LogResult) -> object:
    if not result.entries:
        return "Nothing in the audit trail for that."
    from acctsync.report.standing import log_text

    return log_text(result.entries)
