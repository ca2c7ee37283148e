"""Which of the organisation's settings stand against what a mapping uses; pure."""

from __future__ import annotations

from collections.abc import Iterator

from acctsync.errors import Problem, Severity
from acctsync.providers.port import Uses
from acctsync.providers.xero.company import Settings

Found = Iterator[Problem]


def objections(known: Settings, uses: Uses) -> tuple[Problem, ...]:
    """List them, those that hold documents back first."""
    found = [*_closed(known, uses), *_taxes(known, uses)]
    return tuple(sorted(found, key=lambda each: not each.is_error))


def _closed(known: Settings, uses: Uses) -> Found:
    closed = known.closed_until
    if closed is None:
        return
    hint = (
        "Move the lock dates in Xero (Accounting, Advanced, Financial settings), start later "
        "(books.start_date), or set push.closed_books: first_open_day."
    )
    held = "are dated to the day after it" if uses.redates else "are held back"
    if closed >= uses.today:
        yield _error("XERO101", f"the books are locked until {closed}: nothing can be pushed", hint)
    elif uses.first_day is not None and uses.first_day <= closed:
        yield _warning(
            "XERO101",
            f"the books are locked until {closed}, and there are documents to push from "
            f"{uses.first_day} on: those up to that day {held}",
            hint,
        )


def _taxes(known: Settings, uses: Uses) -> Found:
    if uses.taxes and not known.pays_tax:
        yield _warning(
            "XERO102",
            "the organisation is not registered for tax, but there are documents with tax",
            "Set up tax in Xero (Accounting, Advanced, Financial settings) if they are right.",
        )


def _error(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, message=message, hint=hint)


def _warning(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, message=message, hint=hint, severity=Severity.WARNING)
