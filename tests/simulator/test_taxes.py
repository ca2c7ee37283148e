"""Sales tax: one for the document in the US, one code a line elsewhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.caller import Caller, an_invoice, sales_line

TAX, NON = {"value": "TAX"}, {"value": "NON"}


def canadian(canada: Caller, *lines: tuple[str, str], **fields: object) -> dict[str, Any]:
    customer = canada.id_of("Customer", "Maritime Museum")
    design = canada.id_of("Item", "Studio:Design")
    body = [
        sales_line(amount, design, TaxCodeRef=canada.ref("TaxCode", code)) for amount, code in lines
    ]
    return {
        "CustomerRef": {"value": customer},
        "CurrencyRef": {"value": "CAD"},
        "Line": body,
        **fields,
    }


@pytest.mark.parametrize("code", ["3", "GST", "tax"])
def test_an_american_line_is_tax_or_non(qbo: Caller, code: str) -> None:
    body = {**an_invoice(qbo.customer()), "Line": [sales_line(1, TaxCodeRef={"value": code})]}
    reply = qbo.post("invoice", body)
    assert (reply.codes, f"Supplied value: {code}" in reply.detail) == (["6100"], True)


def test_a_given_tax_overrides_when_a_line_is_taxable(qbo: Caller) -> None:
    lines = [sales_line("225.00", TaxCodeRef=TAX), sales_line("6.75", TaxCodeRef=NON)]
    tax = {"TotalTax": Decimal("33.75")}
    made = qbo.create(
        "Invoice", **{**an_invoice(qbo.customer()), "Line": lines, "TxnTaxDetail": tax}
    )
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (
        Decimal("33.75"),
        Decimal("265.50"),
    )


def test_a_given_tax_on_lines_that_bear_none_comes_to_nothing(qbo: Caller) -> None:
    made = qbo.create(
        "Invoice", **an_invoice(qbo.customer(), "100.00", TxnTaxDetail={"TotalTax": 5})
    )
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (0, Decimal("100.00"))


def test_silence_about_tax_means_tax_where_tax_is_automated(qbo: Caller) -> None:
    line = {**sales_line("10.00")}
    del line["SalesItemLineDetail"]["TaxCodeRef"]
    body = {**an_invoice(qbo.customer()), "Line": [line]}
    qbo.settle(sales_tax_rate="10")
    made = qbo.create("Invoice", **body)
    assert (made["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"], made["TotalAmt"]) == (
        TAX,
        Decimal("11.00"),
    )
    qbo.prefer("TaxPrefs", PartnerTaxEnabled=False)
    manual = qbo.create("Invoice", **body)
    assert (manual["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"], manual["TotalAmt"]) == (
        NON,
        Decimal("10.00"),
    )


def test_without_sales_tax_a_given_tax_is_ignored_and_not_shown(qbo: Caller) -> None:
    qbo.prefer("TaxPrefs", UsingSalesTax=False)
    body = {**an_invoice(qbo.customer()), "Line": [sales_line("10.00", TaxCodeRef=TAX)]}
    made = qbo.create("Invoice", **body, TxnTaxDetail={"TotalTax": 5})
    assert ("TxnTaxDetail" in made, made["TotalAmt"]) == (False, Decimal("10.00"))


def test_the_custom_tax_code_is_never_usable(qbo: Caller) -> None:
    body = {**an_invoice(qbo.customer()), "Line": [sales_line("10.00", TaxCodeRef=TAX)]}
    reply = qbo.post(
        "invoice", {**body, "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "CustomSalesTax"}}}
    )
    assert reply.codes == ["6160"]


def test_an_update_of_lines_reckons_the_tax_anew_and_a_note_leaves_it(qbo: Caller) -> None:
    line = sales_line("100.00", TaxCodeRef=TAX)
    made = qbo.create(
        "Invoice", **{**an_invoice(qbo.customer()), "Line": [line], "TxnTaxDetail": {"TotalTax": 7}}
    )
    noted = qbo.post(
        "invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "n"}
    ).body["Invoice"]
    assert noted["TotalAmt"] == Decimal("107.00")
    relined = qbo.post(
        "invoice", {"Id": made["Id"], "SyncToken": "1", "sparse": True, "Line": [line]}
    ).body["Invoice"]
    assert relined["TotalAmt"] == Decimal("100.00")


@pytest.mark.parametrize(
    ("code", "net", "taxes", "total"),
    [
        ("GST/QST QC - 9.975", "135.00", ["6.75", "13.47"], "155.22"),
        ("HST NS", "412.50", ["61.88"], "474.38"),
        ("GST/PST SK", "100.00", ["5.00", "6.00"], "111.00"),
        ("Zero-rated", "100.00", ["0"], "100.00"),
        ("Out of Scope", "100.00", [], "100.00"),
    ],
)
def test_canadian_codes_bring_their_rates(
    canada: Caller, code: str, net: str, taxes: list[str], total: str
) -> None:
    made = canada.create("Invoice", **canadian(canada, (net, code)))
    assert [line["Amount"] for line in made["TxnTaxDetail"].get("TaxLine", [])] == [
        Decimal(tax) for tax in taxes
    ]
    assert (made["TotalAmt"], made["GlobalTaxCalculation"]) == (Decimal(total), "TaxExcluded")


def test_tax_is_rounded_once_per_rate(canada: Caller) -> None:
    made = canada.create("Invoice", **canadian(canada, ("0.50", "GST"), ("0.50", "GST")))
    assert made["TxnTaxDetail"]["TotalTax"] == Decimal("0.05")


def test_a_canadian_line_must_have_a_code(canada: Caller) -> None:
    body = canadian(canada, ("1.00", "GST"))
    del body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"]
    assert canada.post("invoice", body).codes == ["6000"]
    body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] = {"value": "999"}
    assert canada.post("invoice", body).codes == ["2500"]


def test_inclusive_lines_show_their_gross(canada: Caller) -> None:
    made = canada.create(
        "Invoice", **canadian(canada, ("100.00", "HST ON"), GlobalTaxCalculation="TaxInclusive")
    )
    assert (made["Line"][0]["SalesItemLineDetail"]["TaxInclusiveAmt"], made["TotalAmt"]) == (
        Decimal("113.00"),
        Decimal("113.00"),
    )


def test_not_applicable_allows_no_tax_detail(canada: Caller) -> None:
    body = canadian(canada, ("100.00", "GST"), GlobalTaxCalculation="NotApplicable")
    assert canada.post("invoice", {**body, "TxnTaxDetail": {"TotalTax": 1}}).codes == ["6170"]
    made = canada.create("Invoice", **body)
    assert ("TxnTaxDetail" in made, made["TotalAmt"]) == (False, Decimal("100.00"))


def test_with_two_currencies_each_document_says_its_own(canada: Caller) -> None:
    body = canadian(canada, ("100.00", "Zero-rated"))
    missing = canada.post(
        "invoice", {name: value for name, value in body.items() if name != "CurrencyRef"}
    )
    assert (missing.codes, missing.body["Fault"]["Error"][0]["element"]) == (
        ["2020"],
        "CurrencyRef",
    )
    assert canada.post("invoice", {**body, "CurrencyRef": {"value": "USD"}}).codes == ["6000"]


def test_a_foreign_document_has_a_home_total(canada: Caller) -> None:
    customer = canada.create("Customer", DisplayName="Queens Ink", CurrencyRef={"value": "USD"})
    body = canadian(
        canada, ("100.00", "Zero-rated"), CurrencyRef={"value": "USD"}, ExchangeRate=Decimal("1.35")
    )
    made = canada.create("Invoice", **{**body, "CustomerRef": {"value": customer["Id"]}})
    assert (made["TotalAmt"], made["HomeTotalAmt"], made["ExchangeRate"]) == (
        Decimal("100.00"),
        Decimal("135.00"),
        Decimal("1.35"),
    )


def test_tax_codes_and_rates_can_be_read(canada: Caller, qbo: Caller) -> None:
    code = canada.read("TaxCode", canada.id_of("TaxCode", "GST/QST QC - 9.975"))
    names = [one["TaxRateRef"]["name"] for one in code["SalesTaxRateList"]["TaxRateDetail"]]
    assert names == ["GST 5%", "QST 9.975%"]
    assert {one["Id"] for one in qbo.query("select * from TaxCode")["TaxCode"]} == {
        "TAX",
        "NON",
        "CustomSalesTax",
    }
