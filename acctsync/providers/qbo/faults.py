"""QuickBooks' fault codes in plain words: what happened, what to do, and what it means for a write.

Texts in answers are in the company's language and change; only the codes are relied upon
(Intuit: error codes). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree as ET

from acctsync.errors import Problem
from acctsync.providers.qbo.elements import LISTS, element


class Class(StrEnum):
    """What a fault means for the write that met it."""

    DATA = "data"
    REFERENCE = "reference"
    BUSINESS = "business"
    DUPLICATE = "duplicate"
    STALE = "stale"
    GONE = "gone"
    TRANSIENT = "transient"
    UNCLEAR = "unclear"
    REPLAYED = "replayed"
    SIGN_IN = "sign-in"
    COMPANY = "company"
    LATER = "later"
    BUG = "bug"


PROBLEM_CODES: dict[Class, str] = {
    Class.DATA: "QBO201",
    Class.REFERENCE: "QBO201",
    Class.BUSINESS: "QBO202",
    Class.DUPLICATE: "QBO203",
    Class.STALE: "QBO204",
    Class.GONE: "QBO205",
    Class.TRANSIENT: "QBO206",
    Class.UNCLEAR: "QBO207",
    Class.REPLAYED: "QBO207",
    Class.SIGN_IN: "QBO208",
    Class.COMPANY: "QBO209",
    Class.LATER: "QBO210",
    Class.BUG: "QBO211",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One error as QuickBooks tells it."""

    code: str
    message: str = ""
    detail: str = ""
    element: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code in plain words."""

    kind: Class
    words: str
    todo: str = ""


_FIX = "Correct it in the billing system or the mapping, then run `acctsync retry-failed`."
_THEN = "then run `acctsync retry-failed`."
_LISTS = (
    "Something it names was removed or made inactive in QuickBooks: check items, accounts, classes "
    f"and customers with `acctsync lists`, {_THEN}"
)
_REPORT = (
    "This is acctsync's fault, not yours: please report it with QuickBooks' code and request id "
    "(--json shows both). Nothing of it was written."
)
_OPEN = (
    "Reopen the period in QuickBooks (Settings, Account and settings, Advanced, Accounting), or "
    f"correct the date in the billing system, {_THEN}"
)
_PLUS = (
    "Look at the company's plan with `acctsync doctor`: upgrade it, have a company admin run "
    "`acctsync connect qbo`, or switch this kind off under push: in the mapping."
)
_RECONNECT = "Ask a company admin to run `acctsync connect qbo` again."
_SANDBOX = (
    "Development keys open sandboxes, production keys live companies. Sign in again with "
    "`acctsync connect qbo` and --sandbox or --production as it fits."
)
_AGAIN = "Run the same command again in a few minutes."
_LATER = "Nothing is lost: run the same command again later."
_CARD = (
    "It was paid through QuickBooks Payments, which freezes it: make the change there (a refund or "
    "credit in QuickBooks), and take it out of the export."
)
_CUSTOM_TAX = (
    "Name another tax code under accounting.taxes in the mapping: TAX or NON in a US company, "
    f"{_THEN}"
)
_NUMBER_TAKEN = (
    "Give this one another number in the billing system, or correct the document in QuickBooks "
    f"that has it, {_THEN}"
)
_TAXES = f"Look at Taxes in QuickBooks and at accounting.taxes in the mapping, {_THEN}"

_D, _B, _X = Class.DATA, Class.BUSINESS, Class.BUG
MEANINGS: dict[str, Meaning] = {
    "100": Meaning(Class.SIGN_IN, "the sign-in is not accepted", _RECONNECT),
    "110": Meaning(Class.SIGN_IN, "the sign-in is not accepted", _RECONNECT),
    "120": Meaning(
        Class.SIGN_IN, "the user who connected no longer has access to the company", _RECONNECT
    ),
    "130": Meaning(Class.SIGN_IN, "the company is not at this address", _SANDBOX),
    "140": Meaning(Class.LATER, "the company is locked by QuickBooks", _LATER),
    "150": Meaning(Class.LATER, "the company is under maintenance at QuickBooks", _LATER),
    "500": Meaning(_X, "QuickBooks doesn't know the request", _REPORT),
    "600": Meaning(Class.REPLAYED, "QuickBooks has seen this request before"),
    "610": Meaning(Class.GONE, "it, or something it names, is not there or is inactive", _LISTS),
    "620": Meaning(
        _D,
        "it can't be linked to the invoice it settles",
        "The invoice may have been deleted, voided or moved to another customer in QuickBooks: "
        f"look there, correct the one that is wrong, {_THEN}",
    ),
    "630": Meaning(Class.DUPLICATE, "such an entry already exists", _NUMBER_TAKEN),
    "700": Meaning(_D, "its parent is not usable", _FIX),
    "800": Meaning(
        _B, "other documents depend on it", f"Remove the links in QuickBooks first, {_THEN}"
    ),
    "900": Meaning(_D, "it can't be its own parent", _FIX),
    "1000": Meaning(Class.UNCLEAR, "QuickBooks could not finish the request"),
    "1010": Meaning(Class.UNCLEAR, "QuickBooks could not finish creating it"),
    "1020": Meaning(Class.UNCLEAR, "QuickBooks could not finish changing it"),
    "1040": Meaning(_X, "too many documents in one request", _REPORT),
    "1050": Meaning(_X, "the request's content type is wrong", _REPORT),
    "2000": Meaning(_X, "the request names an unknown kind of object", _REPORT),
    "2010": Meaning(_X, "the request holds a field QuickBooks doesn't know", _REPORT),
    "2020": Meaning(_D, "a required value is missing", _FIX),
    "2030": Meaning(_X, "an id in the request is not a number", _REPORT),
    "2040": Meaning(_D, "a text holds characters QuickBooks refuses", _FIX),
    "2050": Meaning(_D, "a text is too long or too short", _FIX),
    "2060": Meaning(_D, "a date is not written as QuickBooks wants it", _FIX),
    "2070": Meaning(_D, "a date does not exist", _FIX),
    "2080": Meaning(_D, "a number is not written as QuickBooks wants it", _FIX),
    "2090": Meaning(_D, "a number is larger than QuickBooks takes", _FIX),
    "2100": Meaning(_D, "a number has too many digits", _FIX),
    "2110": Meaning(_D, "a number may not have decimals there", _FIX),
    "2120": Meaning(_X, "a value has the wrong type", _REPORT),
    "2130": Meaning(_X, "the request key is not accepted", _REPORT),
    "2140": Meaning(_D, "an amount is not accepted", _FIX),
    "2150": Meaning(_D, "a percentage is not accepted", _FIX),
    "2160": Meaning(_D, "a quantity is not accepted", _FIX),
    "2170": Meaning(_D, "a word is not one of those QuickBooks knows there", _FIX),
    "2180": Meaning(_X, "a text range is wrong", _REPORT),
    "2190": Meaning(_X, "a date range is wrong", _REPORT),
    "2200": Meaning(_D, "a web address is malformed", _FIX),
    "2210": Meaning(_D, "an e-mail address is malformed", _FIX),
    "2220": Meaning(_D, "the currency is not accepted", _FIX),
    "2230": Meaning(_X, "a yes/no value is malformed", _REPORT),
    "2240": Meaning(_D, "a number is out of range", _FIX),
    "2250": Meaning(
        _D,
        "it has no lines, and QuickBooks takes no document without",
        f"Correct it in the billing system or the mapping (lines), {_THEN}",
    ),
    "2280": Meaning(_D, "a tax code came without its amount", _FIX),
    "2290": Meaning(
        _D,
        "a line may not be negative there",
        f"Bill the deduction as a discount, or make the document a credit note, {_THEN}",
    ),
    "2300": Meaning(_D, "debits and credits differ", _FIX),
    "2500": Meaning(
        Class.REFERENCE, "it names something that is not in QuickBooks or is inactive", _LISTS
    ),
    "2600": Meaning(_X, "two values of the request exclude each other", _REPORT),
    "3000": Meaning(_D, "a custom field is not accepted", _FIX),
    "3001": Meaning(Class.TRANSIENT, "QuickBooks' limit on calls was reached"),
    "3100": Meaning(Class.SIGN_IN, "these app keys may not open this company", _SANDBOX),
    "3200": Meaning(Class.SIGN_IN, "the sign-in has expired", _RECONNECT),
    "3202": Meaning(Class.SIGN_IN, "the sign-in is not accepted", _RECONNECT),
    "4000": Meaning(_X, "the query can't be read", _REPORT),
    "4001": Meaning(_X, "the query is not valid", _REPORT),
    "4002": Meaning(Class.UNCLEAR, "the query could not be answered"),
    "5000": Meaning(_X, "a field is no longer supported", _REPORT),
    "5010": Meaning(
        Class.STALE,
        "somebody changed it in QuickBooks at the same moment",
        "Run the same command again: it looks at what they made of it first.",
    ),
    "5020": Meaning(_B, "the plan or the user's rights don't allow it", _PLUS),
    "5030": Meaning(_B, "the feature is not in this company's plan", _PLUS),
    "6000": Meaning(_B, "QuickBooks' own checks refuse it", _FIX),
    "6010": Meaning(_D, "an account needs a type", _FIX),
    "6070": Meaning(_D, "a line's amount is not quantity times price", _REPORT),
    "6080": Meaning(
        _D,
        "no name was given",
        "Give it a name in the billing system, or map the column that holds it (document: name, "
        f"or customer: {{name: …}}), {_THEN}",
    ),
    "6090": Meaning(_D, "a discount has neither amount nor percentage", _REPORT),
    "6100": Meaning(
        _D,
        "a US company takes only TAX or NON on a line",
        f"Give each tax of the export the code TAX or NON under accounting.taxes, {_THEN}",
    ),
    "6110": Meaning(_B, "card transactions of QuickBooks Payments can't be changed", _CARD),
    "6120": Meaning(_B, "card transactions of QuickBooks Payments can't be deleted", _CARD),
    "6130": Meaning(
        _B,
        "who this customer is billed with can't be changed",
        f"Set Bill with parent of the customer in QuickBooks, {_THEN}",
    ),
    "6140": Meaning(Class.DUPLICATE, "the number is already used in QuickBooks", _NUMBER_TAKEN),
    "6150": Meaning(_D, "a parent is needed", _FIX),
    "6160": Meaning(_D, "that tax code can't be used from outside QuickBooks", _CUSTOM_TAX),
    "6170": Meaning(_D, "it has tax, but says that tax does not apply", _TAXES),
    "6180": Meaning(
        _D,
        "names nest deeper than QuickBooks' five levels",
        f"Hang the customer below a higher one (parent in the mapping), {_THEN}",
    ),
    "6190": Meaning(
        Class.COMPANY,
        "the company's QuickBooks subscription has ended or has a billing problem",
        "Renew it in QuickBooks; nothing is lost, run the same command again afterwards.",
    ),
    "6200": Meaning(_B, "the accounting period is closed", _OPEN),
    "6210": Meaning(_B, "the accounting period is closed and wants a password", _OPEN),
    "6220": Meaning(
        _B, "it has an open balance", f"Settle the balance in QuickBooks first, {_THEN}"
    ),
    "6230": Meaning(_D, "that tax code can't be used from outside QuickBooks", _CUSTOM_TAX),
    "6240": Meaning(
        Class.DUPLICATE,
        "the name is already used by a customer, vendor or employee",
        "Rename one of the two, or pair them by hand under accounting.customers.fixed (or "
        f"accounting.vendors.fixed) in the mapping, {_THEN}",
    ),
    "6250": Meaning(
        _D,
        "the customer is missing or inactive",
        "Make the customer active in QuickBooks, or pair the name with another one under "
        f"accounting.customers.fixed, {_THEN}",
    ),
    "6270": Meaning(
        _D,
        "the date is before the inventory item's start date",
        "Set an earlier start date in the item (Inventory, Starting value), or sell another item "
        f"under accounting.items in the mapping, {_THEN}",
    ),
    "6280": Meaning(
        _B,
        "the customer has unbilled charges",
        f"Bill or delete the charges in QuickBooks first, {_THEN}",
    ),
    "6310": Meaning(_D, "a customer is needed there", _FIX),
    "6420": Meaning(
        _D,
        "an e-mail address is needed to send it",
        "Map the customer's e-mail address (customer: {email: …}), or set push.send_email: never, "
        f"{_THEN}",
    ),
    "6430": Meaning(
        _D,
        "that type of account can't be used there",
        "Name another account in the mapping: where money goes to (payment_methods … deposit_to) a "
        f"bank account or other current asset, on a purchase an expense account, {_THEN}",
    ),
    "6440": Meaning(
        _D,
        "a line has neither item nor account",
        f"Set accounting.items, or for purchases accounting.expenses, in the mapping, {_THEN}",
    ),
    "6450": Meaning(_B, "a settled card transaction can't be voided", _CARD),
    "6460": Meaning(_D, "deposit and card amounts differ", _FIX),
    "6470": Meaning(_D, "the tax rate or its account is not usable", _TAXES),
    "6480": Meaning(
        _B,
        "it is matched to a bank transaction",
        f"Undo the match in QuickBooks (Transactions, Bank transactions), {_THEN}",
    ),
    "6540": Meaning(
        _B,
        "it is part of a bank deposit",
        f"Take it off the deposit in QuickBooks (Bank deposit), {_THEN}",
    ),
    "7001": Meaning(
        Class.COMPANY,
        "the company's subscription has lapsed, or the address is not its own",
        "Check the subscription, and --sandbox or --production of the connection (`acctsync "
        "connections`); nothing is lost, run the same command again afterwards.",
    ),
    "10000": Meaning(Class.UNCLEAR, "QuickBooks failed inside"),
    "10100": Meaning(_X, "the answer would be too large", _REPORT),
    "10200": Meaning(
        Class.SIGN_IN,
        "the company was reset at QuickBooks: its former documents are gone",
        "Run `acctsync connect qbo` again, and look at `acctsync plan` before the next push.",
    ),
}

_UNKNOWN = Meaning(_B, "QuickBooks refuses it", _FIX)

# Intuit gives two passing troubles the code of business rules; only the English text tells them.
_PASSING = re.compile(r"wait a few minutes and try again|one name at a time", re.IGNORECASE)
# Business rules that many meet, where the text is English (pasted by users; Intuit: error codes).
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"transaction amount", re.IGNORECASE),
        f"Its total must not be negative: make it a credit note, {_THEN}",
    ),
    (
        re.compile(r"different type of account", re.IGNORECASE),
        (
            "Name another account in the mapping (accounting.payment_methods … deposit_to, "
            f"accounting.expenses or accounting.fees), {_THEN}"
        ),
    ),
    (
        re.compile(r"(choose|select) a customer", re.IGNORECASE),
        (
            "Map its customer (document: customer), or name another account than Accounts "
            f"Receivable, {_THEN}"
        ),
    ),
    (
        re.compile(r"list element that has been deleted", re.IGNORECASE),
        (
            "The customer or vendor was deleted or made inactive in QuickBooks: make it active "
            f"there, or pair the name under accounting.customers.fixed, {_THEN}"
        ),
    ),
    (
        re.compile(r"payments? applied", re.IGNORECASE),
        f"Take the payment off it in QuickBooks first, {_THEN}",
    ),
    (
        re.compile(r"GST/HST rate|tax code", re.IGNORECASE),
        f"Give every tax of the export a code under accounting.taxes, also `none`, {_THEN}",
    ),
    (
        re.compile(r"more than the total|already applied", re.IGNORECASE),
        (
            "Compare the payments on it in QuickBooks with the export: one may have been recorded "
            f"by hand. Take the surplus one off, {_THEN}"
        ),
    ),
)
_NOT_FOUND = re.compile(r"(\w+) element id \S+ not found", re.IGNORECASE)
_GATEWAY_CODE = re.compile(r"errorCode=0*(\d+)")


def meaning(fault: Fault) -> Meaning:
    """Put a fault into plain words."""
    found = MEANINGS.get(fault.code, _UNKNOWN)
    if fault.code != "6000":
        return found
    if _PASSING.search(fault.detail):
        return Meaning(Class.TRANSIENT, "QuickBooks is busy with something else", _AGAIN)
    rule = next((todo for text, todo in _RULES if text.search(fault.detail)), found.todo)
    return Meaning(found.kind, found.words, rule)


def decisive(faults: Sequence[Fault]) -> Fault:
    """Choose the fault that decides, when an item carries several: one to fix beats a duplicate.

    Treating a document with a missing field as a mere duplicate would adopt the wrong one.
    """
    order = {Class.DUPLICATE: 2, Class.STALE: 2, Class.GONE: 2, Class.UNCLEAR: 0, Class.REPLAYED: 0}
    return min(faults, key=lambda fault: order.get(meaning(fault).kind, 1))


def problem(faults: Sequence[Fault], request: str = "") -> Problem:
    """Build the problem that a refused document gets."""
    fault = decisive(faults)
    found = meaning(fault)
    return Problem(
        code=PROBLEM_CODES[found.kind],
        message=_sentence(fault, found),
        hint=_todo(fault, found),
        provider_code=fault.code or None,
        provider_request=request or None,
    )


def _sentence(fault: Fault, found: Meaning) -> str:
    words = found.words
    part = element(fault.element)
    if part is None and fault.element:
        words += f" ({fault.element})"
    elif part is not None and found.todo in {_FIX, _LISTS}:
        words += f": {part.words}"
    said = fault.detail or fault.message
    return f'{words}; QuickBooks says: "{said[:300]}"' if said else words


def _todo(fault: Fault, found: Meaning) -> str:
    """Say what to do, and where: the part that was refused, or the list that lacks it."""
    part = element(fault.element)
    if found.todo == _FIX and part is not None:
        return f"Correct {part.words} in the billing system or the mapping ({part.place}), {_THEN}"
    if found.todo != _LISTS:
        return found.todo
    missing = _NOT_FOUND.search(fault.detail)
    listed = LISTS.get(missing.group(1).lower()) if missing else None
    if listed is None and part is None:
        return found.todo
    what, command = listed or (part.words if part else "", "acctsync lists")
    place = f" ({part.place})" if part is not None else ""
    return (
        f"It was removed or made inactive in QuickBooks: {what}. Look with `{command}`, make it "
        f"active again there or name another one in the mapping{place}, {_THEN}"
    )


def faults_in(value: object) -> tuple[Fault, ...]:
    """Find the faults in decoded JSON: the service's shape, or the gateway's in lower case."""
    if not isinstance(value, dict):
        return ()
    fault = value.get("Fault", value.get("fault"))
    if not isinstance(fault, dict):
        return ()
    errors = fault.get("Error") or fault.get("error")
    if not isinstance(errors, list):
        return (Fault(""),)
    return tuple(_fault(error) for error in errors if isinstance(error, dict)) or (Fault(""),)


def faults_in_xml(body: bytes) -> tuple[Fault, ...]:
    """Find the faults in the XML that the gateway answers whatever was asked for."""
    if b"<!" in body:
        return ()
    try:
        root = ET.fromstring(body)  # noqa: S314 - no declarations get this far
    except ET.ParseError:
        return ()
    return tuple(
        Fault(
            code=_code(error.get("code", ""), _below(error, "Message")),
            message=_below(error, "Message"),
            detail=_below(error, "Detail"),
            element=error.get("element", ""),
        )
        for error in root.iter()
        if _local(error.tag) == "Error"
    )


def _fault(error: Mapping[str, Any]) -> Fault:
    message = str(error.get("Message") or error.get("message") or "")
    return Fault(
        code=_code(str(error.get("code") or ""), message),
        message=message,
        detail=str(error.get("Detail") or error.get("detail") or ""),
        element=str(error.get("element") or ""),
    )


def _code(code: str, message: str) -> str:
    found = _GATEWAY_CODE.search(message)
    return (found.group(1) if found and not code.strip("0") else code).lstrip("0")


def _below(error: ET.Element, name: str) -> str:
    return next((child.text or "" for child in error if _local(child.tag) == name), "")


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
