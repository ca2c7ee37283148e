"""The lines of a purchase order or bill, so that they come to the document's total; pure.

A line goes to the expense account that the mapping found for it; to its item where none was found.
The US knows no recoverable tax: the tax billed is part of what each line costs. Elsewhere it stands
apart, as billed.
"""

from __future__ import annotations

from decimal import Decimal

from acctsync.documents import Line, ListKind, TaxTreatment
from acctsync.plan.references import bought_on
from acctsync.providers.encoding import Json
from acctsync.providers.port import Refs
from acctsync.providers.qbo.company import ClassTracking, Settings
from acctsync.providers.qbo.lines import Form, described, line_taxes, net_amounts, places, priced

_ITEM, _ACCOUNT = "ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail"


def bought_fields(wanted: Form, refs: Refs, known: Settings) -> Json:
    """Build the fields Line, TxnTaxDetail, GlobalTaxCalculation, ClassRef and DepartmentRef."""
    amounts = _amounts(wanted, known)
    lines = [
        _line(line, amount, wanted, refs, known)
        for line, amount in zip(wanted.lines, amounts, strict=True)
    ]
    if wanted.rounding and wanted.rounding_account is not None:
        account = refs.entry(ListKind.ACCOUNTS, wanted.rounding_account)
        lines.append(
            {
                "Amount": wanted.rounding,
                "DetailType": _ACCOUNT,
                _ACCOUNT: {"AccountRef": {"value": account.id}},
                "Description": "Rounding",
            }
        )
    return {"Line": lines, **_tax_fields(wanted, known), **places(wanted, refs, known)}


def taxes_apart(wanted: Form, known: Settings) -> bool:
    """Tell whether the tax of a purchase is told apart from what the lines cost."""
    return not known.domestic and known.sales_tax and wanted.tax is not TaxTreatment.NONE


def _amounts(wanted: Form, known: Settings) -> list[Decimal]:
    net = net_amounts(wanted)
    if taxes_apart(wanted, known) or not wanted.tax_total:
        return net
    taxes = line_taxes(wanted)
    return [amount + tax for amount, tax in zip(net, taxes, strict=True)]


def _line(line: Line, amount: Decimal, wanted: Form, refs: Refs, known: Settings) -> Json:
    detail: Json = {}
    account = bought_on(line)
    if account is not None:
        kind, note = _ACCOUNT, _counted(line)
        detail["AccountRef"] = {"value": refs.entry(ListKind.ACCOUNTS, account).id}
    else:
        kind, note = _ITEM, priced(line, amount, wanted.currency, detail)
        assert line.item is not None, "a line without account and item is held back"
        detail["ItemRef"] = {"value": refs.entry(ListKind.ITEMS, line.item).id}
    class_ = line.class_ or wanted.class_
    if class_ is not None and known.classes is ClassTracking.PER_LINE:
        detail["ClassRef"] = {"value": refs.entry(ListKind.CLASSES, class_).id}
    if line.tax_code is not None and taxes_apart(wanted, known):
        code = refs.entry(ListKind.TAX_CODES, line.tax_code).id
        detail["TaxCodeRef"] = {"value": code}
    row: Json = {"Amount": amount, "DetailType": kind, kind: detail}
    description = described(line.description, note, latin_only=known.domestic)
    if description:
        row["Description"] = description
    return row


def _counted(line: Line) -> str:
    """Say quantity and price in words: a line on an account has no fields for them."""
    if line.quantity is None or line.unit_price is None or line.quantity == 1:
        return ""
    return f"{line.quantity.normalize():f} x {line.unit_price.normalize():f}"


def _tax_fields(wanted: Form, known: Settings) -> Json:
    if known.domestic:
        return {}
    if not taxes_apart(wanted, known):
        return {"GlobalTaxCalculation": "NotApplicable"}
    return {
        "GlobalTaxCalculation": "TaxExcluded",
        "TxnTaxDetail": {"TotalTax": wanted.tax_total},
    }
