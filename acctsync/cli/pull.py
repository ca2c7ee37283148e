"""`acctsync pull`: what was recorded in the books, for the billing system.

What was told is remembered only after it was written whole: after a crash it is told again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli import outfile
from acctsync.cli.answer import Answer
from acctsync.cli.choosing import day
from acctsync.cli.context import Session
from acctsync.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from acctsync.engine.pulling import PullResult
    from acctsync.settings import Connection

_CSV, _JSON = ".csv", ".json"
_FILE_SCHEMA = 1


def pull(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="payments")],
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="DATE",
            help="All payments dated this day (YYYY-MM-DD) or later, not just the news.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="A new file to write, .csv or .json."),
    ] = None,
) -> Answer:
    """Read payments back."""
    from acctsync.engine.pulling import pull_payments, remember
    from acctsync.state.lock import run_lock

    session: Session = context.obj
    _check(session, what, out)
    dated_from = day(since, "--since")
    connection = session.bind_alone()
    with run_lock(session.connections.folder(connection.name)):
        store = session.store(connection)
        books = session.books(connection)
        try:
            result = pull_payments(store, books.open(), dated_from)
        finally:
            books.close()
        if out is not None:
            outfile.write(out, _content(session, result, out))
            remember(store, result)
    return _answer(session, result, out, _remembering(session, connection, result))


def _check(session: Session, what: str, out: Path | None) -> None:
    if what != "payments":
        raise InputRefused(f"there is no way to pull {what!r}", hint="There is payments.")
    if out is not None:
        outfile.check(out, "--out", (_CSV, _JSON))
    elif session.options.quiet and not session.options.as_json:
        raise InputRefused(
            "--quiet would show nothing of what is pulled", hint="Give --out FILE, or --json."
        )


def _remembering(
    session: Session, connection: Connection, result: PullResult
) -> Callable[[], None]:
    def remember_shown() -> None:
        from acctsync.engine.pulling import remember
        from acctsync.state.lock import run_lock
        from acctsync.state.store import Store

        folder = session.connections.folder(connection.name)
        with (
            run_lock(folder),
            Store.open(folder, company_id=connection.company_id, clock=session.clock) as store,
        ):
            remember(store, result)

    return remember_shown


def _answer(
    session: Session, result: PullResult, out: Path | None, afterwards: Callable[[], None]
) -> Answer:
    from acctsync.report.payments import payments_csv, payments_data, payments_text, summary

    if out is not None:
        written = f"{summary(result)}\nWritten to {out}."
        data = payments_data(result, listed=False) | {"file": str(out)}
        return Answer(data=lambda: data, text=lambda: written)
    screen = session.terminal.on_screen
    return Answer(
        data=lambda: payments_data(result, listed=True),
        text=lambda: payments_text(result) if screen else payments_csv(result).rstrip("\n"),
        afterwards=afterwards,
    )


def _content(session: Session, result: PullResult, out: Path) -> str:
    from acctsync.report.payments import payments_csv, payments_data

    if out.suffix.lower() == _CSV:
        return payments_csv(result)
    bound = session.bound
    assert bound is not None
    company = {"id": bound.company_id, "name": bound.company_name}
    content = {"acctsync_payments": _FILE_SCHEMA, "company": company}
    return json.dumps(content | payments_data(result, listed=True), indent=2) + "\n"
