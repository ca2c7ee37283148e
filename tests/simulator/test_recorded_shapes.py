"""Our answers beside answers a real company gave: same status, same keys, same kinds of value."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from acctsync.simulator.encoding import load
from tests.simulator.caller import (
    RECORDED,
    Caller,
    a_payment,
    an_invoice,
    recorded_body,
    recording,
    sales_line,
)

# Not kept by newer minor versions, or a matter of the recorded company's own settings.
_IGNORED = {"Lat", "Long", "DefaultTaxCodeRef", "CustomField", "BillAddr", "ShipAddr"}


def shape(value: Any) -> Any:
    """Reduce a value to its form: keys, and what kind of thing each holds."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items() if key not in _IGNORED}
    if isinstance(value, list):
        forms = [shape(part) for part in value]
        return [form for place, form in enumerate(forms) if form not in forms[:place]]
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | Decimal) else "text"


def test_a_created_customer_looks_like_the_recorded_one(qbo: Caller) -> None:
    recorded = recorded_body("create/customer.yml")
    reply = qbo.post("customer", {"DisplayName": "Doe5, Jane"})
    assert shape(reply.body) == shape(recorded)


def test_a_created_invoice_looks_like_the_recorded_one(qbo: Caller) -> None:
    recorded = recorded_body("create/invoice.yml")
    sent = load(recording("create/invoice.yml")[0]["request"]["body"]["string"].encode())
    qbo.prefer("SalesFormsPrefs", CustomTxnNumbers=False)
    sent["Line"][0]["SalesItemLineDetail"]["ItemRef"] = {"value": "19"}
    reply = qbo.post("invoice", sent)
    assert shape(reply.body) == shape(recorded)


def test_amounts_are_written_as_recorded_bare_zero_and_two_places(qbo: Caller) -> None:
    recording("create/invoice.yml")
    answer = qbo.http.post(
        f"/v3/company/{qbo.realm}/invoice",
        json=json.loads(json.dumps(an_invoice(qbo.customer()), default=str)),
        headers={"Authorization": f"Bearer {qbo.tokens['access_token']}"},
    )
    assert b'"TotalAmt":100.00,' in answer.content
    assert b'"TotalTax":0}' in answer.content


def test_a_voided_invoice_looks_like_the_recorded_one(qbo: Caller) -> None:
    recorded = recorded_body("void/invoice.yml", 1)
    made = qbo.create("Invoice", **an_invoice(qbo.customer(), DocNumber="1041"))
    reply = qbo.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    assert shape(reply.body) == shape(recorded)
    for name in (
        "SyncToken",
        "DocNumber",
        "PrivateNote",
        "TotalAmt",
        "Balance",
        "LinkedTxn",
        "TxnTaxDetail",
    ):
        assert reply.body["Invoice"][name] == recorded["Invoice"][name], name


def test_a_deleted_invoice_looks_like_the_recorded_one(qbo: Caller) -> None:
    recorded = recorded_body("delete/invoice.yml", 1)
    made = qbo.create("Invoice", **an_invoice(qbo.customer()))
    reply = qbo.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert shape(reply.body) == shape(recorded)
    assert reply.body["Invoice"] == {**recorded["Invoice"], "Id": made["Id"]}


def test_a_batch_answers_like_the_recorded_one_item_by_item(qbo: Caller) -> None:
    recorded = recorded_body("batch/basic.yml")["BatchItemResponse"]
    customer = qbo.customer()
    receipt = qbo.create("SalesReceipt", **an_invoice(customer, "337.50", DocNumber="1008"))
    qbo.create("SalesReceipt", **an_invoice(customer, "412.00"))
    sent = load(recording("batch/basic.yml")[0]["request"]["body"]["string"].encode())
    items = sent["BatchItemRequest"]
    items[2]["SalesReceipt"]["Id"] = receipt["Id"]
    items[2]["SalesReceipt"]["SyncToken"] = "7"
    items[3]["Query"] = "select * from SalesReceipt where TotalAmt > '300.00'"
    ours = qbo.batch(*items)
    assert [shape(one) for one in ours[:3]] == [shape(one) for one in recorded[:3]]
    assert ours[1]["Fault"] == recorded[1]["Fault"]
    assert ours[2]["Fault"]["Error"][0]["code"] == "5010"
    assert shape(ours[3]["QueryResponse"]).keys() == shape(recorded[3]["QueryResponse"]).keys()


def test_a_sales_receipt_has_the_recorded_keys(qbo: Caller) -> None:
    recorded = recorded_body("update/sales_receipt.yml", 0)["SalesReceipt"]
    line = sales_line("337.50", Qty=Decimal("4.5"), UnitPrice=75)
    made = qbo.create(
        "SalesReceipt", Line=[{**line, "Description": "Custom Design"}], DocNumber="1008"
    )
    assert shape(made) == shape(recorded)


def test_a_full_update_without_line_ids_renumbers_the_line_as_recorded(qbo: Caller) -> None:
    recorded = recorded_body("update/sales_receipt.yml", 1)["SalesReceipt"]
    qbo.prefer("SalesFormsPrefs", CustomTxnNumbers=False)
    made = qbo.create("SalesReceipt", Line=[sales_line("337.50")], DocNumber="1008")
    reply = qbo.post(
        "salesreceipt", {"Id": made["Id"], "SyncToken": "0", "Line": [sales_line("337.50")]}
    )
    changed = reply.body["SalesReceipt"]
    assert changed["Line"][0]["Id"] == "2"
    assert recorded["Line"][0]["Id"] == "6"
    assert (changed["DocNumber"], changed["SyncToken"]) == (recorded["DocNumber"], "1")


def test_query_answers_have_the_recorded_envelope(qbo: Caller) -> None:
    recorded = recorded_body("get/display_name.yml")
    qbo.customer("Amy's Bird Sanctuary")
    reply = qbo.get(
        "query", query=r"SELECT * FROM Customer WHERE DisplayName = 'Amy\'s Bird Sanctuary'"
    )
    assert reply.body.keys() == recorded.keys()
    ours, theirs = reply.body["QueryResponse"], recorded["QueryResponse"]
    assert ours.keys() == theirs.keys()
    assert (ours["startPosition"], ours["maxResults"]) == (
        theirs["startPosition"],
        theirs["maxResults"],
    )
    assert set(ours["Customer"][0]) <= set(theirs["Customer"][0])


def test_a_count_looks_like_the_recorded_one(qbo: Caller) -> None:
    recorded = recorded_body("all/customers.yml", 0)
    reply = qbo.get("query", query="SELECT COUNT(*) FROM Customer")
    assert shape(reply.body) == shape(recorded)


@pytest.mark.parametrize(
    ("file", "method", "path", "body", "params"),
    [
        ("error/400_json.yml", "POST", "invoice", {"BadJson": True}, {}),
        ("error/400.yml", "GET", "query", None, {"query": "SELECT * FROM Custmoer"}),
        ("error/500.yml", "GET", "customer/1/5", None, {}),
        ("error/validation.yml", "POST", "customer", {"DisplayName": "Weiskopf Consulting"}, {}),
    ],
)
def test_faults_look_like_the_recorded_ones(
    qbo: Caller, file: str, *, method: str, path: str, body: object, params: dict[str, str]
) -> None:
    place = 1 if file == "error/400.yml" else 0
    recorded = recording(file)[place]["response"]
    theirs = load(recorded["body"]["string"].encode())
    qbo.customer("Weiskopf Consulting")
    reply = qbo.call(method, path, body, **params)
    assert reply.status == recorded["status"]["code"]
    assert shape(reply.body) == shape(theirs)
    assert [(one["code"], one["Message"]) for one in reply.body["Fault"]["Error"]] == [
        (one["code"], one["Message"]) for one in theirs["Fault"]["Error"]
    ]


def test_an_id_that_is_no_number_is_refused_in_the_recorded_words(qbo: Caller) -> None:
    theirs = recorded_body("error/500.yml", 1)
    assert qbo.get("customer/1.5").body["Fault"] == theirs["Fault"]


def test_the_misspelt_entity_is_named_in_the_recorded_words(qbo: Caller) -> None:
    theirs = recorded_body("error/400.yml", 1)
    assert qbo.get("query", query="SELECT * FROM Custmoer").body["Fault"] == theirs["Fault"]


def test_an_expired_token_is_refused_by_the_gateway_as_recorded(qbo: Caller) -> None:
    recorded = recording("error/401.yml")[0]["response"]
    theirs = load(recorded["body"]["string"].encode())
    qbo.http.post("/simulator/expire")
    reply = qbo.get("customer/1")
    assert reply.status == 401
    assert shape(reply.body) == shape(theirs)
    assert reply.headers["www-authenticate"] == recorded["headers"]["Www-Authenticate"][0]
    assert reply.body["fault"]["error"][0]["message"] == theirs["fault"]["error"][0]["message"]


@pytest.mark.parametrize("kind", ["employee", "account"])
def test_a_name_already_inactive_stays_as_it_was_recorded(qbo: Caller, kind: str) -> None:
    theirs = recorded_body(f"deactivate/{kind}.yml", 1)
    entity = kind.title()
    name = "DisplayName" if kind == "employee" else "Name"
    fields = {"DisplayName": "Emily Platt", "GivenName": "Emily", "FamilyName": "Platt"}
    made = qbo.create(
        entity,
        **(fields if kind == "employee" else {"Name": "Fees Billed", "AccountType": "Income"}),
    )
    off = qbo.post(
        kind, {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    ).body[entity]
    again = qbo.post(kind, {"Id": made["Id"], "SyncToken": "1", "sparse": True, "Active": False})
    assert off[name] == theirs[entity][name]
    assert again.body[entity] == off
    assert shape(again.body) == shape(theirs)


def test_changes_have_the_recorded_envelope(qbo: Caller) -> None:
    theirs = recorded_body("cdc/basic.yml")
    qbo.create("Estimate", **an_invoice(qbo.customer(), DocNumber="1001"))
    reply = qbo.get("cdc", entities="estimate", changedSince="2011-10-10T09:00:00-07:00")
    ours = reply.body["CDCResponse"][0]["QueryResponse"][0]
    recorded = theirs["CDCResponse"][0]["QueryResponse"][0]
    assert reply.body.keys() == theirs.keys()
    assert ours.keys() == recorded.keys()
    common = set.intersection(*(set(one) for one in recorded["Estimate"])) - {
        "CustomerMemo",
        "BillAddr",
        "BillEmail",
    }
    assert common <= set(ours["Estimate"][0])


def test_an_empty_profit_and_loss_is_the_recorded_one(qbo: Caller) -> None:
    theirs = recorded_body("reports/profit_and_loss.yml")
    reply = qbo.get(
        "reports/ProfitAndLoss",
        customer="1",
        start_date="2015-01-01",
        end_date="2015-07-31",
        summarize_column_by="Customers",
    )
    ours = {**reply.body, "Header": {**reply.body["Header"], "Time": theirs["Header"]["Time"]}}
    assert ours == theirs


def test_a_nested_profit_and_loss_has_the_sample_s_shape(qbo: Caller) -> None:
    path = RECORDED / "profitandloss.doc-sample.json"
    if not path.is_file():
        pytest.skip("the samples are not at hand")
    theirs = load(path.read_bytes())["samples"][0]["json"]
    customer = qbo.customer()
    day_pass = qbo.id_of("Item", "Day Pass")
    qbo.create("Invoice", **an_invoice(customer, "425.00", TxnDate="2015-06-03"))
    credit = {
        "CustomerRef": {"value": customer["Id"]},
        "Line": [sales_line("100.00", day_pass)],
        "TxnDate": "2015-06-04",
    }
    qbo.create("CreditMemo", **credit)
    reply = qbo.get(
        "reports/ProfitAndLoss",
        customer=customer["Id"],
        start_date="2015-06-01",
        end_date="2015-06-30",
    )
    assert shape(reply.body["Header"]) == shape(theirs["Header"])
    assert shape(reply.body["Columns"]) == shape(theirs["Columns"])
    assert reply.body["Columns"] == theirs["Columns"]
    rows = {row["group"]: row for row in reply.body["Rows"]["Row"]}
    assert [row["group"] for row in theirs["Rows"]["Row"]] == list(rows)
    parent = rows["Income"]["Rows"]["Row"][0]
    assert parent.keys() == theirs["Rows"]["Row"][0]["Rows"]["Row"][0].keys()
    assert parent["Header"]["ColData"] == [
        {"value": "Coworking Income", "id": qbo.id_of("Account", "Coworking Income")},
        {"value": "-100.00"},
    ]
    assert rows["NetIncome"]["Summary"]["ColData"][1]["value"] == "325.00"


def test_a_payment_has_the_sample_s_keys(qbo: Caller) -> None:
    path = RECORDED / "intuit-doc-samples-voska" / "payment.json"
    if not path.is_file():
        pytest.skip("the samples are not at hand")
    theirs = next(
        one["body"] for one in load(path.read_bytes()) if one["section"] == "Sample Object"
    )["Payment"]
    customer = qbo.customer()
    invoice = qbo.create("Invoice", **an_invoice(customer, "55.00", DocNumber="1024"))
    ours = qbo.create("Payment", **a_payment(customer, "65.00", (invoice, "55.00")))
    assert shape(ours).keys() - {"CurrencyRef"} == shape(theirs).keys() - {"ProjectRef"}
    assert shape(ours["Line"]) == shape(theirs["Line"])
    assert (ours["TotalAmt"], ours["UnappliedAmt"]) == (theirs["TotalAmt"], theirs["UnappliedAmt"])


@pytest.mark.parametrize("name", ["gateway_403_wrong_environment", "gateway_401_malformed_token"])
def test_gateway_faults_are_the_pasted_ones(qbo: Caller, name: str) -> None:
    path = RECORDED / "fault-excerpts" / "faults.json"
    if not path.is_file():
        pytest.skip("the faults are not at hand")
    theirs = load(path.read_bytes())[name]
    where = "production/v3" if "403" in name else "v3"
    token = qbo.tokens["access_token"] if "403" in name else "short"
    answer = qbo.http.get(
        f"/{where}/company/{qbo.realm}/companyinfo/1", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == theirs["status"]
    assert {**load(answer.content), "time": 0} == {**theirs["body"], "time": 0}
