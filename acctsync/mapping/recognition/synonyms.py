"""What billing systems call the things that a mapping asks for; a table to add to, nothing else.

Phrases are in plain words (see naming), the surest first. A `+` before one means that it counts
only after a prefix that says what it belongs to: `Item Name` is an item, `Name` alone is not.
"""

from __future__ import annotations

from acctsync.documents import Kind

Phrases = dict[str, tuple[str, ...]]


def _said(phrases: str) -> tuple[str, ...]:
    return tuple(phrases.split(", "))


# What a column's name may begin with to say what kind of thing it belongs to.
PREFIXES: dict[Kind, tuple[str, ...]] = {
    Kind.INVOICES: _said("invoice, inv, document, facture, order"),
    Kind.ESTIMATES: _said("estimate, quote, quotation, devis, proposal"),
    Kind.CREDIT_NOTES: _said("credit note, credit memo, credit"),
    Kind.PURCHASE_ORDERS: _said("purchase order, po"),
    Kind.BILLS: _said("bill"),
    Kind.PAYMENTS: _said("payment, transaction, charge, receipt"),
    Kind.REFUNDS: _said("refund"),
    Kind.CUSTOMERS: _said("client, customer, contact, account"),
    Kind.VENDORS: _said("vendor, supplier"),
}
LINE_PREFIXES = _said("item, line item, lineitem, line, position, product")

_CURRENCY = _said(
    "currency, currency code, invoice currency, payment currency, purchase order currency, "
    "client currency, customer currency, contact currency, vendor currency, devise, wahrung, "
    "valuta, moneda"
)
_LOCATION = _said(
    "campus, location, location name, office, site, branch, store, building, tracking option1, "
    "metadata campus, metadata location, coworking space, center, centre"
)
_STATE = _said("+status, status, +state, state, financial status, paid status, +statut, statut")
_MEMO = _said(
    "memo, customer memo, public notes, +public notes, notes, message, customer message, remarks"
)
_DATE = _said(
    "+date, date issued, issue date, issued, issued on, issued at, billing date, posting date, "
    "date, transaction date, created date utc, created date, date created, created at, "
    "created on, created utc, created, rechnungsdatum, datum, fecha, factuurdatum, date facture, "
    "date de facturation, arrival date"
)

CUSTOMER: Phrases = {
    "name": _said(
        "customer name, client name, contact name, team name, team, company name, customer, "
        "client, company, account name, billing company, billing name, bill to name, bill to, "
        "member name, member, organization name, organization, sold to, card name, full name, "
        "contact, kunde, kundenname, klant, cliente, buyer, payer, billing details name"
    ),
    "email": _said(
        "customer email, client email, team admin email, contact email, billing email, email, "
        "email address, courriel, payer email, customer email address, billing details email"
    ),
    "id": _said(
        "customer id, client id, contact id, team id, member id, account id, coworker id, "
        "customer number, client number, kundenummer, customer, team, member"
    ),
}

VENDOR: Phrases = {
    "name": _said("vendor name, supplier name, vendor, supplier, purchase order vendor, payee"),
    "email": _said("vendor email, supplier email"),
    "id": _said("vendor id, supplier id, vendor number"),
}

SALE: Phrases = {
    "id": _said("id, +id, uuid, guid"),
    "invoice": _said("invoice, invoice id, invoice number, original invoice"),
    "number": _said(
        "+number, invoice number, number, doc number, document number, +id number, invoice, "
        "number facture, facture number, facture, rechnungsnummer, rechnung number, rechnung, "
        "factuurnummer, factuur, factura number, numero factura, order number"
    ),
    "date": _DATE,
    "due_date": _said(
        "+due date, due date, date due, due, due on, payment due date, payment due, echeance, "
        "date d echeance, date echeance, falligkeitsdatum, fallig am, fallig, vervaldatum, "
        "fecha de vencimiento, vencimiento"
    ),
    "expires": _said("+valid until, valid until, expiry date, expires, expires at, +expiry date"),
    "sent": _said("sent date, date sent, sent at, sent on"),
    "currency": _CURRENCY,
    "exchange_rate": _said("+exchange rate, exchange rate"),
    "total": _said(
        "+total, grand total, total amount, +total amount, +amount, total facture, montant total, "
        "total ttc, total incl tax, gesamtbetrag, rechnungsbetrag, totaalbedrag, importe total, "
        "total, amount"
    ),
    "reference": _said(
        "+po number, po number, purchase order number, reference, customer po, +reference, "
        "order reference"
    ),
    "memo": _MEMO,
    "private_note": _said("private notes, +private notes, internal notes"),
    "location": _LOCATION,
    "class": _said("class, +class, department, +project, project, cost center"),
    "terms": _said("terms, payment terms, +terms"),
    "state": _STATE,
    "tax": _said(
        "tax treatment, tax type, amounts include tax, prices include tax, +uses inclusive taxes, "
        "line amount types, total taxes 0 tax behavior"
    ),
    "shipping": _said("shipping, shipping amount, shipping total, shipping charge, freight"),
    "discount": _said(
        "discount total, total discount, entity discount amount, +discount amount, "
        "+discount total, discount amount, total discount amounts 0 amount"
    ),
    "tax_total": _said(
        "tax total, total tax, +tax total, +tax amount, +total tax, +total taxes, tax amount, "
        "total taxes 0 amount, total tax amounts 0 amount, +tax, taxes, vat total, "
        "vat amounts 0 amount, sales tax, tax, vat"
    ),
}

# Amounts that stand at the head of a document and belong to its total.
EXTRA = _said(
    "adjustment, surcharge, custom surcharge 1, custom surcharge 2, custom surcharge 3, "
    "custom surcharge 4, tip, handling, late fee, round off, rounding"
)

LINE: Phrases = {
    "item": _said(
        "item, +product service, product service, product, +product, inventory item code, +code, "
        "item code, sku, +sku, +name, product name, plan name, plan, service, article, artikel, "
        "produit, servicio, pricing price details product, price product, task, lineitem sku, "
        "lineitem name"
    ),
    "description": _said(
        "description, +description, details, +notes, +details, +name, bezeichnung, beschreibung, "
        "omschrijving, descripcion, libelle"
    ),
    "quantity": _said(
        "quantity, +quantity, hours, units, quantite, menge, anzahl, aantal, cantidad"
    ),
    "unit_price": _said(
        "unit price, +unit price, unit amount, price, +price, rate, +rate, unit cost, +cost, "
        "price each, hourly rate, billable rate, prix unitaire, prix, einzelpreis, stuckpreis, "
        "prijs, precio, precio unitario"
    ),
    "amount": _said(
        "line total, line amount, +line total, +amount, +total, amount, extended price, "
        "extended amount, net amount, line subtotal, +subtotal, base amount, montant, betrag, "
        "bedrag, importe, billable amount"
    ),
    "with_tax": _said(
        "gross line total, +gross line total, line total with tax, total with tax, gross amount, "
        "amount incl tax, +total incl tax"
    ),
    "discount": _said("discount, +discount, line discount, remise, rabatt, korting, descuento"),
    "discount_percent": _said(
        "discount percent, discount percentage, discount rate, +discount percent, "
        "+discount percentage"
    ),
    "tax_amount": _said(
        "tax, tax amount, +tax amount, +tax, vat amount, sales tax, taxes, vat, +vat amount"
    ),
    "service_date": _said("service date, +service date"),
    "account": _said(
        "account code, +account code, revenue account, income account, gl account, gl code"
    ),
    "category": _said("category, +category, type, +type"),
}

# The names that say which tax an amount is.
TAXES = _said("gst, hst, pst, qst, rst, tps, tvq, tvh, tva, vat, mwst, ust, iva, btw")
TAX_NAMES = _said(
    "+tax, tax type, tax name, tax code, +tax code, +tax name, +tax type, tax rate name"
)
TAX_RATES = _said(
    "tax rate, +tax percent, tax percent, vat percent, vat rate, +tax rate, tax percentage"
)

PAYMENT: Phrases = {
    "id": _said(
        "+id, payment number, +number, transaction id, charge id, id, receipt number, +reference, "
        "transaction number"
    ),
    "invoice": _said(
        "invoice number, invoice invoice number, invoice id, invoice, applied to, facture"
    ),
    "date": (
        *_said("paid at, paid on, payment date, date paid, +date, received, received on"),
        *_DATE,
    ),
    "amount": _said("+amount, amount paid, amount, total, gross, paid, montant, betrag"),
    "currency": _CURRENCY,
    "exchange_rate": _said("+exchange rate, exchange rate"),
    "fee": _said("fee, +fee, fees, processing fee, transaction fee, stripe fee"),
    "method": _said(
        "+method, method, payment type, payment source type, payment mode, tender, "
        "payment method details type, payment method title, mode de paiement, type"
    ),
    "reference": _said(
        "+transaction reference, +reference, reference, check number, cheque number"
    ),
    "memo": _MEMO,
    "location": _LOCATION,
    "state": _STATE,
}

REFUND: Phrases = {
    "id": _said("+id, +number, id, refund reference"),
    "payment": _said(
        "payment id, payment number, charge, charge id, payment, original payment, transaction id"
    ),
    "invoice": _said("invoice number, invoice id, invoice"),
    "date": (*_said("refunded at, +date, refunded on, date refunded"), *_DATE),
    "amount": _said("+amount, amount, amount refunded, total"),
    "currency": _CURRENCY,
    "method": _said("+method, method"),
    "memo": (*_said("reason, +reason"), *_MEMO),
    "location": _LOCATION,
    "state": _STATE,
}

PEOPLE: Phrases = {
    "id": _said("+id, +number, id, +id number"),
    "name": _said("+name, name, company name, company, +company, organization, full name, kunde"),
    "email": _said("+email, email, contact email, email address, courriel, billing email"),
    "phone": _said("phone, +phone, +contact phone, phone number, telephone"),
    "currency": _CURRENCY,
    "tax_number": _said("+vat number, vat number, tax number, tax id, +tax id"),
}

# What was given back of a payment, on the payment's own row.
REFUNDED = _said("payment refunded, amount refunded, refunded amount, total refunded, refunded")
REFUND_DATES = _said("refunded date utc, refunded date, refund date, refunded at")
