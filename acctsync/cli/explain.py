"""`acctsync explain`: where each value of one document comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session
from acctsync.errors import InputRefused

if TYPE_CHECKING:
    from acctsync.engine.explaining import ExplainResult


def explain(
    context: typer.Context,
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="Its id or number.")],
) -> Answer:
    """Explain one document."""
    from acctsync.engine.explaining import explain as gather
    from acctsync.report.explaining import explain_data

    session: Session = context.obj
    mapping = session.mapping()
    result = gather(mapping, session.data_dir(), session.today(mapping), document)
    if not result.documents:
        raise InputRefused(
            f"the export holds no document {document!r}",
            hint=f"Did you mean {result.near}?"
            if result.near
            else "Give an id or a number as the export writes it.",
        )
    return Answer(
        data=lambda: explain_data(result), text=lambda: _text(result), problems=result.problems
    )


def _text(result: ExplainResult) -> object:
    from acctsync.report.explaining import explain_text

    return explain_text(result)
