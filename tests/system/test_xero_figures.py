"""How many calls a month's work costs at Xero, with its limits on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acctsync.simulator import Simulator
from tests.cli.desk import SAMPLES
from tests.system.bench import Bench

ORGANISATION = SAMPLES / "companies" / "coworks-xero.yaml"
INVOICES, CUSTOMERS = 1_000, 200
MAPPING = """\
acctsync: 1
books:
  system: xero
  company: Harbour Commons LLC
  currency: USD
  timezone: America/New_York
sources:
  billed: {files: billed.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  paid: {files: paid.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: billed
    group_by: Number
    document: {id: Number, number: Number, customer: {name: Member}, date: Date, due_date: Date}
    lines: {item: What, description: What, quantity: Quantity, unit_price: Price}
  payments:
    from: paid
    document: {id: Id, invoice: Number, customer: {name: Member}, date: Date, amount: Amount}
accounting:
  items: {Desk: {item: HOTDESK}, Room: {item: BOOKING}, Post: {item: MAIL}}
  taxes: {none: {code: NONE}}
  payment_methods: {other: {deposit_to: "090"}}
  customers: {match: [name], missing: create}
push: {customers: true, invoices: true, payments: true, numbers: keep}
"""


def exports(invoices: int, customers: int) -> dict[str, str]:
    """Write mapping, three-line invoices, and a payment in full of each of them."""
    billed, paid = ["Number,Member,Date,What,Quantity,Price"], ["Id,Number,Member,Date,Amount"]
    for number in range(invoices):
        who = f"INV-{number:04},Member {number % customers:03},2025-03-{number % 28 + 1:02}"
        billed += [f"{who},Desk,1,225.00", f"{who},Room,3,12.35", f"{who},Post,1,35.00"]
        paid.append(f"PAY-{number:04},{who[:-2]}28,297.05")
    return {
        "acctsync.yaml": MAPPING,
        "billed.csv": "\n".join(billed) + "\n",
        "paid.csv": "\n".join(paid) + "\n",
    }


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with Simulator("xero", company=ORGANISATION) as simulator:
        bench = Bench(tmp_path, simulator, monkeypatch)
        done = bench.run(
            "connect", "xero", "--url", simulator.url, "--token-store", "file", "--yes"
        )
        assert done.code == 0, done
        yield bench


@pytest.mark.slow
def test_a_thousand_invoices_and_payments_for_two_hundred_new_customers_take_44_writes(
    bench: Bench,
) -> None:
    bench.write(exports(INVOICES, CUSTOMERS))
    pushed, again = bench.json("push"), bench.json("push")

    assert pushed["data"]["counts"]["create"] == 2 * INVOICES + CUSTOMERS
    assert pushed["data"]["calls"]["write"] <= 44
    assert pushed["data"]["calls"]["throttled"] == 0
    assert 429 not in {each.status for each in bench.simulator.requests}
    called = [each for each in bench.simulator.requests if each.path.startswith("/api.xro/")]
    assert len(called) <= 60, "one minute's calls are enough, signing in among them"
    assert pushed["data"]["calls"]["left"] == 1_000 - len(called)
    assert [again["data"]["calls"][word] for word in ("read", "write")] == [0, 0]
    assert held(bench) == (INVOICES, CUSTOMERS, "297050.00")


def test_a_day_used_up_ends_the_run_and_the_next_day_goes_on_where_it_stopped(
    bench: Bench,
) -> None:
    bench.write(exports(120, 3))
    bench.simulator.dialect.settle({"per_day": "11"})
    envelope = bench.json("push", exit_code=5)
    said = [each["message"] for each in envelope["problems"]]
    assert any("takes no more calls for 24 hours, until 20" in each for each in said), said
    assert envelope["data"]["calls"]["left"] == 0
    assert 0 < len(bench.entities("Invoice")) < 120

    bench.simulator.dialect.settle({"per_day": "1000"})
    assert bench.run("push").code == 0
    assert held(bench) == (120, 3, "35646.00")


def test_a_budget_of_calls_stops_the_run_and_the_next_one_goes_on(bench: Bench) -> None:
    bench.write(exports(120, 3))
    envelope = bench.json("push", "--max-calls", "9", exit_code=8)
    calls = envelope["data"]["calls"]
    assert calls["read"] + calls["write"] == 9
    assert bench.run("push").code == 0
    assert held(bench) == (120, 3, "35646.00")


def test_a_run_tells_how_many_calls_the_day_still_has(bench: Bench) -> None:
    bench.write(exports(2, 1))
    assert "calls left today" in bench.run("push").out


def held(bench: Bench) -> tuple[int, int, str]:
    """Show how many paid invoices, of how many customers, the books hold, and their total."""
    invoices = [each for each in bench.entities("Invoice") if each["Status"] == "PAID"]
    total = sum(each["Total"] for each in invoices)
    return len(invoices), len({each["Contact"]["ContactID"] for each in invoices}), f"{total:.2f}"
