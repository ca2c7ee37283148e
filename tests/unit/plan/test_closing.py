from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from acctsync.documents import Document, RemoteDocument
from acctsync.plan.closing import keep_closed
from acctsync.plan.drafting import Policy
from acctsync.plan.model import Action, Change
from tests.builders import a_customer, a_payment, a_refund, an_invoice

FIRST, LAST_CLOSED, OPEN = dt.date(2025, 3, 1), dt.date(2025, 3, 31), dt.date(2025, 4, 1)
REFUSE, REDATE = Policy(), Policy(first_open_day=True)


def there(day: dt.date, real_date: dt.date | None = None) -> RemoteDocument:
    invoice = an_invoice()
    return RemoteDocument(
        kind=invoice.kind, id="7", version="0", digest="", date=day, real_date=real_date
    )


def kept(
    action: Action,
    day: dt.date,
    policy: Policy,
    remote: RemoteDocument | None = None,
    closed: dt.date | None = LAST_CLOSED,
) -> tuple[Action, dt.date | None, str]:
    document = replace(an_invoice(), date=day)
    change = Change(action=action, document=document, remote=remote)
    (decided,) = keep_closed([change], closed, policy)
    return decided.action, decided.booked, decided.problem.code if decided.problem else ""


@pytest.mark.parametrize("document", [an_invoice(), a_payment(), a_refund()])
def test_what_is_of_a_closed_period_is_not_created(document: Document) -> None:
    change = Change(action=Action.CREATE, document=document)
    (decided,) = keep_closed([change], LAST_CLOSED, REFUSE)
    assert (decided.action, decided.problem and decided.problem.code) == (
        Action.BLOCKED, "PLAN023",
    )  # fmt: skip


def test_a_customer_has_no_date() -> None:
    change = Change(action=Action.CREATE, document=a_customer())
    assert keep_closed([change], LAST_CLOSED, REFUSE) == [change]


@pytest.mark.parametrize(
    ("day", "policy", "outcome"),
    [
        (LAST_CLOSED, REFUSE, (Action.BLOCKED, None, "PLAN023")),
        (LAST_CLOSED, REDATE, (Action.CREATE, OPEN, "PLAN026")),
        (OPEN, REFUSE, (Action.CREATE, None, "")),
        (OPEN, REDATE, (Action.CREATE, None, "")),
    ],
)
def test_a_create_is_refused_or_dated_to_the_first_open_day(
    day: dt.date, policy: Policy, outcome: tuple[Action, dt.date | None, str]
) -> None:
    assert kept(Action.CREATE, day, policy) == outcome


@pytest.mark.parametrize("policy", [REFUSE, REDATE])
@pytest.mark.parametrize("action", [Action.UPDATE, Action.VOID])
@pytest.mark.parametrize("day", [FIRST, OPEN])
def test_what_lies_in_a_closed_period_is_neither_changed_nor_voided(
    action: Action, policy: Policy, day: dt.date
) -> None:
    assert kept(action, day, policy, there(LAST_CLOSED)) == (Action.BLOCKED, None, "PLAN027")


def test_an_open_document_is_voided_whatever_date_the_export_gives_it() -> None:
    assert kept(Action.VOID, FIRST, REFUSE, there(OPEN, FIRST)) == (Action.VOID, None, "")


@pytest.mark.parametrize(
    ("remote", "day", "policy", "outcome"),
    [
        # It was dated so before, and stays.
        (there(OPEN, FIRST), FIRST, REFUSE, (Action.UPDATE, OPEN, "")),
        (there(OPEN, FIRST), FIRST, REDATE, (Action.UPDATE, OPEN, "")),
        # Its date was corrected: within the closed period, or out of it.
        (there(OPEN, FIRST), LAST_CLOSED, REDATE, (Action.UPDATE, OPEN, "PLAN026")),
        (there(OPEN, FIRST), LAST_CLOSED, REFUSE, (Action.BLOCKED, None, "PLAN023")),
        (there(OPEN, FIRST), OPEN, REFUSE, (Action.UPDATE, None, "")),
        # An open document moves into the closed period.
        (there(OPEN), FIRST, REDATE, (Action.UPDATE, OPEN, "PLAN026")),
        (there(OPEN), FIRST, REFUSE, (Action.BLOCKED, None, "PLAN023")),
        (there(OPEN), OPEN, REFUSE, (Action.UPDATE, None, "")),
    ],
)
def test_an_update_keeps_the_day_that_an_earlier_run_gave(
    remote: RemoteDocument,
    day: dt.date,
    policy: Policy,
    outcome: tuple[Action, dt.date | None, str],
) -> None:
    assert kept(Action.UPDATE, day, policy, remote) == outcome


def test_a_period_that_was_opened_again_does_not_move_what_was_dated_otherwise() -> None:
    remote = there(OPEN, FIRST)
    assert kept(Action.UPDATE, FIRST, REFUSE, remote, closed=None) == (Action.UPDATE, OPEN, "")
