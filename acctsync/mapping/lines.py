"""Builds lines: amounts as billed, taxes by name, entries of the books by lookup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any, NamedTuple

from acctsync.documents import Kind, Line, Reference, TaxTreatment
from acctsync.exports.records import Row
from acctsync.exports.scope import Columns, Repeated, Scope
from acctsync.mapping.choices import Choices
from acctsync.mapping.fields import FieldCompiler, Misread
from acctsync.mapping.findings import Findings
from acctsync.mapping.meaning import AMOUNTS, DAYS, NUMBERS
from acctsync.mapping.model import Fields, ItemRule, TaxRule
from acctsync.mapping.quick import twin
from acctsync.mapping.sharing import SharedLines
from acctsync.mapping.taxes import Taxes, TaxReader, worked_out_tax
from acctsync.money import LARGEST, ZERO, rounded

LONGEST_DESCRIPTION = 4000
_LONGEST_CELL = 100_000
_LineTwin = twin(Line)
_ONE = Decimal(1)
_HUNDRED = Decimal(100)

Reader = Callable[..., Any]


class Head(NamedTuple):
    """What a line needs to know of its document."""

    kind: Kind
    currency: str
    unit: Decimal
    tax: TaxTreatment
    location: str = ""
    category: str = ""
    party: str = ""


class Worth(NamedTuple):
    """What a line comes to, and how."""

    amount: Decimal
    quantity: Decimal | None
    unit_price: Decimal | None
    discount: Decimal


class LineBuilder:
    """Builds lines of one record from cells; every value that can't be used is reported."""

    def __init__(
        self,
        fields: Fields,
        taxes: Sequence[TaxRule],
        compiler: FieldCompiler,
        scope: Scope,
        *,
        choices: Choices,
        tolerance: Decimal,
    ) -> None:
        self._choices = choices
        self._tolerance = tolerance
        self._fields = fields
        watched = scope.watch() if isinstance(scope, Columns) else set[int]()
        self._scope = scope
        self._text = {
            name: compiler.text(each, scope)
            for name, each in fields.items()
            if name not in NUMBERS | DAYS
        }
        self._amount = {
            name: compiler.amount(each, scope) for name, each in fields.items() if name in AMOUNTS
        }
        self._number = {
            name: compiler.number(each, scope)
            for name, each in fields.items()
            if name in NUMBERS - AMOUNTS
        }
        self._day = {
            name: compiler.day(each, scope) for name, each in fields.items() if name in DAYS
        }
        self._taxes = TaxReader(taxes, compiler, scope)
        self._item = self._text.get("item", _blank)
        self._description = self._text.get("description", _blank)
        self._given = self._amount.get("amount")
        self._price = self._amount.get("unit_price")
        self._quantity = self._number.get("quantity")
        self._discount = self._amount.get("discount")
        self._percent = self._number.get("discount_percent")
        self._tax_amount = self._amount.get("tax_amount")
        self._with_tax = self._amount.get("total_with_tax")
        self._category = self._text.get("category")
        self._location = self._text.get("location")
        self._class = self._text.get("class")
        self._account = self._text.get("account")
        self._service_date = self._day.get("service_date")
        self._shared = SharedLines(watched)
        self._columns = self._looked_up(taxes)

    @property
    def fields(self) -> Fields:
        return self._fields

    @property
    def scope(self) -> Scope:
        return self._scope

    @property
    def taxes(self) -> TaxReader:
        return self._taxes

    @property
    def getters(self) -> dict[str, Reader]:
        """Give each field's own reader; an amount's takes the currency beside the cells."""
        return {**self._text, **self._amount, **self._number, **self._day}

    def build(self, cells: Any, row: Row, head: Head, found: Findings) -> Line | None:
        """Build one line; None when it can't be built, or when there is nothing in the row."""
        try:
            if self._shared.worth_it and self._shared.key is not None:
                return self._shared_line(self._shared.key(cells), cells, row, head, found)
            return self._build(cells, row, head, found)
        except Misread as error:
            if self._is_blank(cells):
                return None
            if not self._explain(cells, row, head, found):
                self._tell(error, row, found)
            return None

    def _shared_line(self, key: Any, cells: Any, row: Row, head: Head, found: Findings) -> Line:
        """Take the line that was built from the same cells, or build it and keep it."""
        known = self._choices.depends_on_party(head.kind)
        whole = (
            (key, head) if known else (key, head.currency, head.tax, head.location, head.category)
        )
        line = self._shared.get(whole)
        if line is None:
            before = len(found.problems) + len(found.sightings)
            line = self._build(cells, row, head, found)
            if len(found.problems) + len(found.sightings) == before:
                self._shared.keep(whole, line)
        return line

    def amount_of(self, cells: Any, currency: str, found: Findings, row: Row) -> Decimal | None:
        """Read the amount alone, to see whether there is a line at all."""
        try:
            return self._given(cells, currency) if self._given else None
        except Misread as error:
            self._tell(error, row, found)
            return None

    def _tell(self, error: Misread, row: Row, found: Findings) -> None:
        """Note what can't be read, under the column's own name where it is one of several."""
        if isinstance(self._scope, Repeated):
            error.column = self._scope.called(error.column)
        found.misread(error, row)

    def _build(self, cells: Any, row: Row, head: Head, found: Findings) -> Line:
        currency = head.currency
        found.columns = self._columns
        worth = self._worth(cells, head)
        taxes = self._taxes.read(cells, currency)
        tax_amount = self._tax(cells, worth.amount, taxes, head)
        if self._with_tax is not None:
            self._check_total(cells, worth.amount, tax_amount, head)
        item = self._item(cells)
        description = self._description(cells)
        category = (self._category(cells) if self._category else "") or head.category
        campus = (self._location(cells) if self._location else "") or head.location
        account = self._account(cells) if self._account else ""
        look = (item, campus, category, description, head.party, head.kind)
        rule = self._choices.item(look, row, found, has_account=bool(account))
        if len(description) > LONGEST_DESCRIPTION:
            description = _cut(description, row, found)
        made = _LineTwin(
            amount=worth.amount,
            item=rule.item,
            description=description,
            quantity=worth.quantity,
            unit_price=worth.unit_price,
            discount=worth.discount,
            tax_code=self._tax_code(taxes, tax_amount, rule, head, row=row, found=found),
            tax_amount=tax_amount,
            taxes=taxes.each,
            class_=self._class_of(cells, rule, row, found),
            location=self._location_of(cells, rule, row, found),
            account=Reference(name=account) if account else rule.account,
            expense_account=rule.expense_account,
            category=category,
            service_date=self._service_date(cells) if self._service_date else None,
        )
        made.__class__ = Line
        line: Line = made
        return line

    def _worth(self, cells: Any, head: Head) -> Worth:
        currency = head.currency
        given = self._given(cells, currency) if self._given else None
        price = self._price(cells, currency) if self._price else None
        quantity = self._quantity(cells) if self._quantity else None
        off = self._discount(cells, currency) if self._discount else None
        if given is not None:
            given = rounded(given, currency)
        if price is None or (quantity is None and self._quantity is not None):
            if given is None:
                raise self._no_amount(cells) if price is None else self._no_quantity(cells)
            return Worth(given, quantity, None, rounded(off, currency) if off else ZERO)
        if quantity is None:
            quantity = _ONE
        return self._product(cells, head, given, quantity=quantity, price=price, off=off)

    def _product(
        self,
        cells: Any,
        head: Head,
        given: Decimal | None,
        *,
        quantity: Decimal,
        price: Decimal,
        off: Decimal | None,
    ) -> Worth:
        """Work out quantity × price less discount, and compare with the amount that is given."""
        gross = quantity * price
        if off is None:
            percent = self._percent(cells) if self._percent else None
            off = gross * percent / _HUNDRED if percent else ZERO
        if not -LARGEST <= gross <= LARGEST:
            message = f"{quantity} × {price} is more than the books can hold ({LARGEST:,} at most)"
            raise Misread("DOC002", message)
        amount = (gross - off if off else gross).quantize(head.unit, ROUND_HALF_UP)
        if given is None or given == amount:
            discount = rounded(gross, head.currency) - amount if off else ZERO
            return Worth(amount, quantity, price, discount)
        if abs(given - amount) > self._tolerance:
            raise self._not_the_product(given, amount, quantity, price, off)
        return Worth(given, None, None, ZERO)

    def _tax(self, cells: Any, amount: Decimal, taxes: Taxes, head: Head) -> Decimal | None:
        currency = head.currency
        if self._tax_amount is not None:
            billed = self._tax_amount(cells, currency)
            if billed is not None:
                return billed.quantize(head.unit, ROUND_HALF_UP)
        if not taxes.each:
            return None
        if self._taxes.has_amounts:
            return sum((rounded(tax.amount, currency) for tax in taxes.each if tax.amount), ZERO)
        rates = [tax.rate for tax in taxes.each]
        if None in rates:
            stated = self._choices.tax_rate(taxes.key)
            rates = [] if stated is None else [stated]
        known = [rate for rate in rates if rate is not None]
        return worked_out_tax(amount, known, head.tax, currency)

    def _check_total(self, cells: Any, amount: Decimal, tax: Decimal | None, head: Head) -> None:
        stated = self._with_tax(cells, head.currency) if self._with_tax else None
        whole = amount + tax if tax and head.tax is TaxTreatment.EXCLUSIVE else amount
        if stated is None or stated == whole:
            return
        difference = abs(whole - stated)
        if difference > self._tolerance:
            hint = ""
            if stated == amount and tax:
                hint = "if prices include the tax, set tax: inclusive (on books or the document)"
            raise Misread(
                "CHK004",
                f"the line comes to {whole:,} with tax, the export says {stated:,} "
                f"(difference {difference:,})",
                hint or "correct the line in the billing system",
                self._fields["total_with_tax"].shown,
            )

    def _tax_code(
        self,
        taxes: Taxes,
        tax_amount: Decimal | None,
        rule: ItemRule,
        head: Head,
        *,
        row: Row,
        found: Findings,
    ) -> Reference | None:
        if not taxes.each:
            if head.tax is TaxTreatment.NONE:
                return None
            if rule.tax:
                return self._choices.named_tax(rule.tax)
            if tax_amount:
                return None
        return self._choices.tax_code(taxes.key, row, found)

    def _class_of(self, cells: Any, rule: ItemRule, row: Row, found: Findings) -> Reference | None:
        word = self._class(cells) if self._class else ""
        return self._choices.class_(word, row, found) or rule.class_ if word else rule.class_

    def _location_of(
        self, cells: Any, rule: ItemRule, row: Row, found: Findings
    ) -> Reference | None:
        word = self._location(cells) if self._location else ""
        return self._choices.location(word, row, found) or rule.location if word else rule.location

    def _looked_up(self, taxes: Sequence[TaxRule]) -> dict[str, str]:
        """Tell the columns of the words that are looked up in the accounting half."""
        fields = [(name, self._fields.get(name)) for name in ("item", "location", "class")]
        columns = {name: each.column_shown for name, each in fields if each is not None}
        columns["tax"] = " and ".join(tax.name.column_shown for tax in taxes)
        if isinstance(self._scope, Repeated):
            columns = {name: self._scope.called(each) for name, each in columns.items()}
        return {name: each for name, each in columns.items() if each}

    def _is_blank(self, cells: Any) -> bool:
        """Tell whether nothing of a line is in the row: a follow-up row for something else."""
        names = ("item", "description", "amount", "unit_price", "quantity", "tax_amount")
        columns = [
            name
            for key in names
            if (each := self._fields.get(key)) is not None
            for name in (each.column, *each.first_of, *each.sum_of)
            if name
        ]
        try:
            return bool(columns) and not any(
                self._scope.text(name, self._fields_place)(cells) for name in columns
            )
        except (ValueError, IndexError):
            return False

    @property
    def _fields_place(self) -> Any:
        return next(iter(self._fields.values())).place

    def _explain(self, cells: Any, row: Row, head: Head, found: Findings) -> bool:
        """Read every field by itself, so that all bad values of a line are reported."""
        before = len(found.problems)
        others: tuple[Reader, ...] = (
            *self._number.values(),
            *self._day.values(),
            *self._text.values(),
        )
        readers: list[Reader] = [
            *(partial(each, cells, head.currency) for each in self._amount.values()),
            *(partial(each, cells) for each in others),
        ]
        for read in readers:
            try:
                read()
            except Misread as error:
                self._tell(error, row, found)
        return len(found.problems) > before

    def _no_amount(self, cells: Any) -> Misread:
        field = self._fields.get("amount") or self._fields.get("unit_price")
        if field is None:
            return Misread(
                "DOC001", "the line has no amount", "map amount, or quantity and unit_price"
            )
        name = field.column or field.shown
        why = self._scope.absence(name)(cells) if field.column else "is empty"
        hint = "empty is not zero: fill it in the export, or give if_empty"
        return Misread("DOC001", f"{field.name} of the line {why}", hint, name)

    def _no_quantity(self, cells: Any) -> Misread:
        field = self._fields["quantity"]
        why = self._scope.absence(field.column)(cells) if field.column else "is empty"
        hint = "if that means one, write quantity: {column: ..., if_empty: 1}"
        return Misread("DOC001", f"quantity of the line {why}", hint, field.shown)

    def _not_the_product(
        self, given: Decimal, amount: Decimal, quantity: Decimal, price: Decimal, off: Decimal
    ) -> Misread:
        less = f" less {off:,}" if off else ""
        message = f"{quantity:,} × {price:,}{less} is {amount:,}, the export says {given:,}"
        hint = "correct the line; for a discount, map discount or discount_percent"
        return Misread("CHK003", message, hint, self._fields["amount"].shown)


def _cut(description: str, row: Row, found: Findings) -> str:
    if len(description) > _LONGEST_CELL:
        hint = "a quote may be missing in the export; shorten it in the billing system"
        found.error("DOC015", f"the description has {len(description):,} characters", hint, row=row)
    else:
        length = f"{len(description):,} characters"
        message = f"the description has {length} and is cut at {LONGEST_DESCRIPTION:,}"
        found.warn("DOC014", message, "the books hold no more", row=row)
    return description[: LONGEST_DESCRIPTION - 1] + "…"


def _blank(_cells: Any) -> str:
    return ""
