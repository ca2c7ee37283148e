"""Builds documents with lines: invoices, credit notes, estimates, orders, bills, receipts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from acctsync.documents import (
    ASSIGNABLE,
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
from acctsync.exports.records import Row
from acctsync.exports.scope import Scope
from acctsync.mapping.fields import FieldCompiler, Misread
from acctsync.mapping.findings import Built, Findings, Named
from acctsync.mapping.heads import Expectation, HeadCells, HeadReader, check_expectations
from acctsync.mapping.line_places import SidewaysBuilder, Under, no_lines
from acctsync.mapping.lines import Head, LineBuilder
from acctsync.mapping.model import PaymentMethod, RecordRule
from acctsync.mapping.party import Party
from acctsync.mapping.quick import twin
from acctsync.mapping.taxes import UNTAXED, Taxes, TaxReader
from acctsync.mapping.tools import Tools
from acctsync.money import ZERO, allocate, quantum, rounded

_InvoiceTwin = twin(Invoice)
_UNPAID = PaymentMethod()
# What customers are sent, and so has a look of its own.
_THEMED = frozenset({Kind.INVOICES, Kind.ESTIMATES, Kind.CREDIT_NOTES})


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
        themed = record.kind in _THEMED
        self._theme = tools.rules.accounting.defaults.branding_theme if themed else None
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
        self.document_taxes = TaxReader(record.document_taxes, compiler, scope)
        self._expect: Sequence[Expectation] = ()
        self._line: LineBuilder | None = None
        self._under: Under = no_lines

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
        sideways = isinstance(self._line, SidewaysBuilder)
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
        head.party = self.billed(head.party, currency)
        context = self.context(head, currency)
        built.stated_total = head.amounts.get("total")
        built.balance = head.amounts.get("balance")
        if built.stated_total is None and "total" in self._record.document:
            reader.require("total", None, head)
        taxes = self._taxes_of(head, currency)
        lines = self._lines(rows, head, context, built.stated_total, taxes.each)
        if not lines and state is not State.VOID and not found.refused:
            found.error("DOC009", "the document has no lines", "check lines: in the mapping")
        found.columns = reader.columns
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

    def billed(self, party: Party, currency: str) -> Party:
        """Say in which foreign currency a party is billed, where it does not say so itself."""
        if party.currency or currency == self._rules.books.currency:
            return party
        return party._replace(currency=currency)

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
        push, kind = self._rules.push, built.ref.kind
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
            sent=head.days.get("sent"),
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
            numbered=not (push.numbers == "assign" and kind in ASSIGNABLE),
            payable_online=push.online_payment and kind is Kind.INVOICES,
            theme=self._theme,
            discount_account=self._rules.accounting.defaults.discount_account
            if discounted
            else None,
            rounding=ZERO,
            rounding_account=None,
            applies_to=self._applies_to(head, total),
            method=paid.method,
            deposit_to=paid.deposit_to,
            paid=head.paid or (total != ZERO and head.amounts.get("balance") == ZERO),
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
        if not lines and stated is None:
            # Without a total nothing tells that the extra ones are all that there is.
            return []
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
