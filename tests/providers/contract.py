"""What every provider must do, whoever's books it speaks to.

Run it by deriving `ProviderContract` and giving it a `books` fixture; see `Bench`.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

import pytest

from acctsync.documents import (
    LABELS,
    Customer,
    Delivery,
    Document,
    DocumentRef,
    Invoice,
    Item,
    Kind,
    Label,
    ListKind,
    Mailed,
    Payment,
    RemoteDocument,
    UnappliedPayment,
)
from acctsync.errors import GuardStopped
from acctsync.plan.model import Action, Change
from acctsync.plan.splitting import split
from acctsync.plan.stages import cut
from acctsync.providers.port import (
    Accepted,
    Outcome,
    Provider,
    Refs,
    Refusal,
    Rejected,
    Sought,
    Throttled,
    Unknown,
)


class Bench(Protocol):
    """A provider at fresh books, documents these books take, and a way to make trouble."""

    provider: Provider
    kinds: frozenset[Kind]
    holds_companies: bool

    def refs(self) -> Refs:
        """Give references that know what `learn` was told."""
        ...

    def learn(self, document: Document, remote: RemoteDocument) -> None:
        """Remember a document's id in the books."""
        ...

    def customer(self, name: str) -> Customer:
        """Make a customer that these books take."""
        ...

    def item(self, name: str) -> Item:
        """Make a product or service that these books take."""
        ...

    def invoice(self, number: str, customer: Customer, amount: Decimal) -> Invoice:
        """Make an invoice of one line."""
        ...

    def payment(self, source_id: str, invoice: Invoice) -> Payment:
        """Make a payment of the whole invoice."""
        ...

    def lose_next_answer(self) -> None:
        """Let the books carry the next write out and the answer get lost."""
        ...

    def drop_next_write(self) -> None:
        """Let the next write get lost before the books see it."""
        ...

    def throttle_next(self) -> None:
        """Turn the next call away."""
        ...

    def touch(self, remote: RemoteDocument) -> None:
        """Change a document in the books by hand."""
        ...

    def limited_to(self, calls: int) -> Provider:
        """Open a second provider at the same books with a budget."""
        ...


@dataclass
class Clerk:
    """Does the usual chores at a bench."""

    bench: Bench
    keys: int = 0

    def send(self, *changes: Change) -> Sequence[Outcome]:
        """Send changes, those of one lane together; outcomes in the order of the changes."""
        provider = self.bench.provider
        writes = [provider.render(change, self.bench.refs()) for change in changes]
        outcomes: dict[DocumentRef, Outcome] = {}
        for together in cut(writes, lambda write: write.lane, provider.limits.batch_size):
            self.keys += 1
            answered = provider.send(provider.pack(together, f"contract-{self.keys}"))
            outcomes |= zip((each.ref for each in together), answered, strict=True)
        return [outcomes[write.ref] for write in writes]

    def accepted(self, change: Change) -> RemoteDocument:
        (outcome,) = self.send(change)
        assert isinstance(outcome, Accepted), outcome
        self.bench.learn(change.document, outcome.remote)
        return outcome.remote

    def create(self, document: Document) -> RemoteDocument:
        return self.accepted(creating(document))

    def taking_back(self, document: Document, remote: RemoteDocument) -> Sequence[Outcome]:
        provider = self.bench.provider
        self.keys += 1
        write = provider.take_back(document.ref, remote)
        if write is None:
            pytest.skip("these books keep the number of what is void")
        return provider.send(provider.pack([write], f"contract-{self.keys}"))

    def found(self, document: Document) -> tuple[RemoteDocument, ...]:
        sought = Sought(ref=document.ref, number=document.number, stamp=document.ref.id)
        if isinstance(document, Customer | Item | Label):
            sought = replace(sought, names=(document.name,))
        return self.bench.provider.find([sought])[document.ref]

    def invoice_of(self, delivery: Delivery, remote: RemoteDocument) -> tuple[RemoteDocument, ...]:
        sought = Sought(ref=delivery.ref, remote_id=remote.id)
        return self.bench.provider.find([sought])[delivery.ref]

    def customer(self, name: str = "Contract Ltd") -> Customer:
        customer = self.bench.customer(name)
        self.create(customer)
        return customer

    def invoice(
        self, number: str = "C-1", amount: str = "100.00"
    ) -> tuple[Invoice, RemoteDocument]:
        invoice = self.bench.invoice(
            number, self.customer(f"Customer of {number}"), Decimal(amount)
        )
        return invoice, self.create(invoice)


def creating(document: Document) -> Change:
    return Change(action=Action.CREATE, document=document)


def a_label(kind: Kind, name: str) -> Label:
    return Label(ref=a_ref(kind, f"name:{name.casefold()}"), name=name)


def mail_of(invoice: Invoice) -> Delivery:
    return Delivery(
        ref=replace(invoice.ref, kind=Kind.DELIVERIES),
        invoice=invoice.ref,
        number=invoice.number,
        currency=invoice.currency,
        total=invoice.total,
        date=invoice.date,
        customer=invoice.customer,
        address="ann@example.com",
    )


def rewriting(action: Action, document: Document, remote: RemoteDocument) -> Change:
    return Change(action=action, document=document, remote=remote)


def taking_off(payment: RemoteDocument, invoice: RemoteDocument) -> Change:
    document = UnappliedPayment(
        ref=DocumentRef(Kind.UNAPPLIED_PAYMENTS, "", payment.id),
        number=payment.number,
        date=A_DAY,
        currency=payment.currency,
        amount=Decimal("42.00"),
        invoices=(invoice.id,),
    )
    return rewriting(Action.UPDATE, document, payment)


class ProviderContract:
    """Derive it and give `bench`."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError

    @pytest.fixture
    def clerk(self, bench: Bench) -> Clerk:
        return Clerk(bench)

    def test_the_company_is_read_once(self, bench: Bench) -> None:
        first = bench.provider.company()
        reads = bench.provider.calls.read

        assert bench.provider.company() == first
        assert first.id
        assert first.name
        assert bench.provider.calls.read == reads

    def test_threads_that_ask_together_ask_once(self, bench: Bench) -> None:
        together = threading.Barrier(6, timeout=10)

        def ask() -> None:
            together.wait()
            bench.provider.company()
            list(bench.provider.pull(ListKind.TAX_CODES))

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        reads = bench.provider.calls.read
        bench.provider.company()
        list(bench.provider.pull(ListKind.TAX_CODES))

        assert bench.provider.calls.read == reads <= 4

    def test_lists_have_ids_and_full_names(self, bench: Bench) -> None:
        entries = list(bench.provider.pull(ListKind.ITEMS))

        assert entries
        assert all(entry.id and entry.name and entry.full_name for entry in entries)
        assert len({entry.id for entry in entries}) == len(entries)

    def test_what_is_created_is_found_exactly_as_it_was_answered(self, clerk: Clerk) -> None:
        invoice, remote = clerk.invoice()

        assert clerk.found(invoice) == (remote,)
        assert (remote.stamp, remote.number, remote.total) == (
            invoice.ref.id,
            invoice.number,
            invoice.total,
        )
        assert (remote.date, remote.currency) == (invoice.date, invoice.currency)
        by_id = Sought(ref=invoice.ref, remote_id=remote.id)
        assert clerk.bench.provider.find([by_id]) == {invoice.ref: (remote,)}

    def test_what_is_not_there_is_answered_with_nothing(self, clerk: Clerk) -> None:
        customer = clerk.bench.customer("Nobody")
        invoice = clerk.bench.invoice("C-404", customer, Decimal(1))

        assert clerk.found(invoice) == ()
        assert clerk.found(customer) == ()

    def test_a_customer_is_found_under_any_spelling_of_its_name(self, clerk: Clerk) -> None:
        customer = clerk.customer("Grey  & Sons")
        ref = customer.ref

        for name in ("grey & sons", " GREY &  SONS "):
            found = clerk.bench.provider.find([Sought(ref=ref, names=(name,))])[ref]
            assert [each.name for each in found] == ["Grey & Sons"]

    def test_an_item_is_made_once_and_found_under_any_spelling_of_its_name(
        self, clerk: Clerk
    ) -> None:
        item = clerk.bench.item("Late  checkout")
        assert clerk.found(item) == ()
        made = clerk.create(item)

        for name in ("late checkout", " LATE  checkout "):
            found = clerk.bench.provider.find([Sought(ref=item.ref, names=(name,))])
            assert found == {item.ref: (made,)}
        (again,) = clerk.send(creating(replace(item, ref=replace(item.ref, id="again"))))
        assert isinstance(again, Rejected)
        assert again.refusal is Refusal.DUPLICATE

    @pytest.mark.parametrize("kind", sorted(LABELS))
    def test_a_class_or_location_is_made_once_below_its_parent(
        self, clerk: Clerk, kind: Kind
    ) -> None:
        above, below = a_label(kind, "Coast"), a_label(kind, "Coast:Harbour")
        assert clerk.found(below) == ()
        clerk.create(above)
        made = clerk.create(below)
        assert made.name == "Coast:Harbour"

        for name in ("coast: harbour", " COAST:Harbour "):
            sought = Sought(ref=below.ref, names=(name,))
            assert clerk.bench.provider.find([sought]) == {below.ref: (made,)}
        (again,) = clerk.send(creating(replace(below, ref=replace(below.ref, id="again"))))
        assert isinstance(again, Rejected)
        assert again.refusal is Refusal.DUPLICATE

    def test_a_form_that_the_books_number_is_found_by_its_stamp(self, clerk: Clerk) -> None:
        made = clerk.bench.invoice("C-1", clerk.customer(), Decimal(5))
        invoice = replace(made, numbered=False)
        remote = clerk.create(invoice)

        later = A_DAY + dt.timedelta(days=200)
        other = replace(invoice.ref, id="C-2")
        found = clerk.bench.provider.find(
            [Sought(ref=each, stamp=each.id, date=later) for each in (invoice.ref, other)]
        )
        assert remote in found[invoice.ref]
        assert remote not in found[other]

    def test_several_questions_are_answered_together(self, clerk: Clerk) -> None:
        one, first = clerk.invoice("C-1")
        two, second = clerk.invoice("C-2")
        three = replace(two, ref=replace(two.ref, id="C-3"), number="C-3")
        before = clerk.bench.provider.calls.read

        found = clerk.bench.provider.find(
            [
                Sought(ref=each.ref, number=each.number, stamp=each.ref.id)
                for each in (one, two, three)
            ]
        )
        assert found == {one.ref: (first,), two.ref: (second,), three.ref: ()}
        assert clerk.bench.provider.calls.read == before + 1

    def test_hostile_numbers_find_nothing_else(self, clerk: Clerk) -> None:
        invoice, _ = clerk.invoice()
        refs = [
            replace(invoice.ref, id=text)
            for text in ("') OR ('1'='1", "x'--", "%", "\\", "'", "a\nb", "\u202e")
        ]

        found = clerk.bench.provider.find([Sought(ref=ref, number=ref.id) for ref in refs])
        assert found == dict.fromkeys(refs, ())

    def test_outcomes_stand_in_the_order_of_the_writes(self, clerk: Clerk) -> None:
        customer = clerk.customer()
        invoices = [clerk.bench.invoice(f"C-{n}", customer, Decimal(n)) for n in range(1, 8)]
        outcomes = clerk.send(*map(creating, invoices))

        assert [each.remote.number for each in outcomes if isinstance(each, Accepted)] == [
            invoice.number for invoice in invoices
        ]

    def test_one_that_is_refused_leaves_the_others_alone(self, clerk: Clerk) -> None:
        customer = clerk.customer()
        good = clerk.bench.invoice("C-1", customer, Decimal(5))
        twin = replace(clerk.bench.customer("Contract Ltd"), ref=replace(customer.ref, id="twin"))
        outcomes = clerk.send(creating(twin), creating(good))

        assert isinstance(outcomes[0], Rejected)
        assert outcomes[0].refusal is Refusal.DUPLICATE
        assert outcomes[0].problem.provider_code
        assert isinstance(outcomes[1], Accepted)

    def test_a_payment_settles_its_invoice(self, clerk: Clerk) -> None:
        invoice, remote = clerk.invoice(amount="42.00")
        payment = clerk.bench.payment("pay_" + "0123456789" * 3, invoice)
        paid = clerk.create(payment)

        assert clerk.found(payment) == (paid,)
        assert paid.stamp == payment.ref.id
        (after,) = clerk.found(invoice)
        assert (after.balance, after.digest) == (Decimal(0), remote.digest), "a payment is no edit"

    def test_a_payment_of_several_invoices_is_told_as_one(self, clerk: Clerk) -> None:
        customer = clerk.customer()
        invoices = [clerk.bench.invoice(f"C-{n}", customer, Decimal(30 + n)) for n in (1, 2)]
        there = [clerk.create(each) for each in invoices]
        parts = [part for each in invoices for part in clerk.bench.payment("p-1", each).allocations]
        payment = replace(
            clerk.bench.payment("p-1", invoices[0]), amount=Decimal(63), allocations=tuple(parts)
        )
        in_parts = Kind.PAYMENT_PARTS in clerk.bench.kinds
        cut_up = [each for each in split([payment], ()) if isinstance(each, Payment)]
        written = cut_up if in_parts else [payment]
        made = [clerk.create(each) for each in written]

        assert [clerk.found(each) for each in written] == [(each,) for each in made]
        assert sum(each.total or 0 for each in made) == Decimal(63)
        (told,) = clerk.bench.provider.payments().payments
        assert (told.id, told.stamp, told.amount) == (made[0].id, "p-1", Decimal(63))
        assert sorted((each.remote_id, each.amount) for each in told.applied) == sorted(
            (remote.id, part.amount) for remote, part in zip(there, parts, strict=True)
        )
        assert [clerk.found(each)[0].balance for each in invoices] == [0, 0]

    def test_an_update_changes_and_keeps_the_id(self, clerk: Clerk) -> None:
        invoice, remote = clerk.invoice(amount="10.00")
        line = replace(invoice.lines[0], amount=Decimal("12.00"), quantity=None, unit_price=None)
        changed = replace(invoice, lines=(line,), total=Decimal("12.00"))
        after = clerk.accepted(rewriting(Action.UPDATE, changed, remote))

        assert (after.id, after.total, after.stamp) == (remote.id, Decimal("12.00"), invoice.ref.id)
        assert after.digest != remote.digest
        assert clerk.found(invoice) == (after,)

    def test_a_hand_made_change_is_seen_and_not_overwritten(self, clerk: Clerk) -> None:
        invoice, remote = clerk.invoice()
        clerk.bench.touch(remote)

        (now,) = clerk.found(invoice)
        assert now.digest != remote.digest
        if not clerk.bench.provider.limits.guards_updates:
            pytest.skip("these books take an update whatever happened since the reading")
        (outcome,) = clerk.send(rewriting(Action.UPDATE, invoice, remote))
        assert isinstance(outcome, Rejected)
        assert outcome.refusal is Refusal.STALE

    def test_a_payment_and_its_invoice_name_each_other(self, clerk: Clerk) -> None:
        invoice, remote = clerk.invoice(amount="42.00")
        paid = clerk.create(clerk.bench.payment("p-1", invoice))
        (after,) = clerk.found(invoice)

        assert [each[:2] for each in after.links] == [(Kind.PAYMENTS, paid.id)]
        assert [(each.kind, each.remote_id, each.amount) for each in paid.links] == [
            (Kind.INVOICES, remote.id, Decimal("42.00"))
        ]
        assert not paid.deposited

    def test_a_payment_is_taken_off_its_invoice_and_keeps_its_money(self, clerk: Clerk) -> None:
        if Kind.UNAPPLIED_PAYMENTS not in clerk.bench.kinds:
            pytest.skip("in these books no payment is without what it settles")
        invoice, remote = clerk.invoice(amount="42.00")
        payment = clerk.bench.payment("p-1", invoice)
        paid = clerk.create(payment)
        off = clerk.accepted(taking_off(paid, remote))

        assert (off.id, off.total, off.balance, off.links) == (
            paid.id, Decimal("42.00"), Decimal("42.00"), (),
        )  # fmt: skip
        assert clerk.found(payment) == (replace(off, kind=Kind.PAYMENTS, stamp=payment.ref.id),)
        (after,) = clerk.found(invoice)
        assert (after.balance, after.links, after.digest) == (
            Decimal("42.00"), (), remote.digest,
        )  # fmt: skip
        (again,) = clerk.send(taking_off(paid, remote))
        assert isinstance(again, Rejected)
        assert again.refusal is Refusal.STALE

    def test_a_document_that_is_dated_otherwise_tells_its_real_date(self, clerk: Clerk) -> None:
        customer = clerk.customer()
        invoice = clerk.bench.invoice("C-1", customer, Decimal(5))
        later = A_DAY + dt.timedelta(days=31)
        remote = clerk.accepted(replace(creating(invoice), booked=later))

        assert (remote.date, remote.real_date) == (later, A_DAY)
        assert remote.stamp == invoice.ref.id
        assert clerk.found(invoice) == (remote,)

    def test_a_customers_contact_data_are_renewed_and_nothing_else(self, clerk: Clerk) -> None:
        customer = replace(clerk.bench.customer("Ada"), email="ada@example.com", phone="555 0100")
        remote = clerk.create(customer)
        renewed = replace(customer, name="Another", email="", company="Ada & Co", phone="555 0199")
        after = clerk.accepted(rewriting(Action.UPDATE, renewed, remote))

        company = "Ada & Co" if clerk.bench.holds_companies else ""
        assert (after.id, after.name, after.email, after.company, after.phone) == (
            remote.id, "Ada", "ada@example.com", company, "555 0199",
        )  # fmt: skip

    @pytest.mark.parametrize("kind", [Kind.INVOICES, Kind.PAYMENTS])
    def test_a_void_is_seen_as_one(self, clerk: Clerk, kind: Kind) -> None:
        document: Document
        invoice, remote = clerk.invoice()
        document = invoice
        if kind is Kind.PAYMENTS:
            document = clerk.bench.payment("p-1", invoice)
            remote = clerk.create(document)
        voided = clerk.accepted(rewriting(Action.VOID, document, remote))

        assert (voided.id, voided.voided, voided.total) == (remote.id, True, Decimal(0))
        assert clerk.found(document) == (voided,)

    def test_a_payment_that_was_taken_back_leaves_its_place(self, clerk: Clerk) -> None:
        invoice, _ = clerk.invoice(amount="42.00")
        payment = clerk.bench.payment("p-1", invoice)
        clerk.taking_back(payment, clerk.create(payment))
        sought = Sought(ref=payment.ref, number="p-1", stamp="p-1", date=A_DAY, to_create=True)
        assert clerk.bench.provider.find([sought])[payment.ref] == ()
        again = clerk.create(payment)
        assert clerk.bench.provider.find([sought])[payment.ref] == (again,)

    def test_what_is_taken_back_is_gone_and_its_number_is_free(self, clerk: Clerk) -> None:
        invoice, remote = clerk.invoice(amount="42.00")
        payment = clerk.bench.payment("p-1", invoice)
        paid = clerk.create(payment)
        (refused,) = clerk.taking_back(invoice, remote)
        assert isinstance(refused, Rejected), "a payment is on it"

        for document in (payment, invoice):
            (held,) = clerk.found(document)
            (outcome,) = clerk.taking_back(document, held)
            assert isinstance(outcome, Accepted)
            assert (outcome.remote.id, outcome.remote.voided) == (held.id, True)
            assert clerk.found(document) == ()
        (gone,) = clerk.taking_back(payment, paid)
        assert isinstance(gone, Rejected)
        assert gone.refusal is Refusal.GONE
        again = clerk.create(invoice)
        assert (again.number, again.id != remote.id) == (invoice.number, True)

    def test_what_somebody_changed_meanwhile_is_not_taken_back(self, clerk: Clerk) -> None:
        invoice, remote = clerk.invoice()
        clerk.bench.touch(remote)

        (outcome,) = clerk.taking_back(invoice, remote)
        assert isinstance(outcome, Rejected)
        assert outcome.refusal is Refusal.STALE
        assert len(clerk.found(invoice)) == 1

    def test_a_customer_is_never_taken_back(self, clerk: Clerk) -> None:
        customer = clerk.customer()
        (remote,) = clerk.found(customer)
        assert clerk.bench.provider.take_back(customer.ref, remote) is None

    def test_documents_are_listed_by_their_dates_voided_ones_too(self, clerk: Clerk) -> None:
        one, first = clerk.invoice("C-1")
        _, second = clerk.invoice("C-2")
        voided = clerk.accepted(rewriting(Action.VOID, one, first))
        dated, day = clerk.bench.provider.dated, dt.timedelta(days=1)

        listed = sorted(dated(Kind.INVOICES, A_DAY, A_DAY), key=lambda each: each.number)
        assert listed == [voided, second]
        assert list(dated(Kind.PAYMENTS, A_DAY, A_DAY)) == []
        assert list(dated(Kind.INVOICES, A_DAY + day, A_DAY + 9 * day)) == []

    def test_an_invoice_is_mailed_when_asked_and_says_so(self, clerk: Clerk) -> None:
        invoice, remote = clerk.invoice()
        delivery = mail_of(invoice)
        clerk.bench.learn(delivery, remote)
        assert [each.mailed for each in clerk.invoice_of(delivery, remote)] == [Mailed.NO]

        mailed = clerk.create(delivery)
        assert (mailed.id, mailed.mailed) == (remote.id, Mailed.SENT)
        assert clerk.invoice_of(delivery, remote) == (mailed,)
        (same,) = clerk.found(invoice)
        assert same.digest == remote.digest, "nothing of ours changed"

    def test_a_lost_answer_to_a_mail_is_unknown_and_the_invoice_tells(self, clerk: Clerk) -> None:
        invoice, remote = clerk.invoice()
        delivery = mail_of(invoice)
        clerk.bench.learn(delivery, remote)
        for lose, told in (
            (clerk.bench.drop_next_write, Mailed.NO),
            (clerk.bench.lose_next_answer, Mailed.SENT),
        ):
            lose()
            (outcome,) = clerk.send(creating(delivery))
            assert isinstance(outcome, Unknown)
            # Repeated under a key that these books rely on, it would go out twice.
            assert outcome.stored_answer or not clerk.bench.provider.limits.key_window
            assert [each.mailed for each in clerk.invoice_of(delivery, remote)] == [told]

    def test_only_what_can_be_mailed_to_is_an_address(self, bench: Bench) -> None:
        addresses = ["ann@example.com", "", "ann", "a@b", "ann@x.example, bob@x.example"]
        fitting = [each for each in addresses if bench.provider.mails_to(each)]
        assert fitting == ["ann@example.com"]

    def test_the_same_bytes_under_the_same_key_do_nothing_twice(self, clerk: Clerk) -> None:
        customer = clerk.customer()
        provider = clerk.bench.provider
        if not provider.limits.key_window:
            pytest.skip("these books promise nothing for a key")
        invoice = clerk.bench.invoice("C-1", customer, Decimal(5))
        exchange = provider.pack([provider.render(creating(invoice), clerk.bench.refs())], "key-1")

        first, second = provider.send(exchange), provider.send(exchange)
        assert [_remote(each) for each in first] == [_remote(each) for each in second]
        assert len(clerk.found(invoice)) == 1

    def test_a_lost_answer_is_unknown_and_the_document_is_found(self, clerk: Clerk) -> None:
        invoice = clerk.bench.invoice("C-1", clerk.customer(), Decimal(5))
        clerk.bench.lose_next_answer()
        (outcome,) = clerk.send(creating(invoice))

        assert isinstance(outcome, Unknown)
        assert [each.stamp for each in clerk.found(invoice)] == [invoice.ref.id]

    def test_a_lost_write_is_unknown_and_nothing_is_found(self, clerk: Clerk) -> None:
        invoice = clerk.bench.invoice("C-1", clerk.customer(), Decimal(5))
        clerk.bench.drop_next_write()
        (outcome,) = clerk.send(creating(invoice))

        assert isinstance(outcome, Unknown)
        assert clerk.found(invoice) == ()

    def test_a_throttled_write_was_certainly_not_carried_out(self, clerk: Clerk) -> None:
        customer = clerk.customer()
        invoices = [clerk.bench.invoice(f"C-{n}", customer, Decimal(5)) for n in range(3)]
        clerk.bench.throttle_next()
        outcomes = clerk.send(*map(creating, invoices))

        assert [type(each) for each in outcomes] == [Throttled] * 3
        assert all(each.wait > 0 for each in outcomes if isinstance(each, Throttled))
        assert clerk.found(invoices[0]) == ()
        assert clerk.bench.provider.calls.throttled == 1

    def test_the_budget_stops_before_the_call_and_nothing_is_done(self, clerk: Clerk) -> None:
        invoice = clerk.bench.invoice("C-1", clerk.customer(), Decimal(5))
        render, pack = clerk.bench.provider.render, clerk.bench.provider.pack
        exchange = pack([render(creating(invoice), clerk.bench.refs())], "key")
        poor = clerk.bench.limited_to(0)

        with pytest.raises(GuardStopped):
            poor.send(exchange)
        assert poor.calls.write == 0
        assert clerk.found(invoice) == ()

    def test_every_document_has_an_address_for_people(self, clerk: Clerk) -> None:
        _, remote = clerk.invoice()

        assert clerk.bench.provider.link(remote).startswith("http")
        assert remote.id in clerk.bench.provider.link(remote)

    def test_a_list_read_whole_is_the_list(self, bench: Bench) -> None:
        first = sorted(bench.provider.pull(ListKind.ITEMS), key=lambda each: each.id)
        whole = bench.provider.pull(ListKind.ITEMS, whole=True)

        assert sorted(whole, key=lambda each: each.id) == first

    def test_a_payment_is_read_back_with_what_it_settles(self, clerk: Clerk) -> None:
        invoice, remote = clerk.invoice(amount="42.00")
        payment = clerk.bench.payment("p-1", invoice)
        paid = clerk.create(payment)
        (found,) = clerk.bench.provider.payments().payments

        assert (found.id, found.stamp, found.date) == (paid.id, payment.ref.id, payment.date)
        assert (found.amount, found.unapplied) == (Decimal("42.00"), Decimal(0))
        assert (found.currency, found.customer) == (paid.currency, remote.customer)
        (part,) = found.applied
        assert (part.kind, part.remote_id, part.number) == (Kind.INVOICES, remote.id, "C-1")
        assert part.amount == Decimal("42.00")

    def test_what_happened_to_payments_since_an_answer_is_told_by_the_next(
        self, clerk: Clerk
    ) -> None:
        invoice, _ = clerk.invoice()
        payment = clerk.bench.payment("p-1", invoice)
        remote = clerk.create(payment)
        before = clerk.bench.provider.payments()
        clerk.accepted(rewriting(Action.VOID, payment, remote))
        after = clerk.bench.provider.payments(since=before.at, known=[remote.id])

        assert [each.voided for each in before.payments] == [False]
        assert [(each.id, each.voided) for each in after.payments] == [(remote.id, True)]
        assert (after.removed, after.at >= before.at) == ((), True)

    def test_payments_are_chosen_by_their_date(self, clerk: Clerk) -> None:
        invoice, _ = clerk.invoice()
        remote = clerk.create(clerk.bench.payment("p-1", invoice))
        read = clerk.bench.provider.payments
        after = A_DAY + dt.timedelta(days=1)

        assert [each.id for each in read(dated_from=A_DAY).payments] == [remote.id]
        assert read(dated_from=after).payments == ()

    def test_profit_and_loss_holds_what_was_invoiced_in_its_days(self, clerk: Clerk) -> None:
        clerk.invoice(amount="42.00")
        report = clerk.bench.provider.profit_and_loss(A_DAY, A_DAY)
        before = clerk.bench.provider.profit_and_loss(
            A_DAY - dt.timedelta(days=9), A_DAY - dt.timedelta(days=1)
        )

        (net,) = [row for row in report.rows if row.part == "net_income"]
        assert net.amounts == (Decimal("42.00"),)
        assert (report.since, report.until, report.basis) == (A_DAY, A_DAY, "accrual")
        assert (report.empty, before.empty) == (False, True)

    def test_a_closed_period_or_number_too_long_is_known_before_sending(self, bench: Bench) -> None:
        bench.provider.company()
        customer = bench.customer("Long")
        writes = bench.provider.calls.write
        problems = bench.provider.review(bench.invoice("N" * 400, customer, Decimal(1)))

        assert [problem.is_error for problem in problems][:1] == [True]
        assert bench.provider.calls.write == writes


def _remote(outcome: Outcome) -> RemoteDocument | None:
    """Tell the document of an answer; each call has a name of its own."""
    return outcome.remote if isinstance(outcome, Accepted) else None


A_DAY = dt.date(2025, 3, 1)


def a_ref(kind: Kind, source_id: str) -> DocumentRef:
    return DocumentRef(kind, "contract", source_id)
