"""Full and sparse updates, tokens, and what stays the same when nothing changes."""

from __future__ import annotations

from decimal import Decimal

from tests.simulator.caller import Caller, an_invoice, sales_line


def test_a_full_update_empties_what_it_leaves_out(qbo: Caller) -> None:
    made = qbo.create(
        "Customer",
        DisplayName="Acme",
        CompanyName="Acme Inc.",
        Notes="n",
        PrimaryEmailAddr={"Address": "a@b.example"},
    )
    changed = qbo.post(
        "customer", {"Id": made["Id"], "SyncToken": "0", "DisplayName": "Acme 2"}
    ).body["Customer"]
    assert not {"CompanyName", "Notes", "PrimaryEmailAddr"} & set(changed)
    assert (changed["SyncToken"], changed["PrintOnCheckName"]) == ("1", "Acme 2")
    assert changed["MetaData"]["CreateTime"] == made["MetaData"]["CreateTime"]


def test_a_sparse_update_leaves_the_rest(qbo: Caller) -> None:
    made = qbo.create("Customer", DisplayName="Acme", Notes="n")
    changed = qbo.post(
        "customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "CompanyName": "C"}
    ).body["Customer"]
    assert (changed["Notes"], changed["CompanyName"], changed["sparse"]) == ("n", "C", False)


def test_a_sparse_null_empties_one_field(qbo: Caller) -> None:
    made = qbo.create("Customer", DisplayName="Acme", Notes="n")
    changed = qbo.post(
        "customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": None}
    ).body["Customer"]
    assert "Notes" not in changed


def test_an_update_without_a_change_keeps_token_and_time(qbo: Caller) -> None:
    made = qbo.create("Invoice", **an_invoice(qbo.customer(), DocNumber="1", PrivateNote="n"))
    again = qbo.post(
        "invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "n"}
    ).body["Invoice"]
    assert again == made


def test_an_old_token_is_refused(qbo: Caller) -> None:
    made = qbo.customer()
    update = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "1"}
    assert qbo.post("customer", update).status == 200
    reply = qbo.post("customer", {**update, "Notes": "2"})
    assert (reply.status, reply.codes, "Pat Bookkeeper" in reply.detail) == (400, ["5010"], True)
    assert qbo.read("Customer", made["Id"])["Notes"] == "1"


def test_an_update_needs_id_and_token(qbo: Caller) -> None:
    assert qbo.post("customer", {"Id": "1", "DisplayName": "A"}).codes == ["2020"]
    assert qbo.post("customer", {"DisplayName": "A"}, operation="update").codes == ["2020", "2020"]
    assert qbo.post("customer", {"Id": "999", "SyncToken": "0"}).codes == ["610"]
    assert qbo.post("customer", {"Id": "x1", "SyncToken": "0"}).codes == ["2030"]


def test_lines_are_replaced_as_a_whole_and_unknown_ids_count_on(qbo: Caller) -> None:
    made = qbo.create("Invoice", **an_invoice(qbo.customer(), "1.00", "2.00"))
    lines = [
        {**sales_line("5.00"), "Id": "2"},
        sales_line("6.00"),
        {**sales_line("7.00"), "Id": "99"},
    ]
    changed = qbo.post(
        "invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": lines}
    ).body["Invoice"]
    assert [line.get("Id") for line in changed["Line"]] == ["2", "3", "4", None]
    assert (changed["TotalAmt"], changed["Balance"]) == (Decimal("18.00"), Decimal("18.00"))


def test_a_sparse_update_without_lines_keeps_them(qbo: Caller) -> None:
    made = qbo.create("Invoice", **an_invoice(qbo.customer(), "1.00", "2.00"))
    changed = qbo.post(
        "invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "DocNumber": "N"}
    ).body["Invoice"]
    assert changed["Line"] == made["Line"]


def test_a_new_number_is_found_and_the_old_one_free(qbo: Caller) -> None:
    customer = qbo.customer()
    made = qbo.create("Invoice", **an_invoice(customer, DocNumber="A"))
    qbo.post("invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "DocNumber": "B"})
    assert qbo.query("select * from Invoice where DocNumber = 'A'") == {}
    assert (
        qbo.query("select * from Invoice where DocNumber = 'B'")["Invoice"][0]["Id"] == made["Id"]
    )
    assert qbo.post("invoice", an_invoice(customer, DocNumber="A")).status == 200


def test_a_refused_update_changes_nothing(qbo: Caller) -> None:
    made = qbo.create("Invoice", **an_invoice(qbo.customer(), "1.00"))
    bad = [sales_line("5.00"), sales_line("6.00", "999")]
    assert qbo.post(
        "invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": bad}
    ).codes == ["2500"]
    assert qbo.read("Invoice", made["Id"]) == made


def test_a_document_moved_to_another_customer_moves_the_debt(qbo: Caller) -> None:
    one, other = qbo.customer("One"), qbo.customer("Other")
    made = qbo.create("Invoice", **an_invoice(one, "10.00"))
    qbo.post(
        "invoice",
        {"Id": made["Id"], "SyncToken": "0", "sparse": True, "CustomerRef": {"value": other["Id"]}},
    )
    assert [qbo.read("Customer", who["Id"])["Balance"] for who in (one, other)] == [
        0,
        Decimal("10.00"),
    ]


def test_a_line_id_given_twice_is_kept_once(qbo: Caller) -> None:
    made = qbo.create("Invoice", **an_invoice(qbo.customer(), "1.00"))
    lines = [{**sales_line("5.00"), "Id": "1"}, {**sales_line("6.00"), "Id": "1"}]
    key = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    changed = qbo.post("invoice", {**key, "Line": lines}).body["Invoice"]
    assert [line.get("Id") for line in changed["Line"]] == ["1", "2", None]


def test_what_is_voided_or_deleted_is_owed_no_more(qbo: Caller) -> None:
    customer = qbo.customer()
    for operation in ("void", "delete"):
        made = qbo.create("Invoice", **an_invoice(customer, "10.00"))
        assert qbo.read("Customer", customer["Id"])["Balance"] == Decimal("10.00")
        qbo.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation=operation)
        assert qbo.read("Customer", customer["Id"])["Balance"] == 0


def test_a_renamed_parent_takes_the_full_names_of_its_children_along(qbo: Caller) -> None:
    parent, child = qbo.id_of("Item", "Memberships"), qbo.id_of("Item", "Memberships:Hot Desk")
    before = qbo.read("Item", child)
    old = qbo.read("Item", parent)
    body = {"Id": parent, "SyncToken": old["SyncToken"], "sparse": True, "Name": "Desks"}
    assert qbo.post("item", body).status == 200
    after = qbo.read("Item", child)
    assert after["FullyQualifiedName"] == "Desks:Hot Desk"
    assert (after["SyncToken"], after["MetaData"]) == (before["SyncToken"], before["MetaData"])
    found = qbo.query("SELECT * FROM Item WHERE FullyQualifiedName = 'Desks:Hot Desk'")
    assert [one["Id"] for one in found["Item"]] == [child]
