"""`acctsync check`: mapping and exports against each other, offline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.choosing import Documents, LastMonth, Month, Only, Since, Until, wanted
from acctsync.cli.context import Session

if TYPE_CHECKING:
    from acctsync.report.checking import Checked


def check(
    context: typer.Context,
    since: Since = None,
    until: Until = None,
    month: Month = None,
    last_month: LastMonth = False,
    only: Only = None,
    document: Documents = None,
) -> Answer:
    """Read mapping and exports, and say everything that is wrong with them."""
    from acctsync.engine.keeping import OnlyStubs
    from acctsync.engine.reading import skim
    from acctsync.mapping.unheeded import unheeded
    from acctsync.providers.registry import kinds
    from acctsync.report.checking import check_data, narrow

    session: Session = context.obj
    chosen = wanted(since, until, month, last_month, only, document)
    mapping = session.mapping()
    today = session.today(mapping)
    selection = chosen.selection(today)
    reading = skim(mapping, session.data_dir(), today, OnlyStubs())
    vain = unheeded(mapping, kinds(mapping.books.system))
    reading = replace(reading, problems=(*reading.problems, *vain))
    checked = narrow(reading, selection)
    return Answer(
        data=lambda: check_data(checked, verbose=session.options.verbose),
        text=lambda: _text(session, checked),
        exit_code=checked.exit_code,
        problems=checked.problems,
        partly=bool(checked.found),
    )


def _text(session: Session, checked: Checked) -> object:
    from acctsync.report.checking import check_text

    return check_text(checked, verbose=session.options.verbose)
