"""The small business in QuickBooks."""

from __future__ import annotations

from collections.abc import Mapping
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

_FILE = Path(__file__).resolve().parents[3] / "sample-config" / "companies" / "coworks.yaml"
_LISTED = ("Customer", "Vendor", "Invoice", "CreditMemo", "Payment", "Purchase", "RefundReceipt")
# What the company had before anybody pushed anything.
_OLD = {"Coworks Guests", "Harbour Realty Trust"}

MAPPING = f"""
acctsync: 1
books: {{system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}}
{SOURCES}"""
MAPPING += """
accounting:
  items: {pass: {item: Day Pass}}
  payment_methods:
    Cash: {method: Cash, deposit_to: Undeposited Funds}
    Card: {method: Credit Card, deposit_to: Stripe Clearing}
  fees: {account: Merchant Account Fees, vendor: Stripe}
push:
  customers: true
  invoices: true
  credit_notes: true
  payments: true
  refunds: true
  void: unapply
"""
_AFTER_BOTH: list[Entry] = [
    ("CreditMemo", "C-1", "Ada", "30.00", "0.00"),
    ("Customer", "Ada", "", "", ""),
    ("Customer", "Bob", "", "", ""),
    ("Customer", "Cy", "", "", ""),
    ("Invoice", "I-1", "Ada", "100.00", "0.00"),
    ("Invoice", "I-3", "Cy", "80.10", "0.00"),
    ("Payment", "[acctsync credit_allocations/C-1]", "Ada", "0.00", "0.00"),
    ("Payment", "p-1", "Ada", "70.00", "0.00"),
    ("Payment", "p-3", "Cy", "80.10", "0.00"),
    ("Purchase", "[acctsync fees/p-1]", "Stripe", "2.33", ""),
    ("Purchase", "[acctsync fees/p-3]", "Stripe", "2.62", ""),
    ("RefundReceipt", "r-1", "Cy", "20.05", "0.00"),
    ("Vendor", "Stripe", "", "", ""),
]
FIRST_BOOKS: list[Entry] = sorted(
    [
        *_AFTER_BOTH,
        ("Invoice", "I-2", "Bob", "50.00", "0.00"),
        ("Invoice", "I-4", "Ada", "33.33", "33.33"),
        ("Payment", "p-2", "Bob", "50.00", "0.00"),
    ]
)
SECOND_BOOKS: list[Entry] = sorted(
    [
        *_AFTER_BOTH,
        ("Customer", "Dee", "", "", ""),
        ("Invoice", "I-2", "Bob", "0.00", "0.00"),
        ("Invoice", "I-4", "Ada", "44.44", "0.00"),
        ("Invoice", "I-5", "Dee", "12.00", "12.00"),
        ("Payment", "p-2", "Bob", "50.00", "50.00"),
        ("Payment", "p-4", "Ada", "44.44", "0.00"),
        ("Purchase", "[acctsync fees/p-4]", "Stripe", "1.59", ""),
    ]
)


def _entries(held: Held) -> list[Entry]:
    """Read the books as a whole: every customer, vendor and document, and its amounts."""
    entries = (_entry(kind, each) for kind in _LISTED for each in held.get(kind, []))
    return sorted(each for each in entries if each[1] not in _OLD)


def _entry(kind: str, each: Mapping[str, Any]) -> Entry:
    if kind in {"Customer", "Vendor"}:
        return (kind, str(each["DisplayName"]), "", "", "")
    party = each.get("CustomerRef") or each.get("EntityRef") or {}
    is_open = each.get("UnappliedAmt") if kind == "Payment" else each.get("Balance")
    return (
        kind,
        _name(kind, each),
        str(party.get("name")),
        as_amount(each["TotalAmt"]),
        as_amount(is_open),
    )


def _name(kind: str, each: Mapping[str, Any]) -> str:
    """Tell what a document is called; a part of another one by its stamp."""
    note = str(each.get("PrivateNote", ""))
    if "fees/" in note or "credit_allocations/" in note:
        return note
    return str(each["PaymentRefNum"] if kind == "Payment" else each["DocNumber"])


def _edited(held: Held, number: str, total: str) -> tuple[str, dict[str, Any]]:
    """Tell what a person does to give an invoice another amount."""
    (invoice,) = [each for each in held["Invoice"] if each["DocNumber"] == number]
    line = next(each for each in invoice["Line"] if each["DetailType"] == "SalesItemLineDetail")
    detail = {**line["SalesItemLineDetail"], "Qty": 1, "UnitPrice": float(total)}
    edited = {**line, "Amount": float(total), "SalesItemLineDetail": detail}
    fields = {name: invoice[name] for name in ("Id", "SyncToken")}
    return "Invoice", {**fields, "sparse": True, "Line": [edited]}


def _is_a_write(method: str, path: str) -> bool:
    return method == "POST" and path.endswith(("/batch", "/invoice", "/payment"))


def _refusal(status: int, code: str) -> dict[str, Any]:
    error = {"Message": "message", "Detail": "detail", "code": code, "element": ""}
    return {"status": status, "body": {"Fault": {"Error": [error], "type": "AUTHENTICATION"}}}


QUICKBOOKS = Vendor(
    name="QuickBooks",
    system="qbo",
    company=_FILE,
    has_secret=True,
    mapping=MAPPING,
    first=FIRST,
    second=SECOND,
    first_books=FIRST_BOOKS,
    second_books=SECOND_BOOKS,
    entries=_entries,
    edited=_edited,
    writes=(
        *((kind, "create") for kind in (
            "Customer", "Invoice", "CreditMemo", "Payment", "Purchase", "RefundReceipt",
        )),
        *(("Invoice", "update"), ("Invoice", "void"), ("Payment", "update")),
    ),
    customers="POST /batch 1",
    alone="POST /batch 2",
    documents="POST /batch 2",
    money="POST /batch 3",
    a_write={"path": "/batch"},
    a_question={"path": "/query"},
    the_settings={"path": "/preferences"},
    is_a_write=_is_a_write,
    repeated=4,
    # The first item has no id, the others are missing.
    without_ids={"BatchItemResponse": [{"bId": "1", "Invoice": {"DocNumber": "I-1"}}]},
    refusals={
        "a token that is too old": (_refusal(401, "3200"), 2),
        "a right that is missing": (_refusal(403, "3100"), 1),
        "a token of nobody's": (_refusal(401, "130"), 1),
    },
    tokens="/oauth2/v1/tokens/bearer",
    renewal="POST /bearer",
    consent=(
        *(f"{moment} POST /bearer 1" for moment in ("before", "sent", "answer here")),
        "before GET /9130350000000001 1",
        "answer here GET /9130350000000001 1",
        "before saving tokens 1",
        "after saving tokens 1",
    ),
    # Each use of the refresh token gives a new value at once, and the old one is dead.
    losses=rotated("POST /bearer"),
)  # fmt: skip
