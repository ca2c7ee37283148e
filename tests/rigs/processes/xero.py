"""The small business in Xero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.rigs.processes.shop import (
    FIRST,
    SECOND,
    SOURCES,
    Entry,
    Held,
    Vendor,
    as_amount,
    rotated,
)

_FILE = Path(__file__).resolve().parents[3] / "sample-config" / "companies" / "coworks-xero.yaml"
_LISTED = ("Contact", "Invoice", "CreditNote", "Payment", "BankTransaction")
_NUMBERS = {"Invoice": "InvoiceNumber", "CreditNote": "CreditNoteNumber"}
_LEFT = {"Invoice": "AmountDue", "CreditNote": "RemainingCredit"}
# What the organisation had before anybody pushed anything.
_OLD = {"Coworks Guests", "Harbour Realty Trust", "Stripe"}
_ALIVE = {"AUTHORISED", "PAID"}

# Xero keeps no payment without its invoice: the export says that it came back.
MAPPING = f"""
acctsync: 1
books: {{system: xero, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}}
{SOURCES.replace("method: By}", "method: By, state: {column: State, map: {kept: open, back: void}}}")}"""
MAPPING += """
accounting:
  items: {pass: {item: DAYPASS}}
  payment_methods: {Cash: {deposit_to: "092"}, Card: {deposit_to: "091"}}
  fees: {account: "404", vendor: Card Processor}
  taxes: {none: {code: NONE}}
push:
  customers: true
  invoices: true
  credit_notes: true
  payments: true
  refunds: true
  void: true
"""
_PAYMENTS = """Id,Invoice,Date,Amount,Fee,By,State
p-1,I-1,2025-03-09,70.00,2.33,Card,kept
p-2,I-2,2025-03-09,50.00,,Cash,kept
p-3,I-3,2025-03-10,80.10,2.62,Card,kept
"""

_AFTER_BOTH: list[Entry] = [
    ("Allocation", "C-1 on I-1", "Ada", "30.00", ""),
    ("BankTransaction", "[acctsync fees/p-1]", "Card Processor", "2.33", ""),
    ("BankTransaction", "[acctsync fees/p-3]", "Card Processor", "2.62", ""),
    ("Contact", "Ada", "", "", ""),
    ("Contact", "Bob", "", "", ""),
    ("Contact", "Card Processor", "", "", ""),
    ("Contact", "Cy", "", "", ""),
    ("CreditNote", "C-1", "Ada", "30.00", "0.00"),
    ("CreditNote", "r-1", "Cy", "20.05", "0.00"),
    ("Invoice", "I-1", "Ada", "100.00", "0.00"),
    ("Invoice", "I-3", "Cy", "80.10", "0.00"),
    ("Payment", "[acctsync payments/p-1] of I-1", "Ada", "70.00", ""),
    ("Payment", "[acctsync payments/p-3] of I-3", "Cy", "80.10", ""),
    ("Payment", "[acctsync repayments/r-1] of r-1", "Cy", "20.05", ""),
]
FIRST_BOOKS: list[Entry] = sorted(
    [
        *_AFTER_BOTH,
        ("Invoice", "I-2", "Bob", "50.00", "0.00"),
        ("Invoice", "I-4", "Ada", "33.33", "33.33"),
        ("Payment", "[acctsync payments/p-2] of I-2", "Bob", "50.00", ""),
    ]
)
SECOND_BOOKS: list[Entry] = sorted(
    [
        *_AFTER_BOTH,
        ("BankTransaction", "[acctsync fees/p-4]", "Card Processor", "1.59", ""),
        ("Contact", "Dee", "", "", ""),
        ("Invoice", "I-2, VOIDED", "Bob", "50.00", "0.00"),
        ("Invoice", "I-4", "Ada", "44.44", "0.00"),
        ("Invoice", "I-5", "Dee", "12.00", "12.00"),
        ("Payment", "[acctsync payments/p-2] of I-2, DELETED", "Bob", "50.00", ""),
        ("Payment", "[acctsync payments/p-4] of I-4", "Ada", "44.44", ""),
    ]
)


def _entries(held: Held) -> list[Entry]:
    """Read the books as a whole: every contact and document, its amounts and what was set off."""
    rows = [_entry(kind, each) for kind in _LISTED for each in held[kind]]
    return sorted([*(each for each in rows if each[1] not in _OLD), *_allocations(held)])


def _entry(kind: str, each: Mapping[str, Any]) -> Entry:
    if kind == "Contact":
        return (kind, str(each["Name"]), "", "", "")
    if kind == "Payment":
        settled = each["Invoice"]
        name = f"{each['Reference']} of {settled['InvoiceNumber']}{_end(each)}"
        return (kind, name, str(settled["Contact"]["Name"]), as_amount(each["Amount"]), "")
    return (
        kind,
        f"{each[_NUMBERS.get(kind, 'Reference')]}{_end(each)}",
        str(each["Contact"]["Name"]),
        as_amount(each["Total"]),
        as_amount(each[_LEFT[kind]]) if kind in _LEFT else "",
    )


def _end(each: Mapping[str, Any]) -> str:
    return "" if each["Status"] in _ALIVE else f", {each['Status']}"


def _allocations(held: Held) -> list[Entry]:
    credits_ = {each["CreditNoteID"]: each for each in held["CreditNote"]}
    invoices = {each["InvoiceID"]: each["InvoiceNumber"] for each in held["Invoice"]}
    return [
        (
            "Allocation",
            f"{credits_[each['SourceID']]['CreditNoteNumber']} on {invoices[each['DocumentID']]}",
            str(credits_[each["SourceID"]]["Contact"]["Name"]),
            as_amount(each["Amount"]),
            "",
        )
        for each in held["Allocation"]
    ]


def _edited(held: Held, number: str, total: str) -> tuple[str, dict[str, Any]]:
    """Tell what a person does to give an invoice another amount."""
    (invoice,) = [each for each in held["Invoice"] if each["InvoiceNumber"] == number]
    kept = ("LineItemID", "Description", "ItemCode", "AccountCode", "TaxType")
    line = {
        name: invoice["LineItems"][0][name] for name in kept if invoice["LineItems"][0].get(name)
    }
    fields = {"InvoiceID": invoice["InvoiceID"]}
    return "Invoice", {**fields, "LineItems": [{**line, "Quantity": 1, "UnitAmount": total}]}


def _is_a_write(method: str, path: str) -> bool:
    return method in {"PUT", "POST"} and path.startswith("/api.xro/")


def _refusal(status: int, detail: str, **headers: str) -> dict[str, Any]:
    body = {"Type": None, "Title": "Unauthorized", "Status": status, "Detail": detail}
    return {"status": status, "body": body, "headers": headers}


XERO = Vendor(
    name="Xero",
    system="xero",
    company=_FILE,
    settings={"app": "pkce", "per_minute": "1000000", "per_day": "1000000"},
    has_secret=False,
    mapping=MAPPING,
    first={**FIRST, "payments.csv": _PAYMENTS},
    second={
        **SECOND,
        "payments.csv": _PAYMENTS.replace(",,Cash,kept", ",,Cash,back")
        + "p-4,I-4,2025-03-16,44.44,1.59,Card,kept\n",
    },
    first_books=FIRST_BOOKS,
    second_books=SECOND_BOOKS,
    entries=_entries,
    edited=_edited,
    writes=(
        *((kind, "create") for kind in (
            "Contact", "Invoice", "CreditNote", "Payment", "BankTransaction", "Allocation",
        )),
        *(("Invoice", "update"), ("Invoice", "void"), ("Payment", "delete")),
    ),
    customers="PUT /Contacts 1",
    alone="PUT /Contacts 2",
    documents="PUT /Invoices 1",
    money="PUT /Payments 1",
    a_write={"method": "PUT"},
    a_question={"operation": "query"},
    the_settings={"path": "/Organisation"},
    is_a_write=_is_a_write,
    repeated=8,
    # The first element has no id, the others are missing.
    without_ids={
        "Invoices": [{"InvoiceNumber": "I-1", "StatusAttributeString": "OK"}],
    },
    refusals={
        "a token that is too old": (_refusal(401, "TokenExpired: token expired"), 2),
        "a right that is missing": (
            _refusal(401, "AuthorizationUnsuccessful", **{"WWW-Authenticate": "insufficient_scope"}),
            1,
        ),
        "a token of nobody's": (_refusal(403, "AuthenticationUnsuccessful"), 1),
    },
    tokens="/connect/token",
    renewal="POST /token",
    consent=(
        *(f"{moment} POST /token 1" for moment in ("before", "sent", "answer here")),
        "before GET /connections 1",
        "answer here GET /connections 1",
        "before GET /Organisation 1",
        "answer here GET /Organisation 1",
        "before saving tokens 1",
        "after saving tokens 1",
    ),
    # A refresh token that was replaced serves for thirty minutes more.
    losses=frozenset(),
)  # fmt: skip
# Half an hour later: what was replaced is dead.
AFTER_THE_GRACE = replace(
    XERO, settings={**XERO.settings, "grace_seconds": "0"}, losses=rotated(XERO.renewal)
)
