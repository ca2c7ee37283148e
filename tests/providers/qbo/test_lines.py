"""What a sales form's lines, discount and tax become, and that they come to the total."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.documents import Invoice, Line, ListEntry, Reference, Refund, TaxTreatment
from acctsync.money import rounded
from acctsync.providers.qbo.company import ClassTracking, Settings
from acctsync.providers.qbo.lines import form, line_fields
from acctsync.providers.qbo.posting import Posting
from tests.providers.qbo.builders import (
    CANADA,
    SETTINGS,
    D,
    KnownRefs,
    a_line,
    an_invoice,
    settings,
)

TAX, NON = Reference(name="TAX"), Reference(name="NON")
DISCOUNTS = Reference(id="42")
ROUNDING = Reference(name="Rounding")
POSTING = Posting(
    [ListEntry(id="77", name="Rounding", full_name="Rounding", detail={"income_account": "9"})],
    [ListEntry(id="9", name="Rounding", full_name="Rounding")],
)


def fields(
    document: Invoice | Refund, known: Settings = SETTINGS, posting: Posting | None = None
) -> dict[str, Any]:
    return line_fields(form(document), KnownRefs(), known, posting)


def total_of(made: dict[str, Any]) -> Decimal:
    """Add up as QuickBooks does: lines, less the discount, plus the tax that was given."""
    total: Decimal = made.get("TxnTaxDetail", {}).get("TotalTax", D(0))
    for line in made["Line"]:
        total += -line["Amount"] if line["DetailType"] == "DiscountLineDetail" else line["Amount"]
    return total


def sold(amount: str, code: str = "NON", description: str = "", **detail: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "Amount": D(amount),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": {"value": "19"},
            **detail,
            **({"TaxCodeRef": {"value": code}} if code else {}),
        },
    }
    return {**row, "Description": description} if description else row


def test_quantity_and_rate_go_over_where_they_multiply() -> None:
    line = a_line("33.33", quantity=D("3"), unit_price=D("11.11"), description="Passes")

    assert fields(an_invoice(line))["Line"] == [
        sold("33.33", description="Passes", Qty=D(3), UnitPrice=D("11.11"))
    ]


def test_where_they_round_to_the_amount_they_go_over_too() -> None:
    line = a_line("0.13", quantity=D("2.5"), unit_price=D("0.05"))

    assert fields(an_invoice(line))["Line"] == [sold("0.13", Qty=D("2.5"), UnitPrice=D("0.05"))]


def test_where_they_do_not_multiply_the_amount_rules_and_they_are_told_in_words() -> None:
    line = a_line("33.33", quantity=D(3), unit_price=D("11.10"), description="Passes")

    assert fields(an_invoice(line))["Line"] == [
        sold("33.33", description="Passes (3 x 11.1)", Qty=D(1), UnitPrice=D("33.33"))
    ]


def test_an_amount_alone_stays_alone() -> None:
    assert fields(an_invoice(a_line("-5.00")))["Line"] == [sold("-5.00")]


def test_a_rate_with_more_digits_than_quickbooks_keeps_is_not_sent() -> None:
    line = a_line("0.12", quantity=D(1000), unit_price=D("0.00012345"))

    assert fields(an_invoice(line))["Line"] == [
        sold("0.12", description="1000 x 0.00012345", Qty=D(1), UnitPrice=D("0.12"))
    ]


def test_a_service_date_and_a_class_stand_on_the_line() -> None:
    line = a_line(service_date=dt.date(2025, 2, 28), class_=Reference(id="3"))
    made = fields(an_invoice(line, class_=Reference(id="9")))

    assert made["Line"] == [sold("100.00", ClassRef={"value": "3"}, ServiceDate="2025-02-28")]
    assert "ClassRef" not in made


def test_the_documents_class_is_its_lines_where_classes_are_per_line() -> None:
    made = fields(an_invoice(a_line(), class_=Reference(id="9")))

    assert made["Line"] == [sold("100.00", ClassRef={"value": "9"})]


def test_a_class_per_document_is_the_one_all_lines_agree_on() -> None:
    known = settings(classes=ClassTracking.PER_DOCUMENT)
    three, four = Reference(id="3"), Reference(id="4")

    agreeing = fields(an_invoice(a_line(class_=three), a_line(class_=three)), known)
    differing = fields(an_invoice(a_line(class_=three), a_line(class_=four)), known)
    assert (agreeing["ClassRef"], "ClassRef" in differing) == ({"value": "3"}, False)
    assert agreeing["Line"] == [sold("100.00")] * 2


@pytest.mark.parametrize(("tracked", "made"), [(True, {"value": "2"}), (False, None)])
def test_a_location_stands_on_the_document(tracked: bool, made: object) -> None:
    known = settings(locations=tracked)

    assert fields(an_invoice(location=Reference(id="2")), known).get("DepartmentRef") == made
    assert (
        fields(an_invoice(a_line(location=Reference(id="2"))), known).get("DepartmentRef") == made
    )


def test_discounts_become_one_line_before_which_amounts_are_gross() -> None:
    line = a_line("90.00", discount=D("10.00"), quantity=D(2), unit_price=D(50))
    made = fields(an_invoice(line, a_line("10"), discount=D("5.00"), discount_account=DISCOUNTS))

    assert made["Line"] == [
        sold("100.00", Qty=D(2), UnitPrice=D(50)),
        sold("10"),
        {
            "Amount": D("15.00"),
            "DetailType": "DiscountLineDetail",
            "DiscountLineDetail": {"PercentBased": False, "DiscountAccountRef": {"value": "42"}},
        },
    ]


def test_without_an_account_of_its_own_the_companys_default_takes_the_discount() -> None:
    made = fields(an_invoice(a_line("90", discount=D(10))), settings(default_discount_account="86"))

    assert made["Line"][-1]["DiscountLineDetail"] == {"PercentBased": False}


def test_where_discounts_are_off_they_come_off_the_lines() -> None:
    invoice = an_invoice(
        a_line("90.00", discount=D("10.00"), quantity=D(2), unit_price=D(50)),
        a_line("30.00"),
        a_line("-20.00"),
        discount=D("10.00"),
        discount_account=DISCOUNTS,
    )
    made = fields(invoice, settings(discounts=False))

    assert [line["Amount"] for line in made["Line"]] == [D("82.50"), D("27.50"), D("-20.00")]
    assert made["Line"][0]["Description"] == "2 x 50"
    assert total_of(made) == invoice.total


def test_us_lines_are_taxable_or_not_and_the_tax_goes_over_as_billed() -> None:
    invoice = an_invoice(a_line(tax_code=TAX, tax_amount=D("6.25")), a_line(), tax_total=D("6.25"))
    made = fields(invoice)

    assert made["Line"] == [sold("100.00", "TAX"), sold("100.00", "NON")]
    assert made["TxnTaxDetail"] == {"TotalTax": D("6.25")}
    assert "GlobalTaxCalculation" not in made


def test_a_tax_of_the_whole_document_makes_its_lines_taxable() -> None:
    made = fields(an_invoice(a_line(tax_code=None), a_line(), tax_total=D("6.25")))

    assert made["Line"] == [sold("100.00", "TAX")] * 2
    assert made["TxnTaxDetail"] == {"TotalTax": D("6.25")}


def test_a_line_without_a_code_is_taxable_when_it_was_taxed() -> None:
    made = fields(
        an_invoice(a_line(tax_code=None, tax_amount=D(1)), a_line(tax_code=None), tax_total=D(1))
    )

    assert made["Line"] == [sold("100.00", "TAX"), sold("100.00", "NON")]


def test_no_tax_codes_where_sales_tax_is_off() -> None:
    assert fields(an_invoice(), settings(sales_tax=False))["Line"] == [sold("100.00", "")]
    assert fields(an_invoice(tax=TaxTreatment.NONE))["Line"] == [sold("100.00", "NON")]


def test_elsewhere_lines_carry_real_codes_and_the_document_says_how_to_read_them() -> None:
    invoice = an_invoice(a_line(tax_code=Reference(id="5")), tax_total=D("14.98"), currency="CAD")

    made = fields(invoice, CANADA)
    assert made["Line"] == [sold("100.00", "5")]
    assert made["GlobalTaxCalculation"] == "TaxExcluded"
    assert made["TxnTaxDetail"] == {"TotalTax": D("14.98")}


def test_elsewhere_an_untaxed_document_says_so_and_gives_no_tax() -> None:
    made = fields(an_invoice(a_line(tax_code=Reference(id="5")), tax=TaxTreatment.NONE), CANADA)

    assert (made["Line"], made["GlobalTaxCalculation"], "TxnTaxDetail" in made) == (
        [sold("100.00", "")],
        "NotApplicable",
        False,
    )


def test_prices_that_include_tax_go_over_net_with_the_gross_beside() -> None:
    line = a_line(
        "114.98",
        tax_code=Reference(id="5"),
        tax_amount=D("14.98"),
        quantity=D(1),
        unit_price=D("114.98"),
    )
    invoice = an_invoice(line, tax=TaxTreatment.INCLUSIVE, tax_total=D("14.98"), total=D("114.98"))

    made = fields(invoice, CANADA)
    assert made["Line"] == [
        {
            "Amount": D("100.00"),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": "19"},
                "Qty": D(1),
                "UnitPrice": D("100.00"),
                "TaxCodeRef": {"value": "5"},
                "TaxInclusiveAmt": D("114.98"),
            },
            "Description": "1 x 114.98",
        }
    ]
    assert made["GlobalTaxCalculation"] == "TaxInclusive"
    assert total_of(made) == invoice.total


def test_a_rounding_difference_is_a_line_on_the_item_that_posts_there() -> None:
    invoice = an_invoice(
        a_line("100.00"), rounding=D("0.01"), rounding_account=ROUNDING, total=D("100.01")
    )

    made = fields(invoice, posting=POSTING)
    assert made["Line"][-1] == {
        "Amount": D("0.01"),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "77"}, "TaxCodeRef": {"value": "NON"}},
        "Description": "Rounding",
    }
    assert total_of(made) == invoice.total


def test_a_line_that_names_an_account_goes_over_with_an_item_that_posts_there() -> None:
    (line,) = fields(an_invoice(a_line(item=None, account=ROUNDING)), posting=POSTING)["Line"]
    assert line["SalesItemLineDetail"]["ItemRef"] == {"value": "77"}


CENTS = st.decimals(min_value=0, max_value=5000, places=2)
LINES = st.lists(
    st.builds(
        lambda quantity, price, discount, tax: (quantity, price, discount, tax),
        st.decimals(min_value=0, max_value=50, places=3),
        st.decimals(min_value=0, max_value=500, places=4),
        CENTS,
        CENTS,
    ),
    min_size=1,
    max_size=6,
)


def line_from(
    quantity: Decimal, price: Decimal, discount: Decimal, tax: Decimal, *, told: bool
) -> Line:
    amount = rounded(quantity * price, "USD") - discount
    return a_line(
        str(amount),
        quantity=quantity,
        unit_price=price,
        discount=discount,
        tax_code=TAX if tax else NON,
        tax_amount=tax if told else None,
    )


@given(
    LINES,
    CENTS,
    st.booleans(),
    st.booleans(),
    st.sampled_from([SETTINGS, settings(discounts=False), CANADA]),
    st.sampled_from([TaxTreatment.EXCLUSIVE, TaxTreatment.INCLUSIVE]),
)
def test_whatever_the_export_says_the_books_come_to_its_total(
    drawn: list[tuple[Decimal, Decimal, Decimal, Decimal]],
    discount: Decimal,
    told: bool,
    account: bool,
    known: Settings,
    tax: TaxTreatment,
) -> None:
    lines = [line_from(*each, told=told) for each in drawn]
    tax_total = sum((each[3] for each in drawn), D(0))
    total = sum((line.amount for line in lines), -discount)
    invoice = an_invoice(
        *lines,
        tax=tax,
        tax_total=tax_total,
        discount=discount,
        discount_account=DISCOUNTS if account else None,
        total=total if tax is TaxTreatment.INCLUSIVE else total + tax_total,
    )

    made = fields(invoice, known)
    assert total_of(made) == invoice.total
    for line in made["Line"]:
        detail = line.get("SalesItemLineDetail", {})
        if "Qty" in detail:
            product = (detail["Qty"] * detail["UnitPrice"]).quantize(D("0.01"), ROUND_HALF_UP)
            assert product == line["Amount"]
