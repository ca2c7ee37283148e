"""`acctsync state rebuild`: a lost state comes back from the stamps in the books."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from acctsync.cli.answer import Answer
from acctsync.cli.choosing import Wanted
from acctsync.cli.context import Session
from acctsync.errors import GuardStopped

if TYPE_CHECKING:
    from acctsync.engine.rebuilding import Rebuilt
    from acctsync.mapping.model import Mapping
    from acctsync.settings import Connection

_WORK = ".rebuild"


def rebuild(session: Session, *, yes: bool) -> Answer:
    """Make the state anew under the connection's lock; the old one is put aside, if there is one.

    Until the books were asked everything, nothing of the old state is touched.
    """
    from acctsync.report.envelope import document_problems
    from acctsync.report.state import rebuilt_data, rebuilt_text
    from acctsync.state.files import STATE_FILE, put_in_place
    from acctsync.state.lock import run_lock

    mapping = session.mapping()
    connection = session.bind(mapping)
    folder = session.connections.folder(connection.name)
    with run_lock(folder):
        lost = _is_lost(session, connection, folder, yes=yes)
        try:
            result = _made(session, mapping, connection, folder / _WORK, lost=lost)
            name = f"{session.clock.now():%Y%m%dT%H%M%S}"
            aside = put_in_place(folder, folder / _WORK / STATE_FILE, name)
        finally:
            shutil.rmtree(folder / _WORK, ignore_errors=True)
    company = connection.company_name
    return Answer(
        data=lambda: rebuilt_data(result, aside, verbose=session.options.verbose),
        text=lambda: rebuilt_text(result, aside, company, verbose=session.options.verbose),
        exit_code=result.exit_code,
        problems=(*result.problems, *document_problems(result.documents)),
        run=result.run,
        partly=True,
    )


def _made(
    session: Session, mapping: Mapping, connection: Connection, work: Path, *, lost: bool
) -> Rebuilt:
    """Make the new state beside the old one: a stop at any moment leaves the old one in place."""
    from acctsync.cli.binding import new_state
    from acctsync.engine.rebuilding import rebuild as run_rebuild
    from acctsync.settings import private_folder

    shutil.rmtree(work, ignore_errors=True)
    private_folder(work)
    with (
        new_state(work, connection, session.clock) as store,
        session.job(mapping, Wanted(), max_calls=None, store=store) as job,
    ):
        return run_rebuild(job, store, lost=lost)


def _is_lost(session: Session, connection: Connection, folder: Path, *, yes: bool) -> bool:
    """Tell whether the state is lost; ask before a sound one is put aside."""
    from acctsync.state.files import StateLost
    from acctsync.state.store import Store

    try:
        old = Store.open(folder, company_id=connection.company_id, clock=session.clock)
    except StateLost:
        return True
    with old:
        unsettled = len(old.unsettled())
        (known,) = old.rows("SELECT count(*) FROM known")[0]
        (runs,) = old.rows("SELECT count(*) FROM runs")[0]
    if unsettled:
        raise GuardStopped(
            f"the state is sound, and nobody knows yet how {unsettled} of its writes ended",
            hint="Run acctsync push first: it asks the books about them. A new state would not know"
            " of them.",
        )
    question = (
        f"The state of {connection.name} is sound and knows {known} entries of the books."
        " Put it aside and make a new one from the books?"
    )
    if not (yes or not (known or runs) or session.terminal.agree(question, flag="--yes")):
        raise GuardStopped("nothing was rebuilt: the answer was no")
    return False
