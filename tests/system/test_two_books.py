"""One export, two mappings that differ only in their accounting half: both books hold the same."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from acctsync.simulator import Simulator
from tests.cli.desk import SAMPLES, Desk, Ran, visit

COWORKS = SAMPLES / "coworks"
ACCOUNTING = {"books", "accounting", "push"}
Figures = dict[str, dict[str, Decimal]]


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setattr("webbrowser.open", visit)
    desk = Desk(tmp_path, capsys)
    desk.environment["DISPLAY"] = ":0"
    return desk


def connected(desk: Desk, books: str, simulator: Simulator) -> None:
    done = desk.run("connect", books, "--url", simulator.url, "--token-store", "file", "--yes")
    assert done.code == 0, done


def pushed(desk: Desk, mapping: str) -> Ran:
    done = desk.run("push", "--mapping", str(desk.data / mapping))
    assert done.code == 0, done
    return done


def number(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def in_quickbooks(simulator: Simulator) -> Figures:
    """Show what QuickBooks holds, by number: totals and tax of invoices, what is open, refunds."""
    held = simulator.dialect.snapshot()
    invoices = {each["DocNumber"]: each for each in held["Invoice"]}
    return {
        "totals": {name: number(each["TotalAmt"]) for name, each in invoices.items()},
        "tax": {
            name: number(each.get("TxnTaxDetail", {}).get("TotalTax", 0))
            for name, each in invoices.items()
        },
        "open": {name: number(each["Balance"]) for name, each in invoices.items()},
        "sums": {
            "paid": sum((number(each["TotalAmt"]) for each in held["Payment"]), Decimal(0)),
            "given back": sum(
                (number(each["TotalAmt"]) for each in held["RefundReceipt"]), Decimal(0)
            ),
            "fees": sum((number(each["TotalAmt"]) for each in held["Purchase"]), Decimal(0)),
        },
    }


def in_xero(simulator: Simulator) -> Figures:
    """Show the same of Xero."""
    held = simulator.dialect.snapshot()
    invoices = {each["InvoiceNumber"]: each for each in held["Invoice"]}
    received = [each for each in held["Payment"] if each["PaymentType"] == "ACCRECPAYMENT"]
    return {
        "totals": {name: number(each["Total"]) for name, each in invoices.items()},
        "tax": {name: number(each["TotalTax"]) for name, each in invoices.items()},
        "open": {name: number(each["AmountDue"]) for name, each in invoices.items()},
        "sums": {
            "paid": sum((number(each["Amount"]) for each in received), Decimal(0)),
            "given back": sum((number(each["Total"]) for each in held["CreditNote"]), Decimal(0)),
            "fees": sum((number(each["Total"]) for each in held["BankTransaction"]), Decimal(0)),
        },
    }


def test_the_two_mappings_differ_in_their_accounting_half_alone() -> None:
    one, two = (
        yaml.safe_load((COWORKS / name).read_text(encoding="utf-8"))
        for name in ("acctsync.yaml", "xero.yaml")
    )
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} == ACCOUNTING
    assert {name: value for name, value in one["books"].items() if value != two["books"][name]} == {
        "system": "quickbooks"
    }
    assert one["accounting"]["items"].keys() == two["accounting"]["items"].keys()


def test_both_books_hold_the_same_to_the_cent(desk: Desk) -> None:
    companies = SAMPLES / "companies"
    with (
        Simulator("qbo", company=companies / "coworks.yaml", limits=False) as quickbooks,
        Simulator("xero", company=companies / "coworks-xero.yaml", limits=False) as xero,
    ):
        connected(desk, "qbo", quickbooks)
        connected(desk, "xero", xero)
        pushed(desk, "acctsync.yaml")
        pushed(desk, "xero.yaml")
        assert in_xero(xero) == in_quickbooks(quickbooks)
        assert in_xero(xero)["sums"]["paid"] == Decimal("5541.12")
        for mapping in ("acctsync.yaml", "xero.yaml"):
            assert pushed(desk, mapping).out.startswith("Nothing to do")
