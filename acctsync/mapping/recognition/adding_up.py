"""Finds by adding up which amounts at the head of documents belong to their totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from acctsync.documents import Kind
from acctsync.mapping.profiling.styles import number_in
from acctsync.mapping.recognition.arithmetic import (
    HeadFigures,
    LineFigures,
    head_meaning,
    net_amount,
)
from acctsync.mapping.recognition.finding import CONFIRM, TRUE, Shape, evaluated, is_number
from acctsync.mapping.recognition.synonyms import EXTRA, SALE
from acctsync.mapping.recognition.workpiece import Workpiece
from acctsync.mapping.survey import Cells, ColumnProfile
from acctsync.money import ZERO

Adder = tuple[str, ColumnProfile]

_NEGATIVE = ("quantity", "amount", "total_with_tax")


def add_up(work: Workpiece) -> None:
    """Add shipping, discount and extra lines where totals hold them, and tell if tax is inside."""
    found = work.found
    adders = _adders(work)
    work.settle_numbers()
    documents = list(_documents(work, adders))
    meaning = head_meaning(documents)
    found.inclusive = meaning.inclusive and "tax" not in found.head
    for adder, counts in zip(adders, meaning.adders or [True] * len(adders), strict=True):
        if counts:
            _add(work, *adder)
        else:
            del found.used[adder[1].under, adder[1].name]
    if meaning.wrong:
        said = f"{meaning.wrong} of {meaning.checked} documents don't come to it"
        found.notes["total"] = f"{CONFIRM}: {said}"
    if found.kind is Kind.CREDIT_NOTES and any(each.total < 0 for each in documents):
        _take_signs_off(work)


def _adders(work: Workpiece) -> list[Adder]:
    """Find amounts other than zero at the head of documents."""

    def fits(column: ColumnProfile) -> bool:
        return (
            bool(column.filled)
            and is_number(column)
            and work.same(column)
            and any(number_in(value, work.numbers) for value in column.values)
        )

    wanted: list[tuple[str, tuple[str, ...]]] = [
        ("shipping", SALE["shipping"]),
        ("discount", SALE["discount"]),
        *(("extra", (f"+{phrase}", phrase)) for phrase in EXTRA),
    ]
    found: list[Adder] = []
    for name, phrases in wanted:
        column = work.head.find(name, phrases, fits)
        if column is not None:
            found.append((name, column))
            work.found.amounts.append(column)
    return found


def _documents(work: Workpiece, adders: Sequence[Adder]) -> Iterator[HeadFigures]:
    if not work.lined or "total" not in work.columns:
        return
    lines: dict[int, list[LineFigures]] = {}
    for number, figures in work.lines():
        lines.setdefault(number, []).append(figures)
    for number, head in work.groups.heads():
        total = work.figure("total", head)
        amounts = [net_amount(each, work.meaning) for each in lines.get(number, [])]
        known = [each for each in amounts if each is not None]
        if total is None or not known or len(known) != len(amounts):
            continue
        tax = sum((each.tax for each in lines[number] if each.tax), ZERO)
        yield HeadFigures(
            total=total,
            lines=sum(known, ZERO),
            tax=tax + _document_tax(work, head),
            adders=tuple(_added(work, *adder, head) for adder in adders),
        )


def _document_tax(work: Workpiece, head: Cells) -> Decimal:
    whole = ZERO
    for tax in work.found.document_taxes:
        assert isinstance(tax, dict)
        whole += number_in(evaluated(tax["amount"], head), work.numbers) or ZERO
    return whole


def _added(work: Workpiece, name: str, column: ColumnProfile, head: Cells) -> Decimal:
    value = number_in(head.get(column.name, ""), work.numbers) or ZERO
    return -value if name == "discount" else value


def _add(work: Workpiece, name: str, column: ColumnProfile) -> None:
    found = work.found
    if name == "extra":
        found.extra_lines.append({"item": {"value": column.name}, "amount": column.name})
        found.see("items", [column.name])
    else:
        found.head[name] = column.name


def _take_signs_off(work: Workpiece) -> None:
    """Read credit notes as what they are worth, however the export signs them."""
    found = work.found
    total = found.head.get("total")
    if isinstance(total, str):
        found.head["total"] = _absolute(total)
    for name in _NEGATIVE:
        shape = found.lines.get(name)
        if isinstance(shape, str):
            found.lines[name] = _absolute(shape)
    found.notes["document"] = f"{CONFIRM}: some totals are negative, so signs are left out"


def _absolute(name: str) -> Shape:
    return {"column": name, "absolute": TRUE}
