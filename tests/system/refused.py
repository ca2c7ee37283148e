"""How each fault of QuickBooks is provoked in the simulated company; the test says what came of it.

`RULES`: the request really breaks a rule that the simulated company keeps, mostly because somebody
in the office was quicker. `PLANTED`: rules that our requests never break, so the simulated company
is told to refuse. Details are in the vendor's manner; what is told around them is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.system.bench import Bench

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  invoice_rows: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  payment_rows: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: invoice_rows
    document:
      id: Number
      number: Number
      customer: {name: Customer, parent: Parent}
      date: Date
      total: Total
      discount: Discount
      state: {column: State, map: {open: open, void: void}}
    lines: {item: What, amount: Amount}
  payments:
    from: payment_rows
    document:
      id: Id
      invoice: Invoice
      date: Date
      amount: Amount
      method: By
accounting:
  items:
    pass: {item: Day Pass}
    room: {item: External Booking}
    stock: {item: Mugs}
  payment_methods:
    Cash: {method: Cash, deposit_to: Undeposited Funds}
    Odd: {method: Cash, deposit_to: Rent}
  defaults: {discount_account: Discounts given}
push: {customers: true, invoices: true, payments: true, void: true}
"""
INVOICES = """Number,Customer,Parent,Date,What,Amount,Discount,Total,State
A-1,Ada,,2025-03-01,pass,100.00,,100.00,open
A-2,Bob,,2025-02-27,room,60.00,,60.00,open
A-3,Cy,,2025-03-02,pass,80.00,,80.00,open
"""
PAYMENTS = """Id,Invoice,Date,Amount,By
p-1,A-1,2025-03-05,100.00,Cash
"""
FILES = {"acctsync.yaml": MAPPING, "invoices.csv": INVOICES, "payments.csv": PAYMENTS}
SECOND_PAYMENT = "p-2,A-2,2025-03-06,60.00,Cash\n"


def nothing(_: Bench) -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Rule:
    """A fault that our request really meets.

    `before` prepares the books and the export, `mend` takes the cause away afterwards. `refused`:
    the documents that are told, in order; all others go on.
    """

    before: Callable[[Bench], None]
    mend: Callable[[Bench], None] = nothing
    refused: tuple[str, ...] = ("A-2",)


def _id(bench: Bench, kind: str, name: str) -> str:
    return next(
        str(each["Id"])
        for each in bench.entities(kind)
        if name in {each.get("Name"), each.get("DisplayName"), each.get("DocNumber")}
    )


def _pay(bench: Bench) -> None:
    bench.change("payments.csv", PAYMENTS, PAYMENTS + SECOND_PAYMENT)


def voided_while_it_is_deleted(bench: Bench) -> None:
    bench.json("push")
    bench.change("invoices.csv", "60.00,,60.00,open", "60.00,,60.00,void")
    own = _id(bench, "Invoice", "A-2")
    bench.meanwhile("Invoice", "void", lambda: bench.by_hand("Invoice", Id=own, delete=True))


def _paid_while_its_invoice_is_deleted(bench: Bench) -> None:
    bench.json("push")
    _pay(bench)
    own = _id(bench, "Invoice", "A-2")
    bench.meanwhile("Payment", "create", lambda: bench.by_hand("Invoice", Id=own, delete=True))


def _the_payment_is_no_longer_exported(bench: Bench) -> None:
    bench.change("payments.csv", SECOND_PAYMENT, "")


def _an_item_is_made_inactive(bench: Bench) -> None:
    own = _id(bench, "Item", "External Booking")
    bench.meanwhile("Invoice", "create", lambda: bench.by_hand("Item", Id=own, Active=False))


def _the_item_is_active_again(bench: Bench) -> None:
    bench.by_hand("Item", Id=_id(bench, "Item", "External Booking (deleted)"), Active=True)


def _changed_by_two(bench: Bench) -> None:
    bench.json("push")
    bench.change("invoices.csv", "room,60.00,,60.00", "room,65.00,,65.00")
    own = _id(bench, "Invoice", "A-2")
    bench.meanwhile(
        "Invoice", "update", lambda: bench.by_hand("Invoice", Id=own, PrivateNote="call them")
    )


def _the_export_wins(bench: Bench) -> None:
    bench.change("acctsync.yaml", "void: true}", "void: true, updates: overwrite}")


def _discounts_are_switched_off(bench: Bench) -> None:
    bench.change("invoices.csv", "room,60.00,", "room,70.00,10.00")
    bench.meanwhile("Invoice", "create", lambda: _discounts(bench, allowed=False))


def _discounts(bench: Bench, *, allowed: bool) -> None:
    bench.by_hand("Preferences", Id="1", SalesFormsPrefs={"AllowDiscount": allowed})


def _discounts_are_switched_on(bench: Bench) -> None:
    _discounts(bench, allowed=True)


def _the_number_is_taken(bench: Bench) -> None:
    bench.by_hand("Customer", DisplayName="Zed")
    bench.meanwhile("Invoice", "create", lambda: _by_somebody_else(bench))


def _by_somebody_else(bench: Bench) -> None:
    line = {
        "Amount": 5, "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": "Day Pass"},
    }  # fmt: skip
    customer = {"value": _id(bench, "Customer", "Zed")}
    bench.by_hand(
        "Invoice", CustomerRef=customer, DocNumber="A-2", TxnDate="2025-03-03", Line=[line]
    )


def _the_number_is_free_again(bench: Bench) -> None:
    bench.by_hand("Invoice", Id=_id(bench, "Invoice", "A-2"), DocNumber="Z-1")


def _below_the_fifth_level(bench: Bench) -> None:
    parent: dict[str, object] = {}
    for name in ("One", "Two", "Three", "Four", "Five"):
        made = bench.by_hand("Customer", DisplayName=name, **parent)
        parent = {"ParentRef": {"value": made["Id"]}, "Job": True}
    bench.change("invoices.csv", "A-2,Bob,,", "A-2,Bob,One:Two:Three:Four:Five,")


def _higher_up(bench: Bench) -> None:
    bench.change("invoices.csv", "A-2,Bob,One:Two:Three:Four:Five,", "A-2,Bob,One,")


def _the_books_are_closed(password: str) -> Callable[[Bench], None]:
    def close(bench: Bench) -> None:
        bench.simulator.dialect.settle({"closing_password": password})
        bench.meanwhile("Invoice", "create", lambda: _closed_until(bench, "2025-02-28"))

    return close


def _closed_until(bench: Bench, day: str) -> None:
    bench.by_hand("Preferences", Id="1", AccountingInfoPrefs={"BookCloseDate": day})


def _the_books_are_open_again(bench: Bench) -> None:
    _closed_until(bench, "")


def _a_vendor_takes_the_name(bench: Bench) -> None:
    bench.meanwhile("Customer", "create", lambda: bench.by_hand("Vendor", DisplayName="Bob"))


def _the_vendor_is_renamed(bench: Bench) -> None:
    bench.by_hand("Vendor", Id=_id(bench, "Vendor", "Bob"), DisplayName="Bob's Supplies")


def _sold_before_it_was_in_stock(bench: Bench) -> None:
    bench.by_hand("Account", Name="Stock", AccountType="Other Current Asset")
    bench.by_hand(
        "Item", Name="Mugs", Type="Inventory", TrackQtyOnHand=True, QtyOnHand=9,
        InvStartDate="2025-06-01", IncomeAccountRef="Coworking Income", ExpenseAccountRef="Rent",
        AssetAccountRef="Stock",
    )  # fmt: skip
    bench.change("invoices.csv", "room,60.00", "stock,60.00")


def _another_item_is_sold(bench: Bench) -> None:
    bench.change("invoices.csv", "stock,60.00", "room,60.00")


def _paid_into_an_expense(bench: Bench) -> None:
    _pay(bench)
    bench.change("payments.csv", "60.00,Cash", "60.00,Odd")


def _paid_into_the_till(bench: Bench) -> None:
    bench.change("payments.csv", "60.00,Odd", "60.00,Cash")


def _a_deposited_payment_is_changed(bench: Bench) -> None:
    _pay(bench)
    bench.json("push")
    bench.change("payments.csv", "2025-03-06,60.00,Cash", "2025-03-06,50.00,Cash")
    own = next(
        str(each["Id"]) for each in bench.entities("Payment") if each["PaymentRefNum"] == "p-2"
    )
    bench.meanwhile("Payment", "update", lambda: _to_the_bank(bench, own))


def _to_the_bank(bench: Bench, payment: str) -> None:
    line = {"Amount": 60, "LinkedTxn": [{"TxnId": payment, "TxnType": "Payment", "TxnLineId": "0"}]}
    bench.by_hand("Deposit", DepositToAccountRef="Checking", Line=[line])


def _off_the_deposit(bench: Bench) -> None:
    (deposit,) = bench.entities("Deposit")
    bench.by_hand("Deposit", Id=deposit["Id"], delete=True)


RULES: dict[str, Rule] = {
    "620": Rule(_paid_while_its_invoice_is_deleted, _the_payment_is_no_longer_exported, ("p-2",)),
    "2500": Rule(_an_item_is_made_inactive, _the_item_is_active_again),
    "5010": Rule(_changed_by_two, _the_export_wins),
    "6000": Rule(_discounts_are_switched_off, _discounts_are_switched_on),
    "6140": Rule(_the_number_is_taken, _the_number_is_free_again),
    "6180": Rule(_below_the_fifth_level, _higher_up, ("Bob", "A-2")),
    "6200": Rule(_the_books_are_closed("false"), _the_books_are_open_again),
    "6210": Rule(_the_books_are_closed("true"), _the_books_are_open_again),
    "6240": Rule(_a_vendor_takes_the_name, _the_vendor_is_renamed, ("Bob", "A-2")),
    "6270": Rule(_sold_before_it_was_in_stock, _another_item_is_sold),
    "6430": Rule(_paid_into_an_expense, _paid_into_the_till, ("p-2",)),
    "6540": Rule(_a_deposited_payment_is_changed, _off_the_deposit, ("p-2",)),
}


@dataclass(frozen=True)
class Planted:
    """What the simulated company is told to say of an invoice."""

    detail: str
    element: str = ""

    def error(self, code: str) -> dict[str, str]:
        """Give the error as it stands in an answer."""
        return {"Message": "message", "Detail": self.detail, "code": code, "element": self.element}


PLANTED: dict[str, Planted] = {
    "610": Planted("Object Not Found : Something you're trying to use has been made inactive."),
    "630": Planted("Duplicate object : A-2"),
    "2010": Planted('Property Name:Unrecognized field "Foo"'),
    "2020": Planted("Required parameter Line.Amount is missing in the request", "Line.Amount"),
    "2030": Planted("Id should be a valid number. Supplied value:x", "Id"),
    "2040": Planted("Invalid String : control character", "PrivateNote"),
    "2050": Planted("Min:0 Max:21 supported. Supplied length:30", "DocNumber"),
    "2060": Planted("Date format is invalid", "TxnDate"),
    "2070": Planted("Date is invalid", "DueDate"),
    "2080": Planted("Number format is invalid", "Qty"),
    "2090": Planted("Number is not supported", "UnitPrice"),
    "2100": Planted("Decimal format is invalid", "Amount"),
    "2110": Planted("Decimal is not supported", "Qty"),
    "2140": Planted("Amount is invalid", "Line.Amount"),
    "2150": Planted("Percent is invalid", "DiscountPercent"),
    "2160": Planted("Quantity is invalid", "Qty"),
    "2170": Planted("Supplied value:Perhaps", "TxnStatus"),
    "2210": Planted("Email Address does not follow RFC 822", "BillEmail"),
    "2240": Planted("Number is out of range", "ExchangeRate"),
    "2250": Planted("At least one line is required in the request", "Line"),
    "2290": Planted("A negative amount is not supported on this line", "Line.Amount"),
    "2600": Planted("Conflicting elements"),
    "5020": Planted("Permission Denied Error : You do not have permission"),
    "5030": Planted("Feature Not Supported Error : Purchase Orders"),
    "6010": Planted("Account type or account sub type must be given"),
    "6070": Planted("Amount is not equal to UnitPrice * Qty. Supplied value:60", "Line.Amount"),
    "6080": Planted("At least one part of a name is required", "DisplayName"),
    "6090": Planted("A discount line needs an amount or a percentage", "DiscountLineDetail"),
    "6100": Planted("Valid line TaxCodes for US should be TAX or NON. Supplied value: 3"),
    "6110": Planted("Merchant account transaction cannot be updated"),
    "6120": Planted("Merchant account transaction cannot be deleted"),
    "6160": Planted("CustomSalesTax cannot be used by third parties", "TxnTaxCodeRef"),
    "6170": Planted("TxnTaxDetail is not allowed with NotApplicable", "TxnTaxDetail"),
    "6230": Planted("CustomSalesTax cannot be used by third parties", "TxnTaxCodeRef"),
    "6250": Planted("Sales customer is missing or inactive", "CustomerRef"),
    "6420": Planted("Email address is required when delivery type is email", "BillEmail"),
    "6440": Planted("A line needs an item or an account", "Line"),
    "6450": Planted("The transaction has been settled and cannot be voided"),
    "6470": Planted("The tax rate has no account"),
    "6480": Planted("The transaction is matched to a downloaded bank transaction"),
}

# 6000 stands for every rule of QuickBooks' own; these are the ones that many meet.
BUSINESS: dict[str, str] = {
    "negative": "You must specify a transaction amount that is 0 or greater.",
    "account": "You must select a different type of account for this transaction.",
    "customer": "When you use Accounts Receivable, you must choose a customer in the Name field.",
    "deleted": "You cannot modify a list element that has been deleted.",
    "tax": "Make sure all your transactions have a GST/HST rate before you save.",
    "paid": "You can't apply more than the total amount of the payment.",
    "other": "Something that nobody foresaw.",
}
BUSY = (
    "An unexpected error occurred while accessing or saving your data. Please wait a few minutes "
    "and try again."
)
PASSING = (BUSY, "You can only add or edit one name at a time.")

# Faults of our own making refuse the whole call.
WHOLE: dict[str, str] = {
    "500": "Operation batch is not supported.",
    "1040": "At most 30 items may stand in one batch. Supplied:31",
    "2130": "Invalid Request Id Format",
    "10100": "Result set too large",
}
