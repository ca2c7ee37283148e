"""What invoices, credit notes, quotes and orders have in common: heads, numbers, statuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from acctsync.simulator.encoding import ZERO
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.contacts import referred, stub
from acctsync.simulator.xero.contacts import shown as contact_shown
from acctsync.simulator.xero.fields import (
    Spec,
    choice,
    day,
    flag,
    identifier,
    number,
    raw_parts,
    text,
)
from acctsync.simulator.xero.lines import Terms, line_shown, merged, priced, totals
from acctsync.simulator.xero.lists import check_currency, check_theme, day_rate
from acctsync.simulator.xero.refusals import Invalid
from acctsync.simulator.xero.resource import Depth, Reply
from acctsync.simulator.xero.wire import dated, midnight, updated

AMOUNTS = ("Exclusive", "Inclusive", "NoTax")
# Which statuses a document of each status may be given.
APPROVAL: Mapping[str, frozenset[str]] = {
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "SUBMITTED": frozenset({"SUBMITTED", "AUTHORISED", "DRAFT", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),
    "PAID": frozenset({"PAID", "AUTHORISED", "VOIDED"}),  # a void is refused for its payments
    "VOIDED": frozenset(),
    "DELETED": frozenset(),
}
UNFINISHED = {"DRAFT"}
HEAD: Spec = {
    "Contact": lambda _name, value: value,
    "Date": day,
    "LineItems": raw_parts,
    "LineAmountTypes": choice(*AMOUNTS),
    "CurrencyCode": text(3),
    "CurrencyRate": number,
    "BrandingThemeID": identifier,
    "Reference": text(255),
    "SentToContact": flag,
}


@dataclass(frozen=True, slots=True)
class Side:
    """Which way a type of document looks."""

    sale: bool
    discounts: bool = False


def headed(books: Books, old: Entity, fields: Entity, reply: Reply) -> Entity:
    """Put sent head fields over a document: contact, day, currency, theme."""
    apart = {"Contact", "LineItems"}
    document = {**old, **{name: value for name, value in fields.items() if name not in apart}}
    if "Contact" in fields:
        document["ContactID"] = referred(books, fields["Contact"], reply)
    if "ContactID" not in document:
        raise Invalid("A Contact must be specified for this type of transaction")
    document.setdefault("Date", books.today())
    code = document.setdefault("CurrencyCode", books.identity.currency)
    check_currency(books, code)
    if "CurrencyRate" not in fields and old.get("CurrencyCode") != code:
        document["CurrencyRate"] = day_rate(books, code)
    check_theme(books, document.get("BrandingThemeID"))
    return document


def lined(books: Books, document: Entity, fields: Entity, side: Side, reply: Reply) -> Entity:
    """Price a document's lines anew and add them up; without sent lines the kept ones stay."""
    terms = Terms(
        sale=side.sale,
        amounts=str(document["LineAmountTypes"]),
        complete=document["Status"] not in UNFINISHED,
        discounts=side.discounts,
    )
    old = document.get("LineItems", [])
    sent = merged(old, fields["LineItems"]) if "LineItems" in fields else _as_sent(old, fields)
    lines = priced(books, sent, terms, reply)
    sums = totals(lines, terms.amounts)
    return {
        **document,
        "LineItems": lines,
        "SubTotal": sums.subtotal,
        "TotalTax": sums.tax,
        "TotalDiscount": sums.discount,
        "Total": sums.total,
    }


def _as_sent(lines: list[Entity], fields: Entity) -> list[Entity]:
    computed = {"LineAmount", "TaxAmount"} if "LineAmountTypes" in fields else {"LineAmount"}
    return [{name: value for name, value in one.items() if name not in computed} for one in lines]


def check_move(old: str, new: str, moves: Mapping[str, frozenset[str]], what: str) -> None:
    """Refuse a change of status that is not on the list."""
    if new not in moves.get(old, frozenset()):
        raise Invalid(f"{what} not of valid status for modification")


def check_number(books: Books, kind: str, name: str, document: Entity, words: str) -> None:
    """Refuse a number that another document of the same type bears."""
    for twin in books.by(kind, name, str(document[name])):
        other = twin[_key(kind)] != document.get(_key(kind))
        if other and twin.get("Type") == document.get("Type") and not _free_again(books, twin):
            raise Invalid(words)


def _free_again(books: Books, twin: Entity) -> bool:
    gone = twin["Status"] in {"VOIDED", "DELETED"}
    return gone and books.settings.number_reuse == "voided"


def _key(kind: str) -> str:
    return f"{kind}ID"


def check_url(url: str | None) -> None:
    """Refuse a link that leads nowhere."""
    if url and not (urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc):
        raise Invalid("Url must be a valid absolute url")


def check_total(document: Entity) -> None:
    """Refuse a finished document that comes to less than nothing."""
    if document["Status"] not in UNFINISHED and document["Total"] < 0:
        raise Invalid("The document total must be greater than or equal to zero.")


# ---------------------------------------------------------------------- showing


def head_shown(books: Books, document: Entity, depth: Depth, places: int) -> Entity:
    """Show what all documents show."""
    stored = books.get("Contact", document["ContactID"])
    full = depth is Depth.FULL
    body: Entity = {
        "CurrencyRate": document["CurrencyRate"],
        "CurrencyCode": document["CurrencyCode"],
        "Contact": contact_shown(books, stored, Depth.FULL)
        if full
        else stub(books, document["ContactID"]),
        **dated("Date", document["Date"]),
        "Status": document["Status"],
        "LineAmountTypes": document["LineAmountTypes"],
        "SubTotal": document["SubTotal"],
        "TotalTax": document["TotalTax"],
        "Total": document["Total"],
        **updated(document["Updated"]),
    }
    if depth is not Depth.SUMMARY:
        lines = document["LineItems"] if full else []
        body["LineItems"] = [line_shown(one, places) for one in lines]
    for name in ("Reference", "BrandingThemeID"):
        if document.get(name):
            body[name] = document[name]
    if document.get("TotalDiscount"):
        body["TotalDiscount"] = document["TotalDiscount"]
    return body


def payment_stub(payment: Entity) -> Entity:
    """Show a payment as the document that it belongs to does."""
    shown = {
        "PaymentID": payment["PaymentID"],
        "Date": midnight(payment["Date"]),
        "Amount": payment["Amount"],
        "CurrencyRate": payment["CurrencyRate"],
        "HasAccount": False,
        "HasValidationErrors": False,
    }
    return {**shown, "Reference": payment["Reference"]} if payment.get("Reference") else shown


def document_view(books: Books, document: Entity) -> Entity:
    """Let a filter see a document: its contact, and when it was changed."""
    contact = books.find("Contact", document.get("ContactID"))
    return {
        "AmountDue": ZERO,
        **document,
        "Contact": contact,
        "UpdatedDateUTC": document["Updated"],
    }


def money_of(document: Entity, name: str) -> Decimal:
    """Give an amount of a document; one that it does not have is nothing."""
    return Decimal(document.get(name, ZERO))


def day_shown(document: Entity, name: str) -> Entity:
    """Show a further day of a document, if it has one."""
    return dated(name, document.get(name))
