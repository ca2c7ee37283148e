"""The server itself: the back door, the log, concurrency, the process, speed."""

# ruff: noqa: S608 - this is no SQL

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest

from acctsync.simulator import Simulator
from acctsync.simulator.encoding import load
from tests.simulator.caller import COMPANIES, ROOT, Caller, Opener, an_invoice, sales_line

SERVE = """
from pathlib import Path
from acctsync.simulator import serve
serve("qbo", port=0, company=None, faults=None, latency=0.0, announce=lambda text: print(text, flush=True))
"""


def test_the_whole_company_can_be_seen(qbo: Caller) -> None:
    qbo.create("Invoice", **an_invoice(qbo.customer(), DocNumber="CW-1"))
    shown = load(qbo.http.get("/simulator/books").content)
    assert [one["DocNumber"] for one in shown["Invoice"]] == ["CW-1"]
    assert (shown["Payment"], shown["CompanyInfo"][0]["CompanyName"]) == ([], "Harbour Commons LLC")


def test_requests_are_logged_with_digest_status_and_counts(qbo: Caller) -> None:
    customer = qbo.customer()
    qbo.http.post("/simulator/reset-requests")
    body = {
        "BatchItemRequest": [{"bId": "1", "operation": "create", "Invoice": an_invoice(customer)}]
    }
    qbo.post("batch", body, requestid="r1")
    qbo.get("preferences")
    log = qbo.http.get("/simulator/requests").json()
    assert [(one["path"].rsplit("/", 1)[1], one["status"]) for one in log["requests"]] == [
        ("batch", 200),
        ("preferences", 200),
    ]
    assert log["requests"][0]["query"] == {"requestid": "r1"}
    assert (
        log["requests"][0]["sha256"] == hashlib.sha256(qbo.simulator.requests[0].body).hexdigest()
    )
    assert [(one["kinds"], one["count"]) for one in log["counts"]] == [
        (["read Preferences"], 1),
        (["create Invoice"], 1),
    ]


def test_a_person_edits_behind_the_clients_back(qbo: Caller) -> None:
    made = qbo.create("Invoice", **an_invoice(qbo.customer(), "10.00"))
    edited = qbo.by_hand("Invoice", Id=made["Id"], Line=[sales_line("12.00")])
    assert (edited["TotalAmt"], edited["SyncToken"]) == (Decimal("12.00"), "1")
    voided = qbo.by_hand("Invoice", Id=made["Id"], void=True)
    assert voided["PrivateNote"] == "Voided"
    qbo.by_hand("Invoice", Id=made["Id"], delete=True)
    assert qbo.get(f"invoice/{made['Id']}").codes == ["610"]


def test_a_person_may_use_names_for_references(qbo: Caller) -> None:
    made = qbo.by_hand(
        "Payment", CustomerRef="Coworks Guests", TotalAmt="5.00", DepositToAccountRef="Checking"
    )
    assert made["UnappliedAmt"] == Decimal("5.00")


def test_a_person_is_refused_nonsense_too(qbo: Caller) -> None:
    answer = qbo.http.post("/simulator/entities/Nonsense", json={})
    assert answer.status_code == 400
    assert qbo.http.post("/simulator/settings", json={"nonsense": 1}).status_code == 400
    assert qbo.http.get("/simulator/nothing").status_code == 404


def test_latency_is_served_concurrently(open_company: Opener) -> None:
    caller = open_company(latency=0.3)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: caller.get("preferences").status, range(8)))
    assert statuses == [200] * 8
    seen = caller.simulator.requests[-8:]
    in_order = sorted(seen, key=lambda each: each.started)
    assert any(later.started < earlier.ended for earlier, later in pairwise(in_order))


def test_writers_at_once_never_share_an_id_and_the_debt_adds_up(qbo: Caller) -> None:
    customer = qbo.customer()
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(
                lambda n: qbo.create("Invoice", **an_invoice(customer, "1.00", DocNumber=f"N{n}")),
                range(80),
            )
        )
    assert len({one["Id"] for one in made}) == 80
    assert qbo.read("Customer", customer["Id"])["Balance"] == Decimal("80.00")


def test_one_request_id_sent_by_many_at_once_writes_once(qbo: Caller) -> None:
    body = an_invoice(qbo.customer())
    with ThreadPoolExecutor(8) as pool:
        ids = {
            reply.body["Invoice"]["Id"]
            for reply in pool.map(lambda _: qbo.post("invoice", body, requestid="r"), range(16))
        }
    assert (len(ids), len(qbo.simulator.books.entities("Invoice"))) == (1, 1)


def test_chunked_bodies_are_understood(qbo: Caller) -> None:
    parts = [b'{"Displ', b'ayName":', b'"Acme"}']
    answer = qbo.http.post(
        f"/v3/company/{qbo.realm}/customer",
        content=(part for part in parts),
        headers={
            "Authorization": f"Bearer {qbo.tokens['access_token']}",
            "Content-Type": "application/json",
        },
    )
    assert answer.json()["Customer"]["DisplayName"] == "Acme"


def test_a_connection_is_kept_open(qbo: Caller) -> None:
    before = threading.active_count()
    for _ in range(5):
        qbo.get("preferences")
    assert threading.active_count() == before


def test_stopping_ends_every_thread_and_the_books_stay(qbo: Caller) -> None:
    before = threading.active_count()
    with Simulator("qbo") as simulator:
        httpx.get(simulator.url + "/simulator/requests", trust_env=False)
    assert threading.active_count() == before
    assert simulator.books.entities("Account")
    simulator.stop()


def test_a_restarted_server_has_the_same_address_and_books(qbo: Caller) -> None:
    made, url = qbo.customer(), qbo.simulator.url
    qbo.simulator.stop()
    with pytest.raises(httpx.TransportError):
        qbo.get("preferences")
    qbo.simulator.start()
    assert (qbo.simulator.url, qbo.read("Customer", made["Id"])["DisplayName"]) == (url, "Acme")


def test_only_loopback_is_listened_on(qbo: Caller) -> None:
    assert qbo.simulator.url.startswith("http://127.0.0.1:")


def test_an_unknown_vendor_is_refused() -> None:
    with pytest.raises(ValueError, match="sage"):
        Simulator("sage")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_ready_serves_and_ends_cleanly(number: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        ready = process.stdout.readline().decode().strip()
        assert ready.startswith("ready http://127.0.0.1:")
        assert (
            httpx.get(
                ready.removeprefix("ready ") + "/simulator/books", trust_env=False
            ).status_code
            == 200
        )
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr.read() == b""


def test_the_simulator_needs_nothing_of_the_client() -> None:
    script = "import sys, acctsync.simulator; print([m for m in sys.modules if m.startswith('acctsync.') and not m.startswith('acctsync.simulator')])"
    found = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert found.stdout.strip() == "[]"


def lines_run(action: Callable[[], object]) -> int:
    """Count the lines of Python that an action runs: its work, whatever the machine does beside."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


def test_an_invoice_costs_as_much_work_among_twenty_thousand(open_company: Opener) -> None:
    caller = open_company(COMPANIES / "coworks.yaml")
    customer = caller.customer()

    def write(number: int) -> None:
        body = an_invoice(customer, "1.00", "2.00", "3.00", DocNumber=f"N{number}")
        caller.simulator.dialect.by_hand("Invoice", body)

    write(0)
    first = lines_run(lambda: write(1))
    for number in range(2, 20_000):
        write(number)
    assert lines_run(lambda: write(20_000)) <= first * 1.1
    wanted = ",".join(f"'N{number}'" for number in range(0, 20_000, 200))
    found: Any = caller.post(
        "query", f"select * from Invoice where DocNumber in ({wanted})".encode()
    ).body["QueryResponse"]
    assert found["maxResults"] == 100


def test_a_company_file_that_means_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "company.yaml"
    for text, words in (
        ("nonsense: []", "unknown section nonsense"),
        ("company: {colour: red}", "identity has no colour"),
        ("preferences: {classes: maybe}", "classes must be one of"),
        ("preferences: {discounts: maybe}", "discounts must be true or false"),
        ("items: [{Name: A, Type: Service, IncomeAccountRef: None}]", "no Account is called"),
        (
            "accounts: [{Id: '1', Name: A, AccountType: Bank}, {Id: '1', Name: B, AccountType: Bank}]",
            "Id 1 is taken",
        ),
        ("- a", "a mapping"),
        ("a: [", "company.yaml"),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=words):
            Simulator("qbo", company=path)


def test_a_company_file_may_hold_documents_already(tmp_path: Path) -> None:
    path = tmp_path / "company.yaml"
    path.write_text(
        (COMPANIES / "coworks.yaml").read_text(encoding="utf-8")
        + """
invoices:
  - DocNumber: "0007"
    CustomerRef: Coworks Guests
    TxnDate: 2025-01-02
    Line: [{Amount: "35.00", DetailType: SalesItemLineDetail, SalesItemLineDetail: {ItemRef: Day Pass}}]
payments:
  - CustomerRef: Coworks Guests
    TotalAmt: "20.00"
    Line: [{Amount: "20.00", LinkedTxn: [{TxnId: "#0007", TxnType: Invoice}]}]
""",
        encoding="utf-8",
    )
    books = Simulator("qbo", company=path).books
    assert [(one["DocNumber"], one["Balance"]) for one in books.entities("Invoice")] == [
        ("0007", Decimal("15.00"))
    ]
