"""Tells of a receipt's head what made its values: how it was paid, and what it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from acctsync.documents import DocumentRef, Invoice, Kind, Payment, Reference, TaxTreatment
from acctsync.errors import Location
from acctsync.mapping.apply import PEOPLE
from acctsync.mapping.explained.fields import added
from acctsync.mapping.explained.heads import HeadTracer, PersonTracer, Teller, looked_up
from acctsync.mapping.explained.products import ItemTracer
from acctsync.mapping.explained.values import COPIED, Entry, Explained, ExplainedLine
from acctsync.mapping.model import Mapping as Rules
from acctsync.mapping.payouts import PayoutBuilder
from acctsync.mapping.receipts import Part, ReceiptBuilder, receipt_currency
from acctsync.mapping.register import Register


class PaidTracer(HeadTracer):
    """Explains a document that brings its payment along: a sales receipt."""

    def tellers(self) -> dict[str, Teller]:
        return super().tellers() | {
            "method": lambda: self.paid("method"),
            "deposit_to": lambda: self.paid("deposit_to"),
        }

    def paid(self, name: str) -> Explained | None:
        """Explain the way of paying, or the account that takes the money."""
        told = self.plain(name)
        if told is not None and name == "deposit_to" and self.head.text(name):
            return replace(told, value=Reference(name=self.head.text(name)))
        method, deposit = self.around.origins.method(self.head.text("method"))
        return looked_up(name, told, deposit if name == "deposit_to" else method)


class CreditTracer(HeadTracer):
    """Explains a credit note, which may have been given for an invoice."""

    def tellers(self) -> dict[str, Teller]:
        return super().tellers() | {"invoice": self.invoice}

    def invoice(self) -> Explained | None:
        """Explain which invoice it was given for."""
        told, word = self.plain("invoice"), self.head.text("invoice")
        if told is None or not word:
            return told
        hits, how = named_invoices(self.around.shop.register, word)
        value = hits[0] if len(hits) == 1 else word
        return replace(told, value=value, rule=added(told.rule, how))


class PaymentTracer(PaidTracer):
    """Explains a payment."""

    def tellers(self) -> dict[str, Teller]:
        known = super().tellers() | {"invoice": self.invoice, "fee": self.fee}
        return {name: teller for name, teller in known.items() if name != "tax"}

    def money_of(self) -> str:
        return receipt_currency(self._reader, self.head, self.around.shop.register)

    def money(self) -> Explained | None:
        """Explain the currency: its own, or that of what it is for."""
        told = super().money()
        if told is None or self.head.text("currency") or told.value == self.currency:
            return told
        return replace(told, value=self.currency, rule="the currency of what it is for", place=None)

    def state(self) -> Explained | None:
        """Explain the state only where it is mapped: most money just moved."""
        return super().state() if self.plain("state") else None

    def party(self) -> Iterator[Explained]:
        """Explain the customer: the invoice's, or else the party that the row names."""
        taken = self.taken_customer()
        for told in super().party():
            if told.field != self.role or taken is None:
                yield told
        if taken is not None:
            yield taken

    def taken_customer(self) -> Explained | None:
        """Explain a customer that comes with the invoice."""
        invoice = self.settled()
        if invoice is None:
            return None
        rule = f"the customer of invoice {invoice.number}"
        return Explained(field="customer", value=self.around.final(invoice.customer), rule=rule)

    def invoice(self) -> Explained | None:
        """Explain which invoice is meant: the document, or the word where this export has none."""
        told, word = self.plain("invoice"), self.head.text("invoice")
        if told is None:
            return None
        if not word:
            return self._unapplied(told)
        value, how = self._named(word)
        return replace(told, value=value, rule=added(told.rule, how))

    def fee(self) -> Explained | None:
        """Explain the processor's fee."""
        told = self.plain("fee")
        if told is None:
            return None
        other = self._reader.fee_currency(self.head)
        if told.value and other and other != self.currency:
            rule = added(told.rule, f"it is in {other}, the payment in {self.currency}: left out")
            return replace(told, value=None, rule=rule)
        return replace(told, value=told.value or None, entry=fee_account(self._rules, told))

    def settling(self) -> Iterator[ExplainedLine]:
        """Explain the lines of a payment: which invoice each settles, and how much of it."""
        for number, part in enumerate(self._parts(), start=1):
            value, how = self._named(part.invoice) if part.invoice else (None, "stays unapplied")
            place = self._rules.places.get((*self.path[:-1], "lines", "invoice"))
            told = (
                Explained(field="invoice", value=value, rule=how, place=place),
                Explained(field="amount", value=part.amount, rule=COPIED),
            )
            row = Location(part.row.file, part.row.line)
            yield ExplainedLine(number=number, origin="row", row=row, fields=told)

    def _parts(self) -> Iterator[Part]:
        builder = self.seen.builder
        if isinstance(builder, ReceiptBuilder):
            yield from builder.parts(self.seen.rows, self.head, self.currency)

    def settled(self) -> Invoice | None:
        """Tell the invoice that is meant, the first of several, if this export holds it."""
        told = self.invoice()
        words = (each.invoice for each in self._parts() if each.invoice)
        first = next((self._named(word)[0] for word in words), None)
        value = told.value if told else first
        register = self.around.shop.register
        return register.invoice(value) if isinstance(value, DocumentRef) else None

    def _unapplied(self, told: Explained) -> Explained:
        retainers = self._rules.accounting.retainers
        place = self._rules.places.get(("accounting", "retainers"), told.place)
        wanted = retainers is not None and retainers.unapplied_payments == "retainer"
        account = retainers.account if retainers and wanted else None
        kept = f"accounting.retainers: {account}" if account else "stays unapplied"
        return replace(told, value=None, rule=f"{told.rule}: {kept}", place=place)

    def _named(self, word: str) -> tuple[DocumentRef | str, str]:
        """Find the invoice that a word names, and say how; the word alone where there is none."""
        register = self.around.shop.register
        hits, how = named_invoices(register, word)
        if len(hits) != 1:
            return word, how
        number = register.skipped(hits[0])
        if number is not None:
            return number or word, f"{how}, but left out: the books are asked for it"
        return hits[0], how


class PayoutTracer(HeadTracer):
    """Explains a payout, and the two accounts that it moves money between."""

    def fields(self) -> Iterator[Explained]:
        """Explain the head, and then the accounts."""
        yield from super().fields()
        builder = self.seen.builder
        if isinstance(builder, PayoutBuilder):
            clearing, bank = builder.accounts(self.head)
            waits = self.head.text("method") and clearing != self._rules.accounting.clearing_account
            yield self._account("clearing", clearing, self._named_by(paid=bool(waits)))
            own = ("records", "payouts", "document", "deposit_to")
            named = own if self.head.text("deposit_to") else ("accounting", "payouts", "to")
            yield self._account("bank", bank, named)

    def tellers(self) -> dict[str, Teller]:
        known = super().tellers() | {"fee": self.fee}
        return {name: teller for name, teller in known.items() if name != "tax"}

    def fee(self) -> Explained | None:
        """Explain what the processor took off."""
        told = self.plain("fee")
        if told is None:
            return None
        return replace(told, value=told.value or None, entry=fee_account(self._rules, told))

    def _named_by(self, *, paid: bool) -> tuple[str, ...]:
        """Name the rule that says which account payouts leave."""
        if paid:
            return ("accounting", "payment_methods")
        payouts = self._rules.accounting.payouts
        if payouts is not None and payouts.clearing is not None:
            return ("accounting", "payouts", "from")
        return ("accounting", "defaults", "deposit_to")

    def _account(self, name: str, value: Reference | None, path: tuple[str, ...]) -> Explained:
        place = self._rules.places.get(path)
        return Explained(field=name, value=value, rule=f"set by {'.'.join(path)}", place=place)


class RefundTracer(PaymentTracer):
    """Explains a refund, which takes from its payment and invoice what it does not say itself."""

    def tellers(self) -> dict[str, Teller]:
        return super().tellers() | {
            "payment": self.payment,
            "tax": self.tax,
            "location": self.campus,
            "class": self.class_,
        }

    def payment(self) -> Explained | None:
        """Explain which payment is meant: the document, or the word where this export has none."""
        told, word = self.plain("payment"), self.head.text("payment")
        if told is None or not word:
            return told
        ref, _ = self.around.shop.register.payment(word)
        how = "found by its id" if ref else "it is not in this export: the books are asked for it"
        return replace(told, value=ref or word, rule=added(told.rule, how))

    def invoice(self) -> Explained | None:
        """Explain which invoice is meant: the one named, or else the one its payment settles."""
        payment = self.refunded()
        if self.head.text("invoice") or payment is None or not payment.allocations:
            return super().invoice() if self.head.text("invoice") else self.plain("invoice")
        settled = payment.allocations[0]
        rule = f"the invoice that payment {payment.number} settles"
        return Explained(field="invoice", value=settled.invoice or settled.wanted, rule=rule)

    def taken_customer(self) -> Explained | None:
        """Explain a customer that comes with the invoice, or else with the payment."""
        payment = self.refunded()
        taken = super().taken_customer()
        if taken is not None or payment is None or payment.customer is None:
            return taken
        rule = f"the customer of payment {payment.number}"
        return Explained(field="customer", value=self.around.final(payment.customer), rule=rule)

    def paid(self, name: str) -> Explained | None:
        """Explain the way of paying back: its own, or else the payment's."""
        payment = self.refunded()
        own_account = name == "deposit_to" and self.head.text(name)
        if payment is None or self.head.text("method") or own_account:
            return super().paid(name)
        value = getattr(payment, name)
        if value is None:
            return self.plain(name)
        return Explained(field=name, value=value, rule=f"that of payment {payment.number}")

    def tax(self) -> Explained | None:
        """Explain whether the lines' prices include tax: as those of the invoice."""
        if self.settled() is None:
            rule = "the invoice is not in this export"
            return Explained(field="tax", value=TaxTreatment.EXCLUSIVE, rule=rule)
        return self._of_invoice("tax", "tax")

    def campus(self) -> Explained | None:
        """Explain the location: its own, or else the invoice's."""
        own = self.listed("location", "locations")
        return own if own is not None and own.value else self._of_invoice("location", "location")

    def class_(self) -> Explained | None:
        """Explain the class, which is the invoice's."""
        return self._of_invoice("class", "class_")

    def refunded(self) -> Payment | None:
        """Tell the payment that is meant, if this export holds it."""
        return self.around.shop.register.payment(self.head.text("payment"))[1]

    def _of_invoice(self, name: str, attribute: str) -> Explained | None:
        invoice = self.settled()
        value = getattr(invoice, attribute) if invoice else None
        if invoice is None or value is None:
            return self.plain(name)
        return Explained(field=name, value=value, rule=f"that of invoice {invoice.number}")


def named_invoices(register: Register, word: str) -> tuple[list[DocumentRef], str]:
    """Find the invoices that a word names, and say how they were found."""
    hits = register.invoices(word)
    if not hits:
        return [], "it is not in this export: the books are asked for it"
    if len(hits) > 1:
        return hits, f"it names {len(hits)} invoices"
    by = "id" if hits[0].id == " ".join(word.split()) else "number"
    return hits, f"found by its {by}"


def fee_account(rules: Rules, told: Explained) -> Entry | None:
    """Tell the account that a fee is an expense on."""
    fees = rules.accounting.fees
    if fees is None or not told.value:
        return None
    return Entry(
        table="accounting.fees",
        word="",
        key="account",
        how="default",
        value=fees.account,
        place=rules.places.get(("accounting", "fees", "account")),
    )


TRACERS: dict[Kind, type[HeadTracer]] = {
    Kind.CREDIT_NOTES: CreditTracer,
    Kind.SALES_RECEIPTS: PaidTracer,
    Kind.PAYMENTS: PaymentTracer,
    Kind.REFUNDS: RefundTracer,
    Kind.ITEMS: ItemTracer,
    Kind.PAYOUTS: PayoutTracer,
    **dict.fromkeys(PEOPLE, PersonTracer),
}
