"""What nobody knows the end of: asked for, never repeated blindly."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from acctsync.documents import Kind
from acctsync.engine.results import counts
from acctsync.errors import ComeBackLater, ExitCode, SignInNeeded
from acctsync.providers.port import Limits
from tests.engine.world import World

INVOICES = [(f"A-{n}", "Ann", f"{n}.00") for n in range(1, 8)]
PAYMENTS = [(f"p{n}", f"A-{n}", f"{n}.00") for n in range(1, 8)]


@pytest.mark.parametrize("exchange", range(8))
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:100", "late:149"])
def test_one_run_brings_every_document_once_whatever_is_lost(
    world: World, exchange: int, fault: str
) -> None:
    world.export(INVOICES, PAYMENTS)
    result = world.push(faults={exchange: fault})
    assert result.exit_code == ExitCode.DONE
    assert counts(result.documents)["create"] == 15
    assert world.holds(Kind.INVOICES) == {number: Decimal("0.00") for number, *_ in INVOICES}
    assert world.holds(Kind.PAYMENTS).keys() == {id_ for id_, *_ in PAYMENTS}


def test_looking_up_waits_until_nothing_can_still_arrive(world: World) -> None:
    world.export(INVOICES, [])
    world.push(faults={1: "late:149"})
    assert 150 in [round(each) for each in world.clock.waits]


def test_a_key_that_is_certain_is_used_inside_its_window(world: World) -> None:
    world.export(INVOICES[:1], [])
    limits = Limits(batch_size=3, in_flight=1, key_window=240, quiet_period=150)
    world.push(faults={1: "drop_before"}, limits=limits)
    assert world.provider is not None
    assert world.provider.sent[1] == world.provider.sent[2]
    assert world.clock.waits == []


# A repetition under a key says nothing of the first time, unless the books recognise the key.
WITH_KEYS = Limits(batch_size=3, in_flight=1, key_window=240, quiet_period=150)


def test_a_pause_that_outlasts_the_key_leads_to_a_look_up(world: World) -> None:
    world.export(INVOICES[:1], PAYMENTS[:1])
    result = world.push(faults={2: "drop_after", 3: "throttle:600"}, limits=WITH_KEYS)
    assert result.exit_code == ExitCode.DONE
    assert world.holds(Kind.PAYMENTS).keys() == {"p1"}


def test_a_pause_inside_the_keys_window_is_waited_out_under_the_key(world: World) -> None:
    world.export(INVOICES[:1], [])
    world.push(faults={1: "drop_before", 2: "throttle:60"}, limits=WITH_KEYS)
    assert world.provider is not None
    assert len({each.key for each in world.provider.sent[1:]}) == 1
    assert len(world.books.of(Kind.INVOICES)) == 1


def test_a_repetition_that_cannot_be_sent_leaves_the_first_time_in_doubt(world: World) -> None:
    world.export(INVOICES[:1], PAYMENTS[:1])
    lapsed = SignInNeeded("the sign-in has expired")
    result = world.push(faults={2: "late:100", 3: lapsed}, limits=WITH_KEYS)
    assert counts(result.documents)["in_doubt"] == 1
    assert world.push().exit_code == ExitCode.DONE
    assert world.holds(Kind.PAYMENTS).keys() == {"p1"}


def test_what_is_repeated_under_its_key_without_end_ends_the_run(world: World) -> None:
    world.export(INVOICES[:1], [])
    result = world.push(faults=dict.fromkeys(range(1, 100), "drop_before"), limits=WITH_KEYS)
    assert result.exit_code == ExitCode.LATER
    assert world.provider is not None
    assert len(world.provider.sent) == 6
    assert world.push().exit_code == ExitCode.DONE
    assert len(world.books.of(Kind.INVOICES)) == 1


def test_books_that_keep_failing_end_the_run_and_the_next_one_asks_first(world: World) -> None:
    world.export(INVOICES, PAYMENTS)
    faults = dict.fromkeys(range(1, 100), "drop_after")
    limits = Limits(batch_size=1, in_flight=1, key_window=0, quiet_period=150)
    result = world.push(faults=dict(faults), limits=limits)
    assert result.exit_code == ExitCode.LATER
    assert counts(result.documents)["in_doubt"] == 5
    again = world.push()
    assert again.exit_code == ExitCode.DONE
    assert world.holds(Kind.INVOICES) == {number: Decimal("0.00") for number, *_ in INVOICES}


def test_books_that_cannot_be_asked_leave_everything_in_doubt(world: World) -> None:
    world.export(INVOICES, [])
    limits = Limits(batch_size=1, in_flight=1, key_window=0, quiet_period=150)
    world.push(faults=dict.fromkeys(range(1, 100), "drop_after"), limits=limits)
    before = list(world.books.documents)
    with pytest.raises(ComeBackLater):
        world.push(unreachable=True)
    assert world.books.documents == before
    assert world.push().exit_code == ExitCode.DONE


def test_what_somebody_changed_while_it_was_in_doubt_is_left_to_a_person(world: World) -> None:
    world.export(INVOICES[:1], [])
    stopped = world.push(faults={1: "drop_after"}, on_send=lambda _: _stop_at_the_invoice(world))
    assert stopped.exit_code == ExitCode.INTERRUPTED
    world.stop.clear()
    invoice = world.books.of(Kind.INVOICES)[0]
    world.books.documents.remove(invoice)
    world.books.documents.append(replace(invoice, total=Decimal("99.00")))
    result = world.push()
    assert [each.problem.code for each in result.documents if each.problem] == ["PLAN031"]
    assert [each.total for each in world.books.of(Kind.INVOICES)] == [Decimal("99.00")]


def _stop_at_the_invoice(world: World) -> None:
    if world.books.of(Kind.INVOICES):
        world.stop.set()
