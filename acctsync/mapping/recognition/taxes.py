"""Recognises taxes: columns of names, rates and amounts, on lines or at the head of documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from acctsync.documents import Tax
from acctsync.mapping.choices import tax_key
from acctsync.mapping.profiling.styles import number_in
from acctsync.mapping.recognition.finding import (
    CONFIRM,
    Finder,
    Recognised,
    Shape,
    evaluated,
    first_of,
    is_number,
    is_text,
)
from acctsync.mapping.recognition.groups import Groups
from acctsync.mapping.recognition.synonyms import LINE, SALE, TAX_NAMES, TAX_RATES, TAXES
from acctsync.mapping.survey import Cells, ColumnProfile, Survey
from acctsync.money import ZERO

_USUAL = "Sales tax"
_PAIRS = 3
_LISTED = ("total taxes 0 amount", "total tax amounts 0 amount")
_LISTED_NAMES = ("total taxes 0 tax rate details tax rate", "total tax amounts 0 tax rate")


def add_line_taxes(
    found: Recognised, finder: Finder, groups: Groups, total: ColumnProfile | None
) -> None:
    """Find a line's taxes: names and rates side by side, an amount per tax, or one amount.

    `total` shows whether what belongs to a whole document stands on its first row alone.
    """
    once = total is not None and groups.only_first(total)
    pairs = _pairs(found, finder)
    named = [] if pairs else _by_name(finder)
    amount = None
    if not named:
        amount = finder.find(
            "tax_amount",
            LINE["tax_amount"],
            lambda c: is_number(c) and not (groups.repeats(c) or (once and groups.only_first(c))),
        )
    if named:
        columns = tuple(column.name for column in named)
        found.lines["tax_amount"] = columns[0] if len(columns) == 1 else {"sum_of": columns}
        found.amounts += named
        found.taxes += [{"name": {"column": each, "when_filled": each}} for each in columns]
    elif amount is not None:
        found.lines["tax_amount"] = amount.name
        found.amounts.append(amount)
    found.taxes += pairs or ([] if named else _names(found, finder, amount))
    if found.taxes:
        found.notes["lines.taxes"] = f"{CONFIRM}: what each is called"


def add_document_taxes(found: Recognised, finder: Finder, survey: Survey) -> None:
    """Find the tax of whole documents, where lines have none."""
    if found.taxes:
        return
    listed = [each for phrase in _LISTED if (each := finder.find("tax", (phrase,), is_number))]
    names = [each for phrase in _LISTED_NAMES if (each := finder.find("tax", (phrase,)))]
    if listed:
        amount = first_of([each.name for each in listed])
        name: Shape = first_of([each.name for each in names]) if names else {"value": _USUAL}
        found.amounts += listed
    else:
        column = finder.find("tax", SALE["tax_total"], is_number)
        if column is None:
            return
        amount, name = column.name, {"column": column.name, "when_filled": _USUAL}
        found.amounts.append(column)
    found.document_taxes.append({"name": name, "amount": amount})
    found.notes["document_taxes"] = f"{CONFIRM}: what it is called"
    found.see("taxes", (evaluated(name, row) for row in survey.rows))


def taxes_of(found: Recognised, cells: Cells, numbers: str) -> Decimal | None:
    """Read what a line's taxes come to."""
    names = _amounts(found)
    read = [number_in(cells.get(name, ""), numbers) for name in names]
    return sum((each for each in read if each is not None), ZERO) if names else None


def see_taxes(found: Recognised, lines: Sequence[Cells], numbers: str) -> None:
    """Count the names under which the accounting half must know the taxes of lines."""
    keys = (tax_key(list(_taxes(found, cells, numbers))) for cells in lines)
    found.see("taxes", (key for key in keys if key != "none"))


def _taxes(found: Recognised, cells: Cells, numbers: str) -> list[Tax]:
    taxes = []
    for shape in found.taxes:
        assert isinstance(shape, dict)
        name, rate = evaluated(shape["name"], cells), _rate(evaluated(shape.get("rate"), cells))
        own = shape["name"]
        column = str(own.get("column", "")) if isinstance(own, dict) else ""
        empty = bool(column) and not number_in(cells.get(column, ""), numbers)
        if name and rate != 0 and not (isinstance(own, dict) and "when_filled" in own and empty):
            taxes.append(Tax(name=name, rate=rate))
    return taxes


def _rate(text: str) -> Decimal | None:
    plain = text.removesuffix("%").strip().replace(",", ".")
    return Decimal(plain) if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", plain) else None


def _amounts(found: Recognised) -> list[str]:
    """List the columns that a line's taxes are added up from."""
    shape = found.lines.get("tax_amount")
    if isinstance(shape, str):
        return [shape]
    if isinstance(shape, dict):
        return [str(name) for name in shape["sum_of"]]
    taxes = (tax.get("amount") for tax in found.taxes if isinstance(tax, dict))
    return [name for name in taxes if isinstance(name, str)]


def _pairs(found: Recognised, finder: Finder) -> list[Shape]:
    """Find taxes side by side: the name of the first with its rate or amount, of the second..."""
    pairs: list[Shape] = []
    for number in range(1, _PAIRS + 1):
        names = (f"tax name {number}", f"tax {number} name", f"tax {number} type")
        name = finder.look(_either(*names), is_text)
        rates = (f"tax rate {number}", f"tax {number} rate", f"tax {number} percent")
        rate = finder.find("taxes", _either(*rates), is_number)
        amount = finder.find("taxes", _either(f"tax {number} amount"), is_number)
        parts = {"name": name, "rate": rate, "amount": amount}
        if name is None or (rate is None and amount is None):
            break
        found.used[name.under, name.name] = "taxes"
        pairs.append({key: column.name for key, column in parts.items() if column is not None})
        if amount is not None:
            found.amounts.append(amount)
    return pairs


def _either(*phrases: str) -> tuple[str, ...]:
    return (*phrases, *(f"+{phrase}" for phrase in phrases))


def _by_name(finder: Finder) -> list[ColumnProfile]:
    """Find the columns whose name is a tax's own, one after the other."""
    found = []
    for tax in TAXES:
        column = finder.find("taxes", (tax, f"+{tax}"), lambda c: bool(c.filled) and is_number(c))
        if column is not None:
            found.append(column)
    return found


def _names(found: Recognised, finder: Finder, amount: ColumnProfile | None) -> list[Shape]:
    name = finder.find("taxes", TAX_NAMES, is_text)
    rate = finder.find("taxes", TAX_RATES, is_number)
    if name is not None:
        return [{"name": name.name} | ({"rate": rate.name} if rate is not None else {})]
    if rate is not None:
        found.quantities.append(rate)
        return [{"name": {"value": _USUAL}, "rate": rate.name}]
    if amount is not None:
        return [{"name": {"column": amount.name, "when_filled": _USUAL}}]
    return []
