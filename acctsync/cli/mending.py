"""The questions of `acctsync init`: where each word goes that the mapping doesn't know yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session
from acctsync.errors import AcctsyncError, ExitCode, InputRefused

if TYPE_CHECKING:
    from acctsync.cli.interview import Interview, Shelf
    from acctsync.cli.rewriting import MappingText
    from acctsync.mapping.editing import Edit
    from acctsync.mapping.model import Mapping
    from acctsync.mapping.questions import Question, Unknown
    from acctsync.report.checking import Checked

_NAMED_KEYS = 20
# Lists of people are too long to be read for the few names that a mapping has of them.
_LONG_LISTS = frozenset(("customers", "vendors"))


def mend(session: Session) -> Answer:
    """Ask for what the mapping doesn't know or calls wrong, and write the answers into it."""
    from acctsync.cli.interview import Interview
    from acctsync.cli.rewriting import MappingText

    _refuse_json(session)
    mapping = session.mapping()
    file = MappingText(session.options.mapping)
    checked = _check(session, mapping)
    unknown = _unknown_words(session, checked)
    shelf = _shelf(session, mapping, unknown)
    asked: list[Question] = [*unknown, *(shelf.wrong_names(mapping) if shelf else ())]
    if shelf is None or not asked:
        return _nothing_to_ask(session, checked)
    file.must_be_writable()
    interview = Interview(session, mapping, file.text, shelf)
    interrupted = interview.hold(asked)
    _write(session, file, interview)
    if interrupted:
        _say_written(session, interview)
        raise session.signals.interrupted()
    return _mended(session, interview, asked)


def _refuse_json(session: Session) -> None:
    if session.options.as_json:
        raise InputRefused(
            "init asks questions, and --json leaves nobody to ask",
            hint="acctsync check --json lists what is not mapped.",
        )


def _unknown_words(session: Session, checked: Checked) -> tuple[Unknown, ...]:
    """List the words that are not mapped; refuse where there are some and nobody can be asked."""
    from acctsync.mapping.questions import unknown_words

    unknown = unknown_words(checked.reading.unmapped)
    if unknown and not session.terminal.can_ask:
        raise _nobody_to_ask(unknown)
    return unknown


def _nobody_to_ask(unknown: Sequence[Unknown]) -> InputRefused:
    from acctsync.mapping.quoting import quoted

    keys = [f"accounting.{each.table}.{quoted(each.key)}" for each in unknown]
    more = [f"… and {len(keys) - _NAMED_KEYS:,} more"] if len(keys) > _NAMED_KEYS else []
    listed = "\n".join(["Fill in:", *keys[:_NAMED_KEYS], *more])
    return InputRefused(
        f"{len(keys):,} words are not mapped, and nobody can be asked",
        hint=f"{listed}\nacctsync check gives them as YAML to paste.",
    )


def _shelf(session: Session, mapping: Mapping, unknown: Sequence[Unknown]) -> Shelf | None:
    """Read the lists with the answers; without anything to ask, only where that is easily done."""
    from acctsync.cli.interview import Shelf
    from acctsync.engine.planning import refuse_other_company
    from acctsync.mapping.entries import entries
    from acctsync.mapping.questions import lists_for

    if not unknown and not session.terminal.can_ask:
        return None
    connection = session.bind(mapping) if unknown else session.bind_if_any(mapping)
    if connection is None:
        return None
    refuse_other_company(mapping.books.company, connection.company_name)
    used = {each.kind for each in entries(mapping) if each.kind not in _LONG_LISTS}
    return Shelf(session, connection, sorted(used.union(lists_for(unknown))))


def _check(session: Session, mapping: Mapping) -> Checked:
    from acctsync.engine.reading import read_documents
    from acctsync.plan.selection import Selection
    from acctsync.report.checking import narrow

    reading = read_documents(mapping, session.data_dir(), session.today(mapping))
    return narrow(reading, Selection())


def _write(session: Session, file: MappingText, interview: Interview) -> None:
    from acctsync.mapping.load import load

    if not interview.edits:
        return
    try:
        file.replace(interview.text, prove=load)
    except (AcctsyncError, OSError):
        session.terminal.complain(_by_hand(interview.edits))
        raise


def _by_hand(edits: Iterable[Edit]) -> str:
    """Write answers down that could not be written into the file, so that they are not lost."""
    from acctsync.mapping.editing import described

    return "\n".join(["Your answers were:", *(f"  {described(each)}" for each in edits)])


def _say_written(session: Session, interview: Interview) -> None:
    from acctsync.report.mending import written

    session.terminal.complain(" ")
    file = session.options.mapping.name
    session.terminal.complain(written(len(interview.answered), file))


def _nothing_to_ask(session: Session, checked: Checked) -> Answer:
    from acctsync.report.mending import whole_text

    file = session.options.mapping.name
    return Answer(text=lambda: whole_text(checked, file))


def _mended(session: Session, interview: Interview, asked: Sequence[Question]) -> Answer:
    """Check again, and tell what is left."""
    from acctsync.mapping.questions import Misnamed
    from acctsync.report.mending import mended_text

    checked = _check(session, session.mapping())
    file, count = session.options.mapping.name, len(interview.answered)
    unknown = any(not each.by_name for each in checked.reading.unmapped)
    open_ = [each for each in asked if each not in interview.answered]
    wrong = [each for each in open_ if isinstance(each, Misnamed)]
    return Answer(
        text=lambda: mended_text(count, file, checked, wrong),
        exit_code=ExitCode.PARTIAL if unknown or wrong else ExitCode.DONE,
    )
