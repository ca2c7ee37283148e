"""`acctsync simulate`: a company that is not real, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session
from acctsync.errors import InputRefused

_SYSTEMS = ("qbo", "xero")


def simulate(
    context: typer.Context,
    books: Annotated[str, typer.Argument(metavar="BOOKS", help="qbo | xero")],
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes any free one.")
    ] = 0,
    faults: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Faults to play, as YAML or JSON.")
    ] = None,
    company: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The company to start with, as YAML.")
    ] = None,
    latency: Annotated[float, typer.Option(help="Seconds that every answer takes.")] = 0.0,
) -> Answer:
    """Serve until stopped."""
    session: Session = context.obj
    if books not in _SYSTEMS:
        hint = f"There are {' and '.join(_SYSTEMS)}."
        raise InputRefused(f"there is no simulated company for {books!r}", hint=hint)
    from acctsync.simulator.server import serve

    # The ready line is what other programs wait for, quiet or not.
    announce = session.terminal.complain if session.options.as_json else session.terminal.show
    try:
        serve(books, port=port, company=company, faults=faults, latency=latency, announce=announce)
    except ValueError as error:
        raise InputRefused(f"the simulated company can't be set up: {error}") from error
    except OSError as error:
        what = error.filename or f"port {port}"
        raise InputRefused(f"{what} can't be used: {error.strerror}") from error
    return Answer()
