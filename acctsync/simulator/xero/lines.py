"""Line items: price, account, tax and tracking of each, and what a document adds up to.

Tax is worked out line by line, rounded to the cent and summed; unit amounts are kept with two
decimals, or four where `unitdp=4` was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from acctsync.simulator.encoding import ZERO
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.fields import identifier, number, raw_parts, read, text
from acctsync.simulator.xero.lists import find_account, tax_applies
from acctsync.simulator.xero.refusals import Invalid
from acctsync.simulator.xero.resource import Reply
from acctsync.simulator.xero.tracking import on_line
from acctsync.simulator.xero.wire import new_id, rounded

SPEC = {
    "LineItemID": identifier,
    "Description": text(4000),
    "Quantity": number,
    "UnitAmount": number,
    "ItemCode": text(30),
    "AccountCode": text(),
    "AccountID": identifier,
    "TaxType": text(),
    "TaxAmount": number,
    "LineAmount": number,
    "DiscountRate": number,
    "DiscountAmount": number,
    "Tracking": raw_parts,
}
_HUNDRED = Decimal(100)
_LARGEST = Decimal("9999999999.99")
_LONGEST_QUANTITY = 13
# Accounts that Xero writes to itself; no line may.
_RESERVED = {"DEBTORS", "CREDITORS"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the document says that its lines stand in."""

    sale: bool  # or a purchase
    amounts: str  # Exclusive | Inclusive | NoTax
    complete: bool = True  # a draft's lines may lack things
    discounts: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """What lines add up to."""

    subtotal: Decimal
    tax: Decimal
    discount: Decimal

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.subtotal + self.tax


def priced(books: Books, sent: list[Entity], terms: Terms, reply: Reply) -> list[Entity]:
    """Give lines as they are kept; all that is wrong with any of them is told together."""
    done: list[Entity] = []
    problems: list[str] = []
    for one in sent:
        try:
            done.append(_line(books, read(SPEC, one, "LineItem"), terms, reply))
        except Invalid as invalid:
            problems.extend(invalid.messages)
    if terms.complete and not sent:
        problems.append("One or more line items must be specified")
    if problems:
        raise Invalid(*dict.fromkeys(problems))
    return done


def merged(old: list[Entity], sent: list[Entity]) -> list[Entity]:
    """Put sent lines over kept ones: a known LineItemID changes its line, others are new.

    What is left out is gone.
    """
    by_id = {one["LineItemID"]: one for one in old}
    computed = {"LineAmount", "TaxAmount"}
    merged_lines: list[Entity] = []
    for one in sent:
        before = by_id.get(str(one.get("LineItemID", "")).lower(), {})
        kept = {name: value for name, value in before.items() if name not in computed}
        merged_lines.append({**kept, **one})
    return merged_lines


def totals(lines: list[Entity], amounts: str) -> Totals:
    """Add lines up."""
    tax = sum((one.get("TaxAmount", ZERO) for one in lines), ZERO)
    lines_total = sum((one.get("LineAmount", ZERO) for one in lines), ZERO)
    discount = sum((_discount(one) for one in lines), ZERO)
    subtotal = lines_total - tax if amounts == "Inclusive" else lines_total
    return Totals(rounded(subtotal), rounded(tax), rounded(discount))


def line_shown(line: Entity, places: int) -> Entity:
    """Show a line with the decimals that were asked for."""
    body = dict(line)
    if "UnitAmount" in body:
        body["UnitAmount"] = rounded(body["UnitAmount"], places)
    return {**body, "ValidationErrors": []}


def _line(books: Books, sent: Entity, terms: Terms, reply: Reply) -> Entity:
    line = _with_item(books, sent, terms)
    line["LineItemID"] = line.get("LineItemID") or new_id()
    line["Tracking"] = on_line(books, line.get("Tracking", []))
    if not line.keys() & {"Quantity", "UnitAmount", "LineAmount", "ItemCode", "AccountCode"}:
        return line  # words alone
    if terms.complete and not line.get("Description"):
        raise Invalid("Description must be specified")
    line.update(_amount(books, line, terms, reply))
    account = _account(books, line, terms, reply)
    line.pop("AccountID", None)
    if account is None:
        line.pop("AccountCode", None)
    else:
        line["AccountID"] = account["AccountID"]
        line["AccountCode"] = account.get("Code", "")
    line.update(_tax(books, line, account, terms))
    return line


def _with_item(books: Books, sent: Entity, terms: Terms) -> Entity:
    code = sent.get("ItemCode")
    if not code:
        return {name: value for name, value in sent.items() if name != "ItemCode"}
    item = books.one_by("Item", "Code", code)
    if item is None:
        raise Invalid(f"Item code '{code}' is not valid")
    details = item["SalesDetails" if terms.sale else "PurchaseDetails"]
    account = details.get("AccountCode") or details.get("COGSAccountCode")
    words = item.get("Description" if terms.sale else "PurchaseDescription") or item["Name"]
    defaults = {
        "Description": words,
        "UnitAmount": details.get("UnitPrice"),
        "AccountCode": account,
        "TaxType": details.get("TaxType"),
    }
    given = {name: value for name, value in defaults.items() if value is not None}
    if "LineAmount" in sent and "UnitAmount" not in sent:
        given.pop("UnitAmount", None)
    return {**given, **sent, "ItemCode": item["Code"]}


# ---------------------------------------------------------------------- money


def _amount(books: Books, line: Entity, terms: Terms, reply: Reply) -> Entity:
    quantity = line.get("Quantity", Decimal(1))
    if len(f"{quantity:f}".replace("-", "")) > _LONGEST_QUANTITY:
        raise Invalid("Quantity is too long. Maximum of 13 characters allowed")
    quantity = rounded(quantity, 4)
    if "UnitAmount" in line:
        unit = rounded(line["UnitAmount"], reply.places)
    else:
        unit = rounded(line.get("LineAmount", ZERO) / (quantity or 1), reply.places)
    gross = quantity * unit if "UnitAmount" in line else line.get("LineAmount", ZERO)
    rate = _discount_rate(line, gross, terms)
    expected = rounded(
        gross * (_HUNDRED - rate) / _HUNDRED
        if "DiscountAmount" not in line
        else gross - line["DiscountAmount"],
        mode=books.settings.line_rounding,
    )
    if "LineAmount" in line and rounded(line["LineAmount"]) != expected:
        raise Invalid(
            f"The line total {rounded(line['LineAmount'])} does not match "
            f"the expected line total {expected}"
        )
    if abs(expected) > _LARGEST:
        raise Invalid("The line total is too large")
    return {"Quantity": quantity, "UnitAmount": unit, "LineAmount": expected}


def _discount_rate(line: Entity, gross: Decimal, terms: Terms) -> Decimal:
    if not line.keys() & {"DiscountRate", "DiscountAmount"}:
        return ZERO
    if not terms.discounts:
        raise Invalid("Discounts can not be used on this type of document")
    if line.keys() >= {"DiscountRate", "DiscountAmount"}:
        raise Invalid("Only one of DiscountRate and DiscountAmount may be specified")
    rate: Decimal = line.get("DiscountRate", ZERO)
    if "DiscountAmount" in line:
        rate = line["DiscountAmount"] * _HUNDRED / gross if gross else ZERO
    too_much = line.get("DiscountAmount", gross) > gross
    if rate > _HUNDRED or too_much:
        raise Invalid(
            f"The discount rate '{rounded(rate)}' is invalid. "
            "Discount must not be greater than the line total."
        )
    return rate


def _discount(line: Entity) -> Decimal:
    if not line.keys() & {"DiscountRate", "DiscountAmount"}:
        return ZERO
    gross: Decimal = line["Quantity"] * line["UnitAmount"] - line["LineAmount"]
    return gross


# ---------------------------------------------------------------------- accounts and tax


def _account(books: Books, line: Entity, terms: Terms, reply: Reply) -> Entity | None:
    code = line.get("AccountCode") or line.get("AccountID")
    if not code:
        if terms.complete:
            raise Invalid("Account code must be specified")
        return None
    by_code = {"Code": line["AccountCode"]} if line.get("AccountCode") else {}
    found = find_account(books, by_code or {"AccountID": line.get("AccountID")})
    if found is not None and _takes_lines(found):
        return found
    if terms.complete:
        raise Invalid(f"Account code '{code}' is not a valid code for this document")
    reply.warnings.append(
        f"Account code '{code}' has been removed as it does not match a recognised account."
    )
    return None


def _takes_lines(account: Entity) -> bool:
    return (
        account["Status"] == "ACTIVE"
        and account["Type"] != "BANK"
        and account.get("SystemAccount") not in _RESERVED
    )


def _tax(books: Books, line: Entity, account: Entity | None, terms: Terms) -> Entity:
    if terms.amounts == "NoTax":
        return {"TaxType": "NONE", "TaxAmount": ZERO}
    code = line.get("TaxType") or (account or {}).get("TaxType")
    if not code:
        if terms.complete:
            raise Invalid("The TaxType field is mandatory")
        return {"TaxAmount": ZERO}
    rate = _tax_rate(books, code, account, terms)
    computed = _tax_amount(line["LineAmount"], rate["EffectiveRate"], terms.amounts)
    given = line.get("TaxAmount")
    if given is not None and abs(given) > abs(line["LineAmount"]):
        raise Invalid("The tax amount can not be greater than the line total")
    return {"TaxType": code, "TaxAmount": computed if given is None else rounded(given)}


def _tax_rate(books: Books, code: str, account: Entity | None, terms: Terms) -> Entity:
    rate = books.find("TaxRate", code)
    side = "REVENUE" if terms.sale else "EXPENSE"
    if rate is None or rate["Status"] != "ACTIVE" or not tax_applies(rate, side):
        raise Invalid(
            f"The TaxType code {code} does not exist or cannot be used for this type of "
            "transaction."
        )
    if account is not None and not tax_applies(rate, account["Class"]):
        raise Invalid(
            f"The TaxType code '{code}' cannot be used with account code "
            f"'{account.get('Code', '')}'."
        )
    return rate


def _tax_amount(amount: Decimal, percent: Decimal, amounts: str) -> Decimal:
    whole = _HUNDRED + percent if amounts == "Inclusive" else _HUNDRED
    return rounded(amount * percent / whole)
