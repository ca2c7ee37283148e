"""Sales tax: in the US one for the whole document, elsewhere a code on every line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import ZERO, cash, cents, money
from acctsync.simulator.exchange import Entity
from acctsync.simulator.refusals import Refusal, business, error, refuse

_PSEUDO = {"TAX", "NON", "CustomSalesTax"}
_HUNDRED = Decimal(100)


@dataclass(slots=True)
class Taxed:
    """What a document's lines come to, by tax code, and the tax that follows."""

    total: Decimal = ZERO
    lines: list[Entity] = field(default_factory=list)
    code: str = ""


def domestic(books: Books) -> bool:
    """Tell whether the company follows the US rules."""
    return books.identity.country == "US"


def in_use(books: Books) -> bool:
    """Tell whether the company charges sales tax at all."""
    return bool(books.preference("TaxPrefs", "UsingSalesTax"))


def line_code(books: Books, detail: Entity, mode: str) -> Entity | None:
    """Give the tax code a line ends up with."""
    sent = str(detail.get("TaxCodeRef", {}).get("value", ""))
    if domestic(books):
        return {"value": _domestic_code(books, sent)}
    if mode == "NotApplicable" or not in_use(books):
        return None
    if not sent:
        raise business("Make sure all your transactions have a GST/HST rate before you save.")
    return books.refer("TaxCode", {"value": sent}, "TaxCodeRef")[0]


def _domestic_code(books: Books, sent: str) -> str:
    if not sent:
        # Companies with automated tax take silence for TAX; the others answer NON.
        return "TAX" if books.preference("TaxPrefs", "PartnerTaxEnabled") else "NON"
    if sent not in {"TAX", "NON"}:
        message = "Invalid Line TaxCode in the request"
        detail = (
            f"{message} : Valid line TaxCodes for US should be TAX or NON. Supplied value: {sent}"
        )
        raise refuse(6100, message, detail)
    return sent


def document_tax(
    books: Books, sent: Entity, nets: Iterable[tuple[str, Decimal]], mode: str, default_code: str
) -> Taxed | None:
    """Work out a document's tax from its lines' codes and net amounts; None: nothing to show."""
    if not domestic(books) and mode == "NotApplicable":
        if sent:
            raise refuse(
                6170,
                "TxnTaxDetail not allowed",
                "TxnTaxDetail is not allowed with NotApplicable",
                "",
            )
        return None
    if not in_use(books):
        return None
    if domestic(books):
        return _domestic_tax(books, sent, nets, default_code)
    return _tax_by_rate(books, sent, nets)


def _domestic_tax(
    books: Books, sent: Entity, nets: Iterable[tuple[str, Decimal]], default_code: str
) -> Taxed:
    taxable = [net for code, net in nets if code == "TAX"]
    code = _header_code(books, sent, default_code)
    if not taxable:
        return Taxed()
    if not code and books.preference("TaxPrefs", "PartnerTaxEnabled"):
        rate = Decimal(books.settings.sales_tax_rate)
        taxed = Taxed(cents(sum(taxable, ZERO) * rate / _HUNDRED))
    else:
        taxed = _by_rates(books, {code: sum(taxable, ZERO)} if code else {}, "SalesTaxRateList")
    taxed.code = code
    return _overridden(sent, taxed)


def _header_code(books: Books, sent: Entity, default_code: str) -> str:
    code = str(sent.get("TxnTaxCodeRef", {}).get("value", "")) or default_code
    if code == "CustomSalesTax":
        raise Refusal(
            [error(6160, "Invalid TaxCode", "CustomSalesTax cannot be used by third parties", "")]
        )
    if code in _PSEUDO or not code:
        return ""
    return str(books.refer("TaxCode", {"value": code}, "TxnTaxCodeRef")[0]["value"])


def _tax_by_rate(books: Books, sent: Entity, nets: Iterable[tuple[str, Decimal]]) -> Taxed:
    by_code: dict[str, Decimal] = {}
    for code, net in nets:
        if code:
            by_code[code] = by_code.get(code, ZERO) + net
    return _overridden(sent, _by_rates(books, by_code, "SalesTaxRateList"))


def _by_rates(books: Books, by_code: dict[str, Decimal], rates: str) -> Taxed:
    # Rounded once per rate; whether the vendor rounds per rate or per line is not known.
    by_rate: dict[str, Decimal] = {}
    for code, net in by_code.items():
        for rate in rate_ids(books, code, rates):
            by_rate[rate] = by_rate.get(rate, ZERO) + net
    taxed = Taxed()
    for rate, net in by_rate.items():
        percent = money(books.get("TaxRate", rate)["RateValue"])
        amount = cents(net * percent / _HUNDRED)
        taxed.total += amount
        taxed.lines.append(_tax_line(rate, percent, net, amount))
    return taxed


def rate_ids(books: Books, code: str, rates: str) -> list[str]:
    """List the tax rates behind a tax code."""
    found = books.find("TaxCode", code) or {}
    return [one["TaxRateRef"]["value"] for one in found.get(rates, {}).get("TaxRateDetail", [])]


def percent(books: Books, code: str) -> Decimal:
    """Give a tax code's rates together."""
    ids = rate_ids(books, code, "SalesTaxRateList")
    return sum((money(books.get("TaxRate", one)["RateValue"]) for one in ids), ZERO)


def _tax_line(rate: str, percent: Decimal, net: Decimal, amount: Decimal) -> Entity:
    detail = {
        "TaxRateRef": {"value": rate},
        "PercentBased": True,
        "TaxPercent": percent,
        "NetAmountTaxable": cash(net),
    }
    return {"Amount": cash(amount), "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


def _overridden(sent: Entity, taxed: Taxed) -> Taxed:
    if sent.get("TotalTax") is None or cents(sent["TotalTax"]) == taxed.total:
        return taxed
    total = cents(sent["TotalTax"])
    if taxed.lines:
        last = taxed.lines[-1]
        taxed.lines[-1] = {**last, "Amount": cash(money(last["Amount"]) + total - taxed.total)}
    taxed.total = total
    return taxed


def tax_detail(taxed: Taxed) -> Entity:
    """Show the tax the way replies do."""
    detail: Entity = {"TxnTaxCodeRef": {"value": taxed.code}} if taxed.code else {}
    detail["TotalTax"] = cash(taxed.total)
    if taxed.lines:
        detail["TaxLine"] = taxed.lines
    return detail
