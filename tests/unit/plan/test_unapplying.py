from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from acctsync.documents import DocumentRef, Kind, Link, RemoteDocument, State, UnappliedPayment
from acctsync.plan.model import Action, Change
from acctsync.plan.unapplying import decide_again, payments_on, unapplied, unapply
from tests.builders import DAY, a_payment, an_invoice, known, remote

VOID = an_invoice(state=State.VOID)
ON_IT = (Link(Kind.PAYMENTS, "75", "Payment"), Link(None, "8", "Estimate"))


def to_be_voided(**changes: Any) -> Change:
    given = {"id": "70", "balance": Decimal(40), "links": ON_IT, **changes}
    return Change(action=Action.VOID, document=VOID, remote=remote(VOID, **given))


def a_payment_there(*links: Link, **changes: Any) -> RemoteDocument:
    given = {"links": links or (an_application("60.00"),), **changes}
    return replace(remote(a_payment()), id="75", kind=Kind.UNAPPLIED_PAYMENTS, **given)


def taken(write: Change) -> tuple[Decimal, tuple[str, ...]]:
    assert isinstance(write.document, UnappliedPayment)
    return write.document.amount, write.document.invoices


def an_application(amount: str, invoice: str = "70") -> Link:
    return Link(Kind.INVOICES, invoice, "Invoice", Decimal(amount))


def test_only_a_paid_invoice_that_is_to_be_voided_loses_payments() -> None:
    paid = to_be_voided()
    assert payments_on(paid) == ("75",)
    assert payments_on(to_be_voided(balance=Decimal("100.00"))) == ()
    assert payments_on(replace(paid, action=Action.UPDATE)) == ()
    assert payments_on(replace(paid, remote=None)) == ()


def test_the_payment_comes_first_and_says_what_comes_off() -> None:
    payment = a_payment_there()
    write, void = unapply([to_be_voided()], {"75": payment}, {})
    assert (write.action, write.ref, write.remote, write.known) == (
        Action.UPDATE, DocumentRef(Kind.UNAPPLIED_PAYMENTS, "", "75"), payment, None,
    )  # fmt: skip
    assert taken(write) == (Decimal("60.00"), ("70",))
    assert (void.action, void.after) == (Action.VOID, (unapplied("75"),))
    assert void.problem is not None
    assert (void.problem.code, void.problem.is_error) == ("PLAN017", False)


def test_our_own_payment_waits_and_is_what_is_remembered() -> None:
    ours = known(a_payment(), remote_id="75")
    mine = Change(action=Action.ADOPT, document=a_payment(), known=ours)
    write, *_, after = unapply([to_be_voided(), mine], {"75": a_payment_there()}, {"75": ours})
    assert write.known == ours
    assert after == replace(mine, after=(unapplied("75"),))


@pytest.mark.parametrize(
    ("invoice", "payment", "code"),
    [
        ({}, {"deposited": True}, "PLAN018"),
        ({"balance": Decimal(30)}, {}, "PLAN019"),
        ({"links": ()}, {}, "PLAN019"),
        ({}, {"date": DAY}, "PLAN024"),
    ],
)
def test_what_cannot_be_taken_off_whole_is_not_begun(
    invoice: dict[str, Any], payment: dict[str, Any], code: str
) -> None:
    closed = DAY if code == "PLAN024" else None
    (held,) = unapply([to_be_voided(**invoice)], {"75": a_payment_there(**payment)}, {}, closed)
    assert (held.action, held.problem and held.problem.code) == (Action.BLOCKED, code)


def test_a_payment_that_is_gone_is_no_payment() -> None:
    (held,) = unapply([to_be_voided()], {}, {})
    assert held.problem is not None
    assert held.problem.code == "PLAN019"


def test_a_payment_of_two_invoices_is_one_write_and_leaves_what_is_held_back() -> None:
    other = replace(an_invoice(number="2", state=State.VOID), ref=replace(VOID.ref, id="2"))
    second = replace(to_be_voided(id="71"), document=other)
    payment = a_payment_there(an_application("60.00"), an_application("60.00", "71"))
    write, *_ = unapply([to_be_voided(), second], {"75": payment}, {})
    assert taken(write) == (Decimal("120.00"), ("70", "71"))
    held = replace(to_be_voided(id="71", balance=Decimal(1)), document=other)
    write, *_ = unapply([to_be_voided(), held], {"75": payment}, {})
    assert taken(write) == (Decimal("60.00"), ("70",))


def test_after_a_refusal_the_payment_is_looked_at_again() -> None:
    write, _ = unapply([to_be_voided()], {"75": a_payment_there()}, {})
    fresh = a_payment_there(version="9")
    assert decide_again(write, fresh) == replace(write, remote=fresh)
    assert decide_again(write, None).action is Action.UNCHANGED
    off = a_payment_there(an_application("60.00", "71"))
    assert decide_again(write, off).action is Action.UNCHANGED
    assert decide_again(write, a_payment_there(deposited=True)).action is Action.BLOCKED
