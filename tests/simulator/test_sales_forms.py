"""Invoices and their kin: what is filled in, what is refused, what is dropped without a word."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.caller import Caller, an_invoice, sales_line


def discount(**detail: object) -> dict[str, Any]:
    amount = detail.pop("Amount", None)
    line: dict[str, Any] = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
    return line if amount is None else {**line, "Amount": amount}


def test_the_total_is_reckoned_not_believed(qbo: Caller) -> None:
    made = qbo.create(
        "Invoice", **an_invoice(qbo.customer(), "30.00", TotalAmt=Decimal("173.70"), Balance=1)
    )
    assert (made["TotalAmt"], made["Balance"]) == (Decimal("30.00"), Decimal("30.00"))


def test_an_invoice_is_due_after_its_term_or_thirty_days(qbo: Caller) -> None:
    customer = qbo.customer()
    plain = qbo.create("Invoice", **an_invoice(customer, TxnDate="2025-03-01"))
    term = qbo.create(
        "Invoice",
        **an_invoice(customer, TxnDate="2025-03-01", SalesTermRef=qbo.ref("Term", "Net 15")),
    )
    assert (plain["DueDate"], term["DueDate"]) == ("2025-03-31", "2025-03-16")


def test_a_timestamp_is_cut_to_its_day(qbo: Caller) -> None:
    made = qbo.create("Invoice", **an_invoice(qbo.customer(), TxnDate="2014-02-18T00:59:41Z"))
    assert made["TxnDate"] == "2014-02-18"


@pytest.mark.parametrize(("day", "code"), [("18/02/2014", "2060"), ("2014-02-30", "2070")])
def test_dates_need_their_form_and_their_day(qbo: Caller, day: str, code: str) -> None:
    assert qbo.post("invoice", an_invoice(qbo.customer(), TxnDate=day)).codes == [code]


def test_what_is_missing_is_named_all_at_once(qbo: Caller) -> None:
    reply = qbo.post("invoice", {"DocNumber": "1"})
    assert [error["element"] for error in reply.body["Fault"]["Error"]] == ["CustomerRef", "Line"]
    assert reply.codes == ["2020", "2020"]


def test_an_invoice_without_lines_is_refused(qbo: Caller) -> None:
    assert qbo.post("invoice", {**an_invoice(qbo.customer()), "Line": []}).codes == ["2250"]


def test_an_unknown_property_is_refused_also_inside_a_line(qbo: Caller) -> None:
    reply = qbo.post("invoice", an_invoice(qbo.customer(), Nonsense=1))
    assert (reply.codes, '"Nonsense"' in reply.detail) == (["2010"], True)
    body = an_invoice(qbo.customer("B"))
    body["Line"][0]["SalesItemLineDetail"]["Nonsense"] = 1
    inner = qbo.post("invoice", body)
    assert (inner.codes, "SalesItemLineDetail" in inner.detail) == (["2010"], True)


@pytest.mark.parametrize(
    ("field", "value", "length"),
    [("DocNumber", "x", 21), ("PrivateNote", "x", 4000)],
)
def test_texts_have_their_lengths(qbo: Caller, field: str, value: str, length: int) -> None:
    customer = qbo.customer()
    assert qbo.post("invoice", an_invoice(customer, **{field: value * length})).status == 200
    reply = qbo.post("invoice", an_invoice(customer, **{field: value * (length + 1)}))
    assert (reply.codes, reply.body["Fault"]["Error"][0]["element"]) == (["2050"], field)


def test_memo_and_description_have_their_lengths(qbo: Caller) -> None:
    customer = qbo.customer()
    assert qbo.post("invoice", an_invoice(customer, CustomerMemo={"value": "x" * 1001})).codes == [
        "2050"
    ]
    line = {**sales_line("1.00"), "Description": "x" * 4001}
    assert qbo.post("invoice", {**an_invoice(customer), "Line": [line]}).codes == ["2050"]


def test_quantity_times_price_must_be_the_amount(qbo: Caller) -> None:
    customer = qbo.customer()
    good = sales_line("70.00", Qty=Decimal("3.5"), UnitPrice=20)
    rounded = sales_line("0.34", Qty=3, UnitPrice=Decimal("0.1125"))
    nothing = sales_line("5.00", Qty=0, UnitPrice=0)
    assert qbo.create("Invoice", **{**an_invoice(customer), "Line": [good, rounded, nothing]})[
        "TotalAmt"
    ] == Decimal("75.34")
    wrong = sales_line("70.01", Qty=Decimal("3.5"), UnitPrice=20)
    assert qbo.post("invoice", {**an_invoice(customer), "Line": [wrong]}).codes == ["6070"]


def test_lines_without_quantity_or_price_are_fine(qbo: Caller) -> None:
    made = qbo.create(
        "Invoice", **{**an_invoice(qbo.customer()), "Line": [sales_line("9.99", UnitPrice=5)]}
    )
    assert made["TotalAmt"] == Decimal("9.99")


def test_negative_lines_count_but_a_negative_total_is_refused(qbo: Caller) -> None:
    customer = qbo.customer()
    made = qbo.create("Invoice", **an_invoice(customer, "258.75", "-71.38"))
    assert made["TotalAmt"] == Decimal("187.37")
    zero = qbo.create("Invoice", **an_invoice(customer, "5.00", "-5.00"))
    assert (zero["TotalAmt"], zero["Balance"]) == (0, 0)
    reply = qbo.post("invoice", an_invoice(customer, "5.00", "-5.01"))
    assert (reply.codes, "0 or greater" in reply.detail) == (["6000"], True)


def test_a_category_or_an_inactive_or_absent_item_cannot_stand_on_a_line(qbo: Caller) -> None:
    customer = qbo.customer()
    category = qbo.id_of("Item", "Memberships")
    retired = qbo.id_of("Item", "Custom Fee")
    qbo.by_hand("Item", Id=retired, Active=False)
    for item in (category, retired, "999"):
        assert qbo.post(
            "invoice", {**an_invoice(customer), "Line": [sales_line(1, item)]}
        ).codes == ["2500"], item


def test_an_inactive_customer_cannot_be_billed(qbo: Caller) -> None:
    customer = qbo.customer()
    qbo.by_hand("Customer", Id=customer["Id"], Active=False)
    reply = qbo.post("invoice", an_invoice(customer))
    assert (reply.codes, "made inactive" in reply.detail) == (["2500"], True)


def test_a_percent_discount_comes_after_the_subtotal_and_is_positive(qbo: Caller) -> None:
    body = an_invoice(qbo.customer(), "50.00")
    body["Line"].append(discount(PercentBased=True, DiscountPercent=10))
    made = qbo.create("Invoice", **body)
    assert [line["DetailType"] for line in made["Line"]] == [
        "SalesItemLineDetail",
        "SubTotalLineDetail",
        "DiscountLineDetail",
    ]
    assert (made["Line"][2]["Amount"], made["TotalAmt"]) == (Decimal("5.00"), Decimal("45.00"))
    assert made["Line"][2]["DiscountLineDetail"]["DiscountAccountRef"]["name"] == "Discounts given"


def test_a_fixed_discount_and_its_refusals(qbo: Caller) -> None:
    body = an_invoice(qbo.customer(), "50.00")
    fixed = discount(PercentBased=False, Amount=Decimal("7.50"))
    assert qbo.create("Invoice", **{**body, "Line": [*body["Line"], fixed]})["TotalAmt"] == Decimal(
        "42.50"
    )
    assert qbo.post(
        "invoice", {**body, "Line": [*body["Line"], discount(PercentBased=True)]}
    ).codes == ["6090"]
    assert qbo.post("invoice", {**body, "Line": [*body["Line"], fixed, fixed]}).codes == ["6000"]
    qbo.prefer("SalesFormsPrefs", AllowDiscount=False)
    assert qbo.post("invoice", {**body, "Line": [*body["Line"], fixed]}).codes == ["6000"]


def test_a_sent_subtotal_line_is_ignored(qbo: Caller) -> None:
    body = an_invoice(qbo.customer(), "50.00")
    body["Line"].append(
        {"Amount": 999, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    )
    assert qbo.create("Invoice", **body)["TotalAmt"] == Decimal("50.00")


def test_a_description_line_has_no_amount(qbo: Caller) -> None:
    body = an_invoice(qbo.customer(), "50.00")
    body["Line"].append(
        {"DetailType": "DescriptionOnly", "Description": "Thanks", "DescriptionLineDetail": {}}
    )
    made = qbo.create("Invoice", **body)
    assert (made["Line"][1]["Description"], made["TotalAmt"]) == ("Thanks", Decimal("50.00"))


def test_a_line_without_an_item_is_a_remark(qbo: Caller) -> None:
    line = {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    body = an_invoice(qbo.customer(), "50.00")
    assert qbo.create("Invoice", **{**body, "Line": [*body["Line"], line]})["TotalAmt"] == Decimal(
        "50.00"
    )


def test_a_bundle_counts_its_lines(qbo: Caller) -> None:
    bundle = {
        "DetailType": "GroupLineDetail",
        "GroupLineDetail": {"Line": [sales_line("3.00"), sales_line("4.00")]},
    }
    made = qbo.create("Invoice", **{**an_invoice(qbo.customer()), "Line": [bundle]})
    assert (made["Line"][0]["Amount"], made["TotalAmt"]) == (Decimal("7.00"), Decimal("7.00"))


def test_the_number_sent_is_kept_and_none_sent_is_none(qbo: Caller) -> None:
    customer = qbo.customer()
    assert qbo.create("Invoice", **an_invoice(customer, DocNumber="CW-1"))["DocNumber"] == "CW-1"
    assert "DocNumber" not in qbo.create("Invoice", **an_invoice(customer))


def test_without_custom_numbers_the_books_count_and_still_keep_a_sent_number(qbo: Caller) -> None:
    qbo.prefer("SalesFormsPrefs", CustomTxnNumbers=False)
    customer = qbo.customer()
    numbers = [
        qbo.create("Invoice", **an_invoice(customer))["DocNumber"],
        qbo.create("CreditMemo", **an_invoice(customer))["DocNumber"],
        qbo.create("Invoice", **an_invoice(customer, DocNumber="1004"))["DocNumber"],
        qbo.create("Invoice", **an_invoice(customer, DocNumber="1004"))["DocNumber"],
        qbo.create("Invoice", **an_invoice(customer))["DocNumber"],
    ]
    assert numbers == ["1001", "1002", "1004", "1004", "1003"]
    assert qbo.create("Invoice", **an_invoice(customer))["DocNumber"] == "1005"


def test_a_used_number_is_refused_only_when_the_warning_is_on(qbo: Caller) -> None:
    customer = qbo.customer()
    first = qbo.create("Invoice", **an_invoice(customer, DocNumber="1001"))
    reply = qbo.post("invoice", an_invoice(customer, DocNumber="1001"))
    assert reply.codes == ["6140"]
    assert reply.detail.endswith(
        f"DocNumber=1001 is assigned to TxnType=Invoice with TxnId={first['Id']}"
    )
    assert qbo.create("CreditMemo", **an_invoice(customer, DocNumber="1001"))["DocNumber"] == "1001"
    qbo.settle(warn_duplicate_numbers=False)
    assert qbo.post("invoice", an_invoice(customer, DocNumber="1001")).status == 200


def test_a_duplicate_number_may_be_asked_for(qbo: Caller) -> None:
    customer = qbo.customer()
    qbo.create("Invoice", **an_invoice(customer, DocNumber="1001"))
    again = qbo.post(
        "invoice", an_invoice(customer, DocNumber="1001"), include="allowduplicatedocnum"
    )
    assert again.status == 200


def test_a_class_stands_on_the_line_or_on_the_header_as_the_company_likes(qbo: Caller) -> None:
    events = qbo.ref("Class", "Events")
    body = {
        **an_invoice(qbo.customer(), ClassRef=events),
        "Line": [sales_line("1.00", ClassRef=events)],
    }
    on_line = qbo.create("Invoice", **body)
    assert (
        "ClassRef" in on_line,
        on_line["Line"][0]["SalesItemLineDetail"]["ClassRef"]["name"],
    ) == (False, "Events")
    qbo.prefer("AccountingInfoPrefs", ClassTrackingPerTxn=True, ClassTrackingPerTxnLine=False)
    on_header = qbo.create("Invoice", **body)
    assert (
        on_header["ClassRef"]["name"],
        "ClassRef" in on_header["Line"][0]["SalesItemLineDetail"],
    ) == ("Events", False)
    assert qbo.post("invoice", {**body, "ClassRef": {"value": "999"}}).codes == ["2500"]


def test_a_location_is_kept_where_locations_are_tracked(qbo: Caller) -> None:
    body = an_invoice(qbo.customer(), DepartmentRef={"value": "2"})
    assert qbo.create("Invoice", **body)["DepartmentRef"] == {"value": "2", "name": "Boston"}
    qbo.prefer("AccountingInfoPrefs", TrackDepartments=False)
    assert "DepartmentRef" not in qbo.create("Invoice", **body)


def test_mail_needs_an_address(qbo: Caller) -> None:
    customer = qbo.customer()
    assert qbo.post("invoice", an_invoice(customer, EmailStatus="NeedToSend")).codes == ["6420"]
    sent = an_invoice(customer, EmailStatus="NeedToSend", BillEmail={"Address": "a@b.example"})
    assert qbo.create("Invoice", **sent)["EmailStatus"] == "NeedToSend"
    assert qbo.post("invoice", an_invoice(customer, BillEmail={"Address": "x"})).codes == ["2210"]


def test_an_invoice_is_mailed_to_its_address_or_another(qbo: Caller) -> None:
    customer = qbo.customer()
    bare = qbo.create("Invoice", **an_invoice(customer))
    addressed = an_invoice(customer, BillEmail={"Address": "a@b.example"})
    full = qbo.create("Invoice", **addressed)
    assert qbo.post(f"invoice/{bare['Id']}/send", b"").codes == ["6420"]
    assert qbo.post(f"invoice/{bare['Id']}/send", b"", sendTo="x").codes == ["2210"]

    sent = qbo.post(f"invoice/{bare['Id']}/send", b"", sendTo="c@d.example").body["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]["Address"]) == ("EmailSent", "c@d.example")
    assert set(sent["DeliveryInfo"]) == {"DeliveryType", "DeliveryTime"}
    qbo.post(f"invoice/{full['Id']}/send", b"")
    mails = [(each.id, each.address) for each in qbo.simulator.books.mails]
    assert mails == [(bare["Id"], "c@d.example"), (full["Id"], "a@b.example")]


def test_a_sandbox_mails_forty_times_a_day(qbo: Caller) -> None:
    sent = an_invoice(qbo.customer(), BillEmail={"Address": "a@b.example"})
    made = qbo.create("Invoice", **sent)
    replies = [qbo.post(f"invoice/{made['Id']}/send", b"") for _ in range(41)]
    assert [each.status for each in replies] == [200] * 40 + [400]
    assert replies[-1].codes == ["6000"]
    assert len(qbo.simulator.books.mails) == 40


def test_an_enumeration_has_its_words(qbo: Caller) -> None:
    assert qbo.post("invoice", an_invoice(qbo.customer(), PrintStatus="Maybe")).codes == ["2170"]


@pytest.mark.parametrize("value", ["abc", "1e400", True, {}])
def test_an_amount_must_be_a_number(qbo: Caller, value: object) -> None:
    line = {**sales_line(1), "Amount": value}
    assert qbo.post("invoice", {**an_invoice(qbo.customer()), "Line": [line]}).codes[0] in {
        "2080",
        "2090",
    }


def test_amounts_may_come_as_text(qbo: Caller) -> None:
    line = {**sales_line(1), "Amount": "12.50"}
    assert qbo.create("Invoice", **{**an_invoice(qbo.customer()), "Line": [line]})[
        "TotalAmt"
    ] == Decimal("12.50")


def test_a_credit_memo_opens_with_its_whole_amount(qbo: Caller) -> None:
    made = qbo.create(
        "CreditMemo",
        **an_invoice(
            qbo.customer(), "40.00", PaymentMethodRef={"value": "1"}, DueDate="2025-01-01"
        ),
    )
    assert (made["RemainingCredit"], made["Balance"]) == (Decimal("40.00"), Decimal("40.00"))
    assert not {"PaymentMethodRef", "DueDate"} & set(made)


def test_a_refund_needs_the_account_the_money_leaves(qbo: Caller) -> None:
    body = an_invoice(qbo.customer(), "10.00")
    assert qbo.post("refundreceipt", body).codes == ["2020"]
    assert qbo.post(
        "refundreceipt", {**body, "DepositToAccountRef": qbo.ref("Account", "Rent")}
    ).codes == ["6430"]
    made = qbo.create(
        "RefundReceipt", **body, DepositToAccountRef=qbo.ref("Account", "Stripe Clearing")
    )
    assert (made["TotalAmt"], made["Balance"]) == (Decimal("10.00"), 0)


def test_a_refund_may_have_no_customer(qbo: Caller) -> None:
    made = qbo.create("RefundReceipt", Line=[sales_line(5)], DepositToAccountRef={"value": "35"})
    assert "CustomerRef" not in made


def test_an_invoice_closes_the_estimate_it_comes_from(qbo: Caller) -> None:
    customer = qbo.customer()
    estimate = qbo.create("Estimate", **an_invoice(customer))
    assert estimate["TxnStatus"] == "Pending"
    link = [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
    invoice = qbo.create("Invoice", **an_invoice(customer, LinkedTxn=link))
    closed = qbo.read("Estimate", estimate["Id"])
    assert (closed["TxnStatus"], closed["LinkedTxn"]) == (
        "Closed",
        [{"TxnId": invoice["Id"], "TxnType": "Invoice"}],
    )
    bad = qbo.post(
        "invoice", an_invoice(customer, LinkedTxn=[{"TxnId": "999", "TxnType": "Estimate"}])
    )
    assert bad.codes == ["620"]


def test_an_inventory_item_cannot_be_sold_before_it_was_there(qbo: Caller) -> None:
    stock = qbo.create(
        "Account", Name="Stock", AccountType="Other Current Asset", AccountSubType="Inventory"
    )
    cost = qbo.create("Account", Name="Cost", AccountType="Cost of Goods Sold")
    mug = qbo.create(
        "Item", Name="Mug", Type="Inventory", TrackQtyOnHand=True, QtyOnHand=10, InvStartDate="2025-06-01",
        IncomeAccountRef=qbo.ref("Account", "Coworking Income"), ExpenseAccountRef={"value": cost["Id"]},
        AssetAccountRef={"value": stock["Id"]},
    )  # fmt: skip
    customer = qbo.customer()
    body = {**an_invoice(customer, TxnDate="2025-05-31"), "Line": [sales_line(1, mug["Id"])]}
    assert qbo.post("invoice", body).codes == ["6270"]
    assert qbo.post("invoice", {**body, "TxnDate": "2025-06-01"}).status == 200


@pytest.mark.parametrize(("password", "code"), [(True, "6210"), (False, "6200")])
def test_closed_books_take_no_writes(qbo: Caller, *, password: bool, code: str) -> None:
    customer = qbo.customer()
    old = qbo.create("Invoice", **an_invoice(customer, TxnDate="2024-12-31"))
    qbo.prefer("AccountingInfoPrefs", BookCloseDate="2024-12-31")
    qbo.settle(closing_password=password)
    key = {"Id": old["Id"], "SyncToken": "0"}
    assert qbo.post("invoice", an_invoice(customer, TxnDate="2024-12-31")).codes == [code]
    assert qbo.post("invoice", {**key, "sparse": True, "PrivateNote": "x"}).codes == [code]
    assert qbo.post("invoice", {**key, "sparse": True, "TxnDate": "2025-01-01"}).codes == [code]
    assert qbo.post("invoice", key, operation="void").codes == [code]
    assert qbo.post("invoice", key, operation="delete").codes == [code]
    assert qbo.post("invoice", an_invoice(customer, TxnDate="2025-01-01")).status == 200


def test_a_path_nobody_serves_is_400_500(qbo: Caller) -> None:
    reply = qbo.post("nonsense", {})
    assert (reply.status, reply.codes) == (400, ["500"])
    assert (
        qbo.http.get("/other").status_code,
        qbo.http.get("/other").json()["Fault"]["Error"][0]["code"],
    ) == (400, "500")


def test_an_absent_object_is_400_610(qbo: Caller) -> None:
    reply = qbo.get("invoice/999")
    assert (reply.status, reply.codes) == (400, ["610"])


def test_a_body_that_is_no_json_or_no_utf_8_is_refused(qbo: Caller) -> None:
    assert qbo.post("invoice", b"{nonsense").codes == ["2010"]
    assert qbo.post("invoice", b'{"DocNumber":"\xff"}').codes == ["500"]
    assert qbo.post("invoice", b'{"TotalAmt":NaN}').codes == ["2010"]
    assert qbo.post("invoice", b"[1]").codes == ["2010"]


def test_every_answer_carries_a_trace_id(qbo: Caller) -> None:
    assert qbo.get("preferences").headers["intuit_tid"].startswith("1-")
    assert qbo.get("invoice/x").headers["intuit_tid"].startswith("1-")


def test_a_document_is_mailed_and_remembers_it(qbo: Caller) -> None:
    made = qbo.create("Invoice", **an_invoice(qbo.customer()))
    assert qbo.post(f"invoice/{made['Id']}/send", b"").codes == ["6420"]
    sent = qbo.post(f"invoice/{made['Id']}/send", b"", sendTo="a@b.example").body["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]) == ("EmailSent", {"Address": "a@b.example"})
    assert sent["DeliveryInfo"]["DeliveryType"] == "Email"


def test_what_a_customer_owes_follows_the_documents(qbo: Caller) -> None:
    customer = qbo.customer()
    qbo.create("Invoice", **an_invoice(customer, "100.00"))
    qbo.create("CreditMemo", **an_invoice(customer, "30.00"))
    now = qbo.read("Customer", customer["Id"])
    assert (now["Balance"], now["SyncToken"]) == (Decimal("70.00"), "0")
