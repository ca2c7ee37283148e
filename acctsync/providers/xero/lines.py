"""The lines of a document, so that Xero comes to the document's total; pure.

Xero works amounts out by itself and rounds tax per line (Xero: rounding), so what goes over is:
- quantity and price only where they multiply to the amount exactly, else one at the amount, with
  quantity × price kept in the description; never a line amount, which it would have to agree with;
- the tax of each line as billed, by largest remainder where only the document's is known;
- discounts taken off the lines they belong to: Xero's own go wrong beyond two decimals of a rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from acctsync.documents import Invoice, Line, ListEntry, ListKind, Reference, Refund, TaxTreatment
from acctsync.money import ZERO, allocate
from acctsync.providers.encoding import Json
from acctsync.providers.port import Refs
from acctsync.providers.xero.text import DESCRIPTION_MOST, free_text

_PRICE_DECIMALS = 4  # Xero: rounding: unitdp=4
_CENT = Decimal("0.01")
_QUANTITY_MOST = 13
_TREATMENTS = {
    TaxTreatment.EXCLUSIVE: "Exclusive",
    TaxTreatment.INCLUSIVE: "Inclusive",
    TaxTreatment.NONE: "NoTax",
}
Form = Invoice | Refund


def line_fields(form: Form, refs: Refs) -> Json:
    """Build LineAmountTypes and LineItems."""
    amounts, taxes = net_amounts(form), line_taxes(form)
    rows = [
        _row(line, amount, tax, form, refs)
        for line, amount, tax in zip(form.lines, amounts, taxes, strict=True)
    ]
    rounding = form.rounding if isinstance(form, Invoice) else ZERO
    if rounding:
        assert isinstance(form, Invoice)
        rows.append(_rounding_row(form, refs))
    return {"LineAmountTypes": _TREATMENTS[form.tax], "LineItems": rows}


def total(form: Form) -> Decimal:
    """Tell what Xero comes to when it adds the lines up that are sent, cent by cent."""
    lines = zip(form.lines, net_amounts(form), strict=True)
    priced = [_priced(line, amount) for line, amount in lines]
    amounts = [_cents(quantity * price) for quantity, price, _ in priced]
    amounts.append(_cents(form.rounding if isinstance(form, Invoice) else ZERO))
    taxes = line_taxes(form) if form.tax is TaxTreatment.EXCLUSIVE else []
    return sum((*amounts, *map(_cents, taxes)), ZERO)


def _cents(amount: Decimal) -> Decimal:
    """Round as Xero does: two decimals, whatever the currency has (Xero: rounding)."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def net_amounts(form: Form) -> list[Decimal]:
    """Tell what each line comes to, its share of the document's discount taken off."""
    amounts = [line.amount for line in form.lines]
    discount = form.discount if isinstance(form, Invoice) else ZERO
    if not discount:
        return amounts
    shares = _shares(discount, amounts, form.currency)
    return [amount - share for amount, share in zip(amounts, shares, strict=True)]


def line_taxes(form: Form) -> list[Decimal]:
    """Split the document's tax over its lines, as billed where the lines tell it."""
    told = [line.tax_amount or ZERO for line in form.lines]
    if sum(told, ZERO) == form.tax_total:
        return told
    taxed = [line.amount if line.taxes or line.tax_code else ZERO for line in form.lines]
    weights = taxed if any(taxed) else [line.amount for line in form.lines]
    return _shares(form.tax_total, weights, form.currency)


def _shares(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split by weight; lines that take money off carry no share."""
    positive = [max(weight, ZERO) for weight in weights]
    return allocate(total, positive if any(positive) else [Decimal(1)] * len(weights), currency)


def _row(line: Line, amount: Decimal, tax: Decimal, form: Form, refs: Refs) -> Json:
    quantity, price, note = _priced(line, amount)
    row: Json = {
        "Description": _described(line.description, note),
        "Quantity": quantity,
        "UnitAmount": price,
    }
    row.update(_posted(line, refs))
    if form.tax is not TaxTreatment.NONE:
        row.update(_taxed(line, tax, refs))
    tracking = [
        _option(refs.entry(kind, reference))
        for kind, reference in _places(line, form)
        if reference is not None
    ]
    if tracking:
        row["Tracking"] = tracking
    return row


def _priced(line: Line, amount: Decimal) -> tuple[Decimal, Decimal, str]:
    """Tell quantity, price and a note; the two multiply to the amount without any rounding."""
    if line.quantity is None or line.unit_price is None:
        return Decimal(1), amount, ""
    exact = line.quantity * line.unit_price == amount and _fits(line.quantity, line.unit_price)
    if exact and line.quantity:
        return line.quantity, line.unit_price, ""
    if line.quantity == 1 and line.unit_price == amount:
        return Decimal(1), amount, ""
    return Decimal(1), amount, f"{line.quantity.normalize():f} x {line.unit_price.normalize():f}"


def _fits(quantity: Decimal, price: Decimal) -> bool:
    short = price == round(price, _PRICE_DECIMALS) and quantity == round(quantity, _PRICE_DECIMALS)
    return short and len(f"{quantity.normalize():f}") <= _QUANTITY_MOST


def _described(text: str, note: str) -> str:
    """Join a line's description and a note; Xero wants something to stand there."""
    if not note:
        return free_text(text, DESCRIPTION_MOST) or "-"
    kept = free_text(text, DESCRIPTION_MOST - len(note) - 3)
    return f"{kept} ({note})" if kept else note


def _posted(line: Line, refs: Refs) -> Json:
    """Name item and account; an account of the line's own goes before the item's."""
    row: Json = {}
    if line.item is not None:
        row["ItemCode"] = refs.entry(ListKind.ITEMS, line.item).id
    if line.account is not None:
        row["AccountCode"] = account_code(refs.entry(ListKind.ACCOUNTS, line.account))
    return row


def _taxed(line: Line, tax: Decimal, refs: Refs) -> Json:
    row: Json = {"TaxAmount": tax}
    if line.tax_code is not None:
        row["TaxType"] = refs.entry(ListKind.TAX_CODES, line.tax_code).id
    return row


def _places(line: Line, form: Form) -> tuple[tuple[ListKind, Reference | None], ...]:
    return (
        (ListKind.LOCATIONS, line.location or form.location),
        (ListKind.CLASSES, line.class_ or form.class_),
    )


def _option(entry: ListEntry) -> Json:
    category, _, option = entry.id.partition("/")
    return {"TrackingCategoryID": category, "TrackingOptionID": option}


def _rounding_row(form: Invoice, refs: Refs) -> Json:
    assert form.rounding_account is not None, "without an account for it nothing is rounded"
    account = refs.entry(ListKind.ACCOUNTS, form.rounding_account)
    row: Json = {
        "Description": "Rounding",
        "Quantity": Decimal(1),
        "UnitAmount": form.rounding,
        "AccountCode": account_code(account),
    }
    if form.tax is not TaxTreatment.NONE:
        row.update(TaxType="NONE", TaxAmount=ZERO)
    return row


def account_code(entry: ListEntry) -> str:
    """Tell an account's code: lines know no other name for it."""
    return entry.detail.get("number", "")
