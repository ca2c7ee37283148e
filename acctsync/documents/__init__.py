"""Accounting documents as a billing system means them: made by the mapping, compared by the plan.

Names are ordinary accounting; nothing here knows a vendor. Amounts are exact decimals in the
document's own currency. A document that exists is well formed: whatever could not be understood
in the export became a Problem before it came here.
"""

from __future__ import annotations

from acctsync.documents.fingerprints import digest, fingerprint
from acctsync.documents.kinds import (
    ALLOCATIONS,
    ASSIGNABLE,
    CUT,
    EXPENSED_FEES,
    LABELS,
    OWED,
    PART_OF,
    PARTIES,
    PURCHASES,
    DocumentRef,
    Kind,
    ListKind,
    Mailed,
    State,
    TaxTreatment,
    note_of,
    part_of,
    whole_of,
)
from acctsync.documents.lines import Line, Reference, Tax
from acctsync.documents.listed import Customer, Item, Label, Listed, one_name
from acctsync.documents.parts import (
    CreditAllocation,
    Delivery,
    Fee,
    Note,
    Owed,
    Repayment,
    UnappliedPayment,
    both_accounts,
)
from acctsync.documents.recorded import (
    AppliedPart,
    Link,
    ListEntry,
    RecordedPayment,
    RemoteDocument,
)
from acctsync.documents.sales import Allocation, Invoice, Payment, Payout, Refund
from acctsync.documents.stubs import Document, Held, Stub, stub_of

__all__ = [
    "ALLOCATIONS",
    "ASSIGNABLE",
    "CUT",
    "EXPENSED_FEES",
    "LABELS",
    "OWED",
    "PARTIES",
    "PART_OF",
    "PURCHASES",
    "Allocation",
    "AppliedPart",
    "CreditAllocation",
    "Customer",
    "Delivery",
    "Document",
    "DocumentRef",
    "Fee",
    "Held",
    "Invoice",
    "Item",
    "Kind",
    "Label",
    "Line",
    "Link",
    "ListEntry",
    "ListKind",
    "Listed",
    "Mailed",
    "Note",
    "Owed",
    "Payment",
    "Payout",
    "RecordedPayment",
    "Reference",
    "Refund",
    "RemoteDocument",
    "Repayment",
    "State",
    "Stub",
    "Tax",
    "TaxTreatment",
    "UnappliedPayment",
    "both_accounts",
    "digest",
    "fingerprint",
    "note_of",
    "one_name",
    "part_of",
    "stub_of",
    "whole_of",
]
