"""Reads the taxes of lines and documents: by name and rate, as amounts, or worked out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from acctsync.documents import Tax, TaxTreatment
from acctsync.exports.scope import Getter, Scope, loosely
from acctsync.mapping.choices import tax_key
from acctsync.mapping.fields import FieldCompiler, Misread
from acctsync.mapping.model import TaxRule
from acctsync.money import ZERO, NotANumber, plain_number, rounded

_WORTH = re.compile(r"[1-9]|[^\W\d_]{2}")
_ONE = Decimal(1)
_HUNDRED = Decimal(100)

Reader = Callable[..., Any]


class Taxes(NamedTuple):
    """The taxes of a line, and the key under which the mapping lists them together."""

    each: tuple[Tax, ...]
    key: str


UNTAXED = Taxes((), "none")


class TaxReader:
    """Reads the taxes of a line or document."""

    def __init__(self, rules: Sequence[TaxRule], compiler: FieldCompiler, scope: Scope) -> None:
        self._rules = [self._compiled(rule, compiler, scope) for rule in rules]
        self._known: dict[tuple[tuple[str, str], ...], Taxes] = {}
        self.has_amounts = any(rule.amount for rule in rules)

    def read(self, cells: Any, currency: str) -> Taxes:
        """Read the taxes; those without name, and zeros, are left out."""
        if not self._rules:
            return UNTAXED
        named = tuple([(name(cells), rate(cells) if rate else "") for name, rate, _ in self._rules])
        if self.has_amounts:
            amounts = [amount(cells, currency) if amount else None for _, _, amount in self._rules]
            return _taxes(named, amounts)
        known = self._known.get(named)
        if known is None:
            known = self._known[named] = _taxes(named, [None] * len(named))
        return known

    def _compiled(
        self, rule: TaxRule, compiler: FieldCompiler, scope: Scope
    ) -> tuple[Getter, Getter | None, Reader | None]:
        name = compiler.text(rule.name, scope)
        if rule.name.when_filled is not None and rule.name.column:
            name = _unless_zero(name, loosely(scope.text(rule.name.column, rule.name.place)))
        rate = compiler.text(rule.rate, scope) if rule.rate else None
        amount = compiler.amount(rule.amount, scope) if rule.amount else None
        return name, rate, amount


def worked_out_tax(
    amount: Decimal, rates: Sequence[Decimal], treatment: TaxTreatment, currency: str
) -> Decimal | None:
    """Work out a line's tax from its rates, each rounded by itself; None without rates."""
    if not rates or treatment is TaxTreatment.NONE:
        return None
    net = amount
    if treatment is TaxTreatment.INCLUSIVE:
        net = amount / (_ONE + sum(rates, ZERO) / _HUNDRED)
    return sum((rounded(net * rate / _HUNDRED, currency) for rate in rates), ZERO)


def _taxes(named: Sequence[tuple[str, str]], amounts: Sequence[Decimal | None]) -> Taxes:
    taxes: list[Tax] = []
    for (name, rate_text), amount in zip(named, amounts, strict=True):
        rate = _rate(rate_text)
        if not name or rate == 0 or amount == 0:
            continue
        taxes.append(Tax(name=name, rate=rate, amount=amount))
    return Taxes(tuple(taxes), tax_key(taxes))


def _rate(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        return plain_number(text.removesuffix("%").strip().replace(",", "."))
    except NotANumber as error:
        raise Misread(
            "DOC002", f'rate: "{text}" {error}', "a rate is a percentage, like 9.975"
        ) from error


def _unless_zero(name: Getter, column: Getter) -> Getter:
    """Leave out a tax that is named because its column is filled, when it is filled with zero."""

    def read(cells: Any) -> str:
        text = column(cells)
        if not text or ("0" in text and not _WORTH.search(text)):
            return ""
        return name(cells)

    return read
