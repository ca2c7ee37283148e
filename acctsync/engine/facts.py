"""What one run knows while it works: the documents, what the books hold of them, and the lists.

It answers the provider's question where a document's references lead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from acctsync.documents import (
    PARTIES,
    Customer,
    Document,
    DocumentRef,
    Item,
    Kind,
    Label,
    Listed,
    ListEntry,
    ListKind,
    Payment,
    Payout,
    Reference,
    both_accounts,
)
from acctsync.errors import Problem
from acctsync.plan.deciding import invoices_of
from acctsync.plan.drafting import is_void
from acctsync.plan.items import gone as item_gone
from acctsync.plan.labels import gone as label_gone
from acctsync.plan.model import Change, Known, Standing
from acctsync.plan.owing import owing
from acctsync.plan.references import Catalog, Named, references
from acctsync.plan.retaining import Forms
from acctsync.plan.selection import needs
from acctsync.state.store import Store


class Facts:
    """The facts of one run; they grow as the books answer."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents: dict[DocumentRef, Document] = {each.ref: each for each in documents}
        self.known: dict[DocumentRef, Known] = {}
        self.outside: dict[str, Known] = {}
        self.catalog = Catalog({})
        # Names that lead to what a plan makes or has made: no list tells them yet.
        self.made: dict[Named, DocumentRef] = {}
        # The receipts that stand for payments, by the payments' refs.
        self.forms = Forms()
        self.written: dict[DocumentRef, DocumentRef] = {}
        # What new documents owe once they are in the books: a mail, a note.
        self.owing: dict[DocumentRef, tuple[Kind, ...]] = {}

    def add(self, documents: Iterable[Document], store: Store | None) -> None:
        """Take more documents in, with what the state remembers of them."""
        fresh = {each.ref: each for each in documents}
        self.documents |= fresh
        if store is not None and fresh:
            self.known |= store.known(fresh)

    def owe(self, parts: Iterable[Change]) -> None:
        """Note what new documents will owe by these planned parts."""
        for ref, kinds in owing(parts).items():
            self.owing[ref] = (*self.owing.get(ref, ()), *kinds)

    def needs(self, document: Document) -> Iterator[DocumentRef]:
        """Name the documents that must be in the books before this one, made items included."""
        yield from (self.written.get(ref, ref) for ref in needs(document))
        if self.made:
            named = dict.fromkeys(references(document))
            yield from dict.fromkeys(self.made[each] for each in named if each in self.made)

    def gone(self, document: Document) -> Problem | None:
        """Say what was made for a document and the lists hold no more."""
        for named in references(document):
            ref = self.made.get(named)
            known = self.settled(ref) if ref is not None else None
            if known is None or self.catalog.by_id(named[0], known.remote_id) is not None:
                continue
            match self.documents.get(known.ref):
                case Item() as item:
                    return item_gone(item, known.remote_id)
                case Label() as label:
                    return label_gone(label, known.remote_id)
        return None

    def resolve(self, kind: ListKind, reference: Reference) -> ListEntry | Problem:
        """Find the entry that a reference names, made in this run or listed; or say why not."""
        made = self.made.get((kind, reference))
        known = self.settled(made) if made is not None else None
        if known is None:
            return self.catalog.resolve(kind, reference)
        listed = self.catalog.by_id(kind, known.remote_id)
        name = listed.full_name if listed else str(reference)
        return listed or ListEntry(id=known.remote_id, name=name, full_name=name)

    def recall(self, store: Store, others: Iterable[DocumentRef] = ()) -> None:
        """Recall what the state remembers of these documents, of what they name and of others."""
        named = (ref for each in self.documents.values() for ref in needs(each))
        self.known = store.known({*self.documents, *named, *others})
        self._recall_customers(store)
        for wanted in sorted(self.named_outside(self.documents.values())):
            found = [k for k in store.known_as(Kind.INVOICES, wanted) if k.remote_id]
            if len(found) == 1:
                self.outside[wanted] = found[0]

    def settled(self, ref: DocumentRef) -> Known | None:
        """Tell what the books hold of a document, if they hold it."""
        known = self.known.get(ref)
        return known if known is not None and known.standing is not Standing.ABSENT else None

    def remembered(self, ref: DocumentRef) -> Known | None:
        """Tell what the books hold of a document of this export or of one that it names."""
        named = (each for each in self.outside.values() if each.ref == ref)
        return self.settled(ref) or next(named, None)

    def invoice_of(self, ref: DocumentRef | None, wanted: str) -> Known | None:
        """Tell what the books hold of the invoice that a payment or refund names."""
        found = self.settled(ref) if ref is not None else None
        return found or self.outside.get(wanted)

    def is_void(self, ref: DocumentRef | None, wanted: str) -> bool:
        """Tell whether the invoice that a payment or refund names is void."""
        document = self.documents.get(ref) if ref is not None else None
        if document is not None:
            return is_void(document)
        known = self.invoice_of(ref, wanted)
        return known is not None and known.standing is Standing.VOID

    def remote_customer(self, document: Document) -> str:
        """Tell the id of a document's customer in the books; empty while it has none.

        A payout has both its accounts on the other side. A payment belongs to its invoice's
        customer, or the books would not apply it.
        """
        if isinstance(document, Payout):
            return self._accounts_of(document)
        for known in self._invoices_of(document):
            if known.remote_customer:
                return known.remote_customer
        ref = None if isinstance(document, Listed) else document.customer
        known_customer = self.settled(ref) if ref is not None else None
        return known_customer.remote_id if known_customer else ""

    def learn(self, known: Known | None) -> None:
        """Take in what a write left in the books."""
        if known is not None:
            self.known[known.ref] = known

    # What the provider asks (port.Refs)

    def remote_id(self, ref: DocumentRef) -> str:
        """Tell a document's id in the books."""
        return self.known[ref].remote_id

    def allocated(self, payment: DocumentRef, wanted: str) -> str:
        """Tell the id in the books of the invoice that a payment or refund names.

        It is empty for a payment on a void invoice, whose money stays the customer's open credit.
        """
        document = self.documents[payment]
        ref = next(ref for ref, name in invoices_of(document) if name == wanted)
        if isinstance(document, Payment) and self.is_void(ref, wanted):
            return ""
        found = self.invoice_of(ref, wanted)
        assert found is not None, "a payment is only written once its invoices are there"
        return found.remote_id

    def customer_of(self, document: DocumentRef) -> str:
        """Tell the id in the books of a document's customer."""
        return self.remote_customer(self.documents[document])

    def entry(self, kind: ListKind, reference: Reference) -> ListEntry:
        """Tell the list entry that a reference names."""
        found = self.resolve(kind, reference)
        assert isinstance(found, ListEntry), "references are resolved before anything is rendered"
        return found

    def parent(self, kind: ListKind, path: str) -> ListEntry:
        """Tell the entry of a full name that others stand below."""
        found = self.catalog.parent(kind, path)
        assert found is not None, "what has no parent there is held back"
        return found

    # Inside

    def _accounts_of(self, payout: Payout) -> str:
        if ListKind.ACCOUNTS not in self.catalog:
            return ""
        found = [self.catalog.resolve(ListKind.ACCOUNTS, each) for each in payout.route]
        left, entered = (each.id if isinstance(each, ListEntry) else "" for each in found)
        return both_accounts(left, entered) if left and entered else ""

    def _recall_customers(self, store: Store) -> None:
        customers = [d for d in self.documents.values() if isinstance(d, Customer)]
        aliases = [alias for customer in customers for alias in customer.aliases]
        by_alias = {kind: store.known_by_alias(kind, aliases) for kind in PARTIES}
        for customer in customers:
            known = by_alias.get(customer.kind, {})
            remembered = next((known[a] for a in customer.aliases if a in known), None)
            if customer.ref not in self.known and remembered is not None:
                self.known[customer.ref] = remembered

    def named_outside(self, documents: Iterable[Document]) -> set[str]:
        """Name the invoices that are paid or refunded but neither in the export nor known."""
        return {
            wanted
            for document in documents
            for ref, wanted in invoices_of(document)
            if wanted not in self.outside
            and (ref is None or (ref not in self.documents and self.settled(ref) is None))
        }

    def _invoices_of(self, document: Document) -> Iterator[Known]:
        for ref, wanted in invoices_of(document):
            known = self.invoice_of(ref, wanted)
            if known is not None:
                yield known
