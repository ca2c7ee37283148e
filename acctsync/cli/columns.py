"""`acctsync columns`: what an export holds, and how it seems to be written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session

if TYPE_CHECKING:
    from acctsync.mapping.recognition.drafts import Draft


def columns(
    context: typer.Context,
    export: Annotated[Path, typer.Argument(metavar="EXPORT", help="A CSV, JSON or JSONL file.")],
) -> Answer:
    """Look at the first rows of an export."""
    from acctsync.engine.beginning import surveyed
    from acctsync.mapping.recognition.drafts import Export, drafts_of
    from acctsync.report.surveying import columns_data

    session: Session = context.obj
    ((_, survey),) = surveyed([export])
    (draft,) = drafts_of([Export(survey=survey, pattern=export.name)])
    return Answer(
        data=lambda: columns_data(draft),
        text=lambda: _text(draft, verbose=session.options.verbose),
    )


def _text(draft: Draft, *, verbose: bool) -> object:
    from acctsync.report.surveying import columns_text

    return columns_text(draft, verbose=verbose)
