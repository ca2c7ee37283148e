"""Show an answer: as text, as one JSON envelope, or not at all when quiet and all is well."""

from __future__ import annotations

from collections.abc import Callable

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session
from acctsync.errors import AcctsyncError, Interrupted


def speak(command: str, answer: Answer, session: Session) -> int:
    """Show the answer to a command; tell its exit code."""
    shown = True
    if session.options.as_json:
        shown = session.terminal.deliver(_envelope(command, answer, session))
    elif not session.options.quiet:
        shown = session.terminal.deliver(answer.text())
    elif not answer.well:
        session.terminal.complain((answer.trouble or answer.text)())
    if answer.stopped is not None:
        session.terminal.complain(_paragraph(answer.stopped))
    if shown and answer.afterwards is not None:
        return _finished(answer.afterwards, session) or int(answer.exit_code)
    return int(answer.exit_code)


def _finished(afterwards: Callable[[], None], session: Session) -> int:
    """Do what comes after the answer; tell an exit code if that failed."""
    try:
        afterwards()
    except AcctsyncError as error:
        session.terminal.complain(_paragraph(error))
        return int(error.exit_code)
    return 0


def _envelope(command: str, answer: Answer, session: Session) -> str:
    import json

    from acctsync.report.envelope import as_problem, envelope

    problems = list(answer.problems)
    if answer.stopped is not None and not answer.stopped.problems:
        problems.append(as_problem(answer.stopped))
    bound = session.bound
    fields = envelope(
        command=command,
        exit_code=answer.exit_code,
        data=answer.data(),
        problems=problems,
        run=answer.run,
        connection=bound.name if bound else None,
        company=(bound.company_id, bound.company_name) if bound else None,
        partly=answer.partly,
    )
    return json.dumps(fields)


def _paragraph(error: AcctsyncError) -> object:
    if isinstance(error, Interrupted) or not error.problems:
        from acctsync.report.plain import paragraph

        return paragraph(error)
    from acctsync.report.problems import refusal

    return refusal(error)
