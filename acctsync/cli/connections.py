"""`acctsync connections`: who we are signed in to, and for how long."""

from __future__ import annotations

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.books import grant_of
from acctsync.cli.context import Session
from acctsync.errors import AcctsyncError, Problem, Severity
from acctsync.report.signins import SignIn
from acctsync.settings import FIRST_SIGN_IN, Connection


def connections(context: typer.Context) -> Answer:
    """List the connections."""
    session: Session = context.obj
    found = sign_ins(session, session.connections.all())
    return Answer(
        data=lambda: {"connections": [each.fields() for each in found]},
        text=lambda: _text(found),
        problems=tuple(each.problem for each in found if each.problem),
    )


def sign_ins(session: Session, connections: tuple[Connection, ...]) -> tuple[SignIn, ...]:
    """Look at the sign-in of each connection; a token store that fails is a warning."""
    return tuple(_sign_in(session, each) for each in connections)


def _sign_in(session: Session, connection: Connection) -> SignIn:
    try:
        grant = grant_of(connection, session.state_dir)
    except AcctsyncError as error:
        problem = Problem(
            code=error.code, severity=Severity.WARNING, message=error.message, hint=error.hint
        )
        return SignIn(connection=connection, signed_in=False, problem=problem)
    if grant is None:
        return SignIn(connection=connection, signed_in=False)
    from acctsync.providers.tokens import days_left

    left = days_left(grant, session.clock.now())
    return SignIn(connection=connection, signed_in=left is None or left >= 0, days=left)


def _text(found: tuple[SignIn, ...]) -> object:
    if not found:
        return f"No connection yet. {FIRST_SIGN_IN}"
    from acctsync.report.standing import connections_text

    return connections_text(found)
