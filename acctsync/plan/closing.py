"""Keep a period closed: what may still be written into books that are closed until a day. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from acctsync.documents import Listed, Owed, Payout, UnappliedPayment
from acctsync.errors import Problem, Severity
from acctsync.plan.deciding import block, placed
from acctsync.plan.drafting import Policy
from acctsync.plan.model import Action, Change

_DAY = dt.timedelta(days=1)


def keep_closed(
    changes: Sequence[Change], closed_until: dt.date | None, policy: Policy
) -> list[Change]:
    """Hold back what would change a closed period, or date it to the first open day.

    What was dated so by an earlier run keeps its day, whatever the policy is now.
    """
    return [
        _kept(each, closed_until, policy)
        if each.action.writes and not isinstance(each.document, Listed | UnappliedPayment | Owed)
        else each
        for each in changes
    ]


def _kept(change: Change, closed_until: dt.date | None, policy: Policy) -> Change:
    there = change.remote.date if change.remote is not None else None
    if closed_until and there and there <= closed_until:
        return block(change, _untouchable(there, closed_until))
    if change.action is Action.VOID:
        return change
    return _dated(change, closed_until, policy)


def _dated(change: Change, closed_until: dt.date | None, policy: Policy) -> Change:
    assert not isinstance(change.document, Listed | Owed)
    day, remote = change.document.date, change.remote
    moved = remote is not None and remote.real_date is not None
    if remote is not None and moved and remote.real_date == day:
        return replace(change, booked=remote.date)
    if closed_until is None or day > closed_until:
        return change
    # A transfer has no number: once it is dated otherwise, a lost state would not find it again.
    if not policy.first_open_day or isinstance(change.document, Payout):
        return block(change, _closed(day, closed_until))
    booked = remote.date if remote is not None and moved else closed_until + _DAY
    assert booked is not None, "what was moved has a day"
    told = placed(_moved(day, booked, closed_until), change.document)
    return replace(change, booked=booked, problem=told)


def _closed(day: dt.date, closed_until: dt.date) -> Problem:
    return Problem(
        code="PLAN023",
        message=f"its date {day} is in a closed period (closed until {closed_until})",
        hint="Reopen the period in the books, start later (books.start_date), or have it dated to"
        " the first open day: push.closed_books: first_open_day.",
    )


def _moved(day: dt.date, booked: dt.date, closed_until: dt.date) -> Problem:
    return Problem(
        code="PLAN026",
        severity=Severity.WARNING,
        message=f"it is dated {booked} in the books: its date {day} is in a closed period (closed"
        f" until {closed_until})",
        hint="Its real date stands in the private note.",
    )


def _untouchable(day: dt.date, closed_until: dt.date) -> Problem:
    return Problem(
        code="PLAN027",
        message=f"it is dated {day} in the books, in a closed period (closed until"
        f" {closed_until}): it can't be changed or voided there",
        hint="Reopen the period in the books and push again, or settle it there by hand.",
    )
