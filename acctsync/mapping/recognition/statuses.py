"""What the statuses of billing systems mean for the books; a table to add to, nothing else.

Words are in lower case, without spaces around them.
"""

from __future__ import annotations


def _said(words: str) -> tuple[str, ...]:
    return tuple(words.split(", "))


SALES: dict[str, str] = {
    **dict.fromkeys(
        _said(
            "paid, unpaid, sent, open, overdue, past due, partial, partially paid, "
            "partially_paid, viewed, awaiting payment, awaiting_payment, authorised, authorized, "
            "issued, posted, payment due, payment_due, not paid, not_paid, marked as paid, "
            "outstanding, finalized, final, approved, applied, due, partially refunded, "
            "partially_refunded, refunded, succeeded, success, complete, completed, settled, "
            "captured, committed, active, payee, envoyee, impayee, bezahlt, offen, betaald, "
            "pagada, closed paid"
        ),
        "open",
    ),
    **dict.fromkeys(
        _said(
            "void, voided, cancelled, canceled, deleted, reversed, annulee, annule, storniert, "
            "anulada, closed"
        ),
        "void",
    ),
    **dict.fromkeys(
        _said("draft, brouillon, entwurf, concept, borrador, awaiting approval"),
        "draft",
    ),
    **dict.fromkeys(
        _said("uncollectible, written off, written_off, bad debt, writtenoff"),
        "written_off",
    ),
    **dict.fromkeys(
        _said("failed, declined, rejected, expired, blocked"),
        "skip",
    ),
}

ESTIMATES: dict[str, str] = {
    **dict.fromkeys(
        _said("draft"),
        "draft",
    ),
    **dict.fromkeys(
        _said("sent, viewed, pending, open, active, unpaid"),
        "pending",
    ),
    **dict.fromkeys(
        _said("approved, accepted, won"),
        "accepted",
    ),
    **dict.fromkeys(
        _said("rejected, declined, lost"),
        "rejected",
    ),
    **dict.fromkeys(
        _said("converted, expired, invoiced, closed, cancelled, canceled, void"),
        "closed",
    ),
}

# A payment that did not happen, or not yet, is no payment.
NO_RECEIPTS = frozenset(
    _said(
        "blocked, canceled, cancelled, declined, deleted, draft, expired, failed, in transit, "
        "in_transit, pending, requires action, requires_action, void, voided"
    )
)

# How prices hold tax.
TREATMENTS: dict[str, str] = {
    **dict.fromkeys(
        _said("excluded, exclusive, no, false"),
        "exclusive",
    ),
    **dict.fromkeys(
        _said("included, inclusive, yes, true"),
        "inclusive",
    ),
    **dict.fromkeys(
        _said("notax, no tax, none"),
        "none",
    ),
}
