"""The kinds of document that can be pushed into Xero; known without loading a client."""

from __future__ import annotations

from acctsync.documents import CUT, Kind

# A payment in Xero settles one document and has no life without it: none is taken off. Money that
# settles nothing yet is a prepayment.
KINDS = frozenset(Kind) - {Kind.UNAPPLIED_PAYMENTS}
# Xero: payments, bank transfers, pre- and overpayments: made or deleted, never changed.
UNCHANGEABLE = frozenset({Kind.PAYMENTS, *CUT, Kind.REPAYMENTS, Kind.PAYOUTS, Kind.RETAINERS})
# Xero: bank transfers: made, and no more than that.
UNTAKEABLE = frozenset({Kind.PAYOUTS})
