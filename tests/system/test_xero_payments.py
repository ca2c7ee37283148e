"""Money in Xero that is not one payment of one invoice: in the books once, and told as it came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.state.store import Store
from tests.engine.test_crash_points import Fuse, Killed
from tests.system.processes import counted
from tests.system.xero_bench import XeroBench, at_work

MAPPING = """
acctsync: 1
books: {system: xero, company: Harbour Commons LLC, currency: USD, timezone: UTC}
sources:
  billed: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  paid: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: billed
    document: {id: Number, number: Number, customer: {name: Customer}, date: Date, total: Amount}
    lines: {item: {value: desk}, amount: Amount}
  payments:
    from: paid
    group_by: Id
    document: {id: Id, customer: {name: Customer}, date: Date, amount: Received, reference: Cheque,
               state: {column: State, map: {"": open, bounced: void}}}
    lines: {invoice: Invoice, amount: Applied}
accounting:
  items: {desk: {item: HOTDESK}}
  taxes: {none: {code: NONE}}
  payment_methods: {other: {deposit_to: "090"}}
  customers: {match: [name], missing: create}
push: {customers: true, invoices: true, payments: true, numbers: keep, void: true}
"""
INVOICES = """Number,Customer,Date,Amount
I-1,Ada,2025-03-01,100.00
I-2,Ada,2025-03-01,50.00
I-3,Ada,2025-03-02,80.00
I-4,Bob,2025-03-02,40.00
"""
# p-1 settles two invoices and part of a third, p-2 the rest of that.
PAYMENTS = """Id,Customer,Date,Received,Cheque,State,Invoice,Applied
p-1,Ada,2025-03-09,180.00,Cheque 12,,I-1,100.00
p-1,,,,,,I-2,50.00
p-1,,,,,,I-3,30.00
p-2,Ada,2025-03-10,50.00,Cheque 13,,I-3,50.00
"""
FILES = {"acctsync.yaml": MAPPING, "invoices.csv": INVOICES, "payments.csv": PAYMENTS}
NOTHING = {"read": 0, "write": 0, "throttled": 0}
PAID = [
    ("(1 of 3) Cheque 12 [acctsync payments/p-1]", "I-1", Decimal(100)),
    ("(2 of 3) Cheque 12 [acctsync payment_parts/p-1+2]", "I-2", Decimal(50)),
    ("(3 of 3) Cheque 12 [acctsync payment_parts/p-1+3]", "I-3", Decimal(30)),
    ("Cheque 13 [acctsync payments/p-2]", "I-3", Decimal(50)),
]
OPEN = {"I-1": Decimal(0), "I-2": Decimal(0), "I-3": Decimal(0), "I-4": Decimal(40)}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[XeroBench]:
    with at_work(tmp_path, None, FILES) as bench:
        yield bench


def paid(bench: XeroBench) -> list[tuple[str, str, Decimal]]:
    """Tell the payments in the books: reference, invoice and amount."""
    numbers = {each["InvoiceID"]: each["InvoiceNumber"] for each in bench.entities("Invoice")}
    return sorted(
        (each["Reference"], numbers[each["Invoice"]["InvoiceID"]], each["Amount"])
        for each in bench.alive("Payment")
    )


def due(bench: XeroBench) -> dict[str, Decimal]:
    return {each["InvoiceNumber"]: each["AmountDue"] for each in bench.alive("Invoice")}


def assert_agreed(bench: XeroBench) -> None:
    """See that a push knows the books, that both sides agree, and that everything is there once."""
    assert bench.json("push")["data"]["calls"] == NOTHING
    told = bench.json("reconcile")["data"]
    assert told["differences"] == []
    assert (paid(bench), due(bench)) == (PAID, OPEN)


def lose(bench: XeroBench) -> None:
    next((bench.folder / "state").rglob("state.db")).unlink()


def test_a_payment_of_several_invoices_is_one_payment_in_everything_that_is_told(
    bench: XeroBench,
) -> None:
    pushed = bench.json("push", "--verbose")["data"]
    assert pushed["by_kind"]["payments"]["create"] == 2
    assert pushed["money"]["payments"] == {"USD": "230.00"}
    told = {
        each["id"]: each["amount"] for each in pushed["documents"] if each["kind"] == "payments"
    }
    assert told == {"p-1": "180.00", "p-2": "50.00"}
    totals = [
        each for each in bench.json("reconcile")["data"]["totals"] if each["kind"] == "payments"
    ]
    assert [(each["here"], each["there"]) for each in totals] == [
        ({"count": 2, "sum": "230.00"}, {"count": 2, "sum": "230.00"})
    ]
    shown = bench.json("show", "p-1")["data"]["books"]
    assert sorted(each["document"]["total"] for each in shown) == ["100.00", "30.00", "50.00"]
    assert_agreed(bench)


def test_a_lost_state_is_rebuilt_or_adopted_and_nothing_is_pushed(bench: XeroBench) -> None:
    bench.json("push")
    lose(bench)
    assert bench.json("state", "rebuild")["data"]["calls"]["write"] == 0
    assert_agreed(bench)
    lose(bench)
    bench.connect()
    bench.json("adopt")
    assert bench.json("push")["data"]["calls"]["write"] == 0
    assert_agreed(bench)


def test_an_undone_payment_is_pushed_again_to_the_same_books(bench: XeroBench) -> None:
    bench.json("push", "--only", "customers,invoices")
    bench.json("push")
    (run, _) = bench.json("status")["data"]["runs"]
    undone = bench.json("undo", run["id"], "--yes")["data"]
    assert (undone["counts"]["undone"], undone["money"]) == (2, {"payments": {"USD": "230.00"}})
    assert paid(bench) == []
    bench.json("push")
    assert_agreed(bench)


def test_a_payment_that_bounced_is_taken_off_all_its_invoices(bench: XeroBench) -> None:
    bench.json("push")
    bench.change("payments.csv", "180.00,Cheque 12,,", "180.00,Cheque 12,bounced,")
    assert counted(bench.json("push"))["void"] == 1
    assert paid(bench) == PAID[3:]
    assert bench.json("push")["data"]["calls"] == NOTHING
    assert bench.json("reconcile")["data"]["differences"] == []


def test_a_bounced_payment_whose_lines_are_gone_is_taken_off_all_its_invoices(
    bench: XeroBench,
) -> None:
    bench.json("push")
    bounced = "p-1,Ada,2025-03-09,180.00,Cheque 12,bounced,,\n"
    _, _, rest = PAYMENTS.partition("p-2")
    bench.write({"payments.csv": PAYMENTS.partition("p-1")[0] + bounced + "p-2" + rest})
    bench.json("push")
    assert paid(bench) == PAID[3:]


def test_what_a_payment_is_not_for_any_more_is_taken_back(bench: XeroBench) -> None:
    bench.json("push")
    bench.change("payments.csv", "p-1,,,,,,I-3,30.00\n", "")
    bench.change("payments.csv", "180.00", "150.00")
    assert counted(bench.json("push"))["update"] == 1
    assert [(invoice, str(amount)) for _, invoice, amount in paid(bench)] == [
        ("I-1", "100.00"), ("I-2", "50.00"), ("I-3", "50.00"),
    ]  # fmt: skip
    assert bench.json("push")["data"]["calls"] == NOTHING
    assert bench.json("reconcile")["data"]["differences"] == []


def test_a_changed_part_is_held_back_with_the_way_out(bench: XeroBench) -> None:
    bench.json("push")
    bench.change("payments.csv", "p-1,,,,,,I-3,30.00\n", "p-1,,,,,,I-3,20.00\n")
    bench.change("payments.csv", "180.00", "170.00")
    (problem,) = bench.json("push", exit_code=3)["problems"]
    assert (problem["code"], problem["document"]) == ("PLAN080", "p-1")
    assert problem["hint"] == (
        "Void payment p-1 in the billing system and enter it there under a new id."
    )
    assert paid(bench) == PAID


def test_a_part_that_somebody_deleted_is_found_by_reconciling(bench: XeroBench) -> None:
    bench.json("push")
    part = next(each for each in bench.alive("Payment") if "p-1+3" in each["Reference"])
    bench.by_hand("Payment", PaymentID=part["PaymentID"], Status="DELETED")
    found = bench.json("reconcile", exit_code=3)["data"]["differences"]
    assert [(each["finding"], each["number"], each["here"], each["there"]) for each in found] == [
        ("amount", "p-1", "180.00", "150.00"), ("unpaid", "I-3", "80.00", "50.00"),
    ]  # fmt: skip


def test_a_pull_tells_one_payment_whichever_part_of_it_changed(bench: XeroBench) -> None:
    bench.json("push")
    pulled = bench.json("pull", "payments")["data"]["payments"]
    assert [(each["source_id"], each["amount"], each["reference"]) for each in pulled] == [
        ("p-1", "180.00", "Cheque 12"), ("p-2", "50.00", "Cheque 13"),
    ]  # fmt: skip
    assert [part["amount"] for part in pulled[0]["applied"]] == ["100.00", "50.00", "30.00"]
    part = next(each for each in bench.alive("Payment") if "p-1+2" in each["Reference"])
    bench.by_hand("Payment", PaymentID=part["PaymentID"], Status="DELETED")
    (changed,) = bench.json("pull", "payments")["data"]["payments"]
    assert (changed["source_id"], changed["amount"]) == ("p-1", "130.00")


@pytest.mark.parametrize("fate", ["drop_before", "drop_after"])
def test_a_call_that_is_lost_on_its_way_leaves_everything_once(bench: XeroBench, fate: str) -> None:
    bench.plant({"method": "PUT", "path": "/Payments"}, **{fate: True})
    bench.run("push")
    bench.json("push")
    assert_agreed(bench)


@pytest.mark.parametrize("boundary", [12])
def test_a_push_that_dies_between_a_commit_and_a_call_ends_like_one_that_did_not(
    bench: XeroBench, boundary: int
) -> None:
    fuse = Fuse(boundary)
    commit = Store._transaction

    @contextmanager
    def mortal(store: Store) -> Iterator[None]:
        fuse.pass_by()
        with commit(store):
            yield
        fuse.pass_by()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "_transaction", mortal)
        with pytest.raises(Killed):
            bench.run("push")
    bench.json("push")
    assert_agreed(bench)


# ---------------------------------------------------------------------- money without an invoice

RETAINED = 'retainers: {account: "835"}'
UNNAMED = "p-9,Bob,2025-03-12,40.00,Cheque 20,,,\n"
GIVEN = "p-9,Bob,2025-03-12,40.00,Cheque 20,,I-4,40.00\n"
KEPT = [("RECEIVE-PREPAYMENT", "Cheque 20 [acctsync retainers/p-9]", Decimal(40), "835")]


@pytest.fixture
def kept(bench: XeroBench) -> XeroBench:
    """Keep one payment that names no invoice as a prepayment."""
    bench.change("acctsync.yaml", "  customers: {match", f"  {RETAINED}\n  customers: {{match")
    bench.write({"payments.csv": PAYMENTS + UNNAMED})
    return bench


def prepaid(bench: XeroBench) -> list[tuple[str, str, Decimal, str]]:
    """Tell the prepayments in the books: type, reference, amount and account."""
    return [
        (each["Type"], each["Reference"], each["Total"], each["LineItems"][0]["AccountCode"])
        for each in bench.alive("BankTransaction")
    ]


def assert_kept(bench: XeroBench) -> None:
    assert_agreed(bench)
    assert prepaid(bench) == KEPT


def test_money_that_names_no_invoice_is_a_prepayment_once(kept: XeroBench) -> None:
    pushed = kept.json("push")["data"]
    assert pushed["by_kind"]["retainers"]["create"] == 1
    assert_kept(kept)
    lose(kept)
    assert kept.json("state", "rebuild")["data"]["calls"]["write"] == 0
    assert_kept(kept)


def test_an_undone_prepayment_is_pushed_again_to_the_same_books(kept: XeroBench) -> None:
    kept.json("push", "--only", "customers,invoices")
    kept.json("undo", kept.json("push")["run"], "--yes")
    assert (paid(kept), prepaid(kept)) == ([], [])
    kept.json("push")
    assert_kept(kept)


def test_a_prepayment_whose_answer_is_lost_is_there_once(kept: XeroBench) -> None:
    kept.plant({"method": "PUT", "path": "/BankTransactions"}, drop_after=True)
    kept.run("push")
    kept.json("push")
    assert_kept(kept)


@pytest.mark.parametrize("fate", ["", "drop_after"])
def test_a_prepayment_that_is_given_to_an_invoice_becomes_its_payment(
    kept: XeroBench, fate: str
) -> None:
    kept.json("push")
    kept.change("payments.csv", UNNAMED, GIVEN)
    if fate:
        kept.plant({"method": "POST", "path": "/BankTransactions"}, **{fate: True})
        kept.run("push")
    kept.json("push")
    mine = ("Cheque 20 [acctsync payments/p-9]", "I-4", Decimal(40))
    assert (paid(kept), prepaid(kept)) == ([*PAID, mine], [])
    assert due(kept)["I-4"] == 0
    assert kept.json("push")["data"]["calls"] == NOTHING
    assert kept.json("reconcile")["data"]["differences"] == []


def test_a_prepayment_that_somebody_used_in_xero_stays(kept: XeroBench) -> None:
    kept.json("push")
    (invoice,) = [e["InvoiceID"] for e in kept.alive("Invoice") if e["InvoiceNumber"] == "I-4"]
    (prepayment,) = [each["PrepaymentID"] for each in kept.entities("Prepayment")]
    allocate(kept, prepayment, invoice)
    kept.change("payments.csv", UNNAMED, GIVEN)
    kept.json("push", exit_code=3)
    assert (prepaid(kept), paid(kept)) == (KEPT, PAID)


def test_money_for_nothing_is_held_back_without_an_account_for_it(bench: XeroBench) -> None:
    bench.write({"payments.csv": PAYMENTS + UNNAMED})
    (problem,) = bench.json("push", exit_code=3)["problems"]
    assert (problem["code"], problem["document"]) == ("XERO131", "p-9")
    assert "accounting.retainers.account" in problem["hint"]


def allocate(bench: XeroBench, prepayment: str, invoice: str) -> None:
    """Set a prepayment off against an invoice, as a person would."""
    bench.by_hand("Allocation", PrepaymentID=prepayment, Invoice={"InvoiceID": invoice}, Amount=40)


# ---------------------------------------------------------------------- more than is owed

OVER = "p-8,Bob,2025-03-12,60.00,Cheque 30,,I-4,40.00\n"
OVERPAID = [
    ("RECEIVE-OVERPAYMENT", "(2 of 2) Cheque 30 [acctsync overpayments/p-8]", Decimal(20)),
]
FIRST = ("(1 of 2) Cheque 30 [acctsync payments/p-8]", "I-4", Decimal(40))


@pytest.fixture
def over(bench: XeroBench) -> XeroBench:
    """Let one payment be more than its invoice."""
    bench.write({"payments.csv": PAYMENTS + OVER})
    return bench


def overpaid(bench: XeroBench) -> list[tuple[str, str, Decimal]]:
    rows = bench.alive("BankTransaction")
    return [(each["Type"], each["Reference"], each["Total"]) for each in rows]


def assert_over(bench: XeroBench) -> None:
    assert bench.json("push")["data"]["calls"] == NOTHING
    assert bench.json("reconcile")["data"]["differences"] == []
    assert (paid(bench), overpaid(bench)) == (sorted([FIRST, *PAID]), OVERPAID)


def test_what_is_over_is_the_customers_overpayment_and_told_with_its_payment(
    over: XeroBench,
) -> None:
    pushed = over.json("push")["data"]
    assert pushed["by_kind"]["payments"]["create"] == 3
    assert pushed["money"]["payments"] == {"USD": "290.00"}
    assert_over(over)
    lose(over)
    over.json("state", "rebuild")
    assert_over(over)


def test_an_undone_overpayment_is_pushed_again_to_the_same_books(over: XeroBench) -> None:
    over.json("push", "--only", "customers,invoices")
    over.json("undo", over.json("push")["run"], "--yes")
    assert (paid(over), overpaid(over)) == ([], [])
    over.json("push")
    assert_over(over)


def test_an_overpayment_whose_answer_is_lost_is_there_once(over: XeroBench) -> None:
    over.plant({"method": "PUT", "path": "/BankTransactions"}, drop_after=True)
    over.run("push")
    over.json("push")
    assert_over(over)


@pytest.mark.parametrize("used", [False, True])
def test_what_was_over_is_given_to_an_invoice_unless_somebody_did_so(
    over: XeroBench, used: bool
) -> None:
    more = INVOICES + "I-5,Bob,2025-03-20,20.00\n"
    over.write({"invoices.csv": more})
    over.json("push")
    if used:
        (invoice,) = [e["InvoiceID"] for e in over.alive("Invoice") if e["InvoiceNumber"] == "I-5"]
        (credit,) = [each["OverpaymentID"] for each in over.entities("Overpayment")]
        named = {"OverpaymentID": credit, "Invoice": {"InvoiceID": invoice}, "Amount": 20}
        over.by_hand("Allocation", **named)
    over.write({"payments.csv": PAYMENTS + OVER + "p-8,,,,,,I-5,20.00\n"})
    over.json("push", exit_code=3 if used else 0)
    assert due(over)["I-5"] == 0
    given = ("(2 of 2) Cheque 30 [acctsync payment_parts/p-8+2]", "I-5", Decimal(20))
    if used:
        assert (paid(over), overpaid(over)) == (sorted([FIRST, *PAID]), OVERPAID)
    else:
        assert (paid(over), overpaid(over)) == (sorted([FIRST, given, *PAID]), [])


def test_no_part_is_added_where_another_one_stays_that_should_go(over: XeroBench) -> None:
    over.change("acctsync.yaml", "void: true", "void: false")
    over.json("push")
    over.write({"invoices.csv": INVOICES + "I-5,Bob,2025-03-20,20.00\n"})
    over.write({"payments.csv": PAYMENTS + OVER + "p-8,,,,,,I-5,20.00\n"})
    told = over.json("push", exit_code=3)["problems"]
    assert {(each["code"], each["document"]) for each in told} == {
        ("PLAN080", "p-8"), ("PLAN010", "p-8"),
    }  # fmt: skip
    assert (paid(over), overpaid(over)) == (sorted([FIRST, *PAID]), OVERPAID)
