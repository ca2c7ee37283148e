"""What amounts mean, found by adding up: with tax or without, percent or money, in or on top.

A name can't tell whether a `Line Total` holds the tax; the rows can.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

from acctsync.money import ZERO

_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)
_MOST_ADDERS = 6

Number = Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFigures:
    """The figures of one line, as far as the export has them."""

    quantity: Number = None
    price: Number = None
    discount: Number = None
    tax: Number = None
    stated: Number = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMeaning:
    """How a line's figures fit together; `wrong` of the `checked` lines don't."""

    with_tax: bool = False
    percent: bool = False
    checked: int = 0
    wrong: int = 0
    told_discount: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFigures:
    """The figures of one document: its lines' amounts and taxes, and what stands at its head.

    `adders` are amounts such as shipping, in the order of the columns they come from; a discount
    is taken off, the others are added.
    """

    total: Decimal
    lines: Decimal
    tax: Decimal
    adders: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadMeaning:
    """How a document's total is made up: whether tax is on top, and which adders count."""

    inclusive: bool = False
    adders: tuple[bool, ...] = ()
    checked: int = 0
    wrong: int = 0


def line_meaning(lines: Sequence[LineFigures]) -> LineMeaning:
    """Find the meaning under which most lines come to what is stated; the plainest wins."""
    complete = [line for line in lines if _comparable(line)]
    told = any(line.discount for line in complete)
    found = [
        LineMeaning(
            with_tax=with_tax,
            percent=percent,
            checked=len(complete),
            wrong=sum(not _adds_up(line, with_tax=with_tax, percent=percent) for line in complete),
            told_discount=told,
        )
        for with_tax, percent in product((False, True), repeat=2)
    ]
    return min(found, key=lambda meaning: meaning.wrong)


def net_amount(line: LineFigures, meaning: LineMeaning) -> Number:
    """Tell what a line comes to without the tax on top of it."""
    if line.quantity is not None and line.price is not None:
        return _product(line, percent=meaning.percent)
    if line.stated is None:
        return None
    return line.stated - (line.tax or ZERO) if meaning.with_tax else line.stated


def head_meaning(documents: Sequence[HeadFigures]) -> HeadMeaning:
    """Find the meaning under which most documents come to their total; the plainest wins."""
    width = len(documents[0].adders) if documents else 0
    found = [
        HeadMeaning(
            inclusive=inclusive,
            adders=adders,
            checked=len(documents),
            wrong=sum(not _comes_to(each, adders, inclusive=inclusive) for each in documents),
        )
        for inclusive in (False, True)
        for adders in _choices(width)
    ]
    return min(found, key=lambda meaning: meaning.wrong)


def _choices(width: int) -> Iterator[tuple[bool, ...]]:
    """List which adders may count: first all of them, none last."""
    if width <= _MOST_ADDERS:
        return product((True, False), repeat=width)
    return iter([(True,) * width, (False,) * width])


def _comparable(line: LineFigures) -> bool:
    return line.quantity is not None and line.price is not None and line.stated is not None


def _adds_up(line: LineFigures, *, with_tax: bool, percent: bool) -> bool:
    assert line.stated is not None
    amount = _product(line, percent=percent) + ((line.tax or ZERO) if with_tax else ZERO)
    return abs(amount - line.stated) <= _CENT


def _product(line: LineFigures, *, percent: bool) -> Decimal:
    assert line.quantity is not None
    assert line.price is not None
    gross = line.quantity * line.price
    off = line.discount or ZERO
    return (gross - (gross * off / _HUNDRED if percent else off)).quantize(_CENT, ROUND_HALF_UP)


def _comes_to(document: HeadFigures, adders: Sequence[bool], *, inclusive: bool) -> bool:
    whole = document.lines + (ZERO if inclusive else document.tax)
    whole += sum((add for add, counts in zip(document.adders, adders, strict=True) if counts), ZERO)
    return abs(whole - document.total) <= _CENT
