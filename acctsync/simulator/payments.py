"""Payments, and what they do to the documents they are applied to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import ZERO, cash, cents, money
from acctsync.simulator.exchange import Entity
from acctsync.simulator.names import wrong_account
from acctsync.simulator.refusals import Refusal, business, missing, refuse
from acctsync.simulator.sales import set_currency, undeposited

_MONEY_ACCOUNTS = {"Bank", "Other Current Asset"}
_OUTWARD = {"Invoice": 1, "CreditMemo": -1, "Expense": 1, "Check": 1, "CreditCardCredit": 1}
_NAME_VALUE = "{http://schema.intuit.com/finance/v3}NameValue"


def payment(books: Books, fields: Entity, old: Entity | None) -> Entity:
    """Make a payment out of what was sent; `apply` does the rest."""
    made = {
        name: value for name, value in fields.items() if name not in {"UnappliedAmt", "LinkedTxn"}
    }
    sent_lines = made.get("Line") or []
    if old is not None and made.get("TotalAmt") is None and sent_lines:
        made["TotalAmt"] = ZERO  # credits against invoices, no money moving
    absent = [name for name in ("TotalAmt", "CustomerRef") if made.get(name) is None]
    if absent:
        raise Refusal([missing(name) for name in absent])
    made["TxnDate"] = made.get("TxnDate") or (old or {}).get("TxnDate") or books.today()
    made["CustomerRef"], customer = books.refer("Customer", made["CustomerRef"], "CustomerRef")
    set_currency(books, made, customer)
    _set_refs(books, made)
    made.setdefault("ProcessPayment", False)
    made["Line"] = [_line(books, made, line) for line in sent_lines]
    total = cents(made["TotalAmt"])
    unapplied = total - sum((amount for _, _, amount in applications(made)), ZERO)
    if total < 0 or unapplied < 0:
        raise business("You can't apply more than the total amount of the payment.")
    made["TotalAmt"], made["UnappliedAmt"] = cash(total), cash(unapplied)
    return made


def _set_refs(books: Books, made: Entity) -> None:
    if made.get("PaymentMethodRef"):
        made["PaymentMethodRef"] = books.refer(
            "PaymentMethod", made["PaymentMethodRef"], "PaymentMethodRef"
        )[0]
    ref = made.get("DepositToAccountRef") or undeposited(books)
    made["DepositToAccountRef"], account = books.refer("Account", ref, "DepositToAccountRef")
    if account["AccountType"] not in _MONEY_ACCOUNTS:
        raise wrong_account("DepositToAccountRef")
    made["DepositToAccountRef"].pop("name", None)  # replies give the id alone
    for name in ("DepartmentRef", "ClassRef"):
        made.pop(name, None)


def _line(books: Books, made: Entity, line: Entity) -> Entity:
    links = line.get("LinkedTxn") or []
    absent = [name for name in ("Amount", "LinkedTxn") if not line.get(name)]
    if absent:
        raise Refusal([missing(f"Line.{name}") for name in absent])
    link = links[0]
    kind = str(link.get("TxnType", ""))
    if len(links) > 1 or kind not in _OUTWARD:
        raise refuse(
            620,
            "Transaction cannot be linked",
            f"Transaction cannot be linked : {kind}",
            "LinkedTxn",
        )
    target = _target(books, made, kind, str(link.get("TxnId", "")))
    amount = cents(line["Amount"])
    if amount < 0:
        raise refuse(
            2290,
            "Negative amount",
            "A negative amount is not supported on this line",
            "Line.Amount",
        )
    return {
        "Amount": cash(amount),
        "LinkedTxn": [{"TxnId": link["TxnId"], "TxnType": kind}],
        "LineEx": _line_extras(target),
    }


def _target(books: Books, made: Entity, kind: str, id: str) -> Entity:
    table = kind if kind in {"Invoice", "CreditMemo"} else "Purchase"
    target = books.find(table, id)
    if target is None or (table, id) in books.unborn:
        detail = f"Transaction cannot be linked : {kind} {id} does not exist"
        raise refuse(620, "Transaction cannot be linked", detail, "LinkedTxn")
    owner = target.get("CustomerRef") or target.get("EntityRef") or {}
    if owner.get("value") != made["CustomerRef"]["value"]:
        raise business("The transaction to be linked belongs to another customer.")
    return target


def _line_extras(target: Entity) -> Entity:
    facts = {
        "txnId": target["Id"],
        "txnOpenBalance": f"{money(target.get('Balance', target.get('TotalAmt'))):.2f}",
        "txnReferenceNumber": target.get("DocNumber", ""),
    }
    return {
        "any": [
            {
                "name": _NAME_VALUE,
                "declaredType": "com.intuit.schema.finance.v3.NameValue",
                "scope": "javax.xml.bind.JAXBElement$GlobalScope",
                "value": {"Name": name, "Value": value},
                "nil": False,
                "globalScope": True,
                "typeSubstituted": False,
            }
            for name, value in facts.items()
        ]
    }


def applications(made: Entity) -> Iterator[tuple[str, str, Decimal]]:
    """Walk what a payment is applied to: kind, id, amount; credits count backwards."""
    for line in made.get("Line", []):
        for link in line.get("LinkedTxn", []):
            sign = _OUTWARD.get(link["TxnType"], 0)
            yield link["TxnType"], link["TxnId"], sign * money(line["Amount"])


def check_room(books: Books, made: Entity, old: Entity | None) -> None:
    """Refuse to apply more than a document has open; what the old version took counts as open."""
    freed: dict[tuple[str, str], Decimal] = {}
    for kind, key, amount in applications(old or {}):
        freed[kind, key] = freed.get((kind, key), ZERO) + abs(amount)
    wanted: dict[tuple[str, str], Decimal] = {}
    for kind, key, amount in applications(made):
        wanted[kind, key] = wanted.get((kind, key), ZERO) + abs(amount)
    for (kind, key), amount in wanted.items():
        target = books.find(kind, key)
        if target is not None and amount > money(target["Balance"]) + freed.get((kind, key), ZERO):
            raise business(
                "The amount applied is greater than the open balance of the transaction."
            )


def apply(books: Books, made: Entity, direction: int) -> None:
    """Take a payment off the documents it pays, or (direction -1) put it back."""
    link = {"TxnId": made["Id"], "TxnType": "Payment"}
    for kind, key, amount in applications(made):
        target = books.find(kind, key)
        if target is None or kind not in {"Invoice", "CreditMemo"}:
            continue
        balance = cash(money(target["Balance"]) - direction * abs(amount))
        links = [one for one in target.get("LinkedTxn", []) if one != link]
        if direction > 0:
            links.append(link)
        values: Entity = {"Balance": balance, "LinkedTxn": links}
        if kind == "CreditMemo":
            values["RemainingCredit"] = balance
        if "HomeBalance" in target:
            values["HomeBalance"] = cash(money(balance) * target["ExchangeRate"])
        books.touch(kind, target, values)


def unlink(books: Books, kind: str, id: str) -> None:
    """Take a document out of every payment applied to it; the money becomes unapplied."""
    target = books.get(kind, id)
    for link in target.get("LinkedTxn", []):
        paid = books.find("Payment", link["TxnId"]) if link["TxnType"] == "Payment" else None
        if paid is None:
            continue
        kept = [line for line in paid["Line"] if not _links_to(line, kind, id)]
        trimmed = {**paid, "Line": kept}
        unapplied = money(paid["TotalAmt"]) - sum(
            (one for _, _, one in applications(trimmed)), ZERO
        )
        books.touch("Payment", paid, {"Line": kept, "UnappliedAmt": cash(unapplied)})


def _links_to(line: Entity, kind: str, id: str) -> bool:
    return any(link["TxnType"] == kind and link["TxnId"] == id for link in line["LinkedTxn"])


def link_deposited(books: Books, deposit: Entity | None, old: Entity | None) -> None:
    """Show on each payment the bank deposit that it lies in."""
    before, after = _deposited_in(old), _deposited_in(deposit)
    for paid in before ^ after:
        inside = deposit is not None and paid in after
        links = [{"TxnId": deposit["Id"], "TxnType": "Deposit"}] if deposit and inside else []
        books.touch("Payment", books.get("Payment", paid), {"LinkedTxn": links}, token=False)


def _deposited_in(deposit: Entity | None) -> set[str]:
    return {
        link["TxnId"]
        for line in (deposit or {}).get("Line", [])
        for link in line.get("LinkedTxn", [])
        if link.get("TxnType") == "Payment"
    }


def check_not_deposited(books: Books, id: str) -> None:
    """Refuse to change a payment that lies in a bank deposit."""
    for deposit in books.entities("Deposit"):
        for line in deposit.get("Line", []):
            if any(
                link.get("TxnType") == "Payment" and link.get("TxnId") == id
                for link in line.get("LinkedTxn", [])
            ):
                message = "Deposited Transaction cannot be changed"
                detail = f"{message} : If you want to make changes, take it off the deposit first."
                raise refuse(6540, message, detail, "")
