"""Xero's messages in plain words: what happened, what to do, and what it means for a write.

Xero gives no codes for what is wrong with a document, only sentences that differ by age and region:
they are matched by their beginning, and an unknown one goes to a person, never to a retry. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from acctsync.errors import Problem


class Class(StrEnum):
    """What a message means for the write that met it."""

    DATA = "data"
    SETTINGS = "settings"
    LOOK = "look"
    STALE = "stale"
    GONE = "gone"
    REPLAYED = "replayed"
    BUG = "bug"
    UNKNOWN = "unknown"


PROBLEM_CODES: dict[Class, str] = {
    Class.DATA: "XERO201",
    Class.SETTINGS: "XERO202",
    Class.LOOK: "XERO203",
    Class.STALE: "XERO204",
    Class.GONE: "XERO205",
    Class.REPLAYED: "XERO206",
    Class.BUG: "XERO207",
    Class.UNKNOWN: "XERO208",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A message in plain words; `{0}` and so on are what the message names."""

    pattern: str
    kind: Class
    words: str
    todo: str = ""


_THEN = "then run `acctsync retry-failed`."
_FIX = f"Correct it in the billing system or the mapping, {_THEN}"
_MAP = f"Look at the mapping's accounting part and at `acctsync lists`, {_THEN}"
_REPORT = (
    "This is acctsync's fault, not yours: please report it with Xero's message and request id "
    "(--json shows both). Nothing of it was written."
)
_PERSON = f"Look at the document in Xero, correct what the message names, {_THEN}"
_AFTER = f"Look in Xero what became of it: its history tells who changed it and when; {_THEN}"
_UNPAY = (
    "Remove the payment or credit from it in Xero, or raise a credit note in the billing system, "
    f"{_THEN}"
)
# A status is given once, as a document is made: another one in the mapping approves nothing.
_APPROVE = "Approve it in Xero (push.xero_status: authorised has new ones approved as they come)"
_D, _S, _L, _X = Class.DATA, Class.SETTINGS, Class.LOOK, Class.BUG

# Xero: what its service says (reference, section 8), the more exact before the more general.
MEANINGS: tuple[Meaning, ...] = (
    Meaning(r"Invoice # must be unique", _L, "its number is taken by another invoice in Xero",
            f"Give it another number in the billing system, or correct the one in Xero, {_THEN}"),
    Meaning(r"Order number must be unique", _L, "its number is taken by another order in Xero",
            f"Give it another number, {_THEN}"),
    Meaning(r"Quote number must be unique", _L, "its number is taken by another quote in Xero",
            f"Give it another number, {_THEN}"),
    Meaning(r"Credit ?note (?:number|#) must be unique", _L,
            "its number is taken by another credit note in Xero",
            f"Give it another number, {_THEN}"),
    Meaning(r"Price List Item with Code '+(.+?)'+ already exists", _L,
            "an item of the code {0} is there already", _MAP),
    Meaning(r"A tracking (?:option|category) with this name already exists", _L,
            "there is one of that name already", _MAP),
    Meaning(r"An organisation can have (.+?) active tracking categories", _D,
            "Xero has {0} active tracking categories at most",
            f"Archive one there, or map the words to options of those that there are, {_THEN}"),
    Meaning(r"The contact name (.+?) is already assigned to another contact", _L,
            "a contact named {0} is there already",
            f"Name it otherwise, or pair it under accounting.customers.fixed, {_THEN}"),
    Meaning(r"The Account Number already exists", _D, "its account number is another contact's",
            _FIX),
    Meaning(r"The Contact Number already exists", _L,
            "another contact bears the number that acctsync finds this one by",
            "Look for it in Xero, among the archived contacts too, and restore it or pair the name"
            f" with it under accounting.customers.fixed, {_THEN}"),
    Meaning(r"The contact '?(.+?)'? is archived", _D, "its contact {0} is archived in Xero",
            "Restore it there (Contacts, Archived), or pair the name with another contact under"
            f" accounting.customers.fixed, {_THEN}"),
    Meaning(r"Please enter a unique Name", _D, "there is one of that name already in Xero",
            f"Name it otherwise in the billing system or the mapping, {_THEN}"),
    Meaning(r"[\w ]+ not of valid status for modification", Class.STALE,
            "it was voided, deleted or paid in Xero meanwhile", _AFTER),
    Meaning(r"A reconciled payment", _D, "the payment is reconciled with the bank in Xero",
            f"Undo the reconciliation there (the payment, Options), {_THEN}"),
    Meaning(r"This document cannot be edited as it has a payment or credit note allocated", _D,
            "it is paid or credited in Xero, so it can't be changed there", _UNPAY),
    Meaning(r"The status \w+ cannot be applied to the [\w ]+ because it has payments", _D,
            "it is paid or credited in Xero, so it can't be voided", _UNPAY),
    Meaning(r"Payment amount exceeds the amount outstanding", _D,
            "the payment is more than what is open on its invoice in Xero",
            f"Look whether it was recorded there by hand; split what was paid too much, {_THEN}"),
    Meaning(r"Payments can only be made against Authorised documents", _S,
            "its invoice is not approved in Xero",
            f"{_APPROVE}, {_THEN}"),
    Meaning(r"Allocations can only be made against Authorised", _S,
            "the invoice that it is set off against is not approved in Xero",
            f"{_APPROVE}, {_THEN}"),
    Meaning(r"(?:Credit Note|Overpayment|Prepayment) must be Authorised", _S,
            "it is not approved in Xero, so it can't be set off", f"{_APPROVE}, {_THEN}"),
    Meaning(r"The invoice you are trying to allocate to has already been paid", _D,
            "its invoice is paid in Xero",
            f"Refund the credit there, or set it off by hand, {_THEN}"),
    Meaning(r"(?:Credit Note|Overpayment|Prepayment) cannot be allocated as amount is greater", _D,
            "more is set off than is open in Xero",
            f"Look what was paid or set off there by hand, {_THEN}"),
    Meaning(r"One or more line items must be specified", _D, "it has no lines", _FIX),
    Meaning(r"The contact of the invoice has no email address", _D,
            "its contact has no e-mail address in Xero",
            "Enter one there (Contacts), then run `acctsync retry-failed`."),
    Meaning(r".*\be-?mail limit\b", _D, "Xero sends no more e-mails today",
            "Push again tomorrow: what was not mailed is remembered."),
    Meaning(r"Only approved .* be e-?mailed", _S,
            "it is not approved in Xero, and drafts aren't e-mailed",
            f"{_APPROVE}; the next push mails it."),
    Meaning(r"Email address must be valid", _D, "its e-mail address is none", _FIX),
    Meaning(r"(?:The document date cannot be before the (?:end of year|period) lock date)"
            r"(?:, currently set at (.+?))?\.?$", _D,
            "its date lies in a period that is locked in Xero ({0})",
            "Move the lock date (Accounting, Advanced, Financial settings), or correct the date, "
            + _THEN),
    Meaning(r"Users Organisation is not subscribed to currency (\w+)", _S,
            "the organisation has no currency {0}",
            f"Add the currency in Xero (Settings, Currencies), {_THEN}"),
    Meaning(r"Account code '(.+?)' is not a valid code for this document", _S,
            "account {0} can't be used here", _MAP),
    Meaning(r"Account code '(.+?)' has been removed", _S,
            "there is no account {0}: Xero wrote the line without one", _MAP),
    Meaning(r"Account code must be specified", _S, "a line has no account", _MAP),
    Meaning(r"Account must be valid", _S, "an account is not usable", _MAP),
    Meaning(r"You must specify an?d? Account code or Account ID for the payment", _S,
            "the payment names no account to go to", _MAP),
    Meaning(r"The TaxType field is mandatory", _S, "a line has no tax type", _MAP),
    Meaning(r"The TaxType code '(.+?)' cannot be used with account code '(.+?)'", _S,
            "tax type {0} can't be used with account {1}", _MAP),
    Meaning(r"The TaxType code '?(.+?)'? (?:does not exist|cannot be used)", _S,
            "tax type {0} can't be used here", _MAP),
    Meaning(r"Tax rate must be valid", _S, "a tax type is not usable", _MAP),
    Meaning(r"The discount rate '(.+?)' is invalid", _D, "the discount {0} is not possible", _FIX),
    Meaning(r"An existing Credit Note with the specified CreditNoteID could not be found",
            Class.GONE, "the credit note is gone from Xero", _AFTER),
    Meaning(r"The document with the supplied id was not found", Class.GONE,
            "it is gone from Xero", _AFTER),
    Meaning(r"Idempotency Key: .* is used with a different request", Class.REPLAYED,
            "Xero took this request for another one"),
    Meaning(r"Invoice not of valid status for creation", _X, "Xero refuses its status", _REPORT),
    Meaning(r"A Contact must be specified", _X, "it names no contact", _REPORT),
    Meaning(r"The Contact must contain at least 1", _X, "it names no contact", _REPORT),
    Meaning(r"(?:Contact|Paid to name) cannot be empty", _X, "it names no contact", _REPORT),
    Meaning(r"The line total .* does not match the expected line total", _X,
            "Xero works a line out otherwise", _REPORT),
    Meaning(r"Url must be a valid absolute url", _X, "Xero refuses an address in it", _REPORT),
    Meaning(r"TrackingCategoryID\d must be provided", _X,
            "a report was asked for in the wrong way", _REPORT),
    Meaning(r"(?:PostDataInvalid|ApiMethodNotImplemented)Exception", _X,
            "Xero does not understand the request", _REPORT),
    Meaning(r"Only AUTHORISED and BILLED purchase orders may have SentToContact", _X,
            "Xero does not mark it as sent", _REPORT),
)  # fmt: skip
_COMPILED = tuple((re.compile(each.pattern, re.IGNORECASE), each) for each in MEANINGS)
_LONGEST = 300


def messages(element: Mapping[str, Any]) -> tuple[str, ...]:
    """List what an element was refused or warned for, in it and in what stands inside it."""
    return tuple(dict.fromkeys(_messages(element)))


def warned(said: Sequence[str], request: str) -> Problem:
    """Say that a document was written, but otherwise than it was sent."""
    told = problem(said, request) if said else _otherwise(request)
    return replace(told, message=f"Xero wrote it otherwise than it was sent: {told.message}")


def meaning(message: str) -> tuple[Meaning, str]:
    """Tell what a message means, and the words for it."""
    for pattern, found in _COMPILED:
        match = pattern.match(message)
        if match:
            named = [each or "" for each in match.groups()]
            words = found.words.format(*named).replace(" ()", "")
            return found, words
    return Meaning("", Class.UNKNOWN, message, _PERSON), f'Xero says: "{message[:_LONGEST]}"'


def decisive(said: Sequence[str]) -> Class:
    """Tell what several messages mean together: whatever needs a look or a person goes first."""
    order = list(Class)
    kinds = {meaning(each)[0].kind for each in said}
    known = kinds - {Class.UNKNOWN}
    return min(known, key=order.index) if len(kinds) == 1 and known else _mixed(kinds)


def problem(said: Sequence[str], request: str) -> Problem:
    """Make one problem of all that an element was refused for."""
    kind = decisive(said)
    told = [meaning(each) for each in said]
    hints = dict.fromkeys(found.todo for found, _ in told if found.todo)
    return Problem(
        code=PROBLEM_CODES[kind],
        message="; ".join(words for _, words in told),
        hint=" ".join(hints),
        provider_code=said[0][:_LONGEST],
        provider_request=request,
    )


def gone(request: str) -> Problem:
    """Say that what a call names is not there (Xero: response codes, 404)."""
    return Problem(
        code=PROBLEM_CODES[Class.GONE],
        message="it, or the document it belongs to, is gone from Xero",
        hint=_AFTER,
        provider_code="404",
        provider_request=request,
    )


def _otherwise(request: str) -> Problem:
    return Problem(
        code=PROBLEM_CODES[Class.UNKNOWN],
        message="it does not say how",
        hint=_PERSON,
        provider_request=request,
    )


def _mixed(kinds: set[Class]) -> Class:
    """Tell what messages of several kinds mean: a look can't end what a person must correct."""
    for kind in (Class.REPLAYED, Class.UNKNOWN, Class.DATA, Class.SETTINGS, Class.BUG):
        if kind in kinds:
            return kind
    return min(kinds, key=list(Class).index)


def _messages(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name in ("ValidationErrors", "Warnings"):
            listed = value.get(name)
            for each in listed if isinstance(listed, list) else []:
                said = (
                    each.get("Message") or each.get("Description")
                    if isinstance(each, Mapping)
                    else ""
                )
                if said:
                    yield " ".join(str(said).split())
        for name, inner in value.items():
            if name not in {"ValidationErrors", "Warnings"}:
                yield from _messages(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _messages(inner)
