"""Sales forms: invoices, estimates, credit memos, refund and sales receipts.

Totals are reckoned, never believed.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import ZERO, cash, cents, money
from acctsync.simulator.exchange import Entity
from acctsync.simulator.lines import Reckoning, reckon
from acctsync.simulator.names import wrong_account
from acctsync.simulator.refusals import Refusal, business, error, missing, refuse
from acctsync.simulator.taxes import Taxed, document_tax, domestic, tax_detail

_ONLINE = (
    "AllowIPNPayment",
    "AllowOnlinePayment",
    "AllowOnlineCreditCardPayment",
    "AllowOnlineACHPayment",
)
_MONEY_ACCOUNTS = {"Bank", "Other Current Asset"}
_USUAL_TERM = 30
_MOST_TAXABLE_LINES = 750
# Sent or not, these are reckoned here; some do not apply to a form and fall away without a word.
_RECKONED = {
    "TotalAmt",
    "HomeTotalAmt",
    "Balance",
    "HomeBalance",
    "RemainingCredit",
    "InvoiceLink",
    "DeliveryInfo",
    "RecurDataRef",
    "TaxExemptionRef",
    "AutoDocNumber",
    "status",
    "AttachableRef",
}
_FORM_ONLY = {
    "PaymentMethodRef": {"RefundReceipt", "SalesReceipt"},
    "PaymentRefNum": {"RefundReceipt", "SalesReceipt"},
    "PaymentType": {"RefundReceipt", "SalesReceipt"},
    "DepositToAccountRef": {"RefundReceipt", "SalesReceipt"},
    "DueDate": {"Invoice", "Estimate"},
    "Deposit": {"Invoice"},
    "TxnStatus": {"Estimate"},
    "LinkedTxn": {"Invoice", "Estimate"},
}
_TYPE_NAMES = {
    "CreditMemo": "Credit Memo",
    "RefundReceipt": "Refund Receipt",
    "SalesReceipt": "Sales Receipt",
    "PurchaseOrder": "Purchase Order",
}


def form(
    books: Books, kind: str, fields: Entity, old: Entity | None, *, any_number: bool
) -> Entity:
    """Make a sales form out of what was sent."""
    sent = {
        name: value
        for name, value in fields.items()
        if name not in _RECKONED and kind in _FORM_ONLY.get(name, {kind})
    }
    _check_required(kind, sent)
    made: Entity = {**_flags(kind), **sent}
    made["TxnDate"] = sent.get("TxnDate") or (old or {}).get("TxnDate") or books.today()
    customer = _set_customer(books, made)
    _set_header(books, kind, made, old)
    number(books, kind, made, old, any_number=any_number)
    mode = "TaxExcluded" if domestic(books) else sent.get("GlobalTaxCalculation", "TaxExcluded")
    reckoning = reckon(books, made, sent.get("Line", []), old, mode)
    made["Line"] = reckoning.lines
    taxed = _tax(
        books, made, sent.get("TxnTaxDetail") or {}, reckoning, customer=customer, mode=mode
    )
    _total(books, kind, made, reckoning, taxed)
    if not domestic(books):
        made["GlobalTaxCalculation"] = mode
    else:
        made.pop("GlobalTaxCalculation", None)
    return made


def _flags(kind: str) -> Entity:
    flags: Entity = dict.fromkeys(_ONLINE, False) if kind == "Invoice" else {}
    flags["CustomField"] = []
    flags["ApplyTaxAfterDiscount"] = False
    flags["PrintStatus"] = "NeedToPrint"
    flags["EmailStatus"] = "NotSet"
    return flags


def _check_required(kind: str, sent: Entity) -> None:
    required = {"RefundReceipt": ["DepositToAccountRef"], "SalesReceipt": []}.get(
        kind, ["CustomerRef"]
    )
    absent = [name for name in (*required, "Line") if sent.get(name) is None]
    if absent:
        raise Refusal([missing(name) for name in absent])


def _set_customer(books: Books, made: Entity) -> Entity:
    customer: Entity = {}
    if made.get("CustomerRef"):
        made["CustomerRef"], customer = books.refer("Customer", made["CustomerRef"], "CustomerRef")
    set_currency(books, made, customer)
    for name in ("BillAddr", "ShipAddr"):
        if not made.get(name) and customer.get(name):
            made[name] = customer[name]
        elif made.get(name) and "Id" not in made[name]:
            made[name] = {"Id": books.new_id("Address"), **made[name]}
    return customer


def set_currency(books: Books, made: Entity, person: Entity) -> None:
    """Give a document its currency, which must be the person's."""
    home = books.identity.currency
    own = person.get("CurrencyRef", {}).get("value", home)
    sent = made.get("CurrencyRef", {}).get("value")
    if not books.preference("CurrencyPrefs", "MultiCurrencyEnabled"):
        if sent not in {None, home}:
            raise business("Multi Currency should be enabled to perform this operation.")
        made.pop("ExchangeRate", None)
    elif sent is None:
        raise Refusal([missing("CurrencyRef")])
    else:
        made["ExchangeRate"] = Decimal(1) if sent == home else made.get("ExchangeRate", Decimal(1))
    if sent is not None and sent != own:
        raise business(
            "The currency of the transaction is invalid for customer / vendor / account."
        )
    made["CurrencyRef"] = books.currency(own)


def _set_header(books: Books, kind: str, made: Entity, old: Entity | None) -> None:
    set_places(books, made)
    for name, table in {"SalesTermRef": "Term", "PaymentMethodRef": "PaymentMethod"}.items():
        if made.get(name):
            made[name] = books.refer(table, made[name], name)[0]
    _check_mail(made)
    if kind in {"RefundReceipt", "SalesReceipt"}:
        _set_money_account(books, kind, made)
    if kind == "Invoice":
        made["LinkedTxn"] = _estimates(books, made) if old is None else []
        made["DueDate"] = made.get("DueDate") or _due(books, made)
    if kind == "Estimate":
        made.setdefault("TxnStatus", "Pending")
        made["LinkedTxn"] = []


def _estimates(books: Books, made: Entity) -> list[Entity]:
    links = [link for link in made.get("LinkedTxn", []) if link.get("TxnType") != "Payment"]
    for link in links:
        if (
            len(links) > 1
            or link.get("TxnType") != "Estimate"
            or not books.find("Estimate", str(link.get("TxnId")))
        ):
            detail = f"Transaction cannot be linked : {link.get('TxnType')} {link.get('TxnId')}"
            raise refuse(620, "Transaction cannot be linked", detail, "LinkedTxn")
    return [{"TxnId": str(link["TxnId"]), "TxnType": "Estimate"} for link in links]


def set_places(books: Books, made: Entity) -> None:
    """Settle the location and the header's class; what is not tracked is dropped without a word."""
    if not books.preference("AccountingInfoPrefs", "TrackDepartments"):
        made.pop("DepartmentRef", None)
    elif made.get("DepartmentRef"):
        made["DepartmentRef"] = books.refer("Department", made["DepartmentRef"], "DepartmentRef")[0]
    if not books.preference("AccountingInfoPrefs", "ClassTrackingPerTxn"):
        made.pop("ClassRef", None)
    elif made.get("ClassRef"):
        made["ClassRef"] = books.refer("Class", made["ClassRef"], "ClassRef")[0]


def _check_mail(made: Entity) -> None:
    if made.get("EmailStatus") == "NeedToSend" and not made.get("BillEmail", {}).get("Address"):
        message = "Email address is required"
        raise refuse(6420, message, f"{message} when delivery type is email", "BillEmail")


def _set_money_account(books: Books, kind: str, made: Entity) -> None:
    ref = made.get("DepositToAccountRef") or undeposited(books)
    made["DepositToAccountRef"], account = books.refer("Account", ref, "DepositToAccountRef")
    if account["AccountType"] not in _MONEY_ACCOUNTS:
        raise wrong_account("DepositToAccountRef")
    if kind == "RefundReceipt" and account["AccountType"] == "Bank":
        made.setdefault("PaymentRefNum", "To Print")
    if made.get("PaymentType") is None:
        made.pop("PaymentType", None)


def undeposited(books: Books) -> Entity:
    """Find the account money waits in when nobody says where it goes."""
    for account in books.entities("Account"):
        if account.get("AccountSubType") == "UndepositedFunds":
            return {"value": account["Id"]}
    raise Refusal([missing("DepositToAccountRef")])


def _due(books: Books, made: Entity) -> str:
    days = _USUAL_TERM
    if made.get("SalesTermRef"):
        days = int(books.get("Term", made["SalesTermRef"]["value"]).get("DueDays", _USUAL_TERM))
    return (date.fromisoformat(made["TxnDate"]) + timedelta(days=days)).isoformat()


def number(books: Books, kind: str, made: Entity, old: Entity | None, *, any_number: bool) -> None:
    """Settle the document number."""
    custom = custom_numbers(books, kind)
    sent = made.get("DocNumber")
    if not sent:
        made.pop("DocNumber", None)
        if custom:
            return  # no number at all
        made["DocNumber"] = (old or {}).get("DocNumber") or books.next_number(kind)
        return
    checked = kind == "PurchaseOrder" or (custom and books.settings.warn_duplicate_numbers)
    if any_number or not checked:
        return
    for holder in books.indexed(kind, "DocNumber", [sent]) or ():
        if old is None or holder["Id"] != old["Id"]:
            raise _number_taken(kind, sent, holder["Id"])


def custom_numbers(books: Books, kind: str) -> bool:
    """Tell whether people number this kind of document themselves."""
    if kind == "PurchaseOrder":
        values = books.preference("OtherPrefs", "NameValue") or []
        return {"Name": "VendorAndPurchasesPrefs.UseCustomTxnNumbers", "Value": "true"} in values
    return bool(books.preference("SalesFormsPrefs", "CustomTxnNumbers"))


def _number_taken(kind: str, sent: str, id: str) -> Refusal:
    message = "Duplicate Document Number Error"
    detail = (
        f"{message} : You must specify a different number. This number has already been used. "
        f"DocNumber={sent} is assigned to TxnType={_TYPE_NAMES.get(kind, kind)} with TxnId={id}"
    )
    return Refusal([error(6140, message, detail, "")])


def _tax(
    books: Books,
    made: Entity,
    sent: Entity,
    reckoning: Reckoning,
    *,
    customer: Entity,
    mode: str,
) -> Taxed | None:
    nets = reckoning.nets
    if (
        reckoning.discount
        and reckoning.subtotal
        and (not domestic(books) or made["ApplyTaxAfterDiscount"])
    ):
        left = 1 - reckoning.discount / reckoning.subtotal
        nets = [(code, net * left) for code, net in nets]
    default = customer.get("DefaultTaxCodeRef", {}).get("value", "")
    taxed = document_tax(books, sent, nets, mode, default)
    made.pop("TxnTaxDetail", None)
    if taxed is not None:
        made["TxnTaxDetail"] = tax_detail(taxed)
        if taxed.total and len(nets) > _MOST_TAXABLE_LINES:
            raise business(f"A taxable transaction can have at most {_MOST_TAXABLE_LINES} lines.")
    return taxed


def _total(
    books: Books, kind: str, made: Entity, reckoning: Reckoning, taxed: Taxed | None
) -> None:
    total = cents(reckoning.subtotal - reckoning.discount + (taxed.total if taxed else ZERO))
    if total < 0:
        raise business("You must specify a transaction amount that is 0 or greater.")
    made["TotalAmt"] = cash(total)
    if kind == "Invoice":
        made["Balance"] = cash(total - _deposit(books, made))
    elif kind == "CreditMemo":
        made["Balance"] = made["RemainingCredit"] = cash(total)
    elif kind != "Estimate":
        made["Balance"] = 0
    if "ExchangeRate" in made:
        made["HomeTotalAmt"] = cash(total * made["ExchangeRate"])
        if kind == "Invoice":
            made["HomeBalance"] = cash(money(made["Balance"]) * made["ExchangeRate"])


def _deposit(books: Books, made: Entity) -> Decimal:
    if not books.preference("SalesFormsPrefs", "AllowDeposit") or not made.get("Deposit"):
        made.pop("Deposit", None)
        return ZERO
    return money(made["Deposit"])


def receivable(kind: str, entity: Entity | None) -> Decimal:
    """Tell what a document adds to what its customer owes."""
    if entity is None:
        return ZERO
    match kind:
        case "Invoice":
            return money(entity["TotalAmt"]) - money(entity.get("Deposit"))
        case "Payment" | "CreditMemo":
            return -money(entity["TotalAmt"])
        case _:
            return ZERO
