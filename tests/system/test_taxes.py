"""Taxes and totals, from the export to the books of companies in four countries, to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.simulator import taxes
from tests.system.bench import Bench, at_work
from tests.system.taxed import AU, CA, GB, US, Land, Row, cents, export

D = Decimal
US_TAXES = {"Sales tax 6.25%": "TAX", "none": "NON"}
CA_TAXES = {
    "GST 5%": "GST", "HST 13%": "HST ON", "GST 5% + QST 9.975%": "GST/QST QC",
    "GST 5% + PST 7%": "GST/PST BC", "none": "Exempt",
}  # fmt: skip
GST, QST, PST, HST = ("GST", "5"), ("QST", "9.975"), ("PST", "7"), ("HST", "13")


def files(
    land: Land, rows: Sequence[Row], taxes: Mapping[str, str], more: str = ""
) -> dict[str, str]:
    return {"acctsync.yaml": land.mapping(dict(taxes), more), "invoices.csv": export(rows)}


def booked(bench: Bench) -> dict[str, tuple[Decimal, Decimal]]:
    """Tell each invoice's total and tax in the books."""
    return {
        each["DocNumber"]: (
            cents(each["TotalAmt"]), cents(each.get("TxnTaxDetail", {}).get("TotalTax", 0)),
        )
        for each in bench.entities("Invoice")
    }  # fmt: skip


def codes(bench: Bench) -> dict[str, list[str]]:
    """Tell the names of the tax codes on each invoice's lines."""
    named = {each["Id"]: each["Name"] for each in bench.entities("TaxCode")}
    return {
        each["DocNumber"]: [
            named.get(line["SalesItemLineDetail"].get("TaxCodeRef", {}).get("value", ""), "")
            for line in each["Line"]
            if line["DetailType"] == "SalesItemLineDetail"
        ]
        for each in bench.entities("Invoice")
    }


def modes(bench: Bench) -> dict[str, str]:
    return {each["DocNumber"]: each["GlobalTaxCalculation"] for each in bench.entities("Invoice")}


def test_in_the_us_lines_are_tax_or_non_and_the_billed_tax_overrides_the_automated_one(
    tmp_path: Path,
) -> None:
    """The company's own rate is 8.875 %; what was billed stands all the same."""
    tax = [("Sales tax", "6.25")]
    rows = [
        Row("A-1", "206.25", amount="100.00", taxes=tax, billed="6.25"),
        Row("A-1", "206.25", what="rush", amount="100.00"),
        Row("A-2", "50.00", amount="50.00"),
        Row("A-3", "100.00", amount="100.00", taxes=tax, billed="0.00"),
    ]
    with at_work(tmp_path, files(US, rows, US_TAXES), US.company(tmp_path)) as bench:
        bench.json("push")
        assert booked(bench) == {
            "A-1": (D("206.25"), D("6.25")),
            "A-2": (D("50.00"), D("0.00")),
            "A-3": (D("100.00"), D("0.00")),
        }
        assert codes(bench)["A-1"] == ["TAX", "NON"]
        assert codes(bench)["A-2"] == ["NON"]
        assert bench.json("push")["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


def test_a_tax_that_the_books_did_not_keep_is_read_back_and_told_with_both_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tax = [("Sales tax", "6.25")]
    rows = [
        Row("A-1", "106.25", amount="100.00", taxes=tax, billed="6.25"),
        Row("A-2", "50.00", amount="50.00"),
    ]
    monkeypatch.setattr(taxes, "_overridden", lambda sent, taxed: taxed)
    with at_work(tmp_path, files(US, rows, US_TAXES), US.company(tmp_path)) as bench:
        first = bench.json("push", exit_code=3)
        (problem,) = first["problems"]
        assert (problem["code"], problem["document"], problem["line"]) == ("PUSH002", "A-1", 2)
        assert problem["message"] == (
            "the books made something else of it: total 108.88 there, 106.25 here"
        )
        monkeypatch.undo()
        bench.json("push")
        assert booked(bench) == {"A-1": (D("106.25"), D("6.25")), "A-2": (D("50.00"), D("0.00"))}


def test_in_canada_each_line_has_the_code_of_its_taxes_and_the_cents_are_the_billed_ones(
    tmp_path: Path,
) -> None:
    rows = [
        Row("C-1", "105.00", amount="100.00", taxes=[GST]),
        Row("C-2", "113.00", amount="100.00", taxes=[HST]),
        Row("C-3", "114.98", amount="100.00", taxes=[GST, QST]),
        Row("C-4", "112.00", amount="100.00", taxes=[GST, PST]),
        # A line of each, and one that nothing is paid on; 0.10 x 9.975 % is rounded line by line.
        Row("C-5", "31.74", amount="10.00", taxes=[GST]),
        Row("C-5", "31.74", amount="10.00", taxes=[GST, QST]),
        Row("C-5", "31.74", amount="9.74"),
        # What was billed differs by a cent from any arithmetic: it stands.
        Row("C-6", "11.51", amount="10.01", taxes=[GST, QST], billed="1.50"),
        Row("C-7", "100.00", amount="100.00", prices="none"),
    ]
    with at_work(tmp_path, files(CA, rows, CA_TAXES), CA.company(tmp_path)) as bench:
        bench.json("push")
        worked_out = bench.run("explain", "C-3").out
        assert "5% + 9.975% of 100.00, each rounded half up" in worked_out
        assert booked(bench) == {
            "C-1": (D("105.00"), D("5.00")),
            "C-2": (D("113.00"), D("13.00")),
            "C-3": (D("114.98"), D("14.98")),
            "C-4": (D("112.00"), D("12.00")),
            "C-5": (D("31.74"), D("2.00")),
            "C-6": (D("11.51"), D("1.50")),
            "C-7": (D("100.00"), D("0.00")),
        }
        assert codes(bench) == {
            "C-1": ["GST"],
            "C-2": ["HST ON"],
            "C-3": ["GST/QST QC"],
            "C-4": ["GST/PST BC"],
            "C-5": ["GST", "GST/QST QC", "Exempt"],
            "C-6": ["GST/QST QC"],
            "C-7": [""],
        }
        assert modes(bench) == {
            **{f"C-{n}": "TaxExcluded" for n in range(1, 7)},
            "C-7": "NotApplicable",
        }


@pytest.mark.parametrize(
    ("land", "taxed", "plain", "name", "rate"),
    [(GB, "20.0% S", "No VAT", "VAT", "20"), (AU, "GST", "GST free", "GST", "10")],
    ids=["GB", "AU"],
)
def test_prices_with_the_tax_in_them_keep_it_and_prices_without_get_it(
    tmp_path: Path, land: Land, taxed: str, plain: str, name: str, rate: str
) -> None:
    tax = [(name, rate)]
    share = D(rate) / (100 + D(rate))
    rows = [
        Row("I-1", "100.00", prices="inclusive", amount="100.00", taxes=tax),
        Row("I-2", "19.98", prices="inclusive", qty="2", price="9.99", taxes=tax),
        Row("I-3", "30.00", prices="inclusive", amount="20.00", taxes=tax),
        Row("I-3", "30.00", prices="inclusive", amount="10.00"),
        Row("E-1", str(100 + D(rate)) + ".00", amount="100.00", taxes=tax),
        Row("E-2", "15.00", amount="15.00"),
    ]
    mapped = {f"{name} {rate}%": taxed, "none": plain}
    with at_work(tmp_path, files(land, rows, mapped), land.company(tmp_path)) as bench:
        bench.json("push")
        assert booked(bench) == {
            "I-1": (D("100.00"), cents(100 * share)),
            "I-2": (D("19.98"), cents(D("19.98") * share)),
            "I-3": (D("30.00"), cents(20 * share)),
            "E-1": (100 + D(rate), D(rate)),
            "E-2": (D("15.00"), D("0.00")),
        }
        assert codes(bench)["I-3"] == [taxed, plain]
        assert modes(bench) == {
            "I-1": "TaxInclusive", "I-2": "TaxInclusive", "I-3": "TaxInclusive",
            "E-1": "TaxExcluded", "E-2": "TaxExcluded",
        }  # fmt: skip
        gross = [
            cents(line["SalesItemLineDetail"]["TaxInclusiveAmt"])
            for each in bench.entities("Invoice")
            if each["DocNumber"] == "I-3"
            for line in each["Line"]
            if line["DetailType"] == "SalesItemLineDetail"
        ]
        assert gross == [D("20.00"), D("10.00")]


def test_a_tax_that_is_not_mapped_holds_its_documents_back_with_what_to_map(tmp_path: Path) -> None:
    rows = [
        Row("C-1", "105.00", amount="100.00", taxes=[GST]),
        Row("C-2", "113.00", amount="100.00", taxes=[HST]),
    ]
    with at_work(
        tmp_path, files(CA, rows, {"GST 5%": "GST", "none": "Exempt"}), CA.company(tmp_path)
    ) as bench:
        told = bench.json("check", exit_code=3)["data"]["unmapped"]
        assert [(each["what"], each["value"], each["yaml"]) for each in told] == [
            ("tax", "HST 13%", "accounting:\n  taxes:\n    HST 13%: {code: ?}")
        ]
        bench.json("push", exit_code=3)
        assert booked(bench) == {"C-1": (D("105.00"), D("5.00"))}


def test_a_code_that_the_company_lacks_holds_its_documents_back_by_name(tmp_path: Path) -> None:
    rows = [
        Row("C-1", "105.00", amount="100.00", taxes=[GST]),
        Row("C-2", "113.00", amount="100.00", taxes=[HST]),
    ]
    mapped = {"GST 5%": "GST", "HST 13%": "HST NB", "none": "Exempt"}
    with at_work(tmp_path, files(CA, rows, mapped), CA.company(tmp_path)) as bench:
        (problem,) = bench.json("push", exit_code=3)["problems"]
        assert (problem["code"], problem["document"]) == ("REF001", "C-2")
        assert "'HST NB'" in problem["message"]
        assert "accounting.taxes" in problem["hint"]
        assert booked(bench) == {"C-1": (D("105.00"), D("5.00"))}


def test_what_names_no_tax_gets_the_companys_own_default_code(tmp_path: Path) -> None:
    """The US has one built in; elsewhere accounting.defaults.tax names it, or the line is told."""
    row = [Row("C-1", "100.00", amount="100.00")]
    folders = [tmp_path / name for name in ("us", "ca", "bare")]
    for folder in folders:
        folder.mkdir()
    with at_work(folders[0], files(US, row, {"x": "TAX"}), US.company(folders[0])) as bench:
        bench.json("push")
        assert codes(bench) == {"C-1": ["NON"]}
    default = "    tax: Exempt"
    with at_work(
        folders[1], files(CA, row, {"x": "GST"}, default), CA.company(folders[1])
    ) as bench:
        bench.json("push")
        assert codes(bench) == {"C-1": ["Exempt"]}
    with at_work(folders[2], files(CA, row, {"x": "GST"}), CA.company(folders[2])) as bench:
        (problem,) = bench.json("push", exit_code=3)["problems"]
        assert (problem["code"], problem["document"]) == ("QBO153", "C-1")
        assert "accounting.defaults.tax" in problem["hint"]
        assert booked(bench) == {}


def test_discounts_shipping_tips_surcharges_and_negative_lines_come_to_the_exports_total(
    tmp_path: Path,
) -> None:
    tax = [("Sales tax", "6.25")]
    rows = [
        Row("D-1", "90.00", qty="2", price="50.00", off="10.00"),
        Row("D-2", "85.00", qty="1", price="100.00", off_percent="15"),
        Row("D-3", "75.00", amount="100.00", discount="25.00"),
        Row("D-4", "112.50", amount="100.00", shipping="12.50"),
        Row("D-5", "118.00", amount="100.00", tip="18.00"),
        Row("D-6", "140.00", amount="100.00"),
        Row("D-6", "140.00", what="rush", amount="40.00"),
        Row("D-7", "70.00", amount="100.00"),
        Row("D-7", "70.00", what="back", amount="-30.00"),
        Row("D-8", "117.92", qty="3", price="33.333", off_percent="10", taxes=tax, billed="5.62",
            tip="9.30", discount="5.00", shipping="18.00"),
        Row("D-9", "0.00", amount="100.00", discount="100.00"),
    ]  # fmt: skip
    with at_work(tmp_path, files(US, rows, US_TAXES), US.company(tmp_path)) as bench:
        bench.json("push")
        assert {number: total for number, (total, _) in booked(bench).items()} == {
            row.number: cents(row.total) for row in rows
        }
        shown = {
            each["DocNumber"]: [
                cents(line["Amount"])
                for line in each["Line"]
                if line["DetailType"] == "DiscountLineDetail"
            ]
            for each in bench.entities("Invoice")
        }
        assert shown["D-1"] == [D("10.00")]
        assert shown["D-2"] == [D("15.00")]
        assert shown["D-3"] == [D("25.00")]
        assert shown["D-4"] == []


def test_a_total_off_by_cents_is_rounded_on_a_line_of_its_own_and_more_is_held_back(
    tmp_path: Path,
) -> None:
    rows = [
        Row("R-1", "100.03", amount="100.00"),
        Row("R-2", "99.97", amount="100.00"),
        Row("R-3", "101.00", amount="100.00"),
    ]
    with at_work(tmp_path, files(US, rows, US_TAXES), US.company(tmp_path)) as bench:
        (problem,) = bench.json("push", exit_code=3)["problems"]
        assert (problem["code"], problem["document"], problem["line"]) == ("CHK001", "R-3", 4)
        assert problem["message"] == (
            "lines come to 100.00, the export says 101.00 (difference 1.00; checks.totals allows 0.05)"
        )
        assert booked(bench) == {"R-1": (D("100.03"), D(0)), "R-2": (D("99.97"), D(0))}
        rounded = [
            (
                each["DocNumber"],
                line["SalesItemLineDetail"]["ItemRef"]["name"],
                cents(line["Amount"]),
            )
            for each in bench.entities("Invoice")
            for line in each["Line"]
            if line.get("Description") == "Rounding"
        ]
        assert rounded == [("R-1", "Rounding", D("0.03")), ("R-2", "Rounding", D("-0.03"))]


def test_a_tax_of_the_whole_document_is_split_over_its_lines_without_losing_a_cent(
    tmp_path: Path,
) -> None:
    mapping = CA.mapping({"GST 5%": "GST", "none": "Exempt"}).replace(
        "    extra_lines:",
        "    document_taxes: [{name: Tax, rate: TaxRate, amount: Billed}]\n    extra_lines:",
    )
    taxes = "      taxes:\n        - {name: Tax, rate: TaxRate}\n        - {name: Tax2, rate: Tax2Rate}\n"
    mapping = mapping.replace(taxes, "").replace("      tax_amount: Billed\n", "")
    rows = [
        Row("S-1", "10.51", amount="3.33", taxes=[GST], billed="0.51"),
        Row("S-1", "10.51", amount="3.33", taxes=[GST], billed="0.51"),
        Row("S-1", "10.51", amount="3.34", taxes=[GST], billed="0.51"),
    ]
    texts = {"acctsync.yaml": mapping, "invoices.csv": export(rows)}
    with at_work(tmp_path, texts, CA.company(tmp_path)) as bench:
        bench.json("push")
        assert booked(bench) == {"S-1": (D("10.51"), D("0.51"))}
        assert codes(bench) == {"S-1": ["GST", "GST", "GST"]}
