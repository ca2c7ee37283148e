"""Batches: independent items, faults one by one, sizes, and what a request id remembers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.caller import Caller, an_invoice


def create_item(
    bid: str, customer: dict[str, Any], number: str, **changes: object
) -> dict[str, Any]:
    return {
        "bId": bid,
        "operation": "create",
        "Invoice": an_invoice(customer, DocNumber=number, **changes),
    }


def test_a_refused_item_leaves_the_others_alone(qbo: Caller) -> None:
    customer = qbo.customer()
    answers = qbo.batch(
        create_item("1", customer, "A"),
        create_item("2", customer, "B", CustomerRef={"value": "999"}),
        create_item("3", customer, "A"),
        create_item("4", customer, "D"),
    )
    assert [("Invoice" in one, one["bId"]) for one in answers] == [
        (True, "1"),
        (False, "2"),
        (False, "3"),
        (True, "4"),
    ]
    assert [one["Fault"]["Error"][0]["code"] for one in answers[1:3]] == ["2500", "6140"]
    assert all("element" in one["Fault"]["Error"][0] for one in answers[1:3])


def test_a_batch_creates_updates_deletes_voids_and_asks(qbo: Caller) -> None:
    customer = qbo.customer()
    made = [qbo.create("Invoice", **an_invoice(customer, DocNumber=str(n))) for n in range(3)]
    payment = qbo.create("Payment", CustomerRef={"value": customer["Id"]}, TotalAmt=5)
    keys = [{"Id": one["Id"], "SyncToken": "0"} for one in made]
    answers = qbo.batch(
        {
            "bId": "u",
            "operation": "update",
            "Invoice": {**keys[0], "sparse": True, "PrivateNote": "n"},
        },
        {"bId": "d", "operation": "delete", "Invoice": keys[1]},
        {"bId": "v", "operation": "void", "Invoice": keys[2]},
        {
            "bId": "p",
            "operation": "update",
            "optionsData": "void",
            "Payment": {"Id": payment["Id"], "SyncToken": "0", "sparse": True},
        },
        {"bId": "q", "Query": "select count(*) from Invoice"},
    )
    assert answers[0]["Invoice"]["PrivateNote"] == "n"
    assert answers[1]["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": made[1]["Id"]}
    assert answers[2]["Invoice"]["TotalAmt"] == 0
    assert answers[3]["Payment"]["PrivateNote"] == "Voided"
    assert answers[4]["QueryResponse"] == {"totalCount": 2}


def test_a_refused_query_is_a_fault_of_its_item(qbo: Caller) -> None:
    answers = qbo.batch({"bId": "1", "Query": "select * from Nothing"})
    assert answers[0]["Fault"]["Error"][0]["code"] == "4001"


def test_thirty_items_fit_and_thirty_one_do_not(qbo: Caller) -> None:
    customer = qbo.customer()
    items = [create_item(str(n), customer, f"N{n}") for n in range(31)]
    assert len(qbo.batch(*items[:30])) == 30
    reply = qbo.post(
        "batch", {"BatchItemRequest": [create_item(str(n), customer, f"M{n}") for n in range(31)]}
    )
    assert (reply.status, reply.codes) == (400, ["1040"])
    assert qbo.query("select count(*) from Invoice") == {"totalCount": 30}


def test_an_item_must_say_what_it_wants(qbo: Caller) -> None:
    answers = qbo.batch(
        {"bId": "1", "operation": "create", "Nonsense": {}},
        {"bId": "2", "operation": "send", "Invoice": {"Id": "1"}},
        {"bId": "3", "Invoice": {}},
    )
    assert [one["Fault"]["Error"][0]["code"] for one in answers] == ["2000", "500", "500"]


def test_bids_are_required_and_unique(qbo: Caller) -> None:
    customer = qbo.customer()
    assert qbo.post(
        "batch", {"BatchItemRequest": [{"operation": "create", "Invoice": {}}]}
    ).codes == ["2020"]
    twice = [create_item("1", customer, "A"), create_item("1", customer, "B")]
    assert qbo.post("batch", {"BatchItemRequest": twice}).codes == ["2600"]
    assert qbo.post("batch", {}).codes == ["2020"]


def test_a_duplicate_number_may_be_asked_for_in_a_batch(qbo: Caller) -> None:
    customer = qbo.customer()
    again = {**create_item("2", customer, "A"), "optionsData": "allowduplicatedocnum"}
    assert all("Invoice" in one for one in qbo.batch(create_item("1", customer, "A"), again))


def test_what_a_batch_creates_its_other_items_cannot_use(qbo: Caller) -> None:
    following = str(int(qbo.customer()["Id"]) + 1)
    body = an_invoice({"Id": following}, DocNumber="A")
    answers = qbo.batch(
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "New"}},
        {"bId": "2", "operation": "create", "Invoice": body},
    )
    assert (answers[0]["Customer"]["Id"], answers[1]["Fault"]["Error"][0]["code"]) == (
        following,
        "2500",
    )
    assert "Invoice" in qbo.batch({"bId": "1", "operation": "create", "Invoice": body})[0]


def test_the_same_request_id_does_nothing_twice(qbo: Caller) -> None:
    body = an_invoice(qbo.customer())
    first = qbo.post("invoice", body, requestid="r1")
    again = qbo.post("invoice", body, requestid="r1")
    other = qbo.post("invoice", body, requestid="r2")
    assert again.body == first.body
    assert other.body["Invoice"]["Id"] != first.body["Invoice"]["Id"]
    assert qbo.query("select count(*) from Invoice") == {"totalCount": 2}


def test_a_request_id_remembers_updates_voids_and_deletes_too(qbo: Caller) -> None:
    made = qbo.create("Invoice", **an_invoice(qbo.customer()))
    key = {"Id": made["Id"], "SyncToken": "0"}
    replies = [qbo.post("invoice", key, operation="void", requestid="v") for _ in range(2)]
    assert replies[0].body == replies[1].body
    gone = [
        qbo.post("invoice", {**key, "SyncToken": "1"}, operation="delete", requestid="d")
        for _ in range(2)
    ]
    assert (gone[1].status, gone[0].body) == (200, gone[1].body)


def test_a_request_id_remembers_a_refusal_unless_told_otherwise(qbo: Caller) -> None:
    body = an_invoice({"Id": "999"})
    assert qbo.post("invoice", body, requestid="r").codes == ["2500"]
    body["CustomerRef"] = {"value": qbo.customer()["Id"]}
    assert qbo.post("invoice", body, requestid="r").codes == ["2500"]
    qbo.settle(replay_faults=False)
    assert qbo.post("invoice", {**body, "CustomerRef": {"value": "999"}}, requestid="s").codes == [
        "2500"
    ]
    assert qbo.post("invoice", body, requestid="s").status == 200


def test_in_a_batch_request_id_and_bid_together_are_remembered(qbo: Caller) -> None:
    customer = qbo.customer()
    first = qbo.batch(
        create_item("a", customer, "1"), create_item("b", customer, "2"), requestid="batch-1"
    )
    again = qbo.batch(
        create_item("a", customer, "1"), create_item("b", customer, "2"), requestid="batch-1"
    )
    assert again == first
    renamed = qbo.batch(
        create_item("c", customer, "3"), create_item("b", customer, "2"), requestid="batch-1"
    )
    assert (renamed[0]["Invoice"]["DocNumber"], renamed[1]) == ("3", first[1])
    assert qbo.query("select count(*) from Invoice") == {"totalCount": 3}


def test_new_bids_under_an_old_request_id_make_duplicates(qbo: Caller) -> None:
    customer = qbo.customer()
    qbo.settle(warn_duplicate_numbers=False)
    qbo.batch(create_item("a", customer, "1"), requestid="batch-1")
    qbo.batch(create_item("z", customer, "1"), requestid="batch-1")
    assert qbo.query("select count(*) from Invoice where DocNumber = '1'") == {"totalCount": 2}


def test_request_ids_may_be_ignored(qbo: Caller) -> None:
    qbo.settle(requestid="ignored")
    body = an_invoice(qbo.customer())
    ids = {qbo.post("invoice", body, requestid="r").body["Invoice"]["Id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize(("length", "status"), [(50, 200), (51, 400)])
def test_a_request_id_has_fifty_characters(qbo: Caller, length: int, status: int) -> None:
    assert qbo.post("invoice", an_invoice(qbo.customer()), requestid="r" * length).status == status


@pytest.mark.parametrize(
    ("request_id", "bid", "status"),
    [("r" * 36, "b" * 10, 200), ("r" * 37, "b", 400), ("r", "b" * 11, 400), ("", "b" * 40, 200)],
)
def test_a_batch_s_ids_are_shorter(qbo: Caller, request_id: str, bid: str, status: int) -> None:
    params = {"requestid": request_id} if request_id else {}
    item = create_item(bid, qbo.customer(), "1")
    assert qbo.post("batch", {"BatchItemRequest": [item]}, **params).status == status
