"""The lines, discount and tax of a sales form, so that they come to the document's total; pure.

How amounts go over, whatever the export says:
- quantity and rate only where they multiply to the amount exactly (Intuit: fault 6070), else the
  amount alone, with quantity × rate kept in the description;
- discounts as one discount line where the company allows it, else taken off the lines;
- prices that include tax become net amounts, by the tax billed on each line.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from acctsync.documents import Invoice, Line, ListEntry, ListKind, Reference, Refund, TaxTreatment
from acctsync.money import ZERO, allocate, rounded
from acctsync.providers.encoding import Json
from acctsync.providers.port import Refs
from acctsync.providers.qbo.company import ClassTracking, Settings
from acctsync.providers.qbo.posting import Posting
from acctsync.providers.qbo.text import DESCRIPTION_MOST, free_text
from acctsync.values import dataclass

TAXED, UNTAXED = "TAX", "NON"
_MOST_DECIMALS = 7
_SALES = "SalesItemLineDetail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What all documents with lines have in common."""

    lines: tuple[Line, ...]
    currency: str
    tax: TaxTreatment
    tax_total: Decimal
    discount: Decimal = ZERO
    discount_account: Reference | None = None
    class_: Reference | None = None
    location: Reference | None = None
    rounding: Decimal = ZERO
    rounding_account: Reference | None = None


def form(document: Invoice | Refund) -> Form:
    """Take from a document what its lines need."""
    return Form(
        lines=document.lines,
        currency=document.currency,
        tax=document.tax,
        tax_total=document.tax_total,
        discount=document.discount if isinstance(document, Invoice) else ZERO,
        discount_account=document.discount_account,
        class_=document.class_,
        location=document.location,
        rounding=document.rounding if isinstance(document, Invoice) else ZERO,
        rounding_account=document.rounding_account if isinstance(document, Invoice) else None,
    )


def line_fields(wanted: Form, refs: Refs, known: Settings, posting: Posting | None) -> Json:
    """Build the fields Line, TxnTaxDetail, GlobalTaxCalculation, ClassRef and DepartmentRef."""
    amounts = _amounts(wanted, known)
    codes = _tax_codes(wanted, refs, known)
    lines = [
        _sales_line(_Row(line, amount, code, _item(line, refs, posting)), wanted, refs, known)
        for line, amount, code in zip(wanted.lines, amounts.lines, codes, strict=True)
    ]
    if wanted.rounding:
        assert posting is not None, "who rounds knows the items"
        item = posting.item(wanted.rounding_account)
        assert item is not None, "without an item that posts there it is held back"
        lines.append(_rounding_line(wanted, item, codes))
    if amounts.discount:
        lines.append(_discount_line(wanted, amounts.discount, refs))
    fields: Json = {"Line": lines}
    fields.update(_tax_fields(wanted, codes, known))
    fields.update(places(wanted, refs, known))
    return fields


def one_class(wanted: Form) -> Reference | None:
    """Tell the class of the whole document: its own, or the one all its lines agree on."""
    return wanted.class_ or _agreed([line.class_ for line in wanted.lines])


def one_location(wanted: Form) -> Reference | None:
    """Tell the location of the whole document: its own, or the one all its lines agree on."""
    return wanted.location or _agreed([line.location for line in wanted.lines])


def total_discount(wanted: Form) -> Decimal:
    """Add up the lines' discounts and the document's own."""
    return sum((line.discount for line in wanted.lines), wanted.discount)


def shows_discount(wanted: Form, known: Settings) -> bool:
    """Tell whether the discount can go over as a discount line."""
    return (
        known.discounts
        and total_discount(wanted) > 0
        and wanted.tax is not TaxTreatment.INCLUSIVE
        and (wanted.discount_account is not None or bool(known.default_discount_account))
    )


class _Amounts(NamedTuple):
    """What each line adds before tax, and what the discount line takes away."""

    lines: list[Decimal]
    discount: Decimal


class _Row(NamedTuple):
    """A line with the amount, tax code and item it goes over with."""

    line: Line
    amount: Decimal
    code: str
    item: str


def _amounts(wanted: Form, known: Settings) -> _Amounts:
    if shows_discount(wanted, known):
        return _Amounts([line.gross_amount for line in wanted.lines], total_discount(wanted))
    return _Amounts(net_amounts(wanted), ZERO)


def net_amounts(wanted: Form) -> list[Decimal]:
    """Tell what each line adds before tax, its share of the document's discount taken off."""
    net = [line.amount for line in wanted.lines]
    if wanted.tax is TaxTreatment.INCLUSIVE:
        taxes = line_taxes(wanted)
        net = [amount - tax for amount, tax in zip(net, taxes, strict=True)]
    if wanted.discount:
        shares = _shares(wanted.discount, net, wanted.currency)
        net = [amount - share for amount, share in zip(net, shares, strict=True)]
    return net


def line_taxes(wanted: Form) -> list[Decimal]:
    """Split the document's tax over its lines, as billed where the lines tell it."""
    told = [line.tax_amount or ZERO for line in wanted.lines]
    if sum(told, ZERO) == wanted.tax_total:
        return told
    taxed = [line.amount if line.taxes or line.tax_code else ZERO for line in wanted.lines]
    if not any(taxed):
        taxed = [line.amount for line in wanted.lines]
    return _shares(wanted.tax_total, taxed, wanted.currency)


def _item(line: Line, refs: Refs, posting: Posting | None) -> str:
    """Tell the item of a line: its own, or one that posts to the account it names."""
    if line.item is not None:
        return refs.entry(ListKind.ITEMS, line.item).id
    found = posting.item(line.account) if posting is not None else None
    return found.id if found is not None else ""


def _shares(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split by weight; lines that take money off carry no share."""
    positive = [max(weight, ZERO) for weight in weights]
    if not any(positive):
        positive = [Decimal(1)] * len(weights)
    return allocate(total, positive, currency)


def _sales_line(given: _Row, wanted: Form, refs: Refs, known: Settings) -> Json:
    line, amount, code = given.line, given.amount, given.code
    detail: Json = {"ItemRef": {"value": given.item}} if given.item else {}
    note = priced(line, amount, wanted.currency, detail)
    class_ = line.class_ or wanted.class_
    if class_ is not None and known.classes is ClassTracking.PER_LINE:
        detail["ClassRef"] = {"value": refs.entry(ListKind.CLASSES, class_).id}
    if code:
        detail["TaxCodeRef"] = {"value": code}
    if wanted.tax is TaxTreatment.INCLUSIVE and not known.domestic and code:
        detail["TaxInclusiveAmt"] = line.amount
    if line.service_date is not None:
        detail["ServiceDate"] = line.service_date.isoformat()
    row: Json = {"Amount": amount, "DetailType": _SALES, _SALES: detail}
    description = described(line.description, note, latin_only=known.domestic)
    if description:
        row["Description"] = description
    return row


def priced(line: Line, amount: Decimal, currency: str, detail: Json) -> str:
    """Add quantity and rate where they multiply exactly; else return them as a note."""
    if line.quantity is None or line.unit_price is None:
        return ""
    product = rounded(line.quantity * line.unit_price, currency)
    if product == amount and line.quantity and _short(line.unit_price) and _short(line.quantity):
        detail["Qty"], detail["UnitPrice"] = line.quantity, line.unit_price
        return ""
    if amount:
        detail["Qty"], detail["UnitPrice"] = Decimal(1), amount
    if not line.quantity or (line.quantity == 1 and line.unit_price == amount):
        return ""
    return f"{line.quantity.normalize():f} x {line.unit_price.normalize():f}"


@lru_cache(maxsize=4096)  # prices and quantities come again and again
def _short(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -_MOST_DECIMALS:
        return True
    return number == round(number, _MOST_DECIMALS)


def described(text: str, note: str, *, latin_only: bool) -> str:
    """Join a line's description and a note, so that the note is kept whole."""
    if not note:
        return free_text(text, DESCRIPTION_MOST, latin_only=latin_only) if text else ""
    kept = free_text(text, DESCRIPTION_MOST - len(note) - 3, latin_only=latin_only)
    return f"{kept} ({note})" if kept else note


def _rounding_line(wanted: Form, item: ListEntry, codes: Sequence[str]) -> Json:
    detail: Json = {"ItemRef": {"value": item.id}}
    if codes and codes[0]:
        detail["TaxCodeRef"] = {"value": UNTAXED if codes[0] in {TAXED, UNTAXED} else codes[0]}
    return {
        "Amount": wanted.rounding,
        "DetailType": _SALES,
        _SALES: detail,
        "Description": "Rounding",
    }


def _discount_line(wanted: Form, amount: Decimal, refs: Refs) -> Json:
    """Write the discount; its amount is positive and lowers the total (Intuit: Invoice)."""
    detail: Json = {"PercentBased": False}
    if wanted.discount_account is not None:
        account = refs.entry(ListKind.ACCOUNTS, wanted.discount_account)
        detail["DiscountAccountRef"] = {"value": account.id}
    return {"Amount": amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}


def _tax_codes(wanted: Form, refs: Refs, known: Settings) -> list[str]:
    """Choose each line's code: TAX or NON in the US, the company's own codes elsewhere."""
    if not known.sales_tax or (wanted.tax is TaxTreatment.NONE and not known.domestic):
        return [""] * len(wanted.lines)
    codes = [_tax_code(line, wanted, refs, known) for line in wanted.lines]
    if known.domestic and wanted.tax_total and TAXED not in codes:
        # Taxed as a whole: a tax without a taxable line would be dropped.
        return [TAXED] * len(codes)
    return codes


def _tax_code(line: Line, wanted: Form, refs: Refs, known: Settings) -> str:
    if known.domestic and wanted.tax is TaxTreatment.NONE:
        return UNTAXED
    if line.tax_code is not None:
        return refs.entry(ListKind.TAX_CODES, line.tax_code).id
    if not known.domestic:
        return ""
    return TAXED if line.tax_amount else UNTAXED


def _tax_fields(wanted: Form, codes: Sequence[str], known: Settings) -> Json:
    """Send the tax as billed; QuickBooks keeps a given TotalTax (Intuit: minor versions, 70)."""
    if known.domestic:
        return {"TxnTaxDetail": {"TotalTax": wanted.tax_total}} if TAXED in codes else {}
    if not known.sales_tax or wanted.tax is TaxTreatment.NONE:
        return {"GlobalTaxCalculation": "NotApplicable"}
    mode = "TaxInclusive" if wanted.tax is TaxTreatment.INCLUSIVE else "TaxExcluded"
    return {"GlobalTaxCalculation": mode, "TxnTaxDetail": {"TotalTax": wanted.tax_total}}


def places(wanted: Form, refs: Refs, known: Settings) -> Json:
    """Build the class and location of the whole document, where the company tracks them."""
    fields: Json = {}
    class_ = one_class(wanted) if known.classes is ClassTracking.PER_DOCUMENT else None
    if class_ is not None:
        fields["ClassRef"] = {"value": refs.entry(ListKind.CLASSES, class_).id}
    location = one_location(wanted) if known.locations else None
    if location is not None:
        fields["DepartmentRef"] = {"value": refs.entry(ListKind.LOCATIONS, location).id}
    return fields


def _agreed(references: Sequence[Reference | None]) -> Reference | None:
    first = references[0] if references else None
    return first if all(each == first for each in references) else None
