"""A made-up business: the mapping, exports of any size, and the company they are pushed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LINES = (("Desk", "1", "225.00"), ("Room", "3", "12.35"), ("Post", "1", "35.00"))
TOTAL = "297.05"
# As the company's description below has them.
ITEM_IDS = {"Desk": "71", "Room": "72", "Post": "73"}
ITEM_CODES = {"Desk": "DESK", "Room": "ROOM", "Post": "POST"}
_MAPPING = """\
acctsync: 1
books: {{system: {system}, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}}
sources:
  billed: {{files: billed.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}}
  paid: {{files: paid.csv, format: csv, missing: ok, numbers: "1234.50", dates: YYYY-MM-DD}}
records:
  invoices:
    from: billed
    group_by: Number
    document: {{id: Number, number: Number, customer: {{name: Member}}, date: Date, due_date: Date}}
    lines: {{item: What, description: What, quantity: Quantity, unit_price: Price}}
  payments:
    from: paid
    document: {{id: Id, invoice: Number, customer: {{name: Member}}, date: Date, amount: Amount}}
accounting:
  items: {{Desk: {desk}, Room: {room}, Post: {post}}}
  payment_methods: {{other: {{deposit_to: {deposit}}}}}
  customers: {{match: [name], missing: create}}
{more}push: {{customers: true, invoices: true, payments: true, numbers: keep}}
"""
_QBO_WORDS = {
    "system": "quickbooks",
    "desk": "{item: Desk}",
    "room": "{item: Room}",
    "post": "{item: Post}",
    "deposit": "Checking",
    "more": "",
}
_XERO_WORDS = {
    "system": "xero",
    "desk": "{item: DESK}",
    "room": "{item: ROOM}",
    "post": "{item: POST}",
    "deposit": '"090"',
    "more": "  taxes: {none: {code: NONE}}\n",
}
_QBO_COMPANY = """\
company: {name: Harbour Commons LLC, country: US, currency: USD}
preferences: {custom_numbers: true, sales_tax: "off"}
accounts:
  - {Name: Checking, AccountType: Bank, AccountSubType: Checking}
  - {Name: Accounts Receivable (A/R), AccountType: Accounts Receivable,
     AccountSubType: AccountsReceivable}
  - {Name: Income, AccountType: Income, AccountSubType: ServiceFeeIncome}
items:
  - {Id: "71", Name: Desk, Type: Service, IncomeAccountRef: Income}
  - {Id: "72", Name: Room, Type: Service, IncomeAccountRef: Income}
  - {Id: "73", Name: Post, Type: Service, IncomeAccountRef: Income}
customers:
  - {Id: "1", DisplayName: Nobody}
"""
_XERO_COMPANY = """\
organisation: {name: Harbour Commons LLC, country: US, currency: USD, timezone: UTC, demo: true}
tax_rates:
  - {TaxType: NONE, Name: Tax Exempt, ReportTaxType: NONE, EffectiveRate: "0"}
accounts:
  - {Code: "090", Name: Checking, Type: BANK, BankAccountNumber: "0908007006543"}
  - {Code: "200", Name: Income, Type: REVENUE, TaxType: NONE}
  - {Code: "610", Name: Accounts Receivable, Type: CURRENT, TaxType: NONE, SystemAccount: DEBTORS}
items:
  - {Code: DESK, Name: Desk, SalesDetails: {AccountCode: "200", TaxType: NONE}}
  - {Code: ROOM, Name: Room, SalesDetails: {AccountCode: "200", TaxType: NONE}}
  - {Code: POST, Name: Post, SalesDetails: {AccountCode: "200", TaxType: NONE}}
contacts:
  - {Name: Nobody}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """How much there is: `held` of its customers are in the books before anything is pushed."""

    system: str
    invoices: int
    customers: int = 200
    held: int = 200
    paid: bool = False

    def write(self, folder: Path) -> None:
        """Write the mapping, the exports and the company's description."""
        words = _QBO_WORDS if self.system == "qbo" else _XERO_WORDS
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "acctsync.yaml").write_text(_MAPPING.format(**words), encoding="utf-8")
        (folder / "company.yaml").write_text(self._company(), encoding="utf-8")
        _write(folder / "billed.csv", self._billed())
        if self.paid:
            _write(folder / "paid.csv", self._payments())

    def _company(self) -> str:
        held = [f"Member {number:06}" for number in range(self.held)]
        if self.system == "qbo":
            return _QBO_COMPANY + "".join(f"  - {{DisplayName: {each}}}\n" for each in held)
        return _XERO_COMPANY + "".join(f"  - {{Name: {each}}}\n" for each in held)

    def _billed(self) -> Iterator[str]:
        yield "Number,Member,Date,What,Quantity,Price\n"
        for number in range(self.invoices):
            who = f"INV-{number:07},Member {number % self.customers:06},{_day(number)}"
            for what, quantity, price in LINES:
                yield f"{who},{what},{quantity},{price}\n"

    def _payments(self) -> Iterator[str]:
        yield "Id,Number,Member,Date,Amount\n"
        for number in range(self.invoices):
            who = f"Member {number % self.customers:06}"
            yield f"PAY-{number:07},INV-{number:07},{who},2025-03-28,{TOTAL}\n"


def change_one(folder: Path) -> None:
    """Let the billing system correct one quantity in the middle of an export."""
    path = folder / "billed.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    middle = len(lines) // 2
    place = next(at for at in range(middle, len(lines)) if ",Room,3," in lines[at])
    lines[place] = lines[place].replace(",Room,3,", ",Room,4,")
    path.write_text("".join(lines), encoding="utf-8")


def _day(number: int) -> str:
    return f"2025-03-{number % 28 + 1:02}"


def _write(path: Path, lines: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(lines)
