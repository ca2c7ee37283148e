"""The complete example mappings build what their samples hold; sums are worked out here from the raw files."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from acctsync.documents import Invoice, Kind, Reference, State, TaxTreatment
from acctsync.engine.reading import Reading, read_documents
from acctsync.mapping.load import load
from tests.reading import SHARED, TODAY, customers, invoices, of_kind, payments, refunds

ROOT = Path(__file__).resolve().parents[2]
CENT = Decimal("0.01")


def sample(name: str) -> Reading:
    path = ROOT / "sample-config" / name / "acctsync.yaml"
    return read_documents(load(path), path.parent, TODAY)


def rows(path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def money(text: str) -> Decimal:
    plain = text.replace("$", "").replace(",", "")
    return -Decimal(plain.strip("()")) if plain.startswith("(") else Decimal(plain or "0")


def counts(reading: Reading) -> dict[str, int]:
    return dict(Counter(str(document.ref.kind) for document in reading.documents))


class TestCoworks:
    folder = ROOT / "sample-config/coworks/coworks_like"

    def test_every_invoice_comes_to_its_total_in_the_file(self) -> None:
        raw = [row for row in rows(self.folder / "billing_invoices_2025-03.csv") if row["Team"]]
        wanted = {
            row["Invoice Number"]: money(row["Invoice Total"])
            for row in raw
            if row["Status"] != "Failed"
        }
        reading = sample("coworks")
        assert {invoice.number: invoice.total for invoice in invoices(reading)} == wanted
        assert len(wanted) == 19
        assert reading.skipped == {Kind.INVOICES: 1}
        assert reading.refused == {}
        assert reading.unmapped == ()

    def test_lines_discount_and_tax_make_up_the_total(self) -> None:
        for invoice in invoices(sample("coworks")):
            assert sum(line.amount for line in invoice.lines) + invoice.tax_total == invoice.total
            assert invoice.tax is TaxTreatment.EXCLUSIVE

    def test_a_closed_invoice_is_void_and_still_a_document(self) -> None:
        states = {invoice.number: invoice.state for invoice in invoices(sample("coworks"))}
        assert states["CW-10255"] is State.VOID
        assert {state for number, state in states.items() if number != "CW-10255"} == {State.OPEN}

    def test_customers_are_told_by_email_then_name_and_guests_by_their_rules(self) -> None:
        reading = sample("coworks")
        assert [customer.name for customer in customers(reading)] == [
            "Factory Inc.", "Blue Heron Studio", "Núñez & Søns ApS", "Lantern Legal PLLC",
            "O'Malley Surveying", "Tern Robotics", "Quill, Nib & Co.", "Kestrel Analytics",
            "Mø Coffee Roasters", "dana.k@example.net", "Coworks Guests", "m.ito@example.org",
        ]  # fmt: skip
        factory = customers(reading)[0]
        assert factory.aliases == ("email:ops@factory.example.com", "name:factory inc.")
        assert factory.ref.id == "email:ops@factory.example.com"
        of_factory = [i.number for i in invoices(reading) if i.customer == factory.ref]
        assert of_factory == ["CW-10241", "CW-10259", "CW-10260"]

    def test_sixteen_payments_settle_their_invoices_with_method_and_fee(self) -> None:
        reading = sample("coworks")
        assert len(payments(reading)) == 16
        first = payments(reading)[0]
        assert (first.amount, first.fee, first.date) == (
            Decimal("265.50"),
            Decimal("8.00"),
            dt.date(2025, 3, 1),
        )
        assert (first.method, first.deposit_to) == (
            Reference(name="Credit Card"),
            Reference(name="Stripe Clearing"),
        )
        assert [a.invoice.id for a in first.allocations if a.invoice] == ["CW-10241"]
        by_ref = {invoice.ref: invoice for invoice in invoices(reading)}
        for payment in payments(reading):
            for allocation in payment.allocations:
                assert allocation.invoice is not None
                assert payment.customer == by_ref[allocation.invoice].customer

    def test_the_refund_takes_back_the_lines_and_tax_of_its_invoice(self) -> None:
        (refund,) = refunds(sample("coworks"))
        assert refund.amount == Decimal("120.75")
        assert [(line.amount, line.tax_amount) for line in refund.lines] == [
            (Decimal("105.00"), Decimal("15.75"))
        ]
        assert refund.tax_total == Decimal("15.75")
        assert refund.deposit_to == Reference(name="Stripe Clearing")
        assert refund.payment is not None
        assert refund.payment.id == "py_0kB62W9qfC9YAiEF"

    def test_lines_get_what_the_accounting_half_says(self) -> None:
        by_number = {invoice.number: invoice for invoice in invoices(sample("coworks"))}
        office = by_number["CW-10243"].lines[0]
        assert (office.item, office.class_) == (Reference(id="19"), Reference(name="Offices"))
        assert (office.amount, office.discount, office.tax_code) == (
            Decimal("1637.50"),
            Decimal("212.50"),
            Reference(name="NON"),
        )
        fee = by_number["CW-10241"].lines[1]
        assert (fee.item, fee.account) == (
            Reference(name="Card Fee Recovered"),
            Reference(name="Card fee income"),
        )
        assert by_number["CW-10243"].location == Reference(id="2")
        assert by_number["CW-10259"].lines[1].item == Reference(name="One-off Charge")
        assert by_number["CW-10241"].lines[0].tax_code == Reference(name="TAX")


class TestAgency:
    folder = ROOT / "sample-config/agency-canada/invoice_ninja_v5"

    def test_every_kind_is_there_and_nothing_is_refused(self) -> None:
        reading = sample("agency-canada")
        assert counts(reading) == {
            "customers": 7, "vendors": 4, "estimates": 11, "invoices": 18, "credit_notes": 3,
            "purchase_orders": 9, "payments": 7, "refunds": 1,
        }  # fmt: skip
        assert reading.refused == {}
        assert {unmapped.what for unmapped in reading.unmapped} == {"class"}

    @pytest.mark.parametrize(
        ("kind", "file", "number", "total", "status", "skipped"),
        [
            (Kind.INVOICES, "invoice_items", "Invoice Invoice Number", "Invoice Amount", "Invoice Status", "Draft"),
            (Kind.ESTIMATES, "quote_items", "Quote Number", "Quote Amount", "Quote Status", "Draft"),
            (Kind.PURCHASE_ORDERS, "purchase_order_items", "Purchase Order Number", "Purchase Order Amount", "Purchase Order Status", "Draft"),
            (Kind.CREDIT_NOTES, "credit_items", "Credit Credit Number", "Credit Amount", "Credit Status", "Draft"),
        ],
    )  # fmt: skip
    def test_totals_are_the_files_own(
        self, kind: Kind, file: str, number: str, total: str, status: str, skipped: str
    ) -> None:
        raw = rows(self.folder / f"{file}.csv")
        wanted = {row[number]: abs(Decimal(row[total])) for row in raw if row[status] != skipped}
        found = {
            doc.number: doc.total
            for doc in of_kind(sample("agency-canada"), kind)
            if isinstance(doc, Invoice)
        }
        assert found == wanted

    def test_two_taxes_choose_one_code_and_add_up_as_billed(self) -> None:
        raw = {
            row["Invoice Invoice Number"]: row for row in rows(self.folder / "invoice_items.csv")
        }
        for invoice in invoices(sample("agency-canada")):
            if invoice.ref.kind is Kind.INVOICES:
                assert invoice.tax_total == Decimal(raw[invoice.number]["Invoice Tax Amount"])
        first = next(i for i in invoices(sample("agency-canada")) if i.number == "2025-0001")
        assert first.lines[0].tax_code == Reference(name="GST/QST QC - 9.975")
        assert [(tax.name, tax.rate) for tax in first.lines[0].taxes] == [
            ("GST", Decimal(5)),
            ("QST", Decimal("9.975")),
        ]

    def test_purchase_lines_get_the_expense_account_of_vendor_then_item(self) -> None:
        orders = {doc.number: doc for doc in of_kind(sample("agency-canada"), Kind.PURCHASE_ORDERS)}
        photos, freight = orders["PO-002"], orders["PO-003"]
        assert isinstance(photos, Invoice)
        assert isinstance(freight, Invoice)
        assert {line.expense_account for line in photos.lines} == {
            Reference(name="5400 Stock imagery")
        }
        assert freight.lines[0].expense_account == Reference(name="5200 Print & production")

    def test_a_payment_without_invoice_is_kept_unapplied(self) -> None:
        payment = next(p for p in payments(sample("agency-canada")) if p.ref.id == "0099")
        assert payment.allocations == ()
        assert payment.customer is not None

    def test_a_partial_refund_is_shared_out_to_the_cent(self) -> None:
        (refund,) = refunds(sample("agency-canada"))
        assert refund.amount == Decimal("853.69")
        whole = sum((line.amount + (line.tax_amount or 0) for line in refund.lines), Decimal(0))
        assert whole == refund.amount
        assert all(line.amount == line.amount.quantize(CENT) for line in refund.lines)


class TestStripe:
    folder = ROOT / "sample-config/stripe-xero/stripe"

    def test_totals_are_stripes_own_in_every_currency(self) -> None:
        raw = json.loads((self.folder / "invoices.json").read_text())["data"]
        places = {"jpy": 0}
        wanted = {
            row["number"]: Decimal(row["total"]).scaleb(-places.get(row["currency"], 2))
            for row in raw
            if row["status"] != "draft" and row["total"] >= 0 and not row["lines"]["has_more"]
        }
        found = {
            doc.number: doc.total
            for doc in of_kind(sample("stripe-xero"), Kind.INVOICES)
            if isinstance(doc, Invoice)
        }
        assert found == wanted

    def test_cut_lines_and_negative_totals_are_refused_with_what_hangs_on_them(self) -> None:
        reading = sample("stripe-xero")
        assert sorted((str(ref.kind), ref.id) for ref in reading.refused) == [
            ("invoices", "in_1QMz7XFH69e7QSBhXfswNqTf"),
            ("invoices", "in_1QU5whAQFM6S1vTCvPrDAUzE"),
            ("payments", "ch_3QKC5YdK3yxu5S7HfaC0Gi7U"),
        ]
        assert reading.skipped == {Kind.INVOICES: 1}

    def test_document_taxes_are_shared_out_over_the_lines(self) -> None:
        canadian = next(i for i in invoices(sample("stripe-xero")) if i.currency == "CAD")
        assert canadian.tax_total == Decimal("45.00")
        assert sum(line.tax_amount or 0 for line in canadian.lines) == Decimal("45.00")
        yen = next(i for i in invoices(sample("stripe-xero")) if i.currency == "JPY")
        assert (yen.tax, yen.total, yen.tax_total) == (
            TaxTreatment.INCLUSIVE,
            Decimal(3850),
            Decimal(350),
        )

    def test_a_header_discount_is_a_negative_line(self) -> None:
        invoice = next(i for i in invoices(sample("stripe-xero")) if i.number == "97488531-0013")
        assert [line.amount for line in invoice.lines] == [
            Decimal("350.00"),
            Decimal("40.00"),
            Decimal("-39.00"),
        ]
        assert invoice.lines[-1].account == Reference(name="215")

    def test_account_codes_keep_their_leading_zeros(self) -> None:
        accounts = {line.account for i in invoices(sample("stripe-xero")) for line in i.lines}
        assert Reference(name="0260") in accounts

    def test_a_credit_note_knows_its_invoice_and_customer(self) -> None:
        note = of_kind(sample("stripe-xero"), Kind.CREDIT_NOTES)[0]
        assert isinstance(note, Invoice)
        assert note.applies_to is not None
        assert note.applies_to.invoice is not None
        assert note.applies_to.invoice.id == "in_1Qp9jSaDaaVUh6fp7hiGbtYN"
        assert note.customer.id == "id:cus_d4NhqSSPdNPBdq"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared exports are not here")
class TestMore:
    def reading(self, name: str) -> Reading:
        return read_documents(
            load(SHARED / "mappings/more" / f"{name}.yaml"), SHARED / "samples", TODAY
        )

    def test_a_french_canadian_spreadsheet_is_read_to_the_cent(self) -> None:
        reading = self.reading("excel_fr_ca")
        raw = rows(SHARED / "samples/excel_fr_ca/factures.csv", "cp1252", ";")
        totals = {r["N° facture"]: r["Total facture"] for r in raw}
        wanted = {
            n: Decimal(t.replace("$", "").replace("\u00a0", "").replace(" ", "").replace(",", "."))
            for n, t in totals.items()
        }
        found = {i.number: i.total for i in invoices(reading)}
        assert {ref.id for ref in reading.refused} == {"F005"}
        assert found == {number: total for number, total in wanted.items() if number != "F005"}

    def test_the_quickbooks_template_is_read(self) -> None:
        reading = self.reading("qbo_template_us")
        raw = rows(SHARED / "samples/qbo_import_template/invoices_us.csv")
        wanted: dict[str, Decimal] = {}
        for row in raw:
            wanted[row["*InvoiceNo"]] = wanted.get(row["*InvoiceNo"], Decimal(0)) + money(
                row["*ItemAmount"]
            )
        assert {i.number: i.total for i in invoices(reading)} == wanted
        assert reading.problems == ()

    def test_the_xero_template_is_read_and_its_negative_invoice_refused(self) -> None:
        reading = self.reading("xero_template")
        raw = rows(SHARED / "samples/xero/SalesInvoiceTemplate_filled.csv")
        wanted: dict[str, Decimal] = {}
        for row in raw:
            line = (
                Decimal(row["*Quantity"])
                * Decimal(row["*UnitAmount"])
                * (100 - Decimal(row["Discount"] or 0))
                / 100
            )
            wanted[row["*InvoiceNumber"]] = wanted.get(
                row["*InvoiceNumber"], Decimal(0)
            ) + line.quantize(CENT, ROUND_HALF_UP)
        assert {ref.id for ref in reading.refused} == {"INV-0006"}
        del wanted["INV-0006"]
        assert {i.number: i.total for i in invoices(reading)} == wanted
