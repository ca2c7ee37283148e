from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.documents import Document, DocumentRef, Invoice, Kind, Reference, State, TaxTreatment
from acctsync.plan.drafting import Fingerprinted, Policy, content, draft, is_void
from acctsync.plan.model import Action, Change, Known, Standing
from tests.builders import (
    CUSTOMER,
    DAY,
    a_change,
    a_customer,
    a_line,
    a_payment,
    a_refund,
    an_allocation,
    an_invoice,
    known,
)

VOID = an_invoice(state=State.VOID)
OTHER = Reference(name="Other")


def drafted(document: Document, memory: Known | None = None, **policy: Any) -> Change:
    remembered = {} if memory is None else {memory.ref: memory}
    (change,) = draft([document], remembered, Policy(**policy))
    return change


@pytest.mark.parametrize("document", [a_customer(), an_invoice(), a_payment(), a_refund()])
def test_what_was_never_pushed_is_created(document: Document) -> None:
    assert drafted(document) == a_change(document)


@pytest.mark.parametrize("document", [a_customer(), an_invoice(), a_payment(), a_refund()])
def test_what_is_as_it_was_pushed_is_left(document: Document) -> None:
    memory = known(document)
    assert drafted(document, memory) == a_change(document, Action.UNCHANGED, known=memory)


def test_what_changed_since_it_was_pushed_is_updated() -> None:
    memory, now = known(an_invoice("100.00")), an_invoice("120.00")
    assert drafted(now, memory) == a_change(now, Action.UPDATE, known=memory)


def test_an_answer_of_the_books_that_disagreed_counts_as_changed() -> None:
    memory = known(an_invoice(), fingerprint="")
    assert drafted(an_invoice(), memory).action is Action.UPDATE


def test_a_change_is_left_with_a_warning_where_updates_are_off() -> None:
    memory, now = known(an_invoice("100.00")), an_invoice("120.00")
    change = drafted(now, memory, updates=False)
    assert (change.action, change.known) == (Action.UNCHANGED, memory)
    assert change.problem is not None
    assert (change.problem.code, change.problem.is_error) == ("PLAN001", False)


def test_a_customer_that_is_known_is_never_updated() -> None:
    memory = known(a_customer())
    renamed = a_customer("Ada & Sons")
    assert drafted(renamed, memory) == a_change(renamed, Action.UNCHANGED, known=memory)


@pytest.mark.parametrize(
    ("standing", "voids", "action"),
    [
        (None, True, Action.VOID),
        (None, False, Action.UNCHANGED),
        (Standing.LIVE, True, Action.VOID),
        (Standing.LIVE, False, Action.UNCHANGED),
        (Standing.VOID, True, Action.UNCHANGED),
        (Standing.ABSENT, True, Action.UNCHANGED),
    ],
)
def test_a_void_document_is_voided_once_if_voids_are_on(
    standing: Standing | None,
    *,
    voids: bool,
    action: Action,
) -> None:
    memory = None if standing is None else known(VOID, standing=standing)
    assert drafted(VOID, memory, voids=voids) == a_change(VOID, action, known=memory)


def test_a_void_that_was_never_pushed_is_created_once_it_is_open_again() -> None:
    memory = known(VOID, standing=Standing.ABSENT, remote_id="")
    assert drafted(an_invoice(), memory) == a_change(an_invoice(), known=memory)


def test_a_document_voided_in_the_books_does_not_rise_again() -> None:
    change = drafted(an_invoice(), known(VOID, standing=Standing.VOID))
    assert (change.action, change.problem and change.problem.code) == (Action.CONFLICT, "PLAN002")


@pytest.mark.parametrize(
    ("pushed_to", "now", "action"),
    [
        ("5", "5", Action.UNCHANGED),
        ("5", "6", Action.UPDATE),
        ("5", None, Action.UPDATE),
        ("", "6", Action.UNCHANGED),
    ],
)
def test_an_invoice_follows_its_customer(pushed_to: str, now: str | None, action: Action) -> None:
    memory = {an_invoice().ref: known(an_invoice(), remote_customer=pushed_to)}
    if now is not None:
        memory[CUSTOMER] = known(a_customer(), remote_id=now)
    (change,) = draft([an_invoice()], memory, Policy())
    assert change.action is action


def test_a_draft_keeps_the_order_of_the_export() -> None:
    documents: list[Document] = [a_payment(), an_invoice(), a_customer()]
    assert [each.document for each in draft(documents, {}, Policy())] == documents


def test_only_invoices_can_be_void() -> None:
    assert [is_void(each) for each in (VOID, an_invoice(), a_payment())] == [True, False, False]


# What counts as content


@pytest.mark.parametrize(
    ("with_company", "alone"),
    [
        (a_payment(), a_payment(allocations=(an_allocation(here=False),), customer=None)),
        (a_customer(), a_customer(aliases=("id:9", "email:ada@example.com"))),
        (a_customer(), a_customer(own_record=True)),
        (an_invoice(), an_invoice(customer=DocumentRef(Kind.CUSTOMERS, "shop", "grace"))),
        (
            an_invoice(applies_to=an_allocation()),
            an_invoice(applies_to=an_allocation(here=False)),
        ),
        (
            a_refund(
                tax=TaxTreatment.INCLUSIVE,
                tax_total=Decimal(7),
                method=OTHER,
                deposit_to=OTHER,
                discount_account=OTHER,
                location=OTHER,
                class_=OTHER,
            ),
            a_refund(
                lines=(),
                customer=None,
                payment=None,
                invoice=None,
                wanted_invoice="1001",
                wanted_payment="P1",
            ),
        ),
    ],
)
def test_content_stays_the_same_when_other_documents_leave_the_export(
    with_company: Document, alone: Document
) -> None:
    assert content(with_company) == content(alone)


def test_content_of_an_invoice_covers_everything_that_is_its_own() -> None:
    other: dict[str, Any] = {
        "ref": DocumentRef(Kind.INVOICES, "shop", "other"),
        "number": "other",
        "date": DAY.replace(day=2),
        "due_date": DAY,
        "expires": DAY,
        "sent": DAY,
        "currency": "EUR",
        "lines": (a_line("99.99"),),
        "total": Decimal("99.99"),
        "state": State.WRITTEN_OFF,
        "tax": TaxTreatment.INCLUSIVE,
        "exchange_rate": Decimal("1.1"),
        "applies_to": an_allocation(),
    }
    decimals = dict.fromkeys(("discount", "tax_total", "rounding"), Decimal("0.01"))
    texts = dict.fromkeys(("reference", "memo", "private_note"), "other")
    names = (
        *("terms", "location", "class_", "discount_account", "rounding_account"),
        *("method", "deposit_to"),
    )
    changes = {**dict.fromkeys(names, OTHER), **decimals, **texts, **other}
    left_out = {each.name for each in fields(Invoice)} - {*changes}
    switches = {"numbered", "payable_online", "theme"}  # which nobody bills anew for
    assert left_out == {"customer", "document_taxes", "paid", "place", *switches}
    marks = [content(replace(an_invoice(), **{name: to})) for name, to in changes.items()]
    assert len({content(an_invoice()), *marks}) == len(changes) + 1


@pytest.mark.parametrize(
    "changed",
    [
        a_payment("99.99"),
        a_payment(date=DAY.replace(day=2)),
        a_payment(currency="EUR"),
        a_payment(invoice="1002"),
        a_payment(allocations=()),
        a_payment(method=OTHER),
        a_payment(deposit_to=OTHER),
        a_payment(reference="other"),
        a_payment(memo="other"),
        a_payment(private_note="other"),
        a_payment(exchange_rate=Decimal("1.1")),
        a_payment(location=OTHER),
    ],
)
def test_content_of_a_payment_covers_what_is_its_own(changed: Document) -> None:
    assert content(changed) != content(a_payment())


@pytest.mark.parametrize(
    "changed",
    [
        a_refund("99.99"),
        a_refund(date=DAY.replace(day=2)),
        a_refund(currency="EUR"),
        a_refund(reference="other"),
        a_refund(memo="other"),
        a_refund(private_note="other"),
    ],
)
def test_content_of_a_refund_covers_what_is_its_own(changed: Document) -> None:
    assert content(changed) != content(a_refund())


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-9999, max_value=9999),
    st.text(),
)
def test_content_tells_amounts_and_texts_apart_but_not_ways_of_writing(
    amount: Decimal, memo: str
) -> None:
    line = a_line(str(amount))
    same = an_invoice(lines=(replace(line, amount=Decimal(f"{amount}00")),), memo=memo)
    other = an_invoice(lines=(replace(line, amount=amount + Decimal("0.01")),), memo=memo)
    assert content(an_invoice(lines=(line,), memo=memo)) == content(same)
    assert content(same) not in {content(other), content(replace(same, memo=f"{memo}."))}


@pytest.mark.parametrize(
    ("changes", "policy", "action"),
    [
        ({"email": "new@example.com"}, {}, Action.UNCHANGED),
        ({"email": "new@example.com"}, {"parties": frozenset({Kind.VENDORS})}, Action.UNCHANGED),
        ({"email": "new@example.com"}, {"parties": frozenset({Kind.CUSTOMERS})}, Action.UPDATE),
        ({}, {"parties": frozenset({Kind.CUSTOMERS})}, Action.UNCHANGED),
        (
            {"email": "new@example.com", "fixed": Reference(id="7")},
            {"parties": frozenset({Kind.CUSTOMERS})},
            Action.UNCHANGED,
        ),
    ],
)
def test_a_known_customer_follows_only_where_the_mapping_says_so(
    changes: dict[str, Any], policy: dict[str, Any], action: Action
) -> None:
    memory = known(a_customer())
    assert drafted(a_customer(**changes), memory, **policy).action is action


def test_a_fingerprint_that_was_worked_out_before_counts_for_that_very_document_alone() -> None:
    held, fresh = an_invoice(), an_invoice()
    fingerprinted = Fingerprinted()
    fingerprinted.hold(held, "as read")
    changes = draft([held, fresh], {}, Policy(), fingerprinted)
    assert [each.fingerprint for each in changes] == ["as read", content(fresh)]
