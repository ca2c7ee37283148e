"""Every endpoint by its name in a path, whatever the case."""

from __future__ import annotations

from acctsync.simulator.xero.banking import (
    BANK_TRANSACTIONS,
    BANK_TRANSFERS,
    OVERPAYMENTS,
    PREPAYMENTS,
)
from acctsync.simulator.xero.contacts import CONTACTS
from acctsync.simulator.xero.credit_notes import CREDIT_NOTES
from acctsync.simulator.xero.invoices import INVOICES
from acctsync.simulator.xero.items import ITEMS
from acctsync.simulator.xero.lists import ACCOUNTS, BRANDING_THEMES, CURRENCIES, TAX_RATES, USERS
from acctsync.simulator.xero.offers import PURCHASE_ORDERS, QUOTES
from acctsync.simulator.xero.payments import PAYMENTS
from acctsync.simulator.xero.tracking import TRACKING_CATEGORIES

_ALL = (
    *(ACCOUNTS, BANK_TRANSACTIONS, BANK_TRANSFERS, BRANDING_THEMES, CONTACTS, CREDIT_NOTES),
    *(CURRENCIES, INVOICES, ITEMS, OVERPAYMENTS, PAYMENTS, PREPAYMENTS, PURCHASE_ORDERS, QUOTES),
    *(TAX_RATES, TRACKING_CATEGORIES, USERS),
)
BY_PATH = {one.plural.lower(): one for one in _ALL}
BY_KIND = {one.kind: one for one in _ALL}
# The property that people know an object by.
NUMBERS = {
    "Contact": "Name",
    "CreditNote": "CreditNoteNumber",
    "Invoice": "InvoiceNumber",
    "Item": "Code",
    "PurchaseOrder": "PurchaseOrderNumber",
    "Quote": "QuoteNumber",
}
