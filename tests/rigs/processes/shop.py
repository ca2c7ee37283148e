"""A small business with a document of every kind, and what its books hold when all went well.

The books are written down by hand, beside the export: nothing of the product works them out.
"""

from __future__ import annotations

from pathlib import Path

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  invoice_rows: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  credit_rows: {files: credits.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  payment_rows: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  refund_rows: {files: refunds.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: invoice_rows
    document:
      id: Number
      number: Number
      customer: {name: Customer}
      date: Date
      total: Amount
      state: {column: State, map: {open: open, void: void}}
    lines: {item: {value: pass}, amount: Amount}
  credit_notes:
    from: credit_rows
    document:
      id: Number
      number: Number
      customer: {name: Customer}
      date: Date
      total: Amount
      invoice: Invoice
    lines: {item: {value: pass}, amount: Amount}
  payments:
    from: payment_rows
    document: {id: Id, invoice: Invoice, date: Date, amount: Amount, fee: Fee, method: By}
  refunds:
    from: refund_rows
    document: {id: Id, payment: Payment, date: Date, amount: Amount}
accounting:
  items: {pass: {item: Day Pass}}
  payment_methods:
    Cash: {method: Cash, deposit_to: Undeposited Funds}
    Card: {method: Credit Card, deposit_to: Stripe Clearing}
  fees: {account: Merchant Account Fees, vendor: Stripe}
push:
  customers: true
  invoices: true
  credit_notes: true
  payments: true
  refunds: true
  void: unapply
"""
FIRST = {
    "invoices.csv": """Number,Customer,Date,Amount,State
I-0,Ada,2025-03-01,5.00,void
I-1,Ada,2025-03-01,100.00,open
I-2,Bob,2025-03-01,50.00,open
I-3,Cy,2025-03-02,80.10,open
I-4,Ada,2025-03-03,33.33,open
""",
    "credits.csv": """Number,Customer,Date,Amount,Invoice
C-1,Ada,2025-03-05,30.00,I-1
""",
    "payments.csv": """Id,Invoice,Date,Amount,Fee,By
p-1,I-1,2025-03-09,70.00,2.33,Card
p-2,I-2,2025-03-09,50.00,,Cash
p-3,I-3,2025-03-10,80.10,2.62,Card
""",
    "refunds.csv": """Id,Payment,Date,Amount
r-1,p-3,2025-03-12,20.05
""",
}
# A paid invoice turns void, another one changes its amount and is paid, and one is new.
SECOND = {
    "invoices.csv": """Number,Customer,Date,Amount,State
I-0,Ada,2025-03-01,5.00,void
I-1,Ada,2025-03-01,100.00,open
I-2,Bob,2025-03-01,50.00,void
I-3,Cy,2025-03-02,80.10,open
I-4,Ada,2025-03-03,44.44,open
I-5,Dee,2025-03-15,12.00,open
""",
    "credits.csv": FIRST["credits.csv"],
    "payments.csv": FIRST["payments.csv"] + "p-4,I-4,2025-03-16,44.44,1.59,Card\n",
    "refunds.csv": FIRST["refunds.csv"],
}

Entry = tuple[str, str, str, str, str]
"""(entity, number or stamp, customer or vendor, total, what of it is open)"""

_AFTER_BOTH: list[Entry] = [
    ("CreditMemo", "C-1", "Ada", "30.00", "0.00"),
    ("Customer", "Ada", "", "", ""),
    ("Customer", "Bob", "", "", ""),
    ("Customer", "Cy", "", "", ""),
    ("Invoice", "I-1", "Ada", "100.00", "0.00"),
    ("Invoice", "I-3", "Cy", "80.10", "0.00"),
    ("Payment", "[acctsync credit_allocations/C-1]", "Ada", "0.00", "0.00"),
    ("Payment", "p-1", "Ada", "70.00", "0.00"),
    ("Payment", "p-3", "Cy", "80.10", "0.00"),
    ("Purchase", "[acctsync fees/p-1]", "Stripe", "2.33", ""),
    ("Purchase", "[acctsync fees/p-3]", "Stripe", "2.62", ""),
    ("RefundReceipt", "r-1", "Cy", "20.05", "0.00"),
    ("Vendor", "Stripe", "", "", ""),
]
FIRST_BOOKS: list[Entry] = sorted(
    [
        *_AFTER_BOTH,
        ("Invoice", "I-2", "Bob", "50.00", "0.00"),
        ("Invoice", "I-4", "Ada", "33.33", "33.33"),
        ("Payment", "p-2", "Bob", "50.00", "0.00"),
    ]
)
SECOND_BOOKS: list[Entry] = sorted(
    [
        *_AFTER_BOTH,
        ("Customer", "Dee", "", "", ""),
        ("Invoice", "I-2", "Bob", "0.00", "0.00"),
        ("Invoice", "I-4", "Ada", "44.44", "0.00"),
        ("Invoice", "I-5", "Dee", "12.00", "12.00"),
        ("Payment", "p-2", "Bob", "50.00", "50.00"),
        ("Payment", "p-4", "Ada", "44.44", "0.00"),
        ("Purchase", "[acctsync fees/p-4]", "Stripe", "1.59", ""),
    ]
)


def write(folder: Path, export: dict[str, str]) -> None:
    """Write the mapping and an export, as the billing system would."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "acctsync.yaml").write_text(MAPPING, encoding="utf-8")
    for name, text in export.items():
        (folder / name).write_text(text, encoding="utf-8")
