"""Recognises what a line holds: item, quantity, price, and which amount is which."""

from __future__ import annotations

from collections.abc import Sequence

from acctsync.mapping.recognition.arithmetic import LineMeaning, line_meaning
from acctsync.mapping.recognition.finding import (
    CONFIRM,
    Shape,
    first_of,
    is_day,
    is_number,
    is_text,
)
from acctsync.mapping.recognition.synonyms import LINE
from acctsync.mapping.recognition.workpiece import Workpiece
from acctsync.mapping.survey import ColumnProfile

# Systems whose discounts are percentages, told by the columns that stand beside them.
_PERCENT_SIGNS = ({"unit amount", "account code"}, {"item is amount discount"})


def add_line_fields(work: Workpiece) -> None:
    """Find everything of a line but its amounts."""
    found = work.found
    item = work.line.find("item", LINE["item"], is_text)
    category = work.line.look(LINE["category"], is_text)
    words = work.line.find("description", LINE["description"], is_text)
    found.lines["item"] = _item(work, item, category, words)
    if words is not None:
        found.lines["description"] = words.name
    for name, columns in (("quantity", found.quantities), ("unit_price", found.amounts)):
        column = work.line.find(name, LINE[name], is_number)
        if column is not None:
            found.lines[name] = column.name
            work.columns[name] = column
            columns.append(column)
    day = work.line.find("service_date", LINE["service_date"], is_day)
    if day is not None:
        found.lines["service_date"] = day.name
        found.days["service_date"] = day
    account = work.line.find("account", LINE["account"])
    if account is not None:
        found.lines["account"] = account.name
        found.notes["lines.account"] = f"{CONFIRM}: these are accounts of the books"


def add_line_amounts(work: Workpiece) -> None:
    """Find the amounts of a line, and by adding up what they mean."""
    found = work.found
    discount = work.line.find("discount", LINE["discount"], is_number)
    percent = work.line.find("discount_percent", LINE["discount_percent"], is_number)
    stated = _all_stated(work)
    found.amounts += stated
    found.quantities += [each for each in (discount, percent) if each is not None]
    if (off := percent or discount) is not None:
        work.columns["discount"] = off
    work.settle_numbers()
    _settle_amounts(work, stated)
    if percent is not None:
        found.lines["discount_percent"] = percent.name
    elif discount is not None:
        _add_discount(work, discount)
    if not {"amount", "unit_price"} & set(found.lines):
        found.lines["amount"] = {"value": "0"}
        found.notes["lines.amount"] = f"{CONFIRM}: no column with amounts was recognised"
        found.doubt = found.doubt or "no column with a line's amount was recognised"


def _all_stated(work: Workpiece) -> list[ColumnProfile]:
    """Find every column that may be a line's amount; those that say with tax come last."""
    found: list[ColumnProfile] = []
    for phrases in (LINE["amount"], LINE["with_tax"]):
        while (column := work.line.look(phrases, is_number)) is not None:
            work.found.used[column.under, column.name] = "amount"
            found.append(column)
    return found


def _settle_amounts(work: Workpiece, stated: Sequence[ColumnProfile]) -> None:
    """Tell by adding up which amount is without tax and which is with it."""
    meanings: list[tuple[LineMeaning, ColumnProfile]] = []
    for column in stated:
        work.columns["stated"] = column
        meanings.append((line_meaning([each for _, each in work.lines()]), column))
    for with_tax, name in ((False, "amount"), (True, "total_with_tax")):
        fitting = [pair for pair in meanings if pair[0].with_tax is with_tax]
        if not fitting:
            continue
        meaning, column = min(fitting, key=lambda pair: pair[0].wrong)
        _add_stated(work, name, column, meaning)
    best = min(meanings, key=lambda pair: pair[0].wrong, default=None)
    if best is not None:
        work.meaning, work.columns["stated"] = best
    for column in stated:
        if column.name not in work.found.lines.values():
            del work.found.used[column.under, column.name]


def _item(
    work: Workpiece,
    item: ColumnProfile | None,
    category: ColumnProfile | None,
    description: ColumnProfile | None,
) -> Shape:
    """Choose what a line is looked up by: blank items are called by something else."""
    others = [each for each in (category, description) if each is not None and each.filled]
    if item is not None:
        if item.filled in {0, item.rows} or not others:
            return item.name
        work.found.used.setdefault((others[0].under, others[0].name), "item")
        return first_of([item.name, others[0].name])
    work.found.notes["lines.item"] = f"{CONFIRM}: no column with items was recognised"
    if not others:
        return {"value": "Sale"}
    work.found.used.setdefault((others[-1].under, others[-1].name), "item")
    return others[-1].name


def _add_discount(work: Workpiece, column: ColumnProfile) -> None:
    found, told = work.found, work.meaning.told_discount
    named = {each.words for each in work.survey.columns}
    percent = work.meaning.percent or (not told and any(signs <= named for signs in _PERCENT_SIGNS))
    name, other = "discount", "discount_percent"
    if percent:
        name, other = other, name
    else:
        found.quantities.remove(column)
        found.amounts.append(column)
    found.lines[name] = column.name
    if not told:
        found.notes[f"lines.{name}"] = f"{CONFIRM}: no line shows whether it is {other} instead"


def _add_stated(work: Workpiece, name: str, column: ColumnProfile, meaning: LineMeaning) -> None:
    found = work.found
    if name == "total_with_tax" and meaning.wrong and "amount" in found.lines:
        return
    found.lines[name] = column.name
    found.used[column.under, column.name] = name
    if meaning.wrong:
        said = f"{meaning.wrong} of {meaning.checked} lines don't come to it"
        found.notes[f"lines.{name}"] = f"{CONFIRM}: {said}"
