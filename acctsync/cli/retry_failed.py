"""`acctsync retry-failed`: what did not make it, again, from today's export and mapping."""

from __future__ import annotations

from typing import Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.choosing import Documents, Wanted
from acctsync.cli.consent import Consent
from acctsync.cli.context import Session
from acctsync.cli.push import Confirm, FailFast, MaxCalls, MaxCreate, Yes, carry_out
from acctsync.errors import InputRefused


def retry_failed(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="ID", help="Of this run; default the last with failures."),
    ] = None,
    document: Documents = None,
    yes: Yes = False,
    confirm: Confirm = None,
    max_create: MaxCreate = None,
    max_calls: MaxCalls = None,
    fail_fast: FailFast = False,
) -> Answer:
    """Try failed and doubtful documents again."""
    session: Session = context.obj
    session.announce()
    from acctsync.engine.push import Orders

    mapping = session.mapping()
    session.bind(mapping)
    chosen = _chosen(session, run, document or [])
    if chosen is None:
        return _nothing()
    consent = Consent(session, yes=yes, name=confirm)
    orders = Orders(
        command="retry-failed", confirm=consent, max_create=max_create, fail_fast=fail_fast
    )
    answer = carry_out(session, mapping, chosen, orders, max_calls=max_calls)
    return consent.respected(answer)


def _chosen(session: Session, run: str | None, named: list[str]) -> Wanted | None:
    from acctsync.engine.history import status
    from acctsync.engine.retry import failed_documents

    assert session.bound is not None
    with session.store(session.bound) as store:
        _, failed = failed_documents(store, run)
        ids = {each.number: each.ref.id for each in status(store).failed}
    picked = {name if name in failed else ids.get(name, name) for name in named} or failed
    strangers = sorted(picked - failed)
    if strangers:
        raise InputRefused(
            f"{', '.join(strangers)} did not fail", hint="acctsync status lists what did."
        )
    if not picked:
        return None
    return Wanted(documents=tuple(sorted(picked)))


def _nothing() -> Answer:
    from acctsync.engine.results import PushResult
    from acctsync.report.envelope import push_data

    empty = PushResult(run="", documents=())
    return Answer(data=lambda: push_data(empty, verbose=False), text=lambda: "Nothing has failed.")
