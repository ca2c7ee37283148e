from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.documents import Document, DocumentRef, RemoteDocument, State
from acctsync.errors import Location, Problem
from acctsync.plan.deciding import (
    Surroundings,
    block,
    decide_balances,
    decide_customer,
    decide_document,
    hold_back,
    open_balance,
    placed,
)
from acctsync.plan.drafting import Policy
from acctsync.plan.model import Action, Change, Known, Standing
from tests.builders import (
    CUSTOMER,
    a_change,
    a_customer,
    a_payment,
    a_refund,
    an_allocation,
    an_entry,
    an_invoice,
    invoice_ref,
    known,
    remote,
)

VOID = an_invoice(state=State.VOID)
OURS = known(an_invoice())
OVERWRITE = Policy(overwrite=True)


def told(change: Change) -> tuple[Action, str]:
    return change.action, change.problem.code if change.problem else ""


# Customers


def customer_told(*candidates: RemoteDocument, **customer: Any) -> tuple[Action, str]:
    return told(decide_customer(a_change(a_customer(**customer)), candidates, None))


def test_a_customer_that_the_books_have_is_adopted() -> None:
    held = remote(a_customer(), id="5", version="3", digest="d")
    memory = known(
        a_customer(), remote_id="5", remote_version="3", remote_digest="d", number="Ada Ltd"
    )
    adopted = decide_customer(a_change(a_customer()), [held], None)
    assert adopted == a_change(a_customer(), Action.ADOPT, remote=held, known=memory)


def test_a_customer_paired_by_hand_is_adopted_unseen() -> None:
    adopted = decide_customer(a_change(a_customer()), [], an_entry("Parent:Ada", id_="9"))
    assert (adopted.action, adopted.known and adopted.known.remote_id) == (Action.ADOPT, "9")
    assert adopted.remote is not None
    assert adopted.remote.name == "Parent:Ada"


HERE, TOO = remote(a_customer(), id="5"), remote(a_customer(), id="6")


@pytest.mark.parametrize(
    ("candidates", "customer", "outcome"),
    [
        ([], {}, (Action.CREATE, "")),
        ([], {"create_missing": False}, (Action.BLOCKED, "PLAN022")),
        ([HERE, TOO], {}, (Action.BLOCKED, "PLAN020")),
        ([HERE, TOO], {"first_if_ambiguous": True}, (Action.ADOPT, "")),
        ([replace(HERE, active=False)], {}, (Action.BLOCKED, "PLAN021")),
    ],
)
def test_a_customer_is_created_or_held_for_a_reason(
    candidates: list[RemoteDocument], customer: dict[str, bool], outcome: tuple[Action, str]
) -> None:
    assert customer_told(*candidates, **customer) == outcome


# Documents that we never pushed


def test_an_invoice_that_the_books_have_already_is_adopted_as_they_hold_it() -> None:
    held = remote(an_invoice(), version="3", digest="d")
    memory = known(
        an_invoice(),
        remote_version="3",
        remote_digest="d",
        remote_customer="5",
        total=Decimal("100.00"),
        currency="USD",
    )
    adopted = decide_document(a_change(an_invoice()), [held], "5", Policy())
    assert adopted == a_change(an_invoice(), Action.ADOPT, remote=held, known=memory)


@pytest.mark.parametrize(
    ("held", "outcome"),
    [
        (None, (Action.CREATE, "")),
        ({"total": Decimal(1)}, (Action.CONFLICT, "PLAN031")),
        ({"voided": True}, (Action.CONFLICT, "PLAN031")),
    ],
)
@pytest.mark.parametrize("memory", [None, known(VOID, standing=Standing.ABSENT, remote_id="")])
def test_an_invoice_never_pushed_is_created_unless_its_number_is_taken(
    held: dict[str, object] | None, outcome: tuple[Action, str], memory: Known | None
) -> None:
    candidates = [] if held is None else [remote(an_invoice(), **held)]
    change = a_change(an_invoice(), known=memory)
    assert told(decide_document(change, candidates, "5", OVERWRITE)) == outcome


@pytest.mark.parametrize(
    ("held", "outcome"),
    [
        (None, (Action.UNCHANGED, "")),
        ({}, (Action.UNCHANGED, "")),
        ({"stamp": "another"}, (Action.UNCHANGED, "")),
        ({"stamp": "1001"}, (Action.VOID, "")),
        ({"stamp": "1001", "total": Decimal(1), "balance": Decimal(1)}, (Action.VOID, "")),
        ({"stamp": "1001", "voided": True}, (Action.ADOPT, "")),
        ({"stamp": "1001", "balance": Decimal(40)}, (Action.BLOCKED, "PLAN015")),
    ],
)
def test_a_void_document_that_we_forgot_is_voided_only_if_it_bears_our_stamp(
    held: dict[str, object] | None, outcome: tuple[Action, str]
) -> None:
    candidates = [] if held is None else [remote(VOID, **held)]
    assert told(decide_document(a_change(VOID, Action.VOID), candidates, "5", Policy())) == outcome


def test_a_void_document_that_was_never_pushed_is_remembered_as_absent() -> None:
    change = a_change(VOID, Action.VOID)
    memory = Known(ref=VOID.ref, fingerprint=change.fingerprint, standing=Standing.ABSENT)
    decided = decide_document(change, [], "5", Policy())
    assert decided == replace(change, action=Action.UNCHANGED, known=memory)


# Documents that we pushed


def test_a_document_void_here_and_deleted_there_is_settled_quietly() -> None:
    change = a_change(VOID, Action.VOID, known=replace(OURS, ref=VOID.ref))
    decided = decide_document(change, [], "5", Policy())
    assert decided.action is Action.UNCHANGED
    assert decided.known is not None
    assert decided.known.standing is Standing.ABSENT


@pytest.mark.parametrize(
    ("action", "held", "policy", "why"),
    [
        (Action.UPDATE, {"id": "78"}, Policy(), "it was deleted there"),
        (Action.UPDATE, {"id": "78"}, OVERWRITE, "it was deleted there"),
        (Action.UPDATE, {"digest": "edited"}, Policy(), "somebody changed it there"),
        (Action.VOID, {"digest": "edited"}, Policy(), "somebody changed it there"),
    ],
)
def test_what_somebody_touched_in_the_books_is_left_to_a_person(
    action: Action, held: dict[str, object], policy: Policy, why: str
) -> None:
    change = a_change(an_invoice(), action, known=OURS)
    decided = decide_document(change, [remote(an_invoice(), **held)], "5", policy)
    assert told(decided) == (Action.CONFLICT, "PLAN030")
    assert decided.problem is not None
    assert why in decided.problem.message


def test_what_the_books_hold_already_as_the_export_changed_it_is_adopted() -> None:
    """An older state was put back: it does not know of our own update."""
    forgotten = replace(OURS, total=Decimal(7))
    change = a_change(an_invoice(), Action.UPDATE, known=forgotten)
    held = remote(an_invoice(), digest="as we left it", version="4")
    adopted = decide_document(change, [held], "5", Policy())
    assert told(adopted) == (Action.ADOPT, "")
    assert adopted.known is not None
    assert (adopted.known.remote_version, adopted.known.total) == ("4", an_invoice().money.amount)


@pytest.mark.parametrize(
    ("action", "before", "held"),
    [
        (Action.UPDATE, Decimal(7), {"total": Decimal(8)}),
        (Action.UPDATE, Decimal(7), {"customer": "6"}),
        (Action.UPDATE, OURS.total, {}),
        (Action.VOID, Decimal(7), {}),
    ],
)
def test_what_may_be_another_persons_change_is_not_adopted(
    action: Action, before: Decimal, held: dict[str, object]
) -> None:
    change = a_change(an_invoice(), action, known=replace(OURS, total=before))
    edited = remote(an_invoice(), digest="edited", **held)
    assert told(decide_document(change, [edited], "5", Policy())) == (Action.CONFLICT, "PLAN030")


@pytest.mark.parametrize("action", [Action.UPDATE, Action.VOID])
@pytest.mark.parametrize(("digest", "policy"), [("as pushed", Policy()), ("edited", OVERWRITE)])
def test_what_nobody_touched_or_may_be_overwritten_is_written(
    action: Action, digest: str, policy: Policy
) -> None:
    change = a_change(an_invoice(), action, known=OURS)
    held = remote(an_invoice(), digest=digest, version="4")
    assert decide_document(change, [held], "5", policy) == replace(change, remote=held)


@pytest.mark.parametrize(
    ("action", "held", "outcome"),
    [
        (Action.UPDATE, {"voided": True}, (Action.CONFLICT, "PLAN030")),
        (Action.VOID, {"voided": True}, (Action.ADOPT, "")),
        (Action.UPDATE, {"balance": Decimal(40)}, (Action.UPDATE, "")),
        (Action.VOID, {"balance": Decimal(40)}, (Action.BLOCKED, "PLAN015")),
        (Action.VOID, {"balance": None}, (Action.VOID, "")),
    ],
)
def test_a_voided_or_paid_document_of_ours(
    action: Action, held: dict[str, object], outcome: tuple[Action, str]
) -> None:
    change = a_change(an_invoice(), action, known=OURS)
    assert told(decide_document(change, [remote(an_invoice(), **held)], "5", Policy())) == outcome


def test_a_void_that_somebody_made_already_is_remembered_as_void() -> None:
    change = a_change(VOID, Action.VOID, known=known(VOID))
    adopted = decide_document(change, [remote(VOID, voided=True)], "5", Policy())
    assert adopted.known is not None
    assert adopted.known.standing is Standing.VOID


# Balances


def balanced(*payments: Change, **open_: str) -> list[tuple[Action, str]]:
    balances = {invoice_ref(name[1:]): Decimal(amount) for name, amount in open_.items()}
    return [told(each) for each in decide_balances(payments, balances)]


PAID, OVERPAID = (Action.CREATE, ""), (Action.BLOCKED, "PLAN014")


def test_payments_draw_an_invoice_down_in_turn() -> None:
    sixty, forty, cent = (
        a_change(a_payment(amount, id_=amount)) for amount in ("60.00", "40.00", "0.01")
    )
    assert balanced(sixty, forty, _1001="100.00") == [PAID, PAID]
    assert balanced(sixty, forty, cent, _1001="100.00") == [PAID, PAID, OVERPAID]
    assert balanced(sixty, forty, _1001="99.99") == [PAID, OVERPAID]


def test_a_payment_that_is_held_leaves_the_balance_to_the_next() -> None:
    large, small = a_change(a_payment("60.00", id_="P1")), a_change(a_payment("50.00", id_="P2"))
    assert balanced(large, small, _1001="50.00") == [OVERPAID, PAID]


def test_the_parts_of_one_payment_count_together() -> None:
    twice = a_payment(allocations=(an_allocation("60.00"), an_allocation("60.00")))
    assert balanced(a_change(twice), _1001="100.00") == [OVERPAID]


def test_a_payment_of_several_invoices_is_held_if_one_is_too_small() -> None:
    both = a_payment(allocations=(an_allocation("60.00"), an_allocation("40.00", invoice="1002")))
    assert balanced(a_change(both), _1001="60.00", _1002="40.00") == [PAID]
    assert balanced(a_change(both), _1001="60.00", _1002="39.00") == [OVERPAID]


def test_only_new_payments_of_invoices_with_a_known_balance_are_watched() -> None:
    update = a_change(a_payment(), Action.UPDATE)
    outside = a_change(a_payment(allocations=(an_allocation(here=False),)))
    others = (update, outside, a_change(a_payment(invoice="1002")), a_change(an_invoice()))
    outcomes = [(Action.UPDATE, ""), PAID, PAID, PAID]
    assert balanced(*others, _1001="0.00") == outcomes


@given(st.lists(st.integers(1, 300)), st.integers(0, 900))
def test_payments_never_settle_more_than_is_open(cents: list[int], balance: int) -> None:
    payments = [
        a_change(a_payment(f"{each}", id_=f"P{number}")) for number, each in enumerate(cents)
    ]
    decided = decide_balances(payments, {invoice_ref(): Decimal(balance)})
    paid = [change.document for change in decided if change.action is Action.CREATE]
    assert sum(cents[int(each.ref.id[1:])] for each in paid) <= balance
    assert (paid == [each.document for each in payments]) == (sum(cents) <= balance)


@pytest.mark.parametrize(
    ("change", "balance"),
    [
        (None, "30.00"),
        (a_change(an_invoice("100.00"), Action.UNCHANGED), "30.00"),
        (a_change(an_invoice("120.00"), Action.UPDATE), "50.00"),
        (a_change(an_invoice("60.00"), Action.UPDATE), "-10.00"),
        (a_change(a_customer(), Action.UPDATE), "30.00"),
    ],
)
def test_an_open_balance_moves_with_a_planned_update(change: Change | None, balance: str) -> None:
    held = remote(an_invoice("100.00"), balance=Decimal("30.00"))
    assert open_balance(held, change) == Decimal(balance)


# What hangs on what is held

NOTHING_AROUND = Surroundings(in_books=lambda _: False, found_outside=lambda _: False)
CHAIN: tuple[Document, ...] = (a_customer(), an_invoice(), a_payment(), a_refund())


def held_back(
    *changes: Change, in_books: bool = False, outside: str = ""
) -> list[tuple[Action, str]]:
    def anywhere(_: DocumentRef) -> bool:
        return in_books

    around = Surroundings(in_books=anywhere, found_outside=outside.__eq__)
    return [told(each) for each in hold_back(changes, around)]


def test_nothing_is_held_where_nothing_is_wrong() -> None:
    changes = tuple(a_change(each) for each in CHAIN)
    assert hold_back(changes, NOTHING_AROUND) == changes


@pytest.mark.parametrize("stuck", [Action.BLOCKED, Action.CONFLICT])
@pytest.mark.parametrize("first", range(3))
def test_what_hangs_on_a_held_document_is_held_and_nothing_else(first: int, stuck: Action) -> None:
    changes = [
        a_change(each, stuck if n == first else Action.CREATE) for n, each in enumerate(CHAIN)
    ]
    bystanders = [a_change(a_customer(ref=replace(CUSTOMER, id="grace")))]
    bystanders.append(a_change(an_invoice(id_="2", customer=bystanders[0].ref)))
    free = [(Action.CREATE, "")]
    below = [(Action.BLOCKED, "PLAN010")] * (3 - first)
    expected = [*free * first, (stuck, ""), *below, *free * 2]
    assert held_back(*changes, *bystanders) == expected


def test_the_cascade_does_not_depend_on_the_order_of_the_export() -> None:
    changes = [a_change(each) for each in reversed(CHAIN)]
    changes[-1] = replace(changes[-1], action=Action.BLOCKED)
    assert held_back(*changes) == [(Action.BLOCKED, "PLAN010")] * 3 + [(Action.BLOCKED, "")]


@pytest.mark.parametrize("action", [Action.UNCHANGED, Action.ADOPT, Action.VOID])
def test_what_is_not_built_is_never_held(action: Action) -> None:
    stuck = a_change(a_customer(), Action.BLOCKED)
    assert held_back(stuck, a_change(an_invoice(), action))[1] == (action, "")


def test_a_held_document_names_the_one_it_waits_for_and_its_own_place() -> None:
    paid = a_payment(place=Location("payments.csv", 7))
    changes = (a_change(an_invoice(), Action.CONFLICT), a_change(paid))
    assert hold_back(changes, NOTHING_AROUND)[1].problem == Problem(
        code="PLAN010",
        message="it needs invoice INV-1001, which can't be pushed",
        hint="Mend that one first; this one follows with the next push or retry-failed.",
        location=Location("payments.csv", 7),
        document="P1",
        kind="payments",
    )


@pytest.mark.parametrize("action", [Action.VOID, Action.UNCHANGED])
@pytest.mark.parametrize("below", [a_payment(), a_refund()])
def test_a_void_invoice_is_neither_paid_nor_refunded(action: Action, below: Document) -> None:
    outcome = held_back(a_change(VOID, action), a_change(below), in_books=True)
    assert outcome[1] == (Action.BLOCKED, "PLAN011")


@pytest.mark.parametrize(
    ("here", "in_books", "outside", "outcome"),
    [
        (True, False, "", (Action.BLOCKED, "PLAN012")),
        (True, True, "", (Action.CREATE, "")),
        (True, False, "1001", (Action.CREATE, "")),
        (False, True, "", (Action.BLOCKED, "PLAN012")),
        (False, False, "1001", (Action.CREATE, "")),
        (False, False, "1002", (Action.BLOCKED, "PLAN012")),
    ],
)
def test_an_invoice_that_is_paid_is_in_the_export_in_the_books_or_found_outside(
    *,
    here: bool,
    in_books: bool,
    outside: str,
    outcome: tuple[Action, str],
) -> None:
    paid = a_payment(allocations=(an_allocation(here=here),))
    assert held_back(a_change(paid), in_books=in_books, outside=outside) == [outcome]


@pytest.mark.parametrize(
    ("refund", "outcome"),
    [
        (a_refund(invoice=None, wanted_invoice="1001"), (Action.CREATE, "")),
        (a_refund(invoice=None, wanted_invoice="1001", lines=()), (Action.BLOCKED, "PLAN013")),
        (a_refund(invoice=None, wanted_invoice="1002"), (Action.BLOCKED, "PLAN012")),
        (a_refund(invoice=None), (Action.CREATE, "")),
    ],
)
def test_a_refund_needs_its_invoice_and_its_lines(
    refund: Document, outcome: tuple[Action, str]
) -> None:
    assert held_back(a_change(refund), outside="1001") == [outcome]


# Where a problem is


@pytest.mark.parametrize(
    ("own", "place"),
    [(None, Location("invoices.csv", 3)), (Location("map.yaml", 9), Location("map.yaml", 9))],
)
def test_a_problem_keeps_its_own_place_or_takes_the_documents(
    own: Location | None, place: Location
) -> None:
    problem = Problem(code="X", message="it is wrong", location=own)
    invoice = an_invoice(place=Location("invoices.csv", 3))
    expected = replace(problem, location=place, document="INV-1001", kind="invoices")
    assert placed(problem, invoice) == expected
    assert block(a_change(invoice), problem) == a_change(invoice, Action.BLOCKED, problem=expected)


def test_an_ambiguous_customer_lists_the_ids() -> None:
    decided = decide_customer(a_change(a_customer()), [HERE, TOO], None)
    assert decided.problem is not None
    assert decided.problem.message.endswith("Ada Ltd (id 5), Ada Ltd (id 6)")
