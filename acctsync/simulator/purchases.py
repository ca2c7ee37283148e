"""Money and goods the other way: purchase orders, bills, purchases, transfers and bank deposits."""

from __future__ import annotations

from decimal import Decimal

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import ZERO, cash, cents, money
from acctsync.simulator.exchange import Entity
from acctsync.simulator.lines import Numbering, check_product
from acctsync.simulator.names import wrong_account
from acctsync.simulator.payments import check_not_deposited
from acctsync.simulator.refusals import Refusal, bad_reference, business, missing, refuse
from acctsync.simulator.sales import number, set_currency, set_places
from acctsync.simulator.taxes import document_tax, domestic, line_code, tax_detail

_PAYING_ACCOUNTS = {"Bank", "Credit Card"}
_HOLDING_ACCOUNTS = {"Bank", "Other Current Asset"}
_ITEM, _ACCOUNT = "ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail"


def purchase(
    books: Books, kind: str, fields: Entity, old: Entity | None, *, any_number: bool
) -> Entity:
    """Make a purchase order, bill or purchase out of what was sent."""
    made = {
        name: value
        for name, value in fields.items()
        if name not in {"TotalAmt", "Balance", "HomeBalance"}
    }
    _check_required(kind, made)
    made["TxnDate"] = made.get("TxnDate") or (old or {}).get("TxnDate") or books.today()
    _set_parties(books, kind, made)
    set_places(books, made)
    number(books, kind, made, old, any_number=any_number)
    mode = "TaxExcluded" if domestic(books) else made.get("GlobalTaxCalculation", "TaxExcluded")
    sent_tax = made.pop("TxnTaxDetail", None) or {}
    total = _lines(books, made, old, mode)
    if not domestic(books):
        made["GlobalTaxCalculation"] = mode
        total += _tax(books, made, sent_tax, mode)
    if total < 0:
        raise business("You must specify a transaction amount that is 0 or greater.")
    made["TotalAmt"] = cash(total)
    if kind == "Bill":
        made["Balance"] = cash(total)
    return made


def _check_required(kind: str, made: Entity) -> None:
    needed = {"Purchase": ["AccountRef", "PaymentType"]}.get(kind, ["VendorRef"])
    absent = [name for name in (*needed, "Line") if made.get(name) is None]
    if absent:
        raise Refusal([missing(name) for name in absent])
    if not made["Line"]:
        raise refuse(2250, "No lines", "At least one line is required in the request", "Line")


def _set_parties(books: Books, kind: str, made: Entity) -> None:
    person: Entity = {}
    if kind == "Purchase":
        made["AccountRef"], account = books.refer("Account", made["AccountRef"], "AccountRef")
        if account["AccountType"] not in _PAYING_ACCOUNTS:
            raise wrong_account("AccountRef")
        if made.get("EntityRef"):
            person = _entity(books, made)
    else:
        made["VendorRef"], person = books.refer("Vendor", made["VendorRef"], "VendorRef")
        made["APAccountRef"] = _payables(books, made)
    set_currency(books, made, person)
    if kind == "PurchaseOrder":
        made.setdefault("POStatus", "Open")
        made.setdefault("EmailStatus", "NotSet")
        made.setdefault("CustomField", [])
        if person.get("BillAddr"):
            made.setdefault("VendorAddr", person["BillAddr"])


def _entity(books: Books, made: Entity) -> Entity:
    kind = made["EntityRef"].get("type", "Vendor")
    if kind not in {"Vendor", "Customer", "Employee"}:
        raise bad_reference("Names", str(made["EntityRef"].get("value", "")), "EntityRef")
    shown, person = books.refer(kind, made["EntityRef"], "EntityRef")
    made["EntityRef"] = {**shown, "type": kind}
    return person


def _payables(books: Books, made: Entity) -> Entity:
    if made.get("APAccountRef"):
        return books.refer("Account", made["APAccountRef"], "APAccountRef")[0]
    payables = [
        one for one in books.entities("Account") if one["AccountType"] == "Accounts Payable"
    ]
    if len(payables) != 1:
        raise Refusal([missing("APAccountRef")])
    return {"value": payables[0]["Id"], "name": payables[0]["FullyQualifiedName"]}


def _lines(books: Books, made: Entity, old: Entity | None, mode: str) -> Decimal:
    numbering = Numbering.after(old)
    total = ZERO
    done: list[Entity] = []
    for line in made["Line"]:
        if line.get("Amount") is None:
            raise Refusal([missing("Amount")])
        detail_type = str(line.get("DetailType", ""))
        if detail_type not in {_ITEM, _ACCOUNT} or not line.get(detail_type):
            raise refuse(
                6440,
                "Split line needs item or account",
                "A line needs an item or an account",
                "Line",
            )
        amount = cents(line["Amount"])
        detail = _detail(books, detail_type, line[detail_type], amount, mode)
        head = {"Id": numbering.give(line.get("Id")), "LineNum": len(done) + 1}
        if line.get("Description"):
            head["Description"] = line["Description"]
        done.append(
            {**head, "Amount": cash(amount), "DetailType": detail_type, detail_type: detail}
        )
        total += amount
    made["Line"] = done
    return total


def _detail(books: Books, detail_type: str, sent: Entity, amount: Decimal, mode: str) -> Entity:
    detail = {**sent}
    if detail_type == _ITEM:
        check_product(detail, amount)
        detail["ItemRef"], item = books.refer("Item", detail.get("ItemRef", {}), "ItemRef")
        if item["Type"] in {"Category", "Group"}:
            raise bad_reference("Items", item["Id"], "ItemRef")
    else:
        if not detail.get("AccountRef"):
            raise Refusal([missing("AccountRef")])
        detail["AccountRef"] = books.refer("Account", detail["AccountRef"], "AccountRef")[0]
    if not books.preference("AccountingInfoPrefs", "ClassTrackingPerTxnLine"):
        detail.pop("ClassRef", None)
    elif detail.get("ClassRef"):
        detail["ClassRef"] = books.refer("Class", detail["ClassRef"], "ClassRef")[0]
    if detail.get("CustomerRef"):
        detail["CustomerRef"] = books.refer("Customer", detail["CustomerRef"], "CustomerRef")[0]
    # On purchases silence about tax is NON, also where sales would be taxed.
    code = (
        {"value": "NON"}
        if domestic(books) and not detail.get("TaxCodeRef")
        else line_code(books, detail, mode)
    )
    detail.pop("TaxCodeRef", None)
    if code is not None:
        detail["TaxCodeRef"] = code
    detail.setdefault("BillableStatus", "NotBillable")
    return detail


def _tax(books: Books, made: Entity, sent: Entity, mode: str) -> Decimal:
    nets = [
        (line[line["DetailType"]].get("TaxCodeRef", {}).get("value", ""), money(line["Amount"]))
        for line in made["Line"]
    ]
    taxed = document_tax(books, sent, nets, mode, "")
    if taxed is None:
        return ZERO
    made["TxnTaxDetail"] = tax_detail(taxed)
    return taxed.total


def transfer(books: Books, fields: Entity, old: Entity | None) -> Entity:
    """Make a transfer between two accounts out of what was sent."""
    made = {**fields}
    absent = [
        name for name in ("FromAccountRef", "ToAccountRef", "Amount") if made.get(name) is None
    ]
    if absent:
        raise Refusal([missing(name) for name in absent])
    made["TxnDate"] = made.get("TxnDate") or (old or {}).get("TxnDate") or books.today()
    accounts = []
    for name in ("FromAccountRef", "ToAccountRef"):
        made[name], account = books.refer("Account", made[name], name)
        if account["Classification"] not in {"Asset", "Liability", "Equity"}:
            raise wrong_account(name)
        accounts.append(account)
    left, entered = accounts
    if left["Id"] == entered["Id"]:
        raise business("The accounts that money is transferred from and to must differ.")
    if left.get("CurrencyRef") != entered.get("CurrencyRef"):
        raise business("Both accounts of a transfer must be kept in the same currency.")
    if money(made["Amount"]) < 0:
        raise refuse(2290, "Negative amount", "A negative amount is not supported", "Amount")
    made["Amount"] = cash(made["Amount"])
    set_currency(books, made, left)
    return made


def deposit(books: Books, fields: Entity, old: Entity | None) -> Entity:
    """Make a bank deposit out of what was sent; the payments in it are frozen from then on."""
    made = {name: value for name, value in fields.items() if name != "TotalAmt"}
    absent = [name for name in ("DepositToAccountRef", "Line") if not made.get(name)]
    if absent:
        raise Refusal([missing(name) for name in absent])
    made["TxnDate"] = made.get("TxnDate") or (old or {}).get("TxnDate") or books.today()
    made["DepositToAccountRef"], account = books.refer(
        "Account", made["DepositToAccountRef"], "DepositToAccountRef"
    )
    if account["AccountType"] not in _HOLDING_ACCOUNTS:
        raise wrong_account("DepositToAccountRef")
    set_currency(books, made, {})
    numbering = Numbering.after(old)
    mine = {one for line in (old or {}).get("Line", []) for one in _payments_in(line)}
    made["Line"] = [_deposit_line(books, numbering, line, mine) for line in made["Line"]]
    made["TotalAmt"] = cash(sum((money(line["Amount"]) for line in made["Line"]), ZERO))
    return made


def _payments_in(line: Entity) -> list[str]:
    return [link["TxnId"] for link in line.get("LinkedTxn", []) if link["TxnType"] == "Payment"]


def _deposit_line(books: Books, numbering: Numbering, line: Entity, mine: set[str]) -> Entity:
    shown: Entity = {"Id": numbering.give(line.get("Id")), "LineNum": line.get("LineNum", 1)}
    linked = _payments_in(line)
    if linked:
        paid = books.get("Payment", linked[0])
        if linked[0] not in mine:
            check_not_deposited(books, linked[0])
        return {**shown, "Amount": paid["TotalAmt"], "LinkedTxn": line["LinkedTxn"]}
    detail = {**(line.get("DepositLineDetail") or {})}
    if line.get("Amount") is None or not detail.get("AccountRef"):
        raise Refusal([missing("Amount" if line.get("Amount") is None else "AccountRef")])
    detail["AccountRef"] = books.refer("Account", detail["AccountRef"], "AccountRef")[0]
    if line.get("Description"):
        shown["Description"] = line["Description"]
    return {
        **shown,
        "Amount": cash(line["Amount"]),
        "DetailType": "DepositLineDetail",
        "DepositLineDetail": detail,
    }
