from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from acctsync.documents import (
    Customer,
    Document,
    DocumentRef,
    Item,
    Kind,
    Label,
    Link,
    Payout,
    Reference,
    RemoteDocument,
    both_accounts,
)
from acctsync.plan.judging import (
    Found,
    Verdict,
    differences,
    expected_of,
    judge,
    judge_doubt,
    judge_party,
    lookalikes,
    share_out,
)
from acctsync.plan.model import Action
from acctsync.plan.outbox import Operation
from tests.builders import DAY, a_customer, a_payment, an_invoice, ref, remote

INVOICE, PAYMENT = an_invoice(), a_payment()
HELD, PAID = remote(INVOICE), remote(PAYMENT)
LATER = DAY + dt.timedelta(days=1)


def judged(document: Document, *candidates: RemoteDocument, customer: str = "5") -> Verdict:
    return judge(expected_of(document, customer), candidates)


# Documents


def test_what_the_books_do_not_have_is_absent() -> None:
    assert judged(INVOICE) == Verdict(Found.ABSENT)


@pytest.mark.parametrize("stamp", ["", "1001", "another"])
def test_the_same_number_total_date_and_customer_is_the_same_invoice(stamp: str) -> None:
    held = remote(INVOICE, stamp=stamp)
    assert judged(INVOICE, held) == Verdict(Found.AGREES, held)


@pytest.mark.parametrize("stamp", ["", "1001", "another"])
@pytest.mark.parametrize(
    ("held", "why"),
    [
        ({"total": Decimal("99.99")}, "total 99.99 there, 100.00 here"),
        ({"currency": "EUR"}, "currency EUR there, USD here"),
        ({"date": LATER}, "date 2025-03-02 there, 2025-03-01 here"),
        ({"customer": "6"}, "another customer there"),
        (
            {"total": Decimal(1), "customer": "6"},
            "total 1 there, 100.00 here; another customer there",
        ),
    ],
)
def test_an_invoice_that_differs_is_said_to_differ(
    stamp: str, held: dict[str, object], why: str
) -> None:
    there = remote(INVOICE, stamp=stamp, **held)
    assert judged(INVOICE, there) == Verdict(Found.DIFFERS, there, why)


@pytest.mark.parametrize(
    "held", [{"total": None}, {"currency": ""}, {"date": None}, {"customer": ""}]
)
def test_what_the_books_do_not_tell_does_not_differ(held: dict[str, object]) -> None:
    assert differences(expected_of(INVOICE, "5"), remote(INVOICE, **held)) == ""


def test_an_invoice_of_a_customer_without_id_agrees_with_any() -> None:
    held = remote(INVOICE, customer="6")
    assert judged(INVOICE, held, customer="") == Verdict(Found.AGREES, held)


def test_a_document_with_our_stamp_goes_before_one_with_our_number() -> None:
    ours = remote(INVOICE, id="78", stamp="1001", total=Decimal(1))
    verdict = judged(INVOICE, HELD, ours)
    assert (verdict.found, verdict.remote) == (Found.DIFFERS, ours)


def test_several_that_agree_are_left_to_a_person() -> None:
    twice = (HELD, remote(INVOICE, id="78"))
    verdict = Verdict(Found.DIFFERS, HELD, "it is there 2 times (ids 77, 78)")
    assert judged(INVOICE, *twice) == verdict


def test_the_one_that_agrees_is_found_among_others() -> None:
    other = remote(INVOICE, id="78", total=Decimal(1))
    assert judged(INVOICE, other, HELD) == Verdict(Found.AGREES, HELD)


def test_a_document_that_only_stands_there_voided_is_voided() -> None:
    held = remote(INVOICE, voided=True, total=Decimal(0))
    assert judged(INVOICE, held) == Verdict(Found.VOIDED, held, "it is voided there")
    assert judged(INVOICE, held, HELD) == Verdict(Found.AGREES, HELD)


# Payments, whose reference need not be unique


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ({}, Found.AGREES),
        ({"stamp": "P1"}, Found.AGREES),
        ({"stamp": "P1", "total": Decimal(1)}, Found.DIFFERS),
        ({"stamp": "P1", "voided": True}, Found.VOIDED),
        ({"stamp": "P2"}, Found.ABSENT),
        ({"total": Decimal(1)}, Found.ABSENT),
        ({"date": LATER}, Found.ABSENT),
        ({"customer": "6"}, Found.ABSENT),
        ({"voided": True}, Found.ABSENT),
    ],
)
def test_a_payment_of_the_same_reference_is_ours_only_if_all_agrees(
    held: dict[str, object], found: Found
) -> None:
    assert judged(PAYMENT, remote(PAYMENT, **held)).found is found


def test_two_payments_that_agree_are_never_followed_by_a_third() -> None:
    verdict = judged(PAYMENT, PAID, remote(PAYMENT, id="78"), remote(PAYMENT, total=Decimal(1)))
    assert verdict == Verdict(Found.DIFFERS, PAID, "it is there 2 times (ids 77, 78)")


# Customers


def person(name: str, id_: str = "1", email: str = "", *, active: bool = True) -> RemoteDocument:
    return (
        remote(a_customer(name), id=id_, active=active)
        if not email
        else RemoteDocument(
            kind=Kind.CUSTOMERS,
            id=id_,
            version="0",
            digest="",
            name=name,
            email=email,
            active=active,
        )
    )


ADA = person("Ada Ltd", "1", "Office@Ada.example; ada@ada.example")
NAMESAKE = person("ADA  LTD", "2")
GONE = person("Ada Ltd", "3", active=False)
OLD = person("Elsewhere", "4", "ada@ada.example", active=False)
BY_BOTH = ("email:ada@ada.example", "name:ada ltd")


@pytest.mark.parametrize(
    ("aliases", "candidates", "verdict"),
    [
        (BY_BOTH, [], Verdict(Found.ABSENT)),
        (BY_BOTH, [ADA], Verdict(Found.AGREES, ADA)),
        (BY_BOTH, [NAMESAKE, ADA], Verdict(Found.AGREES, ADA)),
        (BY_BOTH, [NAMESAKE], Verdict(Found.AGREES, NAMESAKE)),
        (BY_BOTH, [GONE, NAMESAKE], Verdict(Found.AGREES, NAMESAKE)),
        (BY_BOTH, [GONE], Verdict(Found.VOIDED, GONE)),
        (BY_BOTH, [OLD, NAMESAKE], Verdict(Found.AGREES, NAMESAKE)),
        (BY_BOTH, [OLD], Verdict(Found.ABSENT)),
        (
            BY_BOTH[1:],
            [ADA, NAMESAKE],
            Verdict(Found.DIFFERS, ADA, "Ada Ltd (id 1), ADA  LTD (id 2)"),
        ),
        (("id:9",), [ADA], Verdict(Found.ABSENT)),
        ((), [ADA], Verdict(Found.ABSENT)),
    ],
)
def test_a_customer_is_the_one_that_the_first_fitting_alias_names(
    aliases: tuple[str, ...], candidates: list[RemoteDocument], verdict: Verdict
) -> None:
    assert judge_party(aliases, candidates) == verdict


def test_the_first_of_several_customers_is_taken_where_the_mapping_says_so() -> None:
    assert judge_party(BY_BOTH[1:], [ADA, NAMESAKE], first=True) == Verdict(Found.AGREES, ADA)


def test_a_customer_found_by_a_name_the_books_write_otherwise_is_recognised() -> None:
    held = person("Ada- Ltd")
    assert judge_party(("name:ada: ltd",), [held]) == Verdict(Found.AGREES, held)


# Writes that nobody knows the end of


def doubtful(action: Action, document: Document = INVOICE) -> Operation:
    if isinstance(document, Customer):
        return Operation(
            action=action, ref=document.ref, fingerprint="", number="", aliases=document.aliases
        )
    assert not isinstance(document, Item | Label)
    return Operation(
        action=action,
        ref=document.ref,
        fingerprint="",
        number=document.number,
        date=document.date,
        total=document.money.amount,
        currency=document.currency,
        remote_id="" if action is Action.CREATE else "77",
        before="before",
        customer="5",
    )


@pytest.mark.parametrize(
    ("action", "held", "verdict"),
    [
        (Action.CREATE, None, Verdict(Found.ABSENT)),
        (Action.CREATE, {}, Verdict(Found.AGREES, HELD)),
        (Action.UPDATE, {"digest": "before"}, Verdict(Found.UNTOUCHED)),
        (Action.UPDATE, {"digest": "after"}, Verdict(Found.AGREES)),
        (
            Action.UPDATE,
            {"digest": "after", "total": Decimal(1)},
            Verdict(Found.DIFFERS, None, "total 1 there, 100.00 here"),
        ),
        (Action.UPDATE, None, Verdict(Found.DIFFERS, None, "it is no longer in the books")),
        (Action.UPDATE, {"id": "78"}, Verdict(Found.DIFFERS, None, "it is no longer in the books")),
        (Action.VOID, {"voided": True}, Verdict(Found.AGREES)),
        (Action.VOID, {}, Verdict(Found.UNTOUCHED)),
        (Action.VOID, None, Verdict(Found.DIFFERS, None, "it is no longer in the books")),
    ],
)
def test_a_doubtful_write_is_settled_by_what_the_books_hold(
    action: Action, held: dict[str, object] | None, verdict: Verdict
) -> None:
    candidates = [] if held is None else [remote(INVOICE, **held)]
    judgement = judge_doubt(doubtful(action), candidates)
    assert (judgement.found, judgement.why) == (verdict.found, verdict.why)
    assert judgement.remote in {None, *candidates}


def test_a_doubtful_customer_is_settled_by_its_aliases() -> None:
    operation = doubtful(Action.CREATE, a_customer())
    assert judge_doubt(operation, [NAMESAKE]) == Verdict(Found.AGREES, NAMESAKE)


def test_a_doubtful_payment_is_found_by_its_stamp_alone_if_it_differs() -> None:
    operation = doubtful(Action.CREATE, PAYMENT)
    assert judge_doubt(operation, [remote(PAYMENT, total=Decimal(1))]).found is Found.ABSENT
    stamped = remote(PAYMENT, total=Decimal(1), stamp="P1")
    assert judge_doubt(operation, [stamped]).found is Found.DIFFERS


# What a payment was taken off


def test_a_document_that_we_dated_otherwise_is_known_by_its_real_date() -> None:
    held = remote(INVOICE, date=LATER, real_date=DAY)
    assert judged(INVOICE, held) == Verdict(Found.AGREES, held)


def a_taking_off(**changes: object) -> RemoteDocument:
    given: dict[str, object] = {"links": (), "digest": "after", **changes}
    return RemoteDocument(kind=Kind.UNAPPLIED_PAYMENTS, id="75", version="4", **given)  # type: ignore[arg-type]


STILL_ON_IT = (Link(Kind.INVOICES, "70", "Invoice", Decimal(5)),)


@pytest.mark.parametrize(
    ("candidates", "found"),
    [
        ([a_taking_off()], Found.AGREES),
        ([a_taking_off(links=STILL_ON_IT, digest="before")], Found.UNTOUCHED),
        # Somebody changed it meanwhile; what we wanted is still to be done.
        ([a_taking_off(links=STILL_ON_IT)], Found.UNTOUCHED),
        ([a_taking_off(links=(Link(Kind.INVOICES, "71", "Invoice"),))], Found.AGREES),
        # A number of something else that is the same.
        ([a_taking_off(links=(Link(Kind.CREDIT_NOTES, "70", "CreditMemo"),))], Found.AGREES),
        ([], Found.ABSENT),
    ],
)
def test_whether_a_payment_was_taken_off_is_told_by_its_links(
    candidates: list[RemoteDocument], found: Found
) -> None:
    operation = Operation(
        action=Action.UPDATE,
        ref=DocumentRef(Kind.UNAPPLIED_PAYMENTS, "", "75"),
        fingerprint="",
        number="p1",
        remote_id="75",
        before="before",
        takes_off=("70",),
    )
    assert judge_doubt(operation, candidates).found is found


# Payouts


PAYOUT = Payout(
    ref=ref(Kind.PAYOUTS, "po"),
    number="po",
    date=DAY,
    currency="USD",
    amount=Decimal("-10.00"),
    clearing=Reference(name="Clearing"),
    bank=Reference(name="Bank"),
)
ROUTE = both_accounts("35", "36")


def a_transfer(id_: str = "77", **changes: object) -> RemoteDocument:
    held = {"id": id_, "total": Decimal("10.00"), "customer": ROUTE, "number": "", "balance": None}
    return remote(PAYOUT, **{**held, **changes})


def test_a_transfer_by_hand_is_the_payout_only_where_day_amount_and_accounts_agree() -> None:
    other = both_accounts("36", "35")
    strangers: list[dict[str, Any]] = [
        {"total": Decimal(9)},
        {"date": LATER},
        {"customer": other},
        {"stamp": "another"},
    ]
    assert judged(PAYOUT, a_transfer(), customer=ROUTE) == Verdict(Found.AGREES, a_transfer())
    for each in strangers:
        assert judged(PAYOUT, a_transfer(**each), customer=ROUTE) == Verdict(Found.ABSENT)


def test_our_own_transfer_between_other_accounts_is_for_a_person() -> None:
    moved = a_transfer(stamp="po", customer=both_accounts("35", "40"))
    assert judged(PAYOUT, moved, customer=ROUTE) == Verdict(
        Found.DIFFERS, moved, "other accounts there"
    )


def test_no_two_payouts_stand_for_one_transfer() -> None:
    refs = [ref(Kind.PAYOUTS, each) for each in ("a", "b", "c", "po")]
    expected = {each: replace(expected_of(PAYOUT, ROUTE), stamp=each.id) for each in refs}
    ours, *by_hand = a_transfer("1", stamp="po"), a_transfer("2"), a_transfer("3"), a_transfer("4")
    found = dict.fromkeys(refs, (ours, *by_hand))
    shared = share_out(expected, found, taken={"3"})
    assert [[each.id for each in shared[one]] for one in refs] == [["2"], ["4"], [], ["1"]]


def test_a_payout_whose_answer_was_lost_is_known_by_our_stamp_alone() -> None:
    sending = Operation(
        action=Action.CREATE,
        ref=PAYOUT.ref,
        fingerprint="",
        number="po",
        date=DAY,
        total=Decimal("10.00"),
        currency="USD",
        customer=ROUTE,
    )
    ours = a_transfer("1", stamp="po")
    assert judge_doubt(sending, [a_transfer()]) == Verdict(Found.ABSENT)
    assert judge_doubt(sending, [a_transfer(), ours]) == Verdict(Found.AGREES, ours)


def test_a_transfer_of_another_day_may_be_the_payout_unless_it_is_another_s() -> None:
    refs = [ref(Kind.PAYOUTS, each) for each in ("a", "b", "c")]
    expected = {each: replace(expected_of(PAYOUT, ROUTE), stamp=each.id) for each in refs}
    same, late, later = a_transfer("1"), a_transfer("2", date=LATER), a_transfer("3", date=LATER)
    other = a_transfer("4", date=LATER, total=Decimal(9))
    found = dict.fromkeys(refs, (same, other, late, later))
    shared = share_out(expected, found)
    near = lookalikes(expected, found, shared, taken={"2"})
    assert {each.id: one.id for each, one in near.items()} == {"b": "3"}
