"""Tells how a document's total comes about, and how it compares with what the export says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from acctsync.documents import Document, Invoice, Payment, Refund, TaxTreatment
from acctsync.mapping.explained.fields import added
from acctsync.mapping.explained.heads import HeadTracer
from acctsync.mapping.explained.values import Explained, ExplainedLine
from acctsync.money import ZERO


def sale_figures(
    tracer: HeadTracer, lines: Sequence[ExplainedLine], final: Document | None
) -> Iterator[Explained]:
    """Explain lines + tax − discount = total, the export's own total, and the rounding."""
    kept = [line for line in lines if line.number is not None]
    amounts = [_value(line, "amount") for line in kept]
    if None in amounts:
        rule = "not every line can be read"
        yield Explained(field="total", value=None, rule=rule)
        yield from _compared(tracer, None)
        return
    whole = sum((amount for amount in amounts if amount is not None), ZERO)
    tax = sum((_value(line, "tax_amount") or ZERO for line in kept), ZERO)
    discount = tracer.plain("discount")
    off = discount.value if discount and isinstance(discount.value, Decimal) else ZERO
    told_tax = tracer.tax()
    added = told_tax is None or told_tax.value is TaxTreatment.EXCLUSIVE
    rounding = final.rounding if isinstance(final, Invoice) else ZERO
    total = whole - off + (tax if added else ZERO) + rounding
    yield Explained(field="lines", value=whole, rule=_counted(len(kept)))
    rule = "added: prices are without tax" if added else "not added: prices include it"
    yield Explained(field="tax_total", value=tax, rule=rule)
    if discount is not None:
        yield replace(discount, value=off)
    if off or any(_value(line, "discount") for line in kept):
        yield from _account(tracer, "discount_account")
    if rounding:
        yield _rounding(tracer, rounding)
        yield from _account(tracer, "rounding_account")
    if isinstance(final, Invoice) and final.theme is not None:
        yield from _account(tracer, "branding_theme")
    parts = [f"{whole:,}", *_signed("tax", tax if added else ZERO)]
    parts += [*_signed("discount", -off), *_signed("rounding", rounding)]
    yield Explained(field="total", value=total, rule=" ".join(parts))
    yield from _compared(tracer, total - rounding)


def receipt_figures(tracer: HeadTracer, final: Document | None) -> Iterator[Explained]:
    """Explain what a payment settles, or what a refund takes back."""
    if isinstance(final, Payment):
        applied = sum((each.amount for each in final.allocations), ZERO)
        rest = final.amount - applied
        cut = rest and tracer.head.text("invoice")
        place = tracer.around.rules.places.get(("checks", "payment_over_invoice")) if cut else None
        rule = f"{rest:,} stays unapplied" if rest else "all of it"
        yield Explained(field="applied", value=applied, rule=rule, place=place)
    if isinstance(final, Refund):
        yield from _account(tracer, "discount_account") if final.discount_account else ()
        whole = sum((line.amount for line in final.lines), ZERO)
        yield Explained(field="lines", value=whole, rule=_counted(len(final.lines)))
        yield Explained(field="tax_total", value=final.tax_total, rule="the lines' taxes")


def _compared(tracer: HeadTracer, total: Decimal | None) -> Iterator[Explained]:
    """Explain the figures that the export gives to be compared with."""
    stated = tracer.plain("total")
    if stated is not None:
        yield replace(
            stated, field="stated_total", rule=added(stated.rule, _verdict(stated, total))
        )
    balance = tracer.plain("balance")
    if balance is not None:
        yield replace(balance, rule=added(balance.rule, "only compared with the total"))


def _verdict(stated: Explained, total: Decimal | None) -> str:
    if not isinstance(stated.value, Decimal) or total is None:
        return "only compared with the total"
    difference = stated.value - total
    return f"differs by {difference:,}" if difference else "agrees"


def _rounding(tracer: HeadTracer, rounding: Decimal) -> Explained:
    rules = tracer.around.rules
    allowed = rules.checks.tolerance
    place = rules.places.get(("checks", "totals"))
    rule = f"brings the total to the export's; checks.totals allows {allowed:,}"
    if abs(rounding) > allowed:
        rule = f"brings the total to the export's; checks.totals.mismatch: {rules.checks.mismatch}"
    return Explained(field="rounding", value=rounding, rule=rule, place=place)


def _account(tracer: HeadTracer, name: str) -> Iterator[Explained]:
    entry = tracer.around.origins.default(name)
    if entry is not None:
        rule = f"set by {entry.table}"
        yield Explained(field=name, value=entry.value, rule=rule, place=entry.place, entry=entry)


def _value(line: ExplainedLine, name: str) -> Decimal | None:
    value = next((each.value for each in line.fields if each.field == name), None)
    return value if isinstance(value, Decimal) else None


def _signed(name: str, value: Decimal) -> Iterator[str]:
    if value:
        yield f"{'−' if value < 0 else '+'} {name} {abs(value):,}"


def _counted(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
