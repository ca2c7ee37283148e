"""R2: a network that delivers requests twice, at once or later, and one that dawdles.

Each write bears a request id by which QuickBooks knows a repetition. Where it does not honour that
(there are unanswered reports), what has a number or a name of its own is still refused the second
time, and so is a payment of all that is open. A part payment has nothing of the kind: that is told
here as it is, and `reconcile` finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.rigs.processes.relay import Relay
from tests.rigs.processes.starter import Strike
from tests.rigs.processes.trial import Desk, Trial
from tests.rigs.processes.vendors import with_both_in_full

pytestmark = pytest.mark.crash
Begin = Callable[..., Trial]


@contextmanager
def behind(trial: Trial, relay: Relay) -> Iterator[Desk]:
    """Sign in at a desk that reaches the company by a relay alone."""
    with relay:
        desk = Desk(trial, "behind-a-relay")
        desk.connect(relay.url)
        yield desk


@with_both_in_full
@pytest.mark.parametrize("late", [0.0, 0.05])
def test_what_is_delivered_twice_is_there_once_where_the_request_id_is_known(
    begin: Begin, late: float
) -> None:
    with begin() as trial:
        relay = Relay(trial.company.url, again=trial.vendor.is_a_write, late=late)
        with behind(trial, relay) as desk:
            trial.ended(desk.start("push"), 0)
            relay.finish()
            assert relay.repeated == [200] * trial.vendor.repeated
            trial.compare(trial.vendor.first_books, desk=desk)
            trial.export(trial.vendor.second)
            trial.ended(desk.start("push"), 0)
            relay.finish()
            trial.compare(trial.vendor.second_books, desk=desk)


@with_both_in_full
@pytest.mark.parametrize("at", ["sent {0.documents}", "sent {0.money}"])
def test_killed_while_its_request_is_delivered_twice_each_document_is_there_once(
    begin: Begin, at: str
) -> None:
    with begin() as trial:
        relay = Relay(trial.company.url, again=trial.vendor.is_a_write, late=0.05)
        with behind(trial, relay) as desk:
            desk.run("push", strike=Strike(at.format(trial.vendor)))
            relay.finish()
            trial.settle(desk=desk)
            relay.finish()
            trial.compare(trial.vendor.first_books, desk=desk)


@with_both_in_full
def test_an_answer_that_dawdles_is_waited_for(begin: Begin) -> None:
    with begin() as trial, behind(trial, Relay(trial.company.url, dawdles=0.1)) as desk:
        trial.ended(desk.start("push"), 0)
        trial.compare(trial.vendor.first_books, desk=desk)


def test_where_no_request_id_is_known_a_part_payment_is_doubled_and_reconcile_finds_it(
    begin: Begin,
) -> None:
    """What can't be prevented. No tally: nothing is claimed."""
    with begin(requestid="ignored") as trial:
        first = trial.vendor.first
        part = first["payments.csv"] + "p-5,I-4,2025-03-20,10.00,,Cash\n"
        trial.export({**first, "payments.csv": part})
        with behind(trial, Relay(trial.company.url, again=trial.vendor.is_a_write)) as desk:
            trial.ended(desk.start("push"), 0)
            found = trial.company.books()
            assert {each for each in found if found.count(each) > 1} == {
                ("Payment", "p-5", "Ada", "10.00", "0.00")
            }
            told = desk.json("pull", "payments")["data"]["payments"]
            assert [each["source_id"] for each in told].count("p-5") == 2
            data = desk.json("reconcile", exit_code=3)["data"]
            assert [(each["finding"], each["id"]) for each in data["differences"]] == [
                ("double", "p-5")
            ]
