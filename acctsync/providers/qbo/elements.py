"""QuickBooks' names of a request's parts, in a bookkeeper's words, with their place in the mapping.

A fault may name the part that it stumbles over (Intuit: error codes, `element`): a property, or a
path to one. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Element:
    """A part of a document: how people call it, and which key of the mapping decides it."""

    words: str
    place: str = ""


_NUMBER = Element("its number", "document: number")
_DATE = Element("its date", "document: date")
_MEMO = Element("its memo", "document: memo")
_AMOUNT = Element("a line's amount", "lines: amount")
_TOTAL = Element("its amount", "document: total or amount")
_EMAIL = Element("the e-mail address", "document: email, or customer: {email: …}")
_PHONE = Element("the phone number", "document: phone, or customer: {phone: …}")
_TAX = Element("a line's tax code", "accounting.taxes")
_LINES = Element("its lines", "lines")
_DISCOUNT = Element("its discount", "discount, and accounting.defaults.discount_account")
_EXPENSE = Element("an account", "accounting.expenses or accounting.fees")

_ELEMENTS: dict[str, Element] = {
    "docnumber": _NUMBER,
    "doc_num": _NUMBER,
    "paymentrefnum": Element("its id", "document: id"),
    "txndate": _DATE,
    "duedate": Element("its due date", "document: due_date"),
    "expirationdate": Element("its expiry date", "document: expires"),
    "servicedate": Element("a line's service date", "lines: service_date"),
    "customerref": Element("its customer", "document: customer, accounting.customers"),
    "parentref": Element("its parent", "document: parent"),
    "vendorref": Element("its vendor", "document: vendor, accounting.vendors"),
    "entityref": Element("whom it is paid to", "accounting.fees: vendor"),
    "displayname": Element("the name", "document: name, or customer: {name: …}"),
    "companyname": Element("the company name", "document: company"),
    "primaryemailaddr": _EMAIL,
    "billemail": _EMAIL,
    "address": _EMAIL,
    "primaryphone": _PHONE,
    "freeformnumber": _PHONE,
    "currencyref": Element("its currency", "document: currency, books.currency"),
    "exchangerate": Element("its exchange rate", "document: exchange_rate"),
    "totalamt": _TOTAL,
    "amount": _AMOUNT,
    "qty": Element("a line's quantity", "lines: quantity"),
    "unitprice": Element("a line's price", "lines: unit_price"),
    "description": Element("a line's description", "lines: description"),
    "line": _LINES,
    "itemref": Element("a line's item", "accounting.items"),
    "accountref": _EXPENSE,
    "classref": Element("its class", "accounting.items: class"),
    "departmentref": Element("its location", "accounting.locations"),
    "salestermref": Element("its terms", "document: terms"),
    "paymentmethodref": Element("its payment method", "accounting.payment_methods: method"),
    "deposittoaccountref": Element(
        "the account the money goes to", "accounting.payment_methods: deposit_to"
    ),
    "taxcoderef": _TAX,
    "txntaxcoderef": Element("its tax code", "accounting.taxes"),
    "txntaxdetail": Element("its tax", "lines: tax_amount, or document_taxes"),
    "totaltax": Element("its tax", "lines: tax_amount, or document_taxes"),
    "discountlinedetail": _DISCOUNT,
    "discountpercent": _DISCOUNT,
    "discountaccountref": Element("the discount's account", "accounting.defaults.discount_account"),
    "linkedtxn": Element("the invoice it settles", "document: invoice"),
    "privatenote": Element("its private note", "document: private_note"),
    "customermemo": _MEMO,
    "memo": _MEMO,
    "txnstatus": Element("its state", "document: state"),
    "postatus": Element("its state", "document: state"),
}

# What Intuit's texts call the list that a reference leads into, and where our command shows it.
LISTS: dict[str, tuple[str, str]] = {
    "accounts": ("an account", "acctsync lists accounts"),
    "klasses": ("a class", "acctsync lists classes"),
    "classes": ("a class", "acctsync lists classes"),
    "depts": ("a location", "acctsync lists locations"),
    "departments": ("a location", "acctsync lists locations"),
    "names": ("a customer or vendor", "acctsync lists customers"),
    "items": ("an item", "acctsync lists items"),
    "taxcodes": ("a tax code", "acctsync lists tax-codes"),
    "terms": ("a term", "acctsync lists terms"),
    "paymentmethods": ("a payment method", "acctsync lists payment-methods"),
}


def element(name: str) -> Element | None:
    """Tell what a fault's `element` means; None for what no bookkeeper ever filled in."""
    return _ELEMENTS.get(name.rpartition(".")[2].partition("[")[0].lower())
