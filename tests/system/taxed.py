"""Companies of four countries, a mapping for each, and exports whose sums are known beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

COLUMNS = (
    "Number,Customer,Currency,Rate,Date,Prices,What,Qty,Price,Off,OffPercent,Amount,Tax,TaxRate,"
    "Tax2,Tax2Rate,Billed,Tip,Discount,Shipping,Total"
)
MAPPING = """
acctsync: 1
books: {{system: quickbooks, company: {name}, currency: {currency}, timezone: UTC}}
sources:
  rows: {{files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}}
records:
  invoices:
    from: rows
    group_by: Number
    document:
      id: Number
      number: Number
      customer: {{name: Customer}}
      currency: Currency
      exchange_rate: Rate
      date: Date
      tax: Prices
      discount: Discount
      shipping: Shipping
      total: Total
    lines:
      item: What
      quantity: Qty
      unit_price: Price
      discount: Off
      discount_percent: OffPercent
      amount: Amount
      tax_amount: Billed
      taxes:
        - {{name: Tax, rate: TaxRate}}
        - {{name: Tax2, rate: Tax2Rate}}
    extra_lines:
      - {{item: {{value: tip}}, amount: Tip}}
accounting:
  items:
    work: {{item: Work}}
    rush: {{item: Rush surcharge}}
    back: {{item: Work}}
    tip: {{item: Tips}}
  taxes: {taxes}
  defaults:
    discount_account: Discounts given
    shipping_account: Shipping income
    rounding_account: Rounding
{more}
checks: {{totals: {{tolerance: "0.05", mismatch: error}}}}
push: {{customers: true, invoices: true}}
"""
COMPANY = """
company: {{name: {name}, realm: "{realm}", country: {country}, currency: {currency}}}
preferences: {{sales_tax: {sales_tax}, multicurrency: {multicurrency}, classes: "off"}}
settings: {{sales_tax_rate: "8.875"}}
accounts:
  - {{Name: Receivable, AccountType: Accounts Receivable, AccountSubType: AccountsReceivable}}
  - {{Name: Undeposited Funds, AccountType: Other Current Asset, AccountSubType: UndepositedFunds}}
  - {{Name: Income, AccountType: Income, AccountSubType: ServiceFeeIncome}}
  - {{Name: Shipping income, AccountType: Income, AccountSubType: ServiceFeeIncome}}
  - {{Name: Discounts given, AccountType: Income, AccountSubType: DiscountsRefundsGiven}}
  - {{Name: Rounding, AccountType: Other Income, AccountSubType: OtherMiscellaneousIncome}}
tax_rates:
{rates}
tax_codes:
{codes}
items:
  - {{Name: Work, Type: Service, IncomeAccountRef: Income}}
  - {{Name: Rush surcharge, Type: Service, IncomeAccountRef: Income}}
  - {{Name: Tips, Type: Service, IncomeAccountRef: Income}}
  - {{Name: Shipping, Type: Service, IncomeAccountRef: Shipping income}}
  - {{Name: Rounding, Type: Service, IncomeAccountRef: Rounding}}
"""


@dataclass(frozen=True)
class Land:
    """A country's company: its tax codes, each with the rates behind it, by the export's names.

    `none` is the code of what is not taxed; a US company's are TAX and NON.
    """

    country: str
    currency: str
    codes: dict[str, tuple[str, ...]]
    none: str
    realm: str = "9130350000000077"
    multicurrency: bool = False
    default: str = ""

    @property
    def name(self) -> str:
        return f"Harbour Works {self.country}"

    def company(self, folder: Path) -> Path:
        """Write the company's file."""
        rates = sorted({rate for each in self.codes.values() for rate in each})
        listed = [
            f"  - {{Name: {code}, rates: [{', '.join(each)}]}}" if each else f"  - {{Name: {code}}}"
            for code, each in self.codes.items()
            if code not in {"TAX", "NON"}
        ]
        lines = [f'  - {{Name: {rate}, RateValue: "{percent(rate)}"}}' for rate in rates]
        path = folder / "company.yaml"
        text = COMPANY.format(
            name=self.name, realm=self.realm, country=self.country, currency=self.currency,
            sales_tax="automated" if self.country == "US" else "manual",
            multicurrency=str(self.multicurrency).lower(),
            rates="\n".join(lines) or "  []", codes="\n".join(listed) or "  []",
        )  # fmt: skip
        path.write_text(text, encoding="utf-8")
        return path

    def mapping(self, taxes: dict[str, str], more: str = "") -> str:
        """Write the mapping: `taxes` gives a code to each tax of the export."""
        listed = ", ".join(f"{name!r}: {{code: {code!r}}}" for name, code in taxes.items())
        return MAPPING.format(
            name=self.name, currency=self.currency, taxes=f"{{{listed}}}", more=more
        )


def percent(rate: str) -> str:
    """Read the percentage out of a rate's name."""
    return rate.rpartition(" ")[2].removesuffix("%")


US = Land("US", "USD", {"TAX": (), "NON": ()}, "NON")
CA = Land(
    "CA",
    "CAD",
    {
        "GST": ("GST 5%",),
        "HST ON": ("HST ON 13%",),
        "GST/QST QC": ("GST 5%", "QST 9.975%"),
        "GST/PST BC": ("GST 5%", "PST BC 7%"),
        "Exempt": (),
    },
    "Exempt",
    multicurrency=True,
)
GB = Land("GB", "GBP", {"20.0% S": ("VAT 20%",), "5.0% R": ("VAT 5%",), "No VAT": ()}, "No VAT")
AU = Land("AU", "AUD", {"GST": ("GST 10%",), "GST free": ()}, "GST free")


@dataclass
class Row:
    """One line of an export, with the columns of its document."""

    number: str
    total: str = ""
    customer: str = "Acme"
    currency: str = ""
    rate: str = ""
    prices: str = "exclusive"
    what: str = "work"
    qty: str = ""
    price: str = ""
    off: str = ""
    off_percent: str = ""
    amount: str = ""
    taxes: Sequence[tuple[str, str]] = field(default_factory=tuple)
    billed: str = ""
    tip: str = ""
    discount: str = ""
    shipping: str = ""

    def text(self) -> str:
        """Write it as the export has it."""
        (tax, rate), (tax2, rate2) = [*self.taxes, ("", ""), ("", "")][:2]
        cells = [
            self.number, self.customer, self.currency, self.rate, "2025-03-01", self.prices,
            self.what, self.qty, self.price, self.off, self.off_percent, self.amount,
            tax, rate, tax2, rate2, self.billed, self.tip, self.discount, self.shipping, self.total,
        ]  # fmt: skip
        return ",".join(cells)


def export(rows: Iterable[Row]) -> str:
    """Write an export."""
    return "\n".join([COLUMNS, *(row.text() for row in rows)]) + "\n"


def cents(value: object) -> Decimal:
    """Read an amount as the books answer it."""
    return Decimal(str(value)).quantize(Decimal("0.01"))
