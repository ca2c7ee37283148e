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
    Kind,
    ListEntry,
    ListKind,
    Payout,
    Reference,
    both_accounts,
)
from acctsync.plan.deciding import invoices_of
from acctsync.plan.model import Known, Standing
from acctsync.plan.references import Catalog
from acctsync.plan.selection import needs
from acctsync.state.store import Store


class Facts:
    """The facts of one run; they grow as the books answer."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents: dict[DocumentRef, Document] = {each.ref: each for each in documents}
        self.known: dict[DocumentRef, Known] = {}
        self.outside: dict[str, Known] = {}
        self.catalog = Catalog({})

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
        ref = None if isinstance(document, Customer) else document.customer
        known_customer = self.settled(ref) if ref is not None else None
        return known_customer.remote_id if known_customer else ""

    # What the provider asks (port.Refs)

    def remote_id(self, ref: DocumentRef) -> str:
        """Tell a document's id in the books."""
        return self.known[ref].remote_id

    def allocated(self, payment: DocumentRef, wanted: str) -> str:
        """Tell the id in the books of the invoice that a payment or refund names."""
        document = self.documents[payment]
        ref = next(ref for ref, name in invoices_of(document) if name == wanted)
        found = self.invoice_of(ref, wanted)
        assert found is not None, "a payment is only written once its invoices are there"
        return found.remote_id

    def customer_of(self, document: DocumentRef) -> str:
        """Tell the id in the books of a document's customer."""
        return self.remote_customer(self.documents[document])

    def entry(self, kind: ListKind, reference: Reference) -> ListEntry:
        """Tell the list entry that a reference names."""
        found = self.catalog.resolve(kind, reference)
        assert isinstance(found, ListEntry), "references are resolved before anything is rendered"
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
