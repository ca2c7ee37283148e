"""Stripe's lists into Xero: the sample of the shared mapping, and what may happen on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.state.store import Store
from tests.engine.test_crash_points import Fuse, Killed
from tests.system.processes import counted
from tests.system.xero_bench import XeroBench, at_work

HELD_BACK = 3  # invoices with cut-off lines or below zero, and a payment of one of them


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[XeroBench]:
    with at_work(tmp_path) as bench:
        yield bench


def held(bench: XeroBench) -> dict[str, Any]:
    """Tell what the books hold, under the names that the export gives it."""
    credits_ = {
        each["CreditNoteID"]: each["CreditNoteNumber"] for each in bench.alive("CreditNote")
    }
    return {
        "contacts": sorted(each["Name"] for each in bench.entities("Contact")),
        "invoices": sorted(
            (each["InvoiceNumber"], each["Total"], each["AmountDue"])
            for each in bench.alive("Invoice")
        ),
        "credits": sorted(
            (each["CreditNoteNumber"], each["Total"], each["RemainingCredit"])
            for each in bench.alive("CreditNote")
        ),
        "money": sorted(
            (each["Reference"], each["Amount"], each["PaymentType"])
            for each in bench.alive("Payment")
        ),
        "bank": sorted((each["Reference"], each["Total"]) for each in bench.alive("BankTransaction")),
        "set off": sorted((credits_[each["SourceID"]], each["Amount"]) for each in bench.entities("Allocation")),
    }  # fmt: skip


def pushed(bench: XeroBench) -> dict[str, int]:
    return counted(bench.json("push", exit_code=3))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Tell what the books hold after a push that nothing happens to."""
    with at_work(tmp_path_factory.mktemp("undisturbed")) as bench:
        assert pushed(bench)["blocked"] == HELD_BACK
        return held(bench)


def test_a_refund_is_a_credit_note_and_the_money_for_it(undisturbed: dict[str, Any]) -> None:
    refunds = {
        number: (total, left)
        for number, total, left in undisturbed["credits"]
        if number.startswith("re_")
    }
    paid = {
        reference.partition("/")[2].rstrip("]"): amount
        for reference, amount, kind in undisturbed["money"]
        if kind == "ARCREDITPAYMENT"
    }
    assert sorted(total for total, _ in refunds.values()) == [Decimal(100), Decimal(225)]
    assert {number: total for number, (total, _) in refunds.items()} == paid
    assert {left for _, left in refunds.values()} == {0}


def test_a_bad_debt_is_credited_and_set_off(undisturbed: dict[str, Any]) -> None:
    assert ("WO-98CC29CB-0015", Decimal(425)) in undisturbed["set off"]
    assert ("98CC29CB-0015", Decimal(425), Decimal(0)) in undisturbed["invoices"]


def test_a_second_push_asks_nothing_and_the_books_agree(bench: XeroBench) -> None:
    pushed(bench)
    again = bench.json("push", exit_code=3)
    assert set(counted(again)) == {"unchanged", "blocked"}
    assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}
    assert bench.json("reconcile", exit_code=3)["data"]["differences"] == []


@pytest.mark.parametrize("fate", ["drop_before", "drop_after"])
@pytest.mark.parametrize(
    "path", ["Contacts", "Invoices", "CreditNotes", "Payments", "BankTransactions", "Allocations"]
)
def test_a_call_that_is_lost_on_its_way_leaves_everything_once(
    bench: XeroBench, undisturbed: dict[str, Any], path: str, fate: str
) -> None:
    bench.plant({"method": "PUT", "path": f"/{path}"}, **{fate: True})
    bench.run("push")
    pushed(bench)
    assert held(bench) == undisturbed


def test_a_push_without_its_memory_makes_nothing_twice(
    bench: XeroBench, undisturbed: dict[str, Any]
) -> None:
    pushed(bench)
    for each in (bench.folder / "state").rglob("state.db*"):
        each.rename(each.with_suffix(".lost"))
    bench.connect()
    again = pushed(bench)
    assert (again.get("create", 0), again["adopt"] > 0) == (0, True)
    assert held(bench) == undisturbed


@pytest.mark.parametrize("boundary", [9, 14, 19, 23, 27, 31])
def test_a_push_that_dies_between_a_commit_and_a_call_ends_like_one_that_did_not(
    bench: XeroBench, undisturbed: dict[str, Any], boundary: int
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
    pushed(bench)
    assert held(bench) == undisturbed


def test_options_are_created_in_their_category_and_used(bench: XeroBench) -> None:
    bench.change("acctsync.yaml", "    Boston: Boston\n", "")
    bench.change("acctsync.yaml", "item: error, location: error", "item: error, location: create")
    campus, _ = bench.entities("TrackingCategory")
    for option in campus["Options"]:
        if option["Name"] == "Boston":
            kept = [each for each in campus["Options"] if each is not option]
            id_ = campus["TrackingCategoryID"]
            bench.by_hand("TrackingCategory", TrackingCategoryID=id_, raw={"Options": kept})

    pushed(bench)
    (campus, other) = bench.entities("TrackingCategory")
    assert [each["Name"] for each in campus["Options"]] == ["Halifax", "Head office", "Boston"]
    assert len(other["Options"]) == 4
    used = [
        (tracked["Name"], tracked["Option"])
        for invoice in bench.alive("Invoice")
        for line in invoice["LineItems"]
        for tracked in line["Tracking"]
    ]
    assert used.count(("Campus", "Boston")) > 0


def test_what_xero_wrote_otherwise_is_told_and_mended_without_a_second_one(
    bench: XeroBench,
) -> None:
    bench.change("acctsync.yaml", "xero_status: authorised", "xero_status: draft")
    mail = next(each for each in bench.entities("Account") if each["Code"] == "0260")
    id_ = mail["AccountID"]

    def archive() -> None:
        bench.by_hand("Account", AccountID=id_, raw={"Status": "ARCHIVED"})

    bench.meanwhile("Invoice", "create", archive)
    first = bench.json("push", "--only", "customers,invoices", exit_code=3)
    wrong = [each for each in first["data"]["documents"] if each["status"] == "failed"]
    said = {each["message"] for each in first["problems"] if each["code"] == "XERO202"}
    told = "Xero wrote it otherwise than it was sent: there is no account 0260: Xero wrote the line"
    assert said == {f"{told} without one"}
    assert len(wrong) == sum(each["code"] == "XERO202" for each in first["problems"]) > 0
    numbers = sorted(each["InvoiceNumber"] for each in bench.alive("Invoice"))

    bench.by_hand("Account", AccountID=id_, raw={"Status": "ACTIVE"})
    second = bench.json("push", "--only", "customers,invoices", exit_code=3)
    assert counted(second)["update"] == len(wrong)
    assert sorted(each["InvoiceNumber"] for each in bench.alive("Invoice")) == numbers
    lines = [line for each in bench.alive("Invoice") for line in each["LineItems"]]
    assert all(line.get("AccountCode") for line in lines)
