"""Calls a minute, a day and at once; and what an Idempotency-Key stands for, and for how long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.simulator.xero.caller import TENANT, Caller, Clock, Opener, Reply, an_invoice


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limited(open_organisation: Opener, clock: Clock) -> Caller:
    """An organisation whose limits are enforced."""
    return open_organisation(clock=clock, limits=True)


def left(reply: Reply) -> tuple[str, ...]:
    names = ("X-MinLimit-Remaining", "X-DayLimit-Remaining", "X-AppMinLimit-Remaining")
    return tuple(reply.headers[name] for name in names)


def test_every_answer_says_how_many_calls_are_left(limited: Caller) -> None:
    assert left(limited.get("Organisation")) == ("59", "999", "9999")
    assert left(limited.put("Contacts", {})) == ("58", "998", "9998")
    limited.settle(per_day=5000)
    assert left(limited.get("Organisation"))[1] == "4997"


def test_the_sixty_first_call_of_a_minute_is_turned_away(limited: Caller, clock: Clock) -> None:
    statuses = {limited.get("Organisation").status for _ in range(60)}
    clock.now += 38
    reply = limited.get("Organisation")
    assert (statuses, reply.status, reply.body) == ({200}, 429, "")
    assert reply.headers["X-Rate-Limit-Problem"] == "minute"
    assert (reply.headers["Retry-After"], left(reply)) == ("22", ("0", "940", "9940"))
    clock.now += 22
    assert limited.get("Organisation").status == 200


def test_a_day_ends_a_day_after_its_first_call(limited: Caller, clock: Clock) -> None:
    limited.settle(per_day=3)
    for _ in range(3):
        limited.get("Organisation")
    clock.now += 25_000
    limited.tokens = limited.refresh(limited.tokens["refresh_token"]).json()
    reply = limited.get("Organisation")
    assert (reply.status, reply.headers["X-Rate-Limit-Problem"]) == (429, "day")
    assert reply.headers["Retry-After"] == "61400"


def test_an_app_has_a_minute_of_its_own_and_is_not_told_when_it_ends(limited: Caller) -> None:
    limited.settle(app_per_minute=1)
    limited.get("Organisation")
    reply = limited.get("Organisation")
    assert (reply.status, reply.headers["X-Rate-Limit-Problem"]) == (429, "appminute")
    assert "Retry-After" not in reply.headers


def test_a_sixth_call_at_once_is_turned_away(limited: Caller) -> None:
    for _ in range(5):  # calls that are not answered yet
        limited.xero.limits.admit("app", TENANT)
    reply = limited.get("Organisation")
    assert (reply.status, reply.headers["X-Rate-Limit-Problem"]) == (429, "concurrent")
    assert "Retry-After" not in reply.headers
    limited.xero.limits.release("app", TENANT)
    assert [limited.get("Organisation").status for _ in range(2)] == [200, 200]


def test_sign_in_and_connections_do_not_count(limited: Caller) -> None:
    for _ in range(3):
        limited.tokens = limited.sign_in()
    assert left(limited.get("Organisation"))[0] == "59"


def test_what_does_not_come_in_does_not_count(limited: Caller) -> None:
    limited.call("GET", "Organisation", headers={"Authorization": ""})
    limited.call("GET", "Organisation", headers={"Xero-Tenant-Id": ""})
    assert left(limited.get("Organisation"))[0] == "59"


def test_limits_can_be_left_unenforced_and_are_counted_all_the_same(xero: Caller) -> None:
    xero.settle(per_minute=1)
    replies = [xero.get("Organisation") for _ in range(3)]
    assert ({one.status for one in replies}, left(replies[-1])[0]) == ({200}, "0")


# ---------------------------------------------------------------------- idempotency keys


def keyed(
    caller: Caller, key: str, body: object, path: str = "Invoices", method: str = "PUT"
) -> Reply:
    return caller.call(method, path, body, headers={"Idempotency-Key": key})


def count(caller: Caller) -> int:
    return len(caller.rows("Invoices"))


@pytest.fixture
def patient(open_organisation: Opener, clock: Clock) -> Caller:
    """An organisation whose clock is ours."""
    return open_organisation(clock=clock)


def test_the_same_request_under_the_same_key_is_carried_out_once(patient: Caller) -> None:
    body = an_invoice(patient.contact())
    first, second = (keyed(patient, "k1", body) for _ in range(2))
    assert (first.body, count(patient)) == (second.body, 1)


def test_a_key_is_new_again_six_minutes_after_its_first_use(patient: Caller, clock: Clock) -> None:
    body = an_invoice(patient.contact())
    keyed(patient, "k1", body)
    clock.now += 359
    keyed(patient, "k1", body)
    assert count(patient) == 1
    clock.now += 1  # the second use did not make it longer
    keyed(patient, "k1", body)
    assert count(patient) == 2


@pytest.mark.parametrize("change", ["body", "path", "method", "query"])
def test_a_key_for_another_request_is_refused(patient: Caller, change: str) -> None:
    body: dict[str, Any] = {"Name": "Acme"}
    keyed(patient, "k1", body, "Contacts")
    headers = {"Idempotency-Key": "k1"}
    again = {
        "body": lambda: keyed(patient, "k1", {"Name": "Beta"}, "Contacts"),
        "path": lambda: keyed(patient, "k1", body, "Items"),
        "method": lambda: keyed(patient, "k1", body, "Contacts", "POST"),
        "query": lambda: patient.call(
            "PUT", "Contacts", body, headers=headers, summarizeErrors="false"
        ),
    }[change]()
    assert (again.status, again.body["Detail"]) == (
        400, "Idempotency Key: k1 is used with a different request.",
    )  # fmt: skip


def test_failures_are_kept_too(patient: Caller) -> None:
    contact = patient.contact()
    body = an_invoice(contact, Contact={"Name": "Acme"}, CurrencyCode="EUR")
    assert keyed(patient, "k1", body).status == 400
    patient.by_hand("Currency", Code="EUR", Rate="0.9")
    assert keyed(patient, "k1", body).status == 400
    assert keyed(patient, "k2", body).status == 200


@pytest.mark.parametrize(("processed", "made"), [(False, 0), (True, 1)])
def test_a_500_repeats_itself_for_six_minutes(
    patient: Caller, clock: Clock, processed: bool, made: int
) -> None:
    body = an_invoice(patient.contact())
    patient.plant(match={"path": "Invoices"}, do={"status": 500, "processed": processed})
    statuses = [keyed(patient, "k1", body).status for _ in range(3)]
    assert (statuses, count(patient)) == ([500, 500, 500], made)
    clock.now += 360
    assert keyed(patient, "k1", body).status == 200


def test_what_a_gateway_says_is_not_kept(patient: Caller) -> None:
    body = an_invoice(patient.contact())
    patient.plant(
        match={"path": "Invoices"}, do={"status": 503, "body": "The Organisation is offline"}
    )
    assert [keyed(patient, "k1", body).status for _ in range(2)] == [503, 200]


def test_a_lost_answer_is_given_again(patient: Caller) -> None:
    body = an_invoice(patient.contact())
    patient.plant(match={"path": "Invoices"}, do={"drop_after": True})
    with pytest.raises(httpx.TransportError):
        keyed(patient, "k1", body)
    assert (keyed(patient, "k1", body).status, count(patient)) == (200, 1)


def test_twins_at_the_same_time_become_one(patient: Caller) -> None:
    body = an_invoice(patient.contact())
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: keyed(patient, "k1", body), range(4)))
    assert len({one.body["Invoices"][0]["InvoiceID"] for one in replies}) == 1
    assert count(patient) == 1


def test_reading_pays_no_heed_to_keys(patient: Caller) -> None:
    first = patient.call("GET", "Invoices", headers={"Idempotency-Key": "k1"})
    patient.invoice(patient.contact())
    second = patient.call("GET", "Invoices", headers={"Idempotency-Key": "k1"})
    assert (len(first.body["Invoices"]), len(second.body["Invoices"])) == (0, 1)


def test_a_repeat_costs_a_call(limited: Caller) -> None:
    body = an_invoice(limited.contact())
    replies = [keyed(limited, "k1", body) for _ in range(2)]
    assert [left(one)[0] for one in replies] == ["58", "57"]


def test_a_key_belongs_to_its_app(patient: Caller) -> None:
    body = an_invoice(patient.contact())
    keyed(patient, "k1", body)
    code = patient.sent_back(client_id="other")["code"]
    patient.tokens = patient.exchange(code, client_id="other").json()
    keyed(patient, "k1", body)
    assert count(patient) == 2


def test_a_key_has_at_most_128_characters(patient: Caller) -> None:
    body = {"Name": "Acme"}
    assert keyed(patient, "k" * 129, body, "Contacts").status == 400
    assert keyed(patient, "k" * 128, body, "Contacts").status == 200
