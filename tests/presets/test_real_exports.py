"""Presets against exports that others wrote; skipped where those are not at hand."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import Kind
from acctsync.engine.reading import Reading, read_documents
from acctsync.mapping.load import load
from tests.reading import (
    BOOKS,
    SHARED,
    TODAY,
    customers,
    invoices,
    payments,
    refunds,
    said,
    write,
)

ROOT = Path(__file__).resolve().parents[2]
REAL = SHARED / "real"
REST = "accounting: {items: {}, customers: {match: [id, email, name]}, unmapped: {item: create, tax: create, location: create, payment_method: create}}\npush: {invoices: true}\n"

needs_real = pytest.mark.skipif(not REAL.exists(), reason="the real exports are not here")
needs_samples = pytest.mark.skipif(not SHARED.exists(), reason="the shared exports are not here")


def read_with(preset: str, folder: Path, books: str = BOOKS) -> Reading:
    write(folder, {"acctsync.yaml": f"{books}include: [presets/{preset}]\n{REST}"})
    return read_documents(load(folder / "acctsync.yaml"), folder, TODAY)


def totals(reading: Reading, kind: Kind = Kind.INVOICES) -> dict[str, Decimal]:
    return {doc.number: doc.total for doc in invoices(reading) if doc.ref.kind is kind}


def copy(source: Path, folder: Path) -> None:
    """Copy an export, or a folder of them; what is copied may be written to."""
    for path in [source] if source.is_file() else sorted(source.iterdir()):
        (folder / path.name).write_bytes(path.read_bytes())


def real(name: str) -> Any:
    return json.loads((REAL / name).read_text(encoding="utf-8"))


@needs_real
def test_woocommerces_own_example_orders_are_read_to_the_cent(tmp_path: Path) -> None:
    write(tmp_path, {"orders.json": json.dumps(real("woocommerce_orders.json"))})
    reading = read_with("woocommerce", tmp_path)
    orders = real("woocommerce_orders.json")
    assert totals(reading) == {order["number"]: Decimal(order["total"]) for order in orders}
    assert sum(invoice.tax_total for invoice in invoices(reading)) == sum(
        Decimal(order["total_tax"]) for order in orders
    )
    assert {payment.ref.id for payment in payments(reading)} == {
        f"{order['id']}-payment" for order in orders if order["date_paid"]
    }
    assert [each for each in said(reading.problems) if not each.startswith("DOC035")] == []


@needs_real
def test_woocommerces_own_example_refunds_find_their_order(tmp_path: Path) -> None:
    examples = real("woocommerce_order_refunds.json")
    number = examples[0]["_links"]["up"][0]["href"].rsplit("/", 1)[-1]
    order = real("woocommerce_orders.json")[0] | {"id": int(number), "number": number}
    pages = {"orders.json": [order], "order_refunds.json": examples}
    write(tmp_path, {name: json.dumps(page) for name, page in pages.items()})
    reading = read_with("woocommerce", tmp_path)
    assert {refund.ref.id: refund.amount for refund in refunds(reading)} == {
        str(each["id"]): Decimal(each["amount"]) for each in examples
    }
    assert {refund.invoice.id for refund in refunds(reading) if refund.invoice} == {number}


@needs_real
def test_kill_bills_own_example_invoices_are_read_and_empty_ones_left_out(tmp_path: Path) -> None:
    examples = real("killbill_invoices.json")
    filled = {each["invoiceId"]: each for each in examples if each["amount"]}
    write(
        tmp_path,
        {
            "invoices.json": json.dumps(examples),
            "accounts.json": json.dumps(
                [
                    {"accountId": each["accountId"], "name": f"Example {number}"}
                    for number, each in enumerate(filled.values())
                ]
            ),
        },
    )
    reading = read_with("kill-bill", tmp_path)
    found = {doc.ref.id: doc.total for doc in invoices(reading)}
    assert found == {key: Decimal(each["amount"]) for key, each in filled.items()}
    # Without an invoice number the id stands for it, which is long.
    assert {problem.code for problem in reading.problems} <= {"DOC012", "CHK017"}


@needs_real
def test_stripes_own_fixtures_fit_the_preset_field_by_field(tmp_path: Path) -> None:
    """The fixtures' figures don't agree by themselves, so that they are put right here first."""
    fixtures = real("stripe_fixtures.json")
    resources = fixtures.get("resources", fixtures)
    invoice = resources["invoice"] | {
        "number": "F-1",
        "status": "open",
        "created": 1741000000,
        "due_date": 1741600000,
        "shipping_cost": None,
        "amount_overpaid": 0,
    }
    refund = resources["refund"] | {"created": 1741100000}
    pages = {"invoices": [invoice], "customers": [resources["customer"]], "refunds": [refund]}
    for name, data in pages.items():
        page = {"object": "list", "has_more": False, "data": data}
        write(tmp_path, {f"{name}.json": json.dumps(page)})
    copy(ROOT / "tests/presets/stripe/unified_payments.csv", tmp_path)
    reading = read_with("stripe", tmp_path)
    assert totals(reading) == {"F-1": Decimal("10.00")}
    named = {problem.document for problem in reading.problems}
    assert {each.ref.id for each in refunds(reading)} | named >= {resources["refund"]["id"]}
    known = {alias for customer in customers(reading) for alias in customer.aliases}
    assert f"id:{resources['customer']['id']}".casefold() in {alias.casefold() for alias in known}


@pytest.mark.parametrize(
    ("preset", "folder", "currency", "kinds"),
    [
        ("coworks", "coworks/coworks_like", "USD", [Kind.INVOICES]),
        ("stripe", "stripe-xero/stripe", "USD", [Kind.INVOICES, Kind.CREDIT_NOTES]),
        (
            "invoice-ninja",
            "agency-canada/invoice_ninja_v5",
            "CAD",
            [Kind.INVOICES, Kind.ESTIMATES, Kind.CREDIT_NOTES, Kind.PURCHASE_ORDERS],
        ),
    ],
)
def test_a_preset_builds_what_the_complete_example_builds(
    tmp_path: Path, preset: str, folder: str, currency: str, kinds: list[Kind]
) -> None:
    exports = ROOT / "sample-config" / folder
    copy(exports, tmp_path)
    found = read_with(preset, tmp_path, BOOKS.replace("USD", currency))
    example = load(exports.parent / "acctsync.yaml")
    wanted = read_documents(example, exports.parent, TODAY)
    for kind in kinds:
        assert totals(wanted, kind) == totals(found, kind)


@needs_samples
@pytest.mark.parametrize(
    ("preset", "file", "count"),
    [
        ("officernd", "officernd/payments.json", 9),
        ("qbo-template", "qbo_import_template/invoices_us.csv", 15),
        ("qbo-template-tax", "qbo_import_template/invoices_ca.csv", 15),
        ("xero-template", "xero/SalesInvoiceTemplate_filled.csv", 13),
        ("xero-export", "xero/SalesInvoices_export.csv", 14),
    ],
)
def test_a_preset_reads_the_shared_sample_of_its_system(
    tmp_path: Path, preset: str, file: str, count: int
) -> None:
    copy(SHARED / "samples" / file, tmp_path)
    books = BOOKS.replace("USD", "CAD") if preset == "qbo-template-tax" else BOOKS
    reading = read_with(preset, tmp_path, books)
    assert len(invoices(reading)) == count, said(reading.problems)
