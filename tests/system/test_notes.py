"""Notes, references and dates arrive in the books' own field, or else in the private note."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import Office, Simulated, counted

HEAD = "Kind,Number,Who,Date,Sent,PO,Note,Own,Amount\n"
KINDS = {
    "invoices": ("Invoice", "customer"),
    "estimates": ("Estimate", "customer"),
    "credit_notes": ("CreditMemo", "customer"),
    "sales_receipts": ("SalesReceipt", "customer"),
    "purchase_orders": ("PurchaseOrder", "vendor"),
    "bills": ("Bill", "vendor"),
}


def a_mapping() -> str:
    records = ""
    for kind, (_, party) in KINDS.items():
        paid = ", method: {value: card}" if kind == "sales_receipts" else ""
        records += f"""
  {kind}:
    from: rows
    where: [{{column: Kind, is: {kind}}}]
    document: {{id: Number, number: Number, {party}: {{name: Who}}, date: Date, sent: Sent,
               reference: PO, memo: Note, private_note: Own, total: Amount{paid}}}
    lines: {{item: {{value: pass}}, amount: Amount}}"""
    pushed = ", ".join(f"{kind}: true" for kind in ("customers", "vendors", *KINDS))
    return f"""
acctsync: 1
books: {{system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}}
sources:
  rows: {{files: documents.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}}
  payment_rows: {{files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}}
records:{records}
  payments:
    from: payment_rows
    document: {{id: Id, invoice: Invoice, date: Date, amount: Amount, reference: Check,
               memo: Note, private_note: Own}}
accounting:
  items: {{pass: {{item: Day Pass}}}}
  expenses: {{default: Merchant Account Fees}}
  payment_methods: {{card: {{method: Credit Card, deposit_to: Stripe Clearing}}}}
push: {{{pushed}, payments: true}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    rows = HEAD
    for kind, (entity, party) in KINDS.items():
        rows += f"{kind},N-{entity},{party} Ada,2025-03-01,2025-03-02,PO-7,Thanks!,ours,50.00\n"
    paid = "Id,Invoice,Date,Amount,Check,Note,Own\np-1,N-Invoice,2025-03-03,50.00,1044,late,ours\n"
    (folder / "acctsync.yaml").write_text(a_mapping(), encoding="utf-8")
    (folder / "documents.csv").write_text(rows, encoding="utf-8")
    (folder / "payments.csv").write_text(paid, encoding="utf-8")
    return folder


def noted(books: Simulated, entity: str) -> tuple[Any, Any, str]:
    (held,) = books.entities(entity)
    note = held["PrivateNote"].rpartition("[acctsync")[0].strip()
    return held.get("CustomerMemo", {}).get("value"), held.get("Memo"), note


def test_notes_references_and_dates_arrive_where_a_bookkeeper_looks(
    shop: Path, tmp_path: Path
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        office.json("push")
        found = {entity: noted(books, entity) for entity, _ in KINDS.values()}
        own = "ours | Reference PO-7 | Sent 2025-03-02"
        assert found == {
            **dict.fromkeys(
                ("Invoice", "Estimate", "CreditMemo", "SalesReceipt"), ("Thanks!", None, own)
            ),
            "PurchaseOrder": (None, "Thanks!", own),
            "Bill": (None, None, "ours | Thanks! | Reference PO-7 | Sent 2025-03-02"),
        }
        (payment,) = books.entities("Payment")
        assert payment["PaymentRefNum"] == "p-1"
        assert payment["PrivateNote"].startswith("ours | late | Reference 1044")

        text = (office.data / "documents.csv").read_text(encoding="utf-8")
        changed = text.replace("2025-03-02,PO-7", "2025-03-05,PO-8")
        (office.data / "documents.csv").write_text(changed, encoding="utf-8")
        assert counted(office.json("push")) == {"update": 6, "unchanged": 3}
        own = "ours | Reference PO-8 | Sent 2025-03-05"
        assert noted(books, "Invoice") == ("Thanks!", None, own)
