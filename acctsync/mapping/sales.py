"""Builds documents with lines: invoices, credit notes, estimates, orders, bills, receipts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from acctsync.documents import (
    Allocation,
    DocumentRef,
    Invoice,
    Kind,
    Line,
    Reference,
    State,
    Tax,
    TaxTreatment,
)
from acctsync.errors import Location
from acctsync.exports.conditions import Test, UnreadableNumber, all_of, compile_test
from acctsync.exports.paths import MISSING, finder
from acctsync.exports.records import Condition, Row
from acctsync.exports.scope import Below, Getter, Paths, Repeated, Scope, loosely
from acctsync.mapping.choices import Choices
from acctsync.mapping.fields import FieldCompiler, Misread
from acctsync.mapping.findings import Built, Findings, Named
from acctsync.mapping.heads import Expectation, HeadCells, HeadReader, check_expectations
from acctsync.mapping.lines import UNTAXED, Head, LineBuilder, Taxes, TaxReader
from acctsync.mapping.lookups import collapsed
from acctsync.mapping.meaning import MOST_SIDEWAYS
from acctsync.mapping.model import LinesRule, PaymentMethod, RecordRule, Repeat
from acctsync.mapping.model import Mapping as Rules
from acctsync.mapping.parties import Parties
from acctsync.mapping.party import Party
from acctsync.mapping.quick import twin
from acctsync.mapping.register import Register
from acctsync.money import ZERO, allocate, quantum, rounded

_COMPARED = "declare how numbers are written with numbers: on the source"
_InvoiceTwin = twin(Invoice)
_UNPAID = PaymentMethod()

LineRows = Callable[[], Mapping[tuple[str, ...], Sequence[Row]]]
Under = Callable[[Sequence[Row], Any, Findings], Iterator[tuple[Any, Row]]]


@dataclass(frozen=True, slots=True)
class Tools:
    """What all builders of one run share."""

    rules: Rules
    choices: Choices
    customers: Parties
    vendors: Parties
    register: Register


class SaleBuilder:
    """Builds the documents of one record that has lines."""

    def __init__(
        self,
        record: RecordRule,
        tools: Tools,
        compiler: FieldCompiler,
        scope: Scope,
    ) -> None:
        self._record = record
        self._tools = tools
        self._rules = tools.rules
        purchase = record.kind in {Kind.PURCHASE_ORDERS, Kind.BILLS}
        self.parties = tools.vendors if purchase else tools.customers
        self.head = HeadReader(record, compiler, scope, tools.rules.books, tools.rules.push)
        tolerance = tools.rules.checks.tolerance
        self.extra = [
            LineBuilder(
                each.fields, each.taxes, compiler, scope, choices=tools.choices, tolerance=tolerance
            )
            for each in record.extra_lines
        ]
        self.document_taxes = TaxReader(record.document_taxes, compiler, scope, tools.choices)
        self._expect: Sequence[Expectation] = ()
        self._line: LineBuilder | None = None
        self._under: Under = _no_lines

    def complete(
        self, lines: tuple[LineBuilder | None, Under], expectations: Sequence[Expectation]
    ) -> None:
        """Add what is not the document's own: its lines, and what its rows must satisfy."""
        self._expect = expectations
        self._line, self._under = lines

    def context(self, head: HeadCells, currency: str) -> Head:
        """Tell what a document's lines need to know of it."""
        return Head(
            self._record.kind,
            currency,
            quantum(currency),
            self.head.tax(head),
            head.text("location"),
            head.text("category"),
            head.party.name,
        )

    def line_cells(
        self, rows: Sequence[Row], cells: Any, found: Findings
    ) -> Iterator[tuple[LineBuilder, Any, Row]]:
        """Give each line's cells with their builder and row, in the order of the lines."""
        if self._line is None:
            return
        sideways = isinstance(self._line, _SidewaysBuilder)
        for own, row in self._under(rows, cells, found):
            builder, its_own = own if sideways else (self._line, own)
            yield builder, its_own, row

    def build(self, rows: Sequence[Row], cells: Any) -> Built:
        """Build one document from its rows; `cells` are those of the head."""
        reader = self.head
        head = reader.read(rows[0], cells)
        ref, number = reader.identity(head)
        built = Built(ref=ref, number=number, findings=head.found)
        state = reader.state(head)
        day = head.days.get("date")
        if state is None or reader.skips(state, day):
            built.skipped = True
            head.found.problems.clear()
            return built
        if day is None:
            reader.require("date", day, head)
        if self._expect:
            check_expectations(self._expect, rows, cells, head.found)
        self._fill(built, rows, head, state, day)
        return built

    def _fill(
        self, built: Built, rows: Sequence[Row], head: HeadCells, state: State, day: dt.date | None
    ) -> None:
        reader, found = self.head, head.found
        currency = reader.currency(head)
        reader.read_amounts(head, currency)
        if not head.party.named:
            self._take_a_guest(head)
        context = self.context(head, currency)
        built.stated_total = head.amounts.get("total")
        built.balance = head.amounts.get("balance")
        if built.stated_total is None and "total" in self._record.document:
            reader.require("total", None, head)
        taxes = self._taxes_of(head, currency)
        lines = self._lines(rows, head, context, built.stated_total, taxes.each)
        if day is None or (found.problems and found.refused):
            self._look_words_up(head, context, taxes)
            return
        built.named = Named(head.party)
        customer = self.parties.ref(head.party, found)
        built.document = self._invoice(
            built, head, context, lines, state=state, day=day, customer=customer, taxes=taxes
        )
        if found.problems and found.refused:
            built.document = None

    def _taxes_of(self, head: HeadCells, currency: str) -> Taxes:
        try:
            return self.document_taxes.read(head.cells, currency)
        except Misread as error:
            head.found.misread(error, head.row)
            return UNTAXED

    def _take_a_guest(self, head: HeadCells) -> None:
        """Put the mapping's guest for nobody, where it says so, or at a counter."""
        guest = self._rules.accounting.customers.guest
        counter = self._record.kind is Kind.SALES_RECEIPTS
        if (
            guest is not None
            and self.parties is self._tools.customers
            and (counter or not guest.name)
        ):
            head.party = Party(name=guest.fallback or guest.name)
        if not head.party.named:
            hint = "name it in the export, or name a fallback under customers.treat_as_guest"
            if not counter:
                hint = "name it in the export"
            head.found.error(
                "DOC001", f"{self._word} is empty", hint, row=head.row, column=self._party_column
            )

    def _look_words_up(self, head: HeadCells, context: Head, taxes: Taxes) -> None:
        """Look up the words of a document that is refused anyway: one run tells all unmapped."""
        choices, class_word = self._tools.choices, head.text("class")
        if taxes.each:
            choices.tax_code(taxes.key, head.row, head.found)
        if context.location:
            choices.location(context.location, head.row, head.found)
        if class_word:
            choices.class_(class_word, head.row, head.found)

    def _invoice(
        self,
        built: Built,
        head: HeadCells,
        context: Head,
        lines: list[Line],
        *,
        state: State,
        day: dt.date,
        customer: DocumentRef,
        taxes: Taxes,
    ) -> Invoice:
        found, row = head.found, head.row
        discount = head.amounts.get("discount") or ZERO
        if taxes.each:
            lines = self._with_document_taxes(lines, taxes, row, context, found)
        total, tax_total, discounted = -discount, ZERO, bool(discount)
        for line in lines:
            total += line.amount
            if line.tax_amount:
                tax_total += line.tax_amount
            if line.discount:
                discounted = True
        if context.tax is TaxTreatment.EXCLUSIVE:
            total += tax_total
        choices, class_word = self._tools.choices, head.text("class")
        paid = self._paid(head)
        made = _InvoiceTwin(
            ref=built.ref,
            number=built.number,
            customer=customer,
            date=day,
            currency=context.currency,
            lines=tuple(lines),
            total=total,
            state=state,
            tax=context.tax,
            due_date=head.days.get("due_date"),
            expires=head.days.get("expires"),
            exchange_rate=head.numbers.get("exchange_rate"),
            discount=discount,
            tax_total=tax_total,
            document_taxes=taxes.each,
            reference=head.text("reference"),
            memo=head.text("memo"),
            private_note=head.text("private_note"),
            terms=_reference(head.text("terms")),
            location=choices.location(context.location, row, found) if context.location else None,
            class_=choices.class_(class_word, row, found) if class_word else None,
            discount_account=self._rules.accounting.defaults.discount_account
            if discounted
            else None,
            rounding=ZERO,
            rounding_account=None,
            applies_to=self._applies_to(head, total),
            method=paid.method,
            deposit_to=paid.deposit_to,
            place=Location(row.file, row.line),
        )
        made.__class__ = Invoice
        invoice: Invoice = made
        return invoice

    def _paid(self, head: HeadCells) -> PaymentMethod:
        """Tell how a sales receipt was paid; no other document with lines is."""
        if self._record.kind is not Kind.SALES_RECEIPTS:
            return _UNPAID
        method = self._tools.choices.method(head.text("method"), head.row, head.found)
        deposit = _reference(head.text("deposit_to"))
        return PaymentMethod(method=method.method, deposit_to=deposit or method.deposit_to)

    def _applies_to(self, head: HeadCells, total: Decimal) -> Allocation | None:
        """Tell which invoice a credit note was given for."""
        wanted = head.text("invoice")
        if not wanted or self._record.kind is not Kind.CREDIT_NOTES:
            return None
        hits = self._tools.register.invoices(wanted)
        return Allocation(wanted=wanted, amount=total, invoice=hits[0] if len(hits) == 1 else None)

    def _lines(
        self,
        rows: Sequence[Row],
        head: HeadCells,
        context: Head,
        stated: Decimal | None,
        taxes: Sequence[Tax],
    ) -> list[Line]:
        found = head.found
        lines: list[Line] = []
        build = self._line
        if build is not None:
            for line_cells, row in self._under(rows, head.cells, found):
                line = build.build(line_cells, row, context, found)
                if line is not None:
                    lines.append(line)
        extra = self._extra_lines(head, context)
        if build is None and stated is not None:
            rest = stated - sum((each.amount for each in extra), ZERO)
            if context.tax is TaxTreatment.EXCLUSIVE:
                rest -= sum((tax.amount for tax in taxes if tax.amount), ZERO)
            lines.append(self._summary(rest + (head.amounts.get("discount") or ZERO), head))
        if not lines and not found.refused:
            found.error("DOC009", "the document has no lines", "check lines: in the mapping")
        return lines + extra if extra else lines

    def _summary(self, amount: Decimal, head: HeadCells) -> Line:
        """Make the one line of a document that the export gives as a total only."""
        defaults = self._rules.accounting.defaults
        return Line(
            amount=amount,
            item=defaults.item,
            account=None if defaults.item else defaults.income_account,
            tax_code=self._tools.choices.tax_code("none", head.row, head.found),
        )

    def _extra_lines(self, head: HeadCells, context: Head) -> list[Line]:
        lines: list[Line] = []
        for each in self.extra:
            if each.amount_of(head.cells, context.currency, head.found, head.row):
                line = each.build(head.cells, head.row, context, head.found)
                if line is not None:
                    lines.append(line)
        shipping = head.amounts.get("shipping")
        if shipping:
            account = self._rules.accounting.defaults.shipping_account
            code = self._tools.choices.tax_code("none", head.row, head.found)
            lines.append(
                Line(amount=shipping, description="Shipping", account=account, tax_code=code)
            )
        return lines

    def _with_document_taxes(
        self, lines: list[Line], taxes: Taxes, row: Row, context: Head, found: Findings
    ) -> list[Line]:
        """Share the document's taxes out over its lines, to the cent."""
        code = self._tools.choices.tax_code(taxes.key, row, found)
        whole = sum(
            (rounded(tax.amount, context.currency) for tax in taxes.each if tax.amount), ZERO
        )
        weights = [line.amount for line in lines]
        if not lines:
            return lines
        if sum(weights, ZERO) == 0:
            weights = [Decimal(1), *[ZERO] * (len(lines) - 1)]
        shares = allocate(whole, weights, context.currency)
        return [
            replace(line, tax_code=code, tax_amount=(line.tax_amount or ZERO) + share)
            for line, share in zip(lines, shares, strict=True)
        ]

    @property
    def _word(self) -> str:
        return "vendor" if self.parties is self._tools.vendors else "customer"

    @property
    def _party_column(self) -> str:
        return next((field.shown for field in self._record.party.values()), "")


def _reference(word: str) -> Reference | None:
    return Reference(name=word) if word else None


def line_reader(
    record: RecordRule,
    tools: Tools,
    compiler: FieldCompiler,
    scope: Scope,
    *,
    other: tuple[FieldCompiler, Scope, LineRows] | None,
    available: frozenset[str] | None,
) -> tuple[LineBuilder | None, Under]:
    """Compile where a record's lines stand and what they are."""
    rule = record.lines
    if rule is None:
        return None, _no_lines
    tolerance = tools.rules.checks.tolerance
    currency = tools.rules.books.currency
    if rule.source and other is not None:
        other_compiler, own, line_rows = other
        below: Scope = Below(own, scope)
        test = _tests(rule.where, below, other_compiler, currency)
        parents = [loosely(scope.text(name, rule.place)) for name in rule.match.values()]
        build = LineBuilder(
            rule.fields,
            rule.taxes,
            other_compiler,
            below,
            choices=tools.choices,
            tolerance=tolerance,
        )
        return build, _from_other(parents, line_rows, test)
    if rule.each:
        below = Below(Paths(), scope)
        test = _tests(rule.where, below, compiler, currency)
        build = LineBuilder(
            rule.fields, rule.taxes, compiler, below, choices=tools.choices, tolerance=tolerance
        )
        asked = frozenset(each.column for each in record.expect)
        return build, _from_list(rule.each, test, asked)
    if rule.repeat is not None:
        return _sideways(record, rule, tools, compiler, scope, available=available)
    test = _tests(rule.where, scope, compiler, currency)
    build = LineBuilder(
        rule.fields, rule.taxes, compiler, scope, choices=tools.choices, tolerance=tolerance
    )
    return build, _from_rows(test)


def _tests(
    conditions: Sequence[Condition], scope: Scope, compiler: FieldCompiler, currency: str
) -> Test | None:
    """Compile `where` of lines; what reaches up to the document is read as its source writes."""
    return all_of(
        [
            compile_test(each, scope, compiler.for_name(each.column).numbers, currency, strict=True)
            for each in conditions
        ]
    )


def _takes(test: Test | None, cells: Any, row: Row, found: Findings) -> bool:
    """Tell whether a line is taken; a number that can't be compared is the document's fault."""
    try:
        return test is None or test(cells)
    except UnreadableNumber as error:
        found.error("DOC002", f"where: {error}", _COMPARED, row=row, column=error.column)
        return True


def _no_lines(_rows: Sequence[Row], _cells: Any, _found: Findings) -> Iterator[tuple[Any, Row]]:
    return iter(())


def _from_rows(test: Test | None) -> Under:
    if test is None:
        return lambda rows, _cells, _found: iter([(row.cells, row) for row in rows])
    return lambda rows, _cells, found: iter(
        [(row.cells, row) for row in rows if _takes(test, row.cells, row, found)]
    )


def _from_list(path: str, test: Test | None, asked: frozenset[str]) -> Under:
    """Take lines from a list inside each row; `asked` are the columns that `expect` looks at."""
    find = finder(path)
    sign = f"{path.rpartition('.')[0]}.has_more"
    goes_on = finder(sign) if "." in path and sign not in asked else None

    def under(rows: Sequence[Row], _cells: Any, found: Findings) -> Iterator[tuple[Any, Row]]:
        for row in rows:
            entries = find(row.cells)
            if entries is None or entries is MISSING:
                entries = []
            if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
                found.error(
                    "DOC018", f"{path} is no list of lines", "check each:", row=row, column=path
                )
                continue
            if goes_on is not None and goes_on(row.cells) is True:
                message = f"{sign} is true: the document has more lines than the export holds"
                found.error("DOC027", message, "export it with all lines", row=row, column=sign)
            for entry in entries:
                pair = (entry, row.cells)
                if _takes(test, pair, row, found):
                    yield pair, row

    return under


def _from_other(parents: Sequence[Getter], line_rows: LineRows, test: Test | None) -> Under:
    def under(_rows: Sequence[Row], cells: Any, found: Findings) -> Iterator[tuple[Any, Row]]:
        key = tuple(parent(cells) for parent in parents)
        for row in line_rows().get(key, ()):
            pair = (row.cells, cells)
            if _takes(test, pair, row, found):
                yield pair, row

    return under


def _sideways(
    record: RecordRule,
    rule: LinesRule,
    tools: Tools,
    compiler: FieldCompiler,
    scope: Scope,
    *,
    available: frozenset[str] | None,
) -> tuple[LineBuilder | None, Under]:
    """Compile lines that stand side by side in numbered columns."""
    assert rule.repeat is not None
    repeat = rule.repeat
    numbers = _numbers(rule, available)
    if not numbers:
        # No file has such a column: asking for the first one says so.
        scope.text(repeat.until_empty.replace("{n}", str(numbers.start)), repeat.place)
    steps: list[tuple[Getter, Test | None, LineBuilder]] = []
    for number in numbers:
        beside = Repeated(scope, number)
        mark = loosely(beside.text(repeat.until_empty, repeat.place))
        test = _tests(rule.where, beside, compiler, tools.rules.books.currency)
        build = LineBuilder(
            rule.fields,
            rule.taxes,
            compiler,
            beside,
            choices=tools.choices,
            tolerance=tools.rules.checks.tolerance,
        )
        steps.append((mark, test, build))
    chooser = _SidewaysBuilder()
    # Of JSON nobody knows beforehand whether the groups are counted from 0 or from 1.
    may_start_later = available is None and repeat.first is None
    checked = "total" in record.document

    def under(rows: Sequence[Row], _cells: Any, found: Findings) -> Iterator[tuple[Any, Row]]:
        for row in rows:
            filled = [bool(mark(row.cells)) for mark, _, _ in steps]
            start = 1 if may_start_later and not filled[0] else 0
            end = filled.index(False, start) if False in filled[start:] else len(filled)
            if any(filled[end:]) and not checked:
                _refuse_gap(repeat, numbers, filled, end, row=row, found=found)
            for _, test, build in steps[start:end]:
                if _takes(test, row.cells, row, found):
                    yield (build, row.cells), row

    return chooser, under


def _refuse_gap(
    repeat: Repeat, numbers: range, filled: list[bool], gap: int, *, row: Row, found: Findings
) -> None:
    """Refuse a row whose groups of columns go on after an empty one: a line may be damaged."""
    after = filled.index(True, gap)
    empty, column = (repeat.until_empty.replace("{n}", str(numbers[at])) for at in (gap, after))
    message = f'"{column}" is filled, but "{empty}" before it is empty'
    hint = "lines end at the first empty one: map total, which tells whether that is right"
    found.error("DOC028", message, hint, row=row, column=column)


class _SidewaysBuilder(LineBuilder):
    """Builds a line with the builder of its own columns."""

    def __init__(self) -> None:
        """Hold nothing: every pair of cells brings its builder along."""

    def build(self, cells: Any, row: Row, head: Head, found: Findings) -> Line | None:
        builder, own = cells
        built: Line | None = builder.build(own, row, head, found)
        return built


def _numbers(rule: LinesRule, available: frozenset[str] | None) -> range:
    """Tell which numbers `{n}` takes: as declared, else as far as there are columns."""
    assert rule.repeat is not None
    repeat = rule.repeat
    known = None if available is None else set(map(collapsed, available))

    def there(number: int) -> bool:
        name = collapsed(repeat.until_empty.replace("{n}", str(number)))
        return known is None or name in known or f"*{name}" in known

    first = repeat.first
    if first is None:
        first = 0 if there(0) else 1
    if repeat.last is not None:
        return range(first, repeat.last + 1)
    last = first
    while last - first < (100 if known is None else MOST_SIDEWAYS) and there(last):
        last += 1
    return range(first, last)
