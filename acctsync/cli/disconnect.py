"""`acctsync disconnect`: take the consent back and forget the tokens; what was done stays known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.books import grant_of, token_store
from acctsync.cli.context import Session
from acctsync.errors import GuardStopped, InputRefused
from acctsync.settings import Connection


def disconnect(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The connection; default the only one.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> Answer:
    """Sign out of a company."""
    from acctsync.providers.tokens import renewal_lock
    from acctsync.state.lock import run_lock

    session: Session = context.obj
    connection = session.bound = _chosen(session, name)
    if not yes and not session.terminal.agree(
        f"Disconnect {connection.name} from {connection.company_name}?", flag="--yes"
    ):
        raise GuardStopped("nothing was disconnected: the answer was no")
    with (
        run_lock(session.connections.folder(connection.name)),
        renewal_lock(session.connections.token_lock(connection)),
    ):
        others = session.connections.sharing(connection)
        revoked = _revoke(session, connection)
        _forget(session, connection)
    return Answer(
        data=lambda: {"name": connection.name, "revoked": revoked},
        text=lambda: _text(connection, others, revoked=revoked),
    )


def _chosen(session: Session, name: str | None) -> Connection:
    if name is not None:
        found = session.connections.find(name)
        if found is None:
            raise InputRefused(
                f"there is no connection {name!r}", hint="acctsync connections lists them."
            )
        return found
    every = session.connections.all()
    if len(every) != 1:
        names = ", ".join(each.name for each in every) or "none"
        raise InputRefused(f"say which connection; there are: {names}")
    return every[0]


def _forget(session: Session, connection: Connection) -> None:
    """Forget the tokens, or where other connections need them, that they are this one's too."""
    if not session.connections.sharing(connection):
        token_store(connection, session.state_dir).delete(connection.tokens_name)
    if connection.login:
        session.connections.save(replace(connection, login=""))


def _revoke(session: Session, connection: Connection) -> bool:
    grant = grant_of(connection, session.state_dir)
    if grant is None:
        return False
    from acctsync.providers.oauth import to_plain
    from acctsync.providers.registry import signin

    store = token_store(connection, session.state_dir)
    session.secrets.add(*grant.secrets)
    return bool(
        signin(connection.system).disconnect(
            grant,
            company_id=connection.company_id,
            environment=connection.environment,
            url=connection.origin,
            clock=session.clock,
            keep=lambda renewed: store.save(connection.tokens_name, to_plain(renewed)),
        )
    )


def _text(connection: Connection, others: Sequence[Connection], *, revoked: bool) -> str:
    from acctsync.report.words import SYSTEMS

    books = SYSTEMS[connection.system]
    confirmed = (
        f"{books} confirmed it."
        if revoked
        else f"{books} did not confirm it: take the consent back there, under connected apps."
    )
    names = ", ".join(each.name for each in others)
    forgotten = (
        f"the sign-in stays for {names}, which it opens, too."
        if others
        else "its tokens are forgotten here."
    )
    return (
        f"Disconnected {connection.name}; {forgotten} {confirmed}\n"
        f"Ids and history stay: connecting again carries on."
    )
