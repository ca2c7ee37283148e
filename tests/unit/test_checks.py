"""Documents are checked by themselves and against each other, without files."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.checks import check_across, check_document
from acctsync.documents import (
    Allocation,
    Document,
    DocumentRef,
    Invoice,
    Kind,
    Line,
    Payment,
    Reference,
    Refund,
    State,
)
from acctsync.errors import Location
from acctsync.mapping.findings import Built, Findings
from acctsync.mapping.model import (
    Accounting,
    Books,
    Checks,
    Defaults,
    Mapping,
    PushPolicy,
    RecordRule,
)

TODAY = dt.date(2025, 6, 1)
CUSTOMER = DocumentRef(Kind.CUSTOMERS, "customers", "name:acme")


def rules(checks: Checks | None = None, rounding: str = "") -> Mapping:
    account = Reference(name=rounding) if rounding else None
    return Mapping(
        path=Path("m.yaml"),
        books=Books(system="quickbooks", company="Acme", currency="USD", timezone="UTC"),
        sources={},
        records={
            kind: RecordRule(kind=kind, source="a", place=Location("m.yaml"), document={})
            for kind in Kind
        },
        accounting=Accounting(defaults=Defaults(rounding_account=account)),
        checks=checks or Checks(),
        push=PushPolicy(),
    )


def invoice(number: str = "1", total: str = "100.00", kind: Kind = Kind.INVOICES) -> Invoice:
    return Invoice(
        ref=DocumentRef(kind, "a", number),
        number=number,
        customer=CUSTOMER,
        date=dt.date(2025, 3, 1),
        currency="USD",
        lines=(Line(amount=Decimal(total)),),
        total=Decimal(total),
    )


def payment(number: str, amount: str = "100.00", of: str = "1") -> Payment:
    allocation = Allocation(wanted=of, amount=Decimal(amount), invoice=invoice(of).ref)
    ref = DocumentRef(Kind.PAYMENTS, "p", number)
    return Payment(
        ref=ref,
        date=dt.date(2025, 3, 2),
        currency="USD",
        amount=Decimal(amount),
        allocations=(allocation,),
    )


def refund(number: str, amount: str, of: str) -> Refund:
    ref = DocumentRef(Kind.REFUNDS, "r", number)
    return Refund(
        ref=ref,
        date=dt.date(2025, 3, 3),
        currency="USD",
        amount=Decimal(amount),
        lines=(),
        payment=payment(of).ref,
    )


def checked(
    document: Invoice, stated: str | None = None, checks: Checks | None = None, rounding: str = ""
) -> Built:
    built = Built(
        ref=document.ref, number=document.number, findings=Findings("a.csv", 2), document=document
    )
    built.stated_total = Decimal(stated) if stated else None
    check_document(built, rules(checks, rounding), TODAY)
    return built


TOLERANT = Checks(tolerance=Decimal("0.02"), mismatch="rounding_line")


@pytest.mark.parametrize(
    ("stated", "checks", "rounding", "codes", "rounded"),
    [
        ("100.00", Checks(), "", [], "0"),
        ("100.01", Checks(), "", ["CHK001"], None),
        ("100.01", Checks(), "R", ["CHK001"], None),
        ("100.02", TOLERANT, "R", [], "0.02"),
        ("99.98", TOLERANT, "R", [], "-0.02"),
        ("100.02", TOLERANT, "", ["CHK001"], None),
        ("100.03", TOLERANT, "R", ["CHK001"], None),
        ("101.00", Checks(mismatch="warn"), "R", ["CHK002"], "1.00"),
        ("101.00", Checks(mismatch="warn"), "", ["CHK001"], None),
    ],
)
def test_a_total_agrees_is_rounded_or_refuses(
    stated: str, checks: Checks, rounding: str, codes: list[str], rounded: str | None
) -> None:
    built = checked(invoice(), stated, checks, rounding)
    assert [problem.code for problem in built.problems] == codes
    if rounded is None:
        assert built.document is None
    else:
        assert isinstance(built.document, Invoice)
        assert (built.document.total, built.document.rounding) == (
            Decimal(stated),
            Decimal(rounded),
        )


@pytest.mark.parametrize(
    ("document", "code", "refused"),
    [
        (invoice(total="-1.00"), "CHK005", True),
        (invoice(total="-1.00", kind=Kind.CREDIT_NOTES), "CHK005", True),
        (replace(invoice(), due_date=dt.date(2025, 2, 1)), "CHK006", False),
        (replace(invoice(), date=dt.date(1999, 12, 31)), "CHK007", True),
        (replace(invoice(), date=dt.date(2026, 6, 3)), "CHK007", True),
        (invoice("01-Mar"), "CHK009", False),
        (invoice("mar-25"), "CHK009", False),
    ],
)
def test_a_document_by_itself(document: Invoice, code: str, refused: bool) -> None:
    built = checked(document)
    assert [problem.code for problem in built.problems] == [code]
    assert (built.document is None) == refused


def test_a_balance_above_the_total_is_warned_of() -> None:
    built = Built(
        ref=invoice().ref,
        number="1",
        findings=Findings("a.csv", 2),
        document=invoice(),
        balance=Decimal(200),
    )
    check_document(built, rules(), TODAY)
    assert [problem.code for problem in built.problems] == ["CHK014"]


def test_numbers_that_become_one_in_the_books_refuse_all_of_them() -> None:
    verdict = check_across([invoice("INV-1"), invoice("inv-1"), invoice("INV-2")], {}, rules())
    assert {ref.id for ref in verdict.refused} == {"INV-1", "inv-1"}


def test_a_number_may_be_an_invoices_and_a_credit_notes() -> None:
    assert (
        check_across([invoice("1"), invoice("1", kind=Kind.CREDIT_NOTES)], {}, rules()).problems
        == []
    )


def test_the_payment_that_is_too_much_is_refused_and_its_refund_with_it() -> None:
    documents: list[Document] = [invoice(), payment("A"), payment("B"), refund("R", "10.00", "B")]
    verdict = check_across(documents, {}, rules())
    assert [(problem.code, problem.document) for problem in verdict.problems] == [
        ("CHK010", "B"),
        ("CHK015", "R"),
    ]


def test_a_refused_payment_of_several_invoices_leaves_them_open_for_others() -> None:
    parts = tuple(
        Allocation(wanted=each, amount=Decimal(amount), invoice=invoice(each).ref)
        for each, amount in (("1", "100.00"), ("2", "999.00"))
    )
    several = replace(payment("A"), amount=Decimal(1099), allocations=parts)
    whole = replace(payment("B"), allocations=parts[:1])
    verdict = check_across([invoice("1"), invoice("2"), several, whole], {}, rules())
    assert [(problem.code, problem.document) for problem in verdict.problems] == [("CHK010", "A")]


def test_a_payment_has_one_customer() -> None:
    parts = tuple(
        Allocation(wanted=each, amount=Decimal(50), invoice=invoice(each).ref) for each in "12"
    )
    other = replace(invoice("2"), customer=DocumentRef(Kind.CUSTOMERS, "s", "other"))
    several = replace(payment("A"), allocations=parts)
    verdict = check_across([invoice("1"), other, several], {}, rules())
    assert [(problem.code, problem.document) for problem in verdict.problems] == [("CHK021", "A")]
    assert check_across([invoice("1"), invoice("2"), several], {}, rules()).problems == []


def test_a_payment_of_a_void_invoice_is_refused() -> None:
    verdict = check_across([replace(invoice(), state=State.VOID), payment("A")], {}, rules())
    assert [problem.code for problem in verdict.problems] == ["CHK016"]
    assert verdict.refused == {payment("A").ref: "A"}


def test_a_payment_of_a_void_invoice_may_stay_the_customers_credit() -> None:
    unapplying = replace(rules(), push=PushPolicy(void="unapply"))
    void = replace(invoice(), state=State.VOID)
    verdict = check_across([void, payment("A"), payment("B")], {}, unapplying)
    assert [(each.code, each.is_error) for each in verdict.problems] == [("CHK016", False)] * 2
    assert verdict.refused == {}


def test_a_payment_in_another_currency_needs_a_rate() -> None:
    foreign = replace(payment("A"), currency="CAD")
    assert [p.code for p in check_across([invoice(), foreign], {}, rules()).problems] == ["CHK012"]
    rated = replace(foreign, exchange_rate=Decimal("1.39"))
    assert check_across([invoice(), rated], {}, rules()).problems == []


def test_refunds_beyond_their_payment_are_refused_or_warned_of() -> None:
    documents: list[Document] = [
        invoice(),
        payment("A"),
        refund("R1", "60.00", "A"),
        refund("R2", "60.00", "A"),
        refund("R3", "40.00", "A"),
    ]
    assert {ref.id for ref in check_across(documents, {}, rules()).refused} == {"R2"}
    assert check_across(documents, {}, rules(Checks(refund_over_payment="warn"))).refused == {}
