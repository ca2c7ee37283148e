from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from acctsync.documents import Kind
from acctsync.engine.history import status
from acctsync.engine.push import Orders
from acctsync.engine.results import Status, counts
from acctsync.errors import ExitCode, GuardStopped, InputRefused, SignInNeeded
from acctsync.plan.selection import Selection
from acctsync.providers.port import Calls, Limits
from acctsync.state.store import Store
from tests.engine.world import World

THREE = [("A-1", "Ann", "10.00"), ("A-2", "Ann", "20.00"), ("A-3", "Bob", "30.00")]
PAID = [("p1", "A-1", "10.00"), ("p2", "A-3", "5.00")]


def numbers(result_counts: dict[str, int]) -> dict[str, int]:
    return {word: number for word, number in result_counts.items() if number}


def test_an_export_lands_in_the_books_with_its_payments(world: World) -> None:
    world.export(THREE, PAID)
    result = world.push()
    assert numbers(counts(result.documents)) == {"create": 7}
    assert result.exit_code == ExitCode.DONE
    assert world.holds(Kind.INVOICES) == {
        "A-1": Decimal("0.00"),
        "A-2": Decimal("20.00"),
        "A-3": Decimal("25.00"),
    }
    assert world.holds(Kind.CUSTOMERS).keys() == {"Ann", "Bob"}


def test_pushing_again_asks_and_writes_nothing(world: World) -> None:
    world.export(THREE, PAID)
    world.push()
    result = world.push()
    assert numbers(counts(result.documents)) == {"unchanged": 7}
    assert result.calls == Calls()


def test_a_changed_amount_is_one_update(world: World) -> None:
    world.export(THREE, [])
    world.push()
    world.export([*THREE[:2], ("A-3", "Bob", "33.00")], [])
    result = world.push()
    assert numbers(counts(result.documents)) == {"update": 1, "unchanged": 4}
    assert result.calls.write == 1
    assert world.holds(Kind.INVOICES)["A-3"] == Decimal("33.00")


def test_after_losing_the_state_everything_is_adopted(world: World) -> None:
    world.export(THREE, PAID)
    world.push()
    world.new_state()
    result = world.push()
    assert numbers(counts(result.documents)) == {"adopt": 7}
    assert result.calls.write == 0
    assert world.push().calls == Calls()


def test_a_document_the_books_refuse_does_not_stop_its_batch(world: World) -> None:
    world.export(THREE, PAID)
    result = world.push(faults={1: "refuse:A-1"})
    assert numbers(counts(result.documents)) == {"create": 5, "failed": 1, "blocked": 1}
    assert result.exit_code == ExitCode.PARTIAL
    failed = [each for each in result.documents if each.status is Status.FAILED]
    assert [(each.number, each.attempts) for each in failed] == [("A-1", 1)]
    assert numbers(counts(world.push().documents)) == {"create": 2, "unchanged": 5}


def test_what_the_books_made_something_else_of_is_told_until_it_agrees(world: World) -> None:
    world.export(THREE[:1], [])
    result = world.push(faults={1: "garble:A-1"})
    failed = [each for each in result.documents if each.status is Status.FAILED]
    assert [each.problem.code for each in failed if each.problem] == ["PUSH002"]
    again = world.push()
    assert numbers(counts(again.documents)) == {"update": 1, "unchanged": 1}
    assert world.holds(Kind.INVOICES) == {"A-1": Decimal("10.00")}


def test_the_same_number_with_another_total_is_a_conflict(world: World) -> None:
    world.export(THREE[:1], [])
    world.push()
    world.new_state()
    world.export([("A-1", "Ann", "11.00")], [])
    result = world.push()
    assert numbers(counts(result.documents)) == {"adopt": 1, "blocked": 1}
    assert world.holds(Kind.INVOICES) == {"A-1": Decimal("10.00")}


def test_a_void_follows_and_a_void_never_pushed_costs_one_look(world: World) -> None:
    world.export([("A-1", "Ann", "10.00"), ("A-2", "Ann", "20.00", "void")], [])
    world.push()
    assert world.holds(Kind.INVOICES).keys() == {"A-1"}
    assert world.push().calls == Calls()
    world.export([("A-1", "Ann", "10.00", "void"), ("A-2", "Ann", "20.00", "void")], [])
    result = world.push()
    assert numbers(counts(result.documents)) == {"void": 1, "unchanged": 2}
    assert world.holds(Kind.INVOICES) == {}
    assert world.push().calls == Calls()


def test_a_paid_invoice_is_not_voided(world: World) -> None:
    world.export(THREE[:1], PAID[:1])
    world.push()
    world.export([("A-1", "Ann", "10.00", "void")], [])
    result = world.push()
    blocked = [each.problem.code for each in result.documents if each.problem]
    assert blocked == ["PLAN015"]


def test_a_payment_recorded_by_hand_is_not_paid_again(world: World) -> None:
    world.export(THREE[:1], [])
    world.push()
    invoice = world.books.of(Kind.INVOICES)[0]
    world.books.documents.remove(invoice)
    world.books.documents.append(replace(invoice, balance=Decimal(0)))
    world.export(THREE[:1], PAID[:1])
    result = world.push()
    assert [each.problem.code for each in result.documents if each.problem] == ["PLAN014"]
    assert world.holds(Kind.PAYMENTS) == {}


def test_a_payment_for_an_invoice_of_an_earlier_export_finds_it(world: World) -> None:
    world.export(THREE[:1], [])
    world.push()
    world.export([], PAID[:1])
    result = world.push()
    assert numbers(counts(result.documents)) == {"create": 1}
    assert world.holds(Kind.INVOICES) == {"A-1": Decimal("0.00")}
    world.new_state()
    assert numbers(counts(world.push().documents)) == {"adopt": 1}


def test_a_hand_recorded_payment_of_an_earlier_exports_invoice_is_not_paid_again(
    world: World,
) -> None:
    world.export(THREE[:1], [])
    world.push()
    invoice = world.books.of(Kind.INVOICES)[0]
    world.books.documents.remove(invoice)
    world.books.documents.append(replace(invoice, balance=Decimal(0)))
    world.export([], PAID[:1])
    result = world.push()
    assert [each.problem.code for each in result.documents if each.problem] == ["PLAN014"]
    world.new_state()
    result = world.push()
    assert [each.problem.code for each in result.documents if each.problem] == ["PLAN014"]


def test_a_document_voided_here_and_deleted_there_ends_quietly(world: World) -> None:
    world.export(THREE[:1], [])
    world.push()
    world.books.documents = [d for d in world.books.documents if d.kind is not Kind.INVOICES]
    world.export([("A-1", "Ann", "10.00", "void")], [])
    assert numbers(counts(world.push().documents)) == {"unchanged": 2}
    assert world.push().calls == Calls()


def test_a_refused_document_is_told_by_its_number_with_what_is_wrong_with_it(world: World) -> None:
    mapping = world.folder / "acctsync.yaml"
    by_id = mapping.read_text(encoding="utf-8").replace(
        "id: Number\n", 'id: {text: "id-{Number}"}\n', 1
    )
    mapping.write_text(by_id, encoding="utf-8")
    world.export([("A-1", "Ann", "ten"), *THREE[1:2]], [("P-1", "id-A-1", "1.00")])
    held = [each for each in world.plan().documents if each.status is Status.BLOCKED]
    assert [(each.ref.id, each.number, each.problem and each.problem.message) for each in held] == [
        ("id-A-1", "A-1", 'total: "ten" is not written like 1234.50'),
        ("P-1", "P-1", "its invoice A-1 is refused"),
    ]


def test_a_mapping_for_another_company_is_refused_before_anybody_is_asked(world: World) -> None:
    world.export(THREE, [])
    mapping = world.folder / "acctsync.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("Test Company", "Other"))
    with pytest.raises(InputRefused):
        world.push()
    assert world.provider is not None
    assert world.provider.calls == Calls()


def test_kinds_that_the_books_cannot_be_given_are_told_and_cost_nothing(world: World) -> None:
    world.export(THREE, PAID)
    world.kinds = frozenset({Kind.CUSTOMERS, Kind.INVOICES})
    result = world.push()
    assert [(each.code, each.kind) for each in result.problems] == [("PLAN003", "payments")]
    assert world.holds(Kind.PAYMENTS) == {}
    assert result.exit_code == ExitCode.DONE
    assert world.push().calls == Calls()


def test_a_guard_stops_before_anything_is_sent(world: World) -> None:
    world.export(THREE, PAID)
    with pytest.raises(GuardStopped):
        world.push(orders=Orders(max_create=2))
    assert world.books.documents == []


def test_a_plan_is_carried_out_only_while_it_holds(world: World) -> None:
    world.export(THREE, PAID)
    planned = world.plan()
    assert world.books.documents == []
    world.export(THREE, [])
    with pytest.raises(InputRefused):
        world.push(orders=Orders(expect_digest=planned.digest))
    world.export(THREE, PAID)
    assert world.push(orders=Orders(expect_digest=planned.digest)).exit_code == ExitCode.DONE


def test_declining_sends_nothing_and_leaves_everything_pending(world: World) -> None:
    world.export(THREE, PAID)
    result = world.push(orders=Orders(confirm=lambda _: False))
    assert {each.status for each in result.documents} == {Status.PENDING}
    assert world.books.documents == []


def test_declining_leaves_what_failed_before_on_the_health_card(world: World) -> None:
    world.export(THREE, [])
    world.push(faults={1: "refuse:A-1"})
    world.push(orders=Orders(confirm=lambda _: False))
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        assert [each.number for each in status(store).failed] == ["A-1"]


def test_fail_fast_stops_at_the_first_refusal(world: World) -> None:
    world.export(THREE, [])
    limits = Limits(batch_size=1, in_flight=1, key_window=0, quiet_period=150)
    result = world.push(faults={2: "refuse:A-1"}, limits=limits, orders=Orders(fail_fast=True))
    assert [each.number for each in result.documents if each.status is Status.WAITING] == [
        "A-2",
        "A-3",
    ]


def test_a_lapsed_sign_in_in_mid_run_keeps_what_is_done(world: World) -> None:
    world.export(THREE, PAID)
    result = world.push(faults={1: SignInNeeded("the sign-in has expired")})
    assert result.exit_code == ExitCode.SIGN_IN
    assert numbers(counts(result.documents)) == {"create": 2}
    assert numbers(counts(world.push().documents)) == {"create": 5, "unchanged": 2}


def test_throttled_bytes_go_again_unchanged_after_the_pause(world: World) -> None:
    world.export(THREE[:1], [])
    world.push(faults={0: "throttle:60"})
    assert world.provider is not None
    first, second, *_ = world.provider.sent
    assert first == second
    assert 60 in [round(each) for each in world.clock.waits]


def test_asking_for_dates_leaves_the_rest_alone(world: World) -> None:
    world.export(THREE, PAID)
    result = world.push(selection=Selection(since=dt.date(2025, 3, 2)))
    assert world.holds(Kind.INVOICES).keys() == {"A-1", "A-3"}
    assert world.holds(Kind.PAYMENTS).keys() == {"p1", "p2"}
    assert result.exit_code == ExitCode.DONE
