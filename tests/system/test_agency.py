"""An agency in Canada: two taxes a line, per-line tax codes, and a customer in another currency."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

from tests.system.processes import ROOT, Office, Simulated, counted

AGENCY = ROOT / "sample-config" / "agency-canada"
COMPANY = ROOT / "sample-config" / "companies" / "agency-canada.yaml"


# Vendor beats category beats default: accounting.expenses of the mapping.
JAN = ("Jan de Vries (freelance)", "CAD", ["5100 Subcontractors"] * 2)
PAPER = ("Kraft Paper Supply", "CAD", ["5200 Print & production"])
BOUGHT = {
    "PO-002": ("Stock Photo Exchange", "USD", ["5400 Stock imagery"] * 2),
    "PO-003": PAPER,
    "PO-004": JAN,
    "PO-007": PAPER,
    "PO-008": JAN,
    "PO-009": ("Imprimerie Boréale", "CAD", ["5200 Print & production"]),
    "PO-012": JAN,
}


def billed(
    file: str, number: str, amount: str, status: str, left_out: set[str]
) -> dict[str, Decimal]:
    with (AGENCY / "invoice_ninja_v5" / file).open(encoding="utf-8-sig", newline="") as stream:
        return {
            row[number]: abs(Decimal(row[amount]))
            for row in csv.DictReader(stream)
            if row[status] not in left_out
        }


def held(books: Simulated, entity: str) -> dict[str, Decimal]:
    return {each["DocNumber"]: Decimal(str(each["TotalAmt"])) for each in books.entities(entity)}


def bought(books: Simulated) -> dict[str, tuple[str, str, list[str]]]:
    """List the purchase orders with their vendor, currency and the accounts of their lines."""
    return {
        order["DocNumber"]: (
            order["VendorRef"]["name"],
            order["CurrencyRef"]["value"],
            [line["AccountBasedExpenseLineDetail"]["AccountRef"]["name"] for line in order["Line"]],
        )
        for order in books.entities("PurchaseOrder")
    }


def test_money_without_an_invoice_waits_on_the_liability_account(tmp_path: Path) -> None:
    with Simulated(company=COMPANY) as books:
        office = Office(tmp_path, books, AGENCY)
        office.connect()
        first = office.json("push")
        assert "CHK020" not in {each["code"] for each in first["problems"]}
        assert first["data"]["by_kind"]["payments"]["create"] == 6
        assert first["data"]["by_kind"]["retainers"]["create"] == 1
        (receipt,) = books.entities("SalesReceipt")
        (line,) = [each for each in receipt["Line"] if "SalesItemLineDetail" in each]
        assert (
            receipt["DocNumber"], receipt["TotalAmt"], receipt["CustomerRef"]["name"],
            receipt["DepositToAccountRef"]["name"], line["SalesItemLineDetail"]["ItemRef"]["name"],
        ) == ("0099", 500.0, "Maritime Museum", "1000 Chequing", "Retainer")  # fmt: skip
        assert receipt["PrivateNote"] == "Reference EFT2000 [acctsync retainers/0099]"
        assert "retainer 0099" in office.run("log", "--document", "0099").stdout
        assert "500.00 CAD" in office.run("show", "0099").stdout

        given(office.data, "2025-0008")
        moved = office.json("push")
        assert counted(moved)["void"] == 1
        assert [each["TotalAmt"] for each in books.entities("SalesReceipt")] == [0]
        assert balances(books)["2025-0008"] == Decimal("1390.92")
        assert set(counted(office.json("push"))) == {"unchanged"}


def given(sample: Path, invoice: str) -> None:
    """Give the money that was paid ahead to an invoice, as the billing system does later."""
    path = sample / "invoice_ninja_v5" / "payments.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    ahead = next(each for each in rows if ",0099," in each)
    client, rest = ahead.split(",", 1)
    customer = "Galerie Éclat inc." if invoice == "2025-0008" else client
    rows[rows.index(ahead)] = f"{customer},{rest}{invoice}"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def balances(books: Simulated) -> dict[str, Decimal]:
    return {each["DocNumber"]: Decimal(str(each["Balance"])) for each in books.entities("Invoice")}


def test_every_document_with_canadian_taxes_is_to_the_cent(tmp_path: Path) -> None:
    with Simulated(company=COMPANY) as books:
        office = Office(tmp_path, books, AGENCY)
        office.connect()
        first = office.json("push")
        assert held(books, "Invoice") == billed(
            "invoice_items.csv", "Invoice Invoice Number", "Invoice Amount", "Invoice Status",
            {"Draft", "Cancelled"},
        )  # fmt: skip
        assert held(books, "Estimate") == billed(
            "quote_items.csv", "Quote Number", "Quote Amount", "Quote Status", {"Draft"}
        )
        assert held(books, "CreditMemo") == billed(
            "credit_items.csv", "Credit Credit Number", "Credit Amount", "Credit Status", {"Draft"}
        )
        assert held(books, "PurchaseOrder") == billed(
            "purchase_order_items.csv", "Purchase Order Number", "Purchase Order Amount",
            "Purchase Order Status", {"Draft", "Cancelled"},
        )  # fmt: skip
        assert bought(books) == BOUGHT
        assert (first["status"], first["data"]["counts"]["failed"]) == ("ok", 0)
        again = office.json("push")
        assert set(counted(again)) == {"unchanged"}
        assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}
