"""The kinds of document that can be pushed into QuickBooks; known without loading a client."""

from __future__ import annotations

from acctsync.documents import CUT, Kind

# A refund receipt is what is taken back and its money in one, a payment is for any invoices; and
# nobody but QuickBooks writes into a document's history.
KINDS = frozenset(Kind) - {Kind.REPAYMENTS, *CUT, Kind.NOTES}
