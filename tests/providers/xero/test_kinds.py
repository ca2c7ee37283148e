"""Every kind of document, at the simulated organisation: written, found as answered, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import (
    Allocation,
    CreditAllocation,
    Document,
    DocumentRef,
    Fee,
    Invoice,
    Kind,
    Payout,
    Reference,
    Refund,
    Repayment,
    TaxTreatment,
)
from acctsync.plan.model import Action
from acctsync.providers.port import Rejected, Sought
from acctsync.simulator import Simulator
from tests.providers.contract import A_DAY, Clerk, a_ref, creating, rewriting
from tests.providers.xero.builders import a_line
from tests.providers.xero.desk import ORGANISATION, desk_at
from tests.providers.xero.test_contract import XeroBench

D = Decimal
BANK, CLEARING, EXPENSE = (Reference(name=each) for each in ("090", "091", "404"))


@pytest.fixture
def clerk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Clerk]:
    options = getattr(request, "param", {})
    with Simulator("xero", company=ORGANISATION, limits=False) as simulator:
        desk = desk_at(simulator, tmp_path, **options)
        yield Clerk(XeroBench(desk, tmp_path, desk.books))
        desk.close()


def a_form(clerk: Clerk, kind: Kind, **changes: Any) -> Invoice:
    """Write a form of 105.00, taxes included, for a contact of its own."""
    bench = clerk.bench
    assert isinstance(bench, XeroBench)
    vendor = kind in {Kind.BILLS, Kind.PURCHASE_ORDERS}
    party = bench.customer(f"Party of {kind}")
    clerk.create(replace(party, ref=replace(party.ref, kind=Kind.VENDORS)) if vendor else party)
    party_ref = replace(party.ref, kind=Kind.VENDORS) if vendor else party.ref
    line = a_line("100.00")
    if vendor:
        line = a_line(item=None, account=Reference(name="469"), tax_code=Reference(name="INPUT"))
    form = Invoice(
        ref=a_ref(kind, f"{kind}-1"),
        number=f"{kind}-1",
        customer=party_ref,
        date=A_DAY,
        currency="USD",
        lines=(line,),
        total=D("105.00"),
        tax_total=D("5.00"),
        deposit_to=BANK if kind is Kind.SALES_RECEIPTS else None,
    )
    made = replace(form, **changes)
    bench._own(made, party_ref)
    return made


def found_by(clerk: Clerk, document: Document) -> tuple[Any, ...]:
    sought = Sought(ref=document.ref, number=document.number, stamp=document.ref.id, date=A_DAY)
    return clerk.bench.provider.find([sought])[document.ref]


FORMS = [
    Kind.ESTIMATES, Kind.INVOICES, Kind.CREDIT_NOTES, Kind.PURCHASE_ORDERS, Kind.BILLS,
    Kind.SALES_RECEIPTS,
]  # fmt: skip


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_is_found_as_it_was_answered_and_taken_back(clerk: Clerk, kind: Kind) -> None:
    form = a_form(clerk, kind)
    remote = clerk.create(form)

    assert (remote.total, remote.stamp, remote.date) == (D("105.00"), form.ref.id, A_DAY)
    assert found_by(clerk, form) == (remote,)
    by_id = Sought(ref=form.ref, remote_id=remote.id)
    assert clerk.bench.provider.find([by_id]) == {form.ref: (remote,)}
    gone = clerk.accepted(rewriting(Action.VOID, form, remote))
    assert (gone.id, gone.voided) == (remote.id, True)


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_is_changed_in_place(clerk: Clerk, kind: Kind) -> None:
    form = a_form(clerk, kind)
    remote = clerk.create(form)
    line = replace(form.lines[0], amount=D("40.00"))
    changed = replace(form, lines=(line,), total=D("42.00"), tax_total=D("2.00"))

    after = clerk.accepted(rewriting(Action.UPDATE, changed, remote))
    assert (after.id, after.total) == (remote.id, D("42.00"))
    assert found_by(clerk, changed) == (after,)


@pytest.mark.parametrize("clerk", [{"entered_as": "draft"}], indirect=True)
@pytest.mark.parametrize("kind", [Kind.INVOICES, Kind.CREDIT_NOTES, Kind.BILLS])
def test_a_draft_is_deleted_where_an_approved_one_is_voided(clerk: Clerk, kind: Kind) -> None:
    form = a_form(clerk, kind)
    remote = clerk.create(form)
    gone = clerk.accepted(rewriting(Action.VOID, form, remote))
    assert (gone.id, gone.voided) == (remote.id, True)


@pytest.mark.parametrize("clerk", [{"entered_as": "draft"}], indirect=True)
def test_nothing_is_paid_on_a_draft_and_the_way_out_is_told(clerk: Clerk) -> None:
    invoice, _ = clerk.invoice()
    (outcome,) = clerk.send(creating(clerk.bench.payment("p-1", invoice)))
    assert isinstance(outcome, Rejected)
    assert outcome.problem.message == "its invoice is not approved in Xero"
    assert outcome.problem.hint.startswith("Approve it in Xero")


def test_a_refund_and_its_money_are_found_and_go_together(clerk: Clerk) -> None:
    form = a_form(clerk, Kind.INVOICES)
    refund = Refund(
        ref=a_ref(Kind.REFUNDS, "re_1"), date=A_DAY, currency="USD", amount=D("105.00"),
        lines=form.lines, tax_total=D("5.00"), customer=form.customer, deposit_to=BANK,
    )  # fmt: skip
    money = Repayment(
        ref=a_ref(Kind.REPAYMENTS, "re_1"), refund=refund.ref, date=A_DAY, currency="USD",
        amount=D("105.00"), paid_from=BANK,
    )  # fmt: skip
    assert isinstance(clerk.bench, XeroBench)
    clerk.bench._own(refund, form.customer)
    credit, paid = clerk.create(refund), clerk.create(money)

    assert found_by(clerk, money) == (paid,)
    (after,) = found_by(clerk, refund)
    assert (after.balance, after.digest) == (D(0), credit.digest)
    assert clerk.bench.provider.payments().payments == (), "no money came in"
    (refused,) = clerk.send(rewriting(Action.VOID, refund, after))
    assert isinstance(refused, Rejected), "money lies on it"
    assert clerk.accepted(rewriting(Action.VOID, money, paid)).voided
    assert clerk.accepted(rewriting(Action.VOID, refund, after)).voided


def test_what_is_set_off_is_found_by_its_credit_note(clerk: Clerk) -> None:
    invoice = a_form(clerk, Kind.INVOICES)
    clerk.create(invoice)
    credit = replace(a_form(clerk, Kind.CREDIT_NOTES), customer=invoice.customer)
    assert isinstance(clerk.bench, XeroBench)
    clerk.bench._own(credit, invoice.customer)
    clerk.create(credit)
    allocation = CreditAllocation(
        ref=DocumentRef(Kind.CREDIT_ALLOCATIONS, credit.ref.source, credit.ref.id),
        credit=credit.ref, customer=invoice.customer, date=A_DAY, currency="USD",
        amount=D("30.00"), wanted=invoice.number, number=credit.number, invoice=invoice.ref,
    )  # fmt: skip
    assert found_by(clerk, allocation) == ()
    made = clerk.create(allocation)

    (found,) = found_by(clerk, allocation)
    assert (found.id, found.digest, found.total) == (made.id, made.digest, D("30.00"))
    (paid,) = found_by(clerk, invoice)
    assert paid.balance == D("75.00")


def test_a_bad_debt_is_found_whenever_it_was_written_off(clerk: Clerk) -> None:
    invoice = a_form(clerk, Kind.INVOICES)
    clerk.create(invoice)
    line = a_line("105.00", item=None, account=Reference(name="670"), tax_code=None)
    credit = replace(
        invoice, ref=replace(invoice.ref, kind=Kind.WRITE_OFFS), lines=(line,), tax_total=D(0),
        tax=TaxTreatment.NONE,
        applies_to=Allocation(wanted=invoice.number, amount=invoice.total, invoice=invoice.ref),
    )  # fmt: skip
    assert isinstance(clerk.bench, XeroBench)
    clerk.bench._own(credit, invoice.customer)
    remote = clerk.create(credit)

    assert remote.number == f"WO-{invoice.number}"
    assert found_by(clerk, credit) == (remote,)


def test_fees_and_payouts_are_found_by_their_stamps(clerk: Clerk) -> None:
    fee = Fee(
        ref=a_ref(Kind.FEES, "p-1"), payment=a_ref(Kind.PAYMENTS, "p-1"), date=A_DAY,
        currency="USD", amount=D("3.20"), account=EXPENSE, paid_from=CLEARING,
    )  # fmt: skip
    payout = Payout(
        ref=a_ref(Kind.PAYOUTS, "po-1"), number="po-1", date=A_DAY, currency="USD",
        amount=D("50.00"), clearing=CLEARING, bank=BANK,
    )  # fmt: skip
    for document in (fee, payout):
        made = clerk.create(document)
        assert found_by(clerk, document) == (made,)
        assert made.total == document.money.amount
