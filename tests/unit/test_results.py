from __future__ import annotations

from decimal import Decimal

import pytest

from acctsync.documents import Kind
from acctsync.engine.results import (
    COUNTED,
    DocumentResult,
    PlanResult,
    PushResult,
    Status,
    counted_as,
    counts,
    counts_by_kind,
    money_by_kind,
)
from acctsync.errors import ComeBackLater, ExitCode, Interrupted
from acctsync.money import Money
from acctsync.plan.model import Action
from tests.builders import ref


def result(
    status: Status = Status.DONE,
    action: Action | None = Action.CREATE,
    kind: Kind = Kind.INVOICES,
    money: str = "10.00 USD",
) -> DocumentResult:
    amount, _, currency = money.partition(" ")
    worth = Money(Decimal(amount), currency) if money else None
    return DocumentResult(ref=ref(kind, "1"), number="1", status=status, action=action, money=worth)


@pytest.mark.parametrize(
    ("status", "action", "word"),
    [
        *(
            (status, action, str(action))
            for status in (Status.PENDING, Status.DONE)
            for action in Action
        ),
        (Status.DONE, None, ""),
        (Status.WAITING, Action.CREATE, ""),
        (Status.UNCHANGED, Action.UNCHANGED, "unchanged"),
        (Status.FAILED, Action.CREATE, "failed"),
        (Status.BLOCKED, Action.CONFLICT, "blocked"),
        (Status.BLOCKED, None, "blocked"),
        (Status.IN_DOUBT, Action.UPDATE, "in_doubt"),
    ],
)
def test_a_document_counts_under_one_word(status: Status, action: Action | None, word: str) -> None:
    assert counted_as(result(status, action)) == word


def test_every_word_is_counted_and_waiting_documents_under_none() -> None:
    documents = [result(), result(), result(Status.FAILED), result(Status.WAITING)]
    assert counts(documents) == {**dict.fromkeys(COUNTED, 0), "create": 2, "failed": 1}


def test_kinds_are_counted_apart() -> None:
    documents = [result(), result(kind=Kind.PAYMENTS), result(Status.BLOCKED)]
    none = dict.fromkeys(COUNTED, 0)
    assert counts_by_kind(documents) == {
        Kind.INVOICES: {**none, "create": 1, "blocked": 1},
        Kind.PAYMENTS: {**none, "create": 1},
    }


def test_money_is_added_up_by_kind_and_currency_for_what_is_or_will_be_in_the_books() -> None:
    documents = [
        result(money="0.10 USD"),
        result(Status.PENDING, money="0.20 USD"),
        result(money="5.00 EUR"),
        result(kind=Kind.PAYMENTS, money="7.00 USD"),
        result(kind=Kind.CUSTOMERS, money=""),
        *(result(each) for each in Status if each not in {Status.PENDING, Status.DONE}),
    ]
    assert money_by_kind(documents) == {
        Kind.INVOICES: {"USD": Decimal("0.30"), "EUR": Decimal("5.00")},
        Kind.PAYMENTS: {"USD": Decimal("7.00")},
    }


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([], ExitCode.DONE),
        ([Status.PENDING, Status.UNCHANGED], ExitCode.DONE),
        ([Status.PENDING, Status.BLOCKED], ExitCode.PARTIAL),
    ],
)
def test_a_plan_succeeds_unless_something_is_blocked(
    statuses: list[Status], code: ExitCode
) -> None:
    plan = PlanResult(documents=tuple(map(result, statuses)))
    assert plan.exit_code is code
    assert plan.pending == tuple(result(each) for each in statuses if each is Status.PENDING)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([], ExitCode.DONE),
        ([Status.DONE, Status.UNCHANGED], ExitCode.DONE),
        ([Status.DONE, Status.FAILED], ExitCode.PARTIAL),
        ([Status.DONE, Status.BLOCKED], ExitCode.PARTIAL),
        ([Status.FAILED, Status.IN_DOUBT], ExitCode.LATER),
    ],
)
def test_a_push_ends_as_its_worst_document(statuses: list[Status], code: ExitCode) -> None:
    assert PushResult(run="r", documents=tuple(map(result, statuses))).exit_code is code


@pytest.mark.parametrize(
    ("stopped", "code"),
    [
        (ComeBackLater("busy"), ExitCode.LATER),
        (Interrupted("stop"), ExitCode.INTERRUPTED),
        (Interrupted("stop", terminated=True), ExitCode.TERMINATED),
    ],
)
def test_a_push_that_was_stopped_ends_as_what_stopped_it(
    stopped: ComeBackLater | Interrupted, code: ExitCode
) -> None:
    push = PushResult(run="r", documents=(result(Status.FAILED),), stopped=stopped)
    assert push.exit_code is code
