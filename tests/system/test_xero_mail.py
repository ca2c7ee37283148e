"""Xero e-mails each invoice that acctsync created there: once, whatever becomes of the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.test_mail import INVOICES, MAPPING, OPEN, PAYMENTS
from tests.system.xero_bench import XeroBench, at_work

FILES = {
    "acctsync.yaml": MAPPING.replace("quickbooks", "xero").replace(
        "accounting: {items: {pass: {item: Day Pass}}}",
        "accounting: {items: {pass: {item: DAYPASS}}, taxes: {none: {code: NONE}},"
        ' payment_methods: {other: {deposit_to: "090"}}}',
    ),
    "invoices.csv": INVOICES,
    "payments.csv": PAYMENTS,
}
MAILED = {"entity": "Invoice", "operation": "send"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[XeroBench]:
    with at_work(tmp_path, None, FILES) as bench:
        bench.by_hand("Organisation", demo=False)
        yield bench


def mails(bench: XeroBench) -> Counter[tuple[str, str]]:
    sent = bench.simulator.dialect.mails()
    return Counter((each["number"], each["address"]) for each in sent)


def test_what_is_open_is_mailed_once(bench: XeroBench) -> None:
    assert bench.json("push")["data"]["mails"] == 3
    assert mails(bench) == OPEN
    assert bench.json("push")["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


def test_lost_answers_mail_nobody_twice(bench: XeroBench) -> None:
    bench.plant({**MAILED, "document": "I-1"}, drop_after=True)
    bench.plant({**MAILED, "document": "I-2"}, drop_before=True)
    bench.plant({**MAILED, "document": "I-5"}, status=500, processed=True)
    assert bench.json("push")["data"]["mails"] == 3
    assert mails(bench) == OPEN


def test_a_mail_that_went_out_is_not_sent_again_because_it_cannot_be_read_back(
    bench: XeroBench,
) -> None:
    """The answer to mailing is empty: the invoice is read for its mark, and that may fail."""
    sent = bench.simulator.dialect.mails
    bench.meanwhile(
        "Invoice", "send", lambda: bench.plant({"operation": "read", "times": 12}, empty=True)
    )
    bench.run("push")
    assert bench.run("push").code == 0
    assert (mails(bench), len(sent())) == (OPEN, 3)


def test_an_update_whose_answer_is_lost_is_looked_up(bench: XeroBench) -> None:
    bench.json("push")
    bench.change("invoices.csv", "80.00", "81.00")
    bench.simulator.requests.clear()
    bench.plant({"entity": "Invoice", "operation": "update"}, drop_after=True)
    assert bench.run("push").code == 0
    (bodies,) = {
        each.body for each in bench.simulator.requests if each.method == "POST" and each.body
    }
    assert b"81" in bodies
    (changed,) = [each for each in bench.alive("Invoice") if each["InvoiceNumber"] == "I-3"]
    assert str(changed["Total"]) == "81.00"
