"""`acctsync show`: one document, from its rows to what is in the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.choosing import Wanted
from acctsync.cli.context import Session
from acctsync.errors import InputRefused

if TYPE_CHECKING:
    from acctsync.engine.showing import ShowResult


def show(
    context: typer.Context,
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="Its id or number.")],
) -> Answer:
    """Show one document."""
    from acctsync.engine.showing import show as gather
    from acctsync.report.showing import show_data

    session: Session = context.obj
    mapping = session.mapping()
    session.bind(mapping)
    with session.job(mapping, Wanted(), max_calls=None) as job:
        result = gather(job, document)
    if not result.found:
        raise InputRefused(
            f"neither the export nor the history knows a document {document!r}",
            hint="Give an id or a number as the export writes it.",
        )
    return Answer(
        data=lambda: show_data(result), text=lambda: _text(result), problems=result.problems
    )


def _text(result: ShowResult) -> object:
    from acctsync.report.showing import show_text

    return show_text(result)
