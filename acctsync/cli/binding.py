"""Bind a connection to the company that a sign-in opened, once somebody said it is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acctsync.cli.answer import Answer
from acctsync.cli.books import token_store
from acctsync.cli.context import Session
from acctsync.cli.signin import Wish, sign_in
from acctsync.errors import AcctsyncError, GuardStopped, StateUnusable
from acctsync.settings import Connection, private_folder

if TYPE_CHECKING:
    from pathlib import Path

    from acctsync.clock import Clock
    from acctsync.providers.consent import SignedIn
    from acctsync.state.store import Store


def bind(session: Session, wish: Wish) -> Answer:
    """Sign in and keep what came of it; a company that is not wanted is let go again."""
    signed = sign_in(session, wish)
    session.secrets.add(*signed.grant.secrets)
    try:
        _refuse_other_company(wish, signed)
        _agree(session, wish, signed)
        connection = _keep(session, wish, signed)
    except (AcctsyncError, OSError):
        _let_go(session, wish, signed)
        raise
    session.bound = connection
    return Answer(data=lambda: _data(connection), text=lambda: _text(connection))


def _refuse_other_company(wish: Wish, signed: SignedIn) -> None:
    before = wish.before
    if before is None or before.company_id == signed.company_id:
        return
    if before.company_name == signed.company_name:
        raise StateUnusable(
            f"the connection {before.name} belongs to another company that is called "
            f"{before.company_name}, too",
            hint="Give this one a --name of its own. A demo company that was reset is a new one.",
        )
    raise StateUnusable(
        f"the connection {before.name} belongs to {before.company_name}, "
        f"but consent was given for {signed.company_name}",
        hint="Sign in to the company it belongs to, or give this one a --name of its own.",
    )


def _agree(session: Session, wish: Wish, signed: SignedIn) -> None:
    if wish.flags.yes:
        return
    question = f"Connect {signed.company_name} ({signed.environment})?"
    if not session.terminal.agree(question, flag="--yes"):
        raise GuardStopped("nothing was connected: the answer was no")


def _keep(session: Session, wish: Wish, signed: SignedIn) -> Connection:
    """Store state, tokens and connection, in this order, while no run is under way."""
    from acctsync.providers.oauth import to_plain
    from acctsync.providers.tokens import renewal_lock
    from acctsync.state.lock import run_lock

    connection = _connection(session, wish, signed)
    folder = private_folder(session.connections.folder(connection.name))
    with run_lock(folder):
        _open_or_create_state(session, connection)
        with renewal_lock(session.connections.token_lock(connection)):
            wish.store.save(connection.tokens_name, to_plain(signed.grant))
        session.connections.save(connection)
        _forget_former(session, wish, connection)
    return connection


def _forget_former(session: Session, wish: Wish, connection: Connection) -> None:
    """Forget the tokens of the sign-in before, where they were somebody else's and nobody's now."""
    before = wish.before
    if before is None or before.tokens_name == connection.tokens_name:
        return
    if not session.connections.sharing(before):
        token_store(before, session.state_dir).delete(before.tokens_name)


def _connection(session: Session, wish: Wish, signed: SignedIn) -> Connection:
    now = session.clock.now().isoformat(timespec="seconds")
    return Connection(
        name=wish.flags.name,
        system=wish.flags.system,
        company_id=signed.company_id,
        company_name=signed.company_name,
        environment=signed.environment,
        client_id=wish.keys.client_id,
        token_store=wish.store.name,
        created=wish.before.created if wish.before else now,
        origin=wish.origin,
        login=signed.login,
    )


def _open_or_create_state(session: Session, connection: Connection) -> None:
    from acctsync.state.files import STATE_FILE

    folder = session.connections.folder(connection.name)
    if (folder / STATE_FILE).exists():
        session.store(connection).close()
        return
    new_state(folder, connection, session.clock).close()


def new_state(folder: Path, connection: Connection, clock: Clock) -> Store:
    """Make a state bound to a connection's company."""
    from acctsync.state.store import Store

    return Store.create(
        folder,
        company_id=connection.company_id,
        company_name=connection.company_name,
        system=connection.system,
        environment=connection.environment,
        origin=connection.origin,
        clock=clock,
    )


def _let_go(session: Session, wish: Wish, signed: SignedIn) -> None:
    """Give back what was opened, unless it was open before or others live on the same sign-in."""
    from acctsync.providers.registry import signin

    agreed_now = bool(signed.grant.refresh_token)
    if not agreed_now or session.connections.sharing(_connection(session, wish, signed)):
        return
    signin(wish.flags.system).disconnect(
        signed.grant,
        company_id=signed.company_id,
        environment=signed.environment,
        url=wish.origin,
        clock=session.clock,
        keep=lambda _: None,
    )


def _data(connection: Connection) -> dict[str, object]:
    return {
        "name": connection.name,
        "system": connection.system,
        "environment": connection.environment,
        "token_store": connection.token_store,
        "origin": connection.origin or None,
        "created": connection.created,
    }


def _text(connection: Connection) -> str:
    from acctsync.report.clean import clean
    from acctsync.report.words import environment

    where = environment(connection)
    return (
        f"Connected to {clean(connection.company_name)} ({where}) as {connection.name}.\n"
        "Next: acctsync check, then acctsync plan."
    )
