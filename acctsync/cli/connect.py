"""`acctsync connect`: a person's consent, once; afterwards everything runs unattended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session
from acctsync.cli.signin import Flags
from acctsync.errors import InputRefused
from acctsync.settings import COMMAND_WORDS

SYSTEMS = {word: system for system, word in COMMAND_WORDS.items()}


def connect(
    context: typer.Context,
    books: Annotated[str, typer.Argument(metavar="BOOKS", help="qbo or xero")],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="N", help="The connection's name; default BOOKS."),
    ] = None,
    company: Annotated[
        str | None,
        typer.Option(
            "--company",
            metavar="NAME",
            help="Which one, by name or id, where a sign-in opens several.",
        ),
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="A sandbox, or Xero's demo company.")
    ] = False,
    production: Annotated[bool, typer.Option("--production", help="A live company.")] = False,
    client_id: Annotated[
        str | None,
        typer.Option(
            "--client-id",
            metavar="ID",
            help="The app [ACCTSYNC_QBO_CLIENT_ID, ACCTSYNC_XERO_CLIENT_ID].",
        ),
    ] = None,
    client_secret_file: Annotated[
        Path | None,
        typer.Option(
            "--client-secret-file",
            metavar="F",
            help="File with the app's secret, - for stdin [ACCTSYNC_…_CLIENT_SECRET_FILE].",
        ),
    ] = None,
    redirect_uri: Annotated[
        str | None,
        typer.Option("--redirect-uri", metavar="U", help="As registered with the app."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the consent address, open nothing.")
    ] = False,
    paste: Annotated[
        bool, typer.Option("--paste", help="Read the address you are sent to from stdin.")
    ] = False,
    token_store: Annotated[
        str | None,
        typer.Option("--token-store", metavar="S", help="auto, keyring, file, command:PROGRAM."),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="U", help="A loopback stand-in [ACCTSYNC_QBO_URL, ACCTSYNC_XERO_URL]."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask: whatever company it is.")] = (
        False
    ),
) -> Answer:
    """Sign in to a company."""
    from acctsync.cli.binding import bind
    from acctsync.cli.signin import settle

    session: Session = context.obj
    if books not in SYSTEMS:
        known = " and ".join(SYSTEMS)
        raise InputRefused(f"there is no way to connect {books!r}", hint=f"There are {known}.")
    if sandbox and production:
        raise InputRefused("--sandbox and --production exclude each other")
    flags = Flags(
        name=name or books,
        system=SYSTEMS[books],
        company=company,
        environment="sandbox" if sandbox else "production" if production else "",
        client_id=client_id,
        client_secret_file=client_secret_file,
        redirect_uri=redirect_uri,
        browser=not no_browser,
        paste=paste,
        token_store=token_store,
        url=url,
        yes=yes,
    )
    return bind(session, settle(session, flags))
