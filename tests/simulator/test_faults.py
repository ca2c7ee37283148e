"""Planted faults: what each does to the answer, and what it leaves in the books."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from acctsync.simulator import Simulator
from acctsync.simulator.faults import FaultError, fault, read_script
from tests.simulator.caller import Caller, Opener, an_invoice


def plant(qbo: Caller, do: dict[str, Any], **match: object) -> None:
    answer = qbo.http.post("/simulator/faults", json={"match": match, "do": do})
    assert answer.status_code == 200, answer.text


def invoices(qbo: Caller) -> int:
    return len(qbo.simulator.books.entities("Invoice"))


def item(bid: str, customer: dict[str, Any], number: str) -> dict[str, Any]:
    return {"bId": bid, "operation": "create", "Invoice": an_invoice(customer, DocNumber=number)}


@pytest.mark.parametrize(("do", "left"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_connection_leaves_nothing_or_everything(qbo: Caller, do: str, left: int) -> None:
    customer = qbo.customer()
    plant(qbo, {do: True}, entity="Invoice", operation="create")
    with pytest.raises(httpx.RemoteProtocolError):
        qbo.post("invoice", an_invoice(customer))
    assert invoices(qbo) == left
    assert qbo.post("invoice", an_invoice(customer)).status == 200


def test_a_late_commit_arrives_after_the_connection_is_gone(qbo: Caller) -> None:
    customer = qbo.customer()
    plant(qbo, {"late_commit": 0.2}, path="/invoice")
    with pytest.raises(httpx.RemoteProtocolError):
        qbo.post("invoice", an_invoice(customer))
    assert invoices(qbo) == 0
    deadline = time.monotonic() + 30
    while not invoices(qbo) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert invoices(qbo) == 1


def test_a_truncated_answer_is_half_of_what_was_promised(qbo: Caller) -> None:
    customer = qbo.customer()
    plant(qbo, {"truncate": True}, entity="Invoice")
    with pytest.raises(httpx.RemoteProtocolError):
        qbo.post("invoice", an_invoice(customer))
    assert invoices(qbo) == 1


def test_a_wrong_length_cuts_the_json(qbo: Caller) -> None:
    customer = qbo.customer()
    plant(qbo, {"wrong_length": True}, entity="Invoice")
    with pytest.raises(ValueError, match=r"."):
        qbo.post("invoice", an_invoice(customer))
    assert invoices(qbo) == 1


@pytest.mark.parametrize(("processed", "left"), [(False, 0), (True, 1)])
@pytest.mark.parametrize("kind", ["html", "empty"])
def test_a_page_or_nothing_instead_of_json(
    qbo: Caller, kind: str, *, processed: bool, left: int
) -> None:
    customer = qbo.customer()
    plant(qbo, {kind: True, "processed": processed}, entity="Invoice")
    answer = qbo.http.post(
        f"/v3/company/{qbo.realm}/invoice",
        content=json.dumps(an_invoice(customer), default=str),
        headers={
            "Authorization": f"Bearer {qbo.tokens['access_token']}",
            "Content-Type": "application/json",
        },
    )
    assert (answer.status_code, b"html" in answer.content, answer.content == b"") == (
        200,
        kind == "html",
        kind == "empty",
    )
    assert invoices(qbo) == left


def test_a_status_with_body_and_retry_after(qbo: Caller) -> None:
    plant(
        qbo, {"status": 503, "body": {"x": 1}, "retry_after": 7}, method="get", path="preferences"
    )
    reply = qbo.get("preferences")
    assert (reply.status, reply.body, reply.headers["retry-after"]) == (503, {"x": 1}, "7")
    assert qbo.get("preferences").status == 200


def test_a_planted_throttle_is_the_vendor_s_xml(qbo: Caller) -> None:
    plant(qbo, {"throttled": True, "retry_after": 2}, path="preferences")
    reply = qbo.get("preferences")
    assert (reply.status, "ThrottleExceeded" in reply.body, reply.headers["retry-after"]) == (
        429,
        True,
        "2",
    )


def test_one_document_of_a_batch_is_refused_and_the_rest_goes_through(qbo: Caller) -> None:
    customer = qbo.customer()
    plant(
        qbo,
        {"refuse": {"code": 6000, "detail": "Business Validation Error: no."}},
        document="CW-2",
        entity="Invoice",
    )
    answers = qbo.batch(
        item("a", customer, "CW-1"), item("b", customer, "CW-2"), item("c", customer, "CW-3")
    )
    assert [("Invoice" in one, one["bId"]) for one in answers] == [
        (True, "a"),
        (False, "b"),
        (True, "c"),
    ]
    assert answers[1]["Fault"]["Error"][0]["Detail"] == "Business Validation Error: no."
    assert invoices(qbo) == 2


def test_a_single_document_is_refused(qbo: Caller) -> None:
    customer = qbo.customer()
    plant(qbo, {"refuse": {"code": 6000}}, operation="create", entity="invoice")
    assert qbo.post("invoice", an_invoice(customer)).codes == ["6000"]
    assert invoices(qbo) == 0


def test_items_may_be_turned_round_or_left_out(qbo: Caller) -> None:
    customer = qbo.customer()
    plant(qbo, {"reorder": True}, path="batch")
    turned = qbo.batch(item("a", customer, "1"), item("b", customer, "2"))
    assert [one["bId"] for one in turned] == ["b", "a"]
    plant(qbo, {"omit": True}, document="4")
    short = qbo.batch(item("a", customer, "3"), item("b", customer, "4"))
    assert ([one["bId"] for one in short], invoices(qbo)) == (["a"], 4)


def test_a_request_delivered_twice_is_harmless_only_with_a_request_id(qbo: Caller) -> None:
    customer = qbo.customer()
    plant(qbo, {"duplicate_delivery": True}, entity="Invoice", times="always")
    qbo.post("invoice", an_invoice(customer), requestid="r1")
    assert invoices(qbo) == 1
    qbo.post("invoice", an_invoice(customer))
    assert invoices(qbo) == 3


def test_a_token_may_expire_just_before(qbo: Caller) -> None:
    plant(qbo, {"expire_token": True}, path="preferences")
    assert [qbo.get("preferences").status for _ in range(2)] == [401, 401]
    qbo.tokens = qbo.token(
        grant_type="refresh_token", refresh_token=qbo.tokens["refresh_token"]
    ).json()
    assert qbo.get("preferences").status == 200


def test_nth_after_and_times_choose_the_request(qbo: Caller) -> None:
    plant(qbo, {"status": 500, "body": {}}, path="preferences", nth=2)
    assert [qbo.get("preferences").status for _ in range(4)] == [200, 500, 200, 200]
    plant(qbo, {"status": 502, "body": {}}, path="companyinfo", after=1, times=2)
    assert [qbo.get("companyinfo/1").status for _ in range(5)] == [200, 502, 502, 200, 200]


def test_a_delay_is_waited(qbo: Caller) -> None:
    plant(qbo, {"delay": 0.2}, path="preferences")
    started = time.monotonic()
    assert qbo.get("preferences").status == 200
    assert time.monotonic() - started >= 0.2


def test_faults_strike_the_sign_in_too(qbo: Caller) -> None:
    plant(qbo, {"status": 400, "body": {"error": "invalid_grant"}}, path="/oauth2/v1/tokens/bearer")
    answer = qbo.token(grant_type="refresh_token", refresh_token=qbo.tokens["refresh_token"])
    assert answer.json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"match": {"colour": "red"}, "do": {"delay": 1}}, "match has no colour"),
        ({"match": {}, "do": {"explode": True}}, "do has no explode"),
        ({"match": {}}, "do says something"),
        ({"do": {"delay": 1}, "when": "now"}, "match and do"),
        ({"do": {"delay": 1}, "match": {"nth": "two"}}, "nth must be a whole number"),
        ({"do": {"delay": 1}, "match": []}, ""),
        ({"do": ["drop_before"]}, "do must be a mapping"),
    ],
)
def test_a_script_nobody_understands_is_refused(entry: dict[str, Any], words: str) -> None:
    if entry.get("match") == []:
        assert fault(entry).do.delay == 1
        return
    with pytest.raises(FaultError, match=words):
        fault(entry)


def test_a_refused_script_is_told_over_http_too(qbo: Caller) -> None:
    answer = qbo.http.post("/simulator/faults", json=[{"do": {"explode": True}}])
    assert (answer.status_code, "explode" in answer.json()["error"]) == (400, True)


def test_a_script_file_is_yaml_or_json(tmp_path: Path, open_company: Opener) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text("- match: {path: preferences, nth: 1}\n  do: {status: 500, body: <oops/>}\n")
    caller = open_company(faults=script)
    assert [caller.get("preferences").status, caller.get("preferences").status] == [500, 200]
    script.write_text('[{"do": {"delay": 0.5}}]')
    assert read_script(script)[0].do.delay == 0.5
    script.write_text("just: a mapping")
    with pytest.raises(FaultError, match="a list of faults"):
        Simulator("qbo", faults=script)
