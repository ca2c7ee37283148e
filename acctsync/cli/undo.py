"""`acctsync undo`: take back what a run created, after saying what it can't take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.choosing import Wanted
from acctsync.cli.context import Session
from acctsync.cli.push import Yes
from acctsync.errors import GuardStopped, InputRefused, Interrupted

if TYPE_CHECKING:
    from acctsync.engine.undoing import UndoResult


def undo(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or how it begins.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    yes: Yes = False,
) -> Answer:
    """Take a run back."""
    from acctsync.engine.undoing import undo as take_back
    from acctsync.state.lock import run_lock

    session: Session = context.obj
    mapping = session.mapping()
    connection = session.bind(mapping)
    if not (dry_run or yes or session.terminal.can_ask):
        raise InputRefused(
            "an undo takes documents out of the books, and nobody can be asked",
            hint="Look with --dry-run, then give --yes.",
        )

    def confirm(planned: UndoResult) -> bool:
        return yes or _agrees(session, planned)

    with (
        run_lock(session.connections.folder(connection.name)),
        session.job(mapping, Wanted(), max_calls=None) as job,
    ):
        return _answer(session, take_back(job, run, confirm, dry_run=dry_run))


def _agrees(session: Session, planned: UndoResult) -> bool:
    from acctsync.report.undoing import undo_text

    session.pause_watching()
    session.terminal.complain(undo_text(planned, company=session.company_name))
    question = f"Take {len(planned.pending):,} documents out of {session.company_name}?"
    with session.signals.abrupt():
        return session.terminal.agree(question, flag="--yes")


def _answer(session: Session, result: UndoResult) -> Answer:
    from acctsync.engine.results import Status
    from acctsync.report.envelope import document_problems
    from acctsync.report.undoing import undo_data, undo_text

    stopped = result.stopped
    if isinstance(stopped, Interrupted):
        stopped = session.signals.interrupted()
    if result.declined:
        stopped = GuardStopped("nothing was sent: the answer was no")
    return Answer(
        data=lambda: undo_data(result),
        text=lambda: "" if result.declined else undo_text(result, company=session.company_name),
        exit_code=stopped.exit_code if stopped else result.exit_code,
        problems=(*result.problems, *document_problems(result.documents)),
        run=result.run or None,
        stopped=stopped,
        partly=any(each.status is Status.DONE for each in result.documents),
    )
