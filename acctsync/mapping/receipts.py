"""Builds payments and refunds, and finds the documents that they belong to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from acctsync.documents import (
    Allocation,
    DocumentRef,
    Invoice,
    Kind,
    Line,
    Payment,
    Reference,
    Refund,
    State,
    TaxTreatment,
)  # fmt: skip
from acctsync.errors import Location
from acctsync.exports.records import Row
from acctsync.mapping.choices import Choices
from acctsync.mapping.fields import Misread
from acctsync.mapping.findings import Built, Named
from acctsync.mapping.heads import Expectation, HeadCells, HeadReader, check_expectations
from acctsync.mapping.line_places import Under
from acctsync.mapping.lines import LineBuilder
from acctsync.mapping.model import Mapping as Rules
from acctsync.mapping.parties import Parties
from acctsync.mapping.register import Register
from acctsync.money import ZERO, allocate, rounded


class Part(NamedTuple):
    """What a line of a payment says: the word for an invoice, and how much of it goes there."""

    invoice: str
    amount: Decimal
    row: Row


class Money(NamedTuple):
    """What was received or given back; `parts` are a payment's lines, if it has any."""

    day: dt.date
    currency: str
    amount: Decimal
    parts: tuple[Part, ...] | None = None
    state: State | None = None

    @property
    def void(self) -> bool:
        return self.state is State.VOID


class ReceiptBuilder:
    """Builds payments or refunds, one a row; a payment may have lines, one for each invoice."""

    def __init__(
        self,
        head: HeadReader,
        rules: Rules,
        choices: Choices,
        customers: Parties,
        register: Register,
    ) -> None:
        self.head = head
        self._rules = rules
        self._choices = choices
        self.parties = customers
        self._register = register
        self._expect: Sequence[Expectation] = ()
        self._lines: LineBuilder | None = None
        self._under: Under | None = None

    def expecting(self, expectations: Sequence[Expectation]) -> ReceiptBuilder:
        """Add what every row is expected to satisfy."""
        self._expect = expectations
        return self

    def settling(self, lines: LineBuilder | None, under: Under) -> ReceiptBuilder:
        """Add where the lines of a payment stand, and how they are read."""
        self._lines, self._under = lines, under
        return self

    def build(self, rows: Sequence[Row], cells: Any) -> Built:
        """Build one payment or refund."""
        reader = self.head
        head = reader.read(rows[0], cells)
        found = head.found
        ref, number = reader.identity(head)
        built = Built(ref=ref, number=number, findings=found)
        state = reader.state(head)
        day = head.days.get("date")
        if reader.skips(state, day):
            built.skipped = True
            found.problems.clear()
            return built
        reader.require("date", day, head)
        check_expectations(self._expect, rows, cells, found)
        currency = receipt_currency(reader, head, self._register)
        reader.read_amounts(head, currency)
        amount = head.amounts.get("amount")
        parts = tuple(self.parts(rows, head, currency)) if self._under is not None else None
        if parts is not None and "amount" not in reader.record.document:
            amount = sum((each.amount for each in parts), ZERO)
        void = state is State.VOID
        if void and not amount:
            amount = ZERO  # Some systems leave nothing of what is void but its id.
        reader.require("amount", amount, head)
        if amount is not None and amount <= 0 and not (void and amount == 0):
            self._refuse_sign(amount, head)
        if amount is not None and day is not None:
            make = self._payment if ref.kind is Kind.PAYMENTS else self._refund
            kept = State.VOID if void else None
            document = make(built, head, Money(day, currency, amount, parts, kept))
            built.document = None if found.refused else document
        return built

    def parts(self, rows: Sequence[Row], head: HeadCells, currency: str) -> Iterator[Part]:
        """Read the lines of a payment; those of nothing are left out."""
        if self._under is None or self._lines is None:
            return
        for cells, row in self._under(rows, head.cells, head.found):
            builder, own = (cells[0], cells[1]) if self._sideways else (self._lines, cells)
            try:
                word = builder.getters["invoice"](own)
                amount = builder.getters["amount"](own, currency)
            except Misread as error:
                head.found.misread(error, row)
                continue
            if amount is not None and amount < 0:
                hint = "map refunds under records.refunds; leave other rows out with where"
                message = f"it takes {-amount:,} back from invoice {word}"
                head.found.error("DOC041", message, hint, row=row)
            elif amount:
                yield Part(word, rounded(amount, currency), row)

    @property
    def _sideways(self) -> bool:
        lines = self.head.record.lines
        return lines is not None and lines.repeat is not None

    def _payment(self, built: Built, head: HeadCells, money: Money) -> Payment:
        row, found = head.row, head.found
        wanted = head.text("invoice")
        built.named = Named(head.party, wanted)
        parts = (Part(wanted, money.amount, row),) if money.parts is None else money.parts
        allocations = self._allocations(parts, head)
        if not money.void:
            self._check_rest(money.amount - sum((each.amount for each in allocations), ZERO), head)
        debtors = (self._register.customer(each.invoice) for each in allocations)
        debtor = next((each for each in debtors if each), None)
        method = self._choices.method(head.text("method"), row, found)
        deposit, campus = head.text("deposit_to"), head.text("location")
        return Payment(
            ref=built.ref,
            date=money.day,
            currency=money.currency,
            amount=money.amount,
            customer=debtor or self._own_customer(head),
            allocations=allocations,
            method=method.method,
            deposit_to=Reference(name=deposit) if deposit else method.deposit_to,
            reference=head.text("reference"),
            memo=head.text("memo"),
            private_note=head.text("private_note"),
            exchange_rate=head.numbers.get("exchange_rate"),
            fee=self._fee(head, money.currency),
            location=self._choices.location(campus, row, found) if campus else None,
            state=money.state,
            place=Location(row.file, row.line),
        )

    def _refund(self, built: Built, head: HeadCells, money: Money) -> Refund:
        row, found = head.row, head.found
        wanted_payment = head.text("payment")
        payment_ref, payment = self._register.payment(wanted_payment)
        wanted, invoice_ref = self._refunded_invoice(head, payment)
        if not money.void:
            self._refuse_strangers(head, payment, invoice_ref)
        invoice = self._register.invoice(invoice_ref)
        if not (wanted or wanted_payment or money.void):
            found.error("DOC001", "the refund names neither payment nor invoice", row=row)
        method, deposit = self._refund_method(head, payment)
        campus = head.text("location")
        location = self._choices.location(campus, row, found) if campus else None
        taken = invoice if not money.void else None
        lines = refund_lines(taken, money.amount, self._rules) if taken else ()
        return Refund(
            ref=built.ref,
            date=money.day,
            currency=money.currency,
            amount=money.amount,
            lines=lines,
            customer=self._refund_customer(head, payment, invoice),
            payment=payment_ref,
            invoice=invoice_ref,
            wanted_invoice="" if invoice_ref else wanted,
            wanted_payment="" if payment_ref else wanted_payment,
            tax=invoice.tax if invoice else TaxTreatment.EXCLUSIVE,
            tax_total=sum((line.tax_amount for line in lines if line.tax_amount), ZERO),
            method=method,
            deposit_to=deposit,
            discount_account=invoice.discount_account if invoice else None,
            reference=head.text("reference"),
            memo=head.text("memo"),
            private_note=head.text("private_note"),
            location=location or (invoice.location if invoice else None),
            class_=invoice.class_ if invoice else None,
            state=money.state,
            place=Location(row.file, row.line),
        )

    def _allocations(self, parts: Sequence[Part], head: HeadCells) -> tuple[Allocation, ...]:
        """Say which invoices the parts of a payment settle; two parts for one invoice are one."""
        found: dict[object, Allocation] = {}
        for part in parts:
            if not part.invoice:
                continue
            made = self._allocation(part.invoice, part.amount, head)
            key = made.invoice or made.wanted
            before = found[key].amount if key in found else ZERO
            found[key] = replace(found.get(key, made), amount=before + made.amount)
        return tuple(found.values())

    def _check_rest(self, rest: Decimal, head: HeadCells) -> None:
        """Refuse a payment that settles more than it is, or that may leave nothing unapplied."""
        if rest < 0:
            message = f"its lines come to {-rest:,} more than the payment"
            hint = "correct it in the billing system, or check which columns amounts are read from"
            head.found.error("DOC042", message, hint, row=head.row)
        elif rest > 0:
            self._refuse_unapplied(rest, head)

    def _allocation(self, wanted: str, amount: Decimal, head: HeadCells) -> Allocation:
        allocation = self._register.allocation(wanted, amount)
        if allocation is not None:
            return allocation
        hits = self._register.invoices(wanted)
        listed = ", ".join(ref.id for ref in hits)
        hint = "map invoice to the column that holds the id"
        message = f'"{wanted}" names {len(hits)} invoices: {listed}'
        column = self.head.shown("invoice")
        head.found.error("DOC020", message, hint, row=head.row, column=column)
        return Allocation(wanted=wanted, amount=amount)

    def _refunded_invoice(
        self, head: HeadCells, payment: Payment | None
    ) -> tuple[str, DocumentRef | None]:
        wanted = head.text("invoice")
        if wanted:
            allocation = self._allocation(wanted, ZERO, head)
            return allocation.wanted, allocation.invoice
        if payment is not None and len(payment.allocations) > 1:
            self._refuse_several(payment, head)
        if payment is not None and payment.allocations:
            return payment.allocations[0].wanted, payment.allocations[0].invoice
        return "", None

    def _refuse_several(self, payment: Payment, head: HeadCells) -> None:
        """Refuse a refund of which nobody says what it takes back."""
        names = ", ".join(each.wanted for each in payment.allocations)
        message = f"payment {payment.number} settles several invoices: {names}"
        hint = "say which one is refunded: map invoice under records.refunds"
        head.found.error("DOC043", message, hint, row=head.row, column=self.head.shown("payment"))

    def _refuse_strangers(
        self, head: HeadCells, payment: Payment | None, invoice: DocumentRef | None
    ) -> None:
        """Refuse a refund whose payment was for another invoice than it says itself."""
        paid = [each.invoice for each in payment.allocations] if payment is not None else []
        if invoice is None or not any(paid) or invoice in paid:
            return
        wanted, names = head.text("payment"), ", ".join(ref.id for ref in paid if ref)
        message = (
            f"payment {wanted} is for invoice {names}, the refund names {head.text('invoice')}"
        )
        hint = "correct one of them in the billing system"
        column = self.head.shown("invoice")
        head.found.error("DOC029", message, hint, row=head.row, column=column)

    def _refund_method(
        self, head: HeadCells, payment: Payment | None
    ) -> tuple[Reference | None, Reference | None]:
        word, deposit = head.text("method"), head.text("deposit_to")
        own = Reference(name=deposit) if deposit else None
        if not word and payment is not None:
            return payment.method, own or payment.deposit_to
        chosen = self._choices.method(word, head.row, head.found)
        return chosen.method, own or chosen.deposit_to

    def _refund_customer(
        self, head: HeadCells, payment: Payment | None, invoice: Invoice | None
    ) -> DocumentRef | None:
        if invoice is not None:
            return invoice.customer
        if payment is not None and payment.customer is not None:
            return payment.customer
        return self._own_customer(head)

    def _own_customer(self, head: HeadCells) -> DocumentRef | None:
        return self.parties.ref(head.party, head.found) if head.party.named else None

    def _fee(self, head: HeadCells, currency: str) -> Decimal | None:
        fee = head.amounts.get("fee")
        other = self.head.fee_currency(head)
        if fee and other and other != currency:
            message = f"the fee is in {other}, the payment in {currency}: it is left out"
            column = self.head.shown("fee")
            head.found.warn("DOC023", message, "book it by hand", row=head.row, column=column)
            return None
        return fee or None

    def _refuse_unapplied(self, rest: Decimal, head: HeadCells) -> None:
        retainers = self._rules.accounting.retainers
        if retainers is not None and retainers.unapplied_payments == "error":
            hint = "name its invoice, or set accounting.retainers.unapplied_payments"
            whole = rest == head.amounts.get("amount")
            message = (
                "the payment names no invoice" if whole else f"{rest:,} of it names no invoice"
            )
            head.found.error("DOC021", message, hint, row=head.row)

    def _refuse_sign(self, amount: Decimal, head: HeadCells) -> None:
        word = "payment" if self.head.record.kind is Kind.PAYMENTS else "refund"
        hint = "write amount: {column: ..., absolute: true}"
        if amount == 0:
            hint = "leave such rows out with where: {column: ..., more_than: 0}"
        elif word == "payment":
            hint = "map refunds under records.refunds"
        column = self.head.shown("amount")
        head.found.error("DOC024", f"a {word} of {amount:,}", hint, row=head.row, column=column)


def receipt_currency(reader: HeadReader, head: HeadCells, register: Register) -> str:
    """Tell a receipt's currency: its own, else that of what it is for, else the books'."""
    named = ""
    if not head.text("currency"):
        named = register.named_currency(head.text("invoice"), head.text("payment"))
    return named or reader.currency(head)


def refund_lines(invoice: Invoice, amount: Decimal, rules: Rules) -> tuple[Line, ...]:
    """Say what a refund takes back: the invoice's lines, or their share, exactly to its amount."""
    lines = [*invoice.lines, *_adjustments(invoice, rules)]
    if amount == invoice.total:
        return tuple(lines)
    if invoice.total <= 0:
        return ()
    exclusive = invoice.tax is TaxTreatment.EXCLUSIVE
    taxes = [line.tax_amount or ZERO for line in lines]
    weights = [line.amount for line in lines] + (taxes if exclusive else [])
    parts = allocate(amount, weights, invoice.currency)
    amounts, tax_parts = parts[: len(lines)], parts[len(lines) :]
    if not exclusive:
        share = sum(taxes, ZERO) * amount / invoice.total
        tax_parts = _shared(share, taxes, invoice.currency)
    return tuple(
        _part(line, part, tax) for line, part, tax in zip(lines, amounts, tax_parts, strict=True)
    )


def _shared(share: Decimal, taxes: list[Decimal], currency: str) -> list[Decimal]:
    if sum(taxes, ZERO) == 0:
        return [ZERO] * len(taxes)
    return allocate(rounded(share, currency), taxes, currency)


def _part(line: Line, amount: Decimal, tax: Decimal) -> Line:
    return Line(
        amount=amount,
        item=line.item,
        description=line.description,
        tax_code=line.tax_code,
        tax_amount=None if line.tax_amount is None else tax,
        class_=line.class_,
        location=line.location,
        account=line.account,
        category=line.category,
    )


def _adjustments(invoice: Invoice, rules: Rules) -> list[Line]:
    """Make lines of the amounts that stand beside an invoice's lines."""
    lines: list[Line] = []
    if invoice.discount:
        lines.append(
            Line(amount=-invoice.discount, description="Discount", account=invoice.discount_account)
        )
    if invoice.rounding:
        account = rules.accounting.defaults.rounding_account
        lines.append(Line(amount=invoice.rounding, description="Rounding", account=account))
    return lines
