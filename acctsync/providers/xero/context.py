"""What a document's bytes depend on besides the document, and how documents stand in Xero."""

from __future__ import annotations

from acctsync.providers.port import Refs
from acctsync.providers.xero.company import Settings
from acctsync.values import dataclass

DRAFT, SUBMITTED, AUTHORISED = "DRAFT", "SUBMITTED", "AUTHORISED"
VOIDED, DELETED = "VOIDED", "DELETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a document's bytes depend on besides the document.

    `status` is what new invoices and credit notes get: DRAFT, SUBMITTED or AUTHORISED.
    """

    refs: Refs
    known: Settings
    status: str = AUTHORISED
