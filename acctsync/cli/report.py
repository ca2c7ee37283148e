"""`acctsync report`: figures of the books, live, read only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli import outfile
from acctsync.cli.answer import Answer
from acctsync.cli.choosing import day
from acctsync.cli.context import Session
from acctsync.errors import InputRefused

if TYPE_CHECKING:
    from acctsync.providers.port import Report


def report(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="REPORT", help="pnl: Profit and Loss")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day (YYYY-MM-DD).")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day, inclusive.")],
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="A new CSV file to write.")
    ] = None,
) -> Answer:
    """Show a report."""
    from acctsync.report.pnl import pnl_csv, pnl_data, pnl_text

    session: Session = context.obj
    if name != "pnl":
        raise InputRefused(f"there is no report {name!r}", hint="There is pnl.")
    if csv is not None:
        outfile.check(csv, "--csv", (".csv",))
    found = _read(session, first, last)
    if csv is not None:
        outfile.write(csv, pnl_csv(found))
        session.terminal.say(f"Written to {csv}.")
    written = {"file": str(csv)} if csv is not None else {}
    return Answer(
        data=lambda: pnl_data(found) | written, text=lambda: pnl_text(found, session.company_name)
    )


def _read(session: Session, first: str, last: str) -> Report:
    since, until = day(first, "--from"), day(last, "--to")
    assert since is not None
    assert until is not None
    if since > until:
        raise InputRefused(f"--from {since} lies after --to {until}")
    books = session.books(session.bind_alone())
    try:
        return books.open().profit_and_loss(since, until)
    finally:
        books.close()
