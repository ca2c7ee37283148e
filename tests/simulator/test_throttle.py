"""The vendor's limits, and the XML that says so."""

from __future__ import annotations

import pytest

from acctsync.simulator.encoding import load
from acctsync.simulator.throttle import Limits, Throttle
from tests.simulator.caller import RECORDED, Caller, Clock, Opener


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limited(open_company: Opener, clock: Clock) -> Caller:
    return open_company(limits=True, clock=clock)


def batch_status(caller: Caller) -> int:
    return caller.post(
        "batch", {"BatchItemRequest": [{"bId": "1", "Query": "select count(*) from Invoice"}]}
    ).status


def test_ten_requests_a_second_and_no_more(limited: Caller, clock: Clock) -> None:
    assert [limited.get("preferences").status for _ in range(11)] == [200] * 10 + [429]
    clock.now += 1
    assert limited.get("preferences").status == 200


def test_forty_batches_a_minute_and_no_more(limited: Caller, clock: Clock) -> None:
    assert [batch_status(limited) for _ in range(41)] == [200] * 40 + [429]
    clock.now += 59
    assert batch_status(limited) == 429
    clock.now += 1
    assert batch_status(limited) == 200


def test_five_hundred_requests_a_minute_and_no_more(limited: Caller, clock: Clock) -> None:
    statuses = []
    for number in range(505):
        if number % 10 == 0:
            clock.now += 1
        statuses.append(limited.get("companyinfo/1").status)
    assert statuses.count(200) == 500
    assert statuses[500:] == [429] * 5


def test_ten_requests_at_once_and_no_more(clock: Clock) -> None:
    throttle = Throttle(Limits(), clock)
    admitted = [throttle.admit(batch=number % 2 == 0, enforced=True) for number in range(14)]
    assert admitted == [True] * 10 + [False] * 4
    throttle.release()
    assert throttle.admit(batch=True, enforced=True)
    assert not throttle.admit(batch=True, enforced=True)


def test_throttled_answers_are_xml_as_recorded(limited: Caller) -> None:
    path = RECORDED / "fault-excerpts" / "faults.json"
    for _ in range(10):
        limited.get("preferences")
    reply = limited.get("preferences")
    assert (reply.status, reply.headers["content-type"]) == (429, "application/xml")
    if not path.is_file():
        pytest.skip("the faults are not at hand")
    theirs = load(path.read_bytes())["throttle_429_xml"]["body_text"]
    inner = theirs[theirs.index("<Fault") :]
    assert "".join(reply.body[reply.body.index("<Fault") :].split()) == "".join(inner.split())


def test_signing_in_and_the_back_door_are_not_counted(limited: Caller) -> None:
    for _ in range(10):
        limited.get("preferences")
    assert limited.http.get("/simulator/books").status_code == 200
    assert (
        limited.token(
            grant_type="refresh_token", refresh_token=limited.tokens["refresh_token"]
        ).status_code
        == 200
    )


def test_limits_can_be_switched_off_while_serving(limited: Caller) -> None:
    limited.settle(limits=False)
    assert {limited.get("preferences").status for _ in range(30)} == {200}


def test_limits_can_be_switched_off(open_company: Opener) -> None:
    caller = open_company(limits=False)
    assert {caller.get("preferences").status for _ in range(30)} == {200}
