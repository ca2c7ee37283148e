"""A small business with a document of every kind: what it exports, and whose books that goes into.

What the books hold in the end is written down by hand, beside the export: nothing of the product
works it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Entry = tuple[str, str, str, str, str]
"""(entity, number or stamp, customer or vendor, total, what of it is open)"""
Export = dict[str, str]
Held = Mapping[str, Sequence[Mapping[str, Any]]]
Match = dict[str, Any]
Deed = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Whose books they are: what goes into them, what they hold then, how they differ in use.

    `customers`, `documents` and `money` are the writes of a first push in their order, as
    `Boundaries` calls them; beside `alone` nothing else is done. `refusals`: how a sign-in is refused, and for how many requests on end
    that has to last before the run gives up. `losses`: where a killed run takes the sign-in with it.
    """

    name: str
    system: str
    company: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    sign_in: tuple[str, ...] = ()
    has_secret: bool

    mapping: str
    first: Export
    second: Export
    first_books: list[Entry]
    second_books: list[Entry]
    entries: Callable[[Held], list[Entry]]
    edited: Callable[[Held, str, str], tuple[str, dict[str, Any]]]

    writes: Sequence[tuple[str, str]]
    customers: str
    alone: str
    documents: str
    money: str
    a_write: Match
    a_question: Match
    the_settings: Match
    is_a_write: Callable[[str, str], bool]
    repeated: int
    without_ids: dict[str, Any]
    refusals: Mapping[str, tuple[Deed, int]]

    tokens: str
    renewal: str
    consent: Sequence[str]
    losses: frozenset[str]

    def __str__(self) -> str:
        return self.system


SOURCES = """
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


def rotated(renewal: str) -> frozenset[str]:
    """Name where a run is killed that has changed its refresh token, and not stored the new one."""
    return frozenset(
        {
            *(
                f"{each} {renewal} {number}"
                for each in ("sent", "answer here")
                for number in (1, 2, 4)
            ),
            *(f"before saving tokens {number}" for number in (2, 4)),
        }
    )


def as_amount(value: object) -> str:
    """Write an amount of the books as an accountant does; none as nothing."""
    return "" if value is None else f"{float(str(value)):.2f}"


def write(folder: Path, mapping: str, export: Export) -> None:
    """Write the mapping and an export, as the billing system would."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "acctsync.yaml").write_text(mapping, encoding="utf-8")
    for name, text in export.items():
        (folder / name).write_text(text, encoding="utf-8")
