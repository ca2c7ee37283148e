"""Payments read back: what changed since a moment, or those dated from a day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from acctsync.documents import AppliedPart, Kind, RecordedPayment
from acctsync.money import ZERO
from acctsync.providers.port import PaymentsRead
from acctsync.providers.stamps import stamped_id, unstamped
from acctsync.providers.xero import questions
from acctsync.providers.xero.context import DELETED
from acctsync.providers.xero.dates import day, moment
from acctsync.providers.xero.reading import Reader
from acctsync.providers.xero.values import amount
from acctsync.providers.xero.verdicts import unusable

_RECEIVED = "ACCRECPAYMENT"
# Whether the moment itself counts is nowhere said, and clocks differ.
_OVERLAP = dt.timedelta(minutes=5)


class Payments:
    """The payments of one organisation; `home` is its own currency, `now` by Xero's clock.

    Money given back (for a credit note, a prepayment or an overpayment) is a payment in Xero, too;
    its type tells it apart, not what it hangs on (Xero: payments). It is nothing that was received.
    """

    def __init__(self, reader: Reader, *, home: str, now: Callable[[], dt.datetime]) -> None:
        self._reader = reader
        self._home = home
        self._now = now

    def dated(self, first: dt.date | None) -> PaymentsRead:
        """Read payments dated from a day on, or all."""
        asked = questions.since_day("Payments", first) if first is not None else {}
        return self._told(self._reader.pages("Payments", asked))

    def changed(self, since: dt.datetime) -> PaymentsRead:
        """Read what changed since a moment; deleted payments are still told, as such."""
        pages = self._reader.pages("Payments", since=since.astimezone(dt.UTC) - _OVERLAP)
        return self._told(pages)

    def _told(self, pages: Iterator[list[dict[str, Any]]]) -> PaymentsRead:
        at = self._now()
        try:
            rows = [row for page in pages for row in page if row.get("PaymentType") == _RECEIVED]
            payments = tuple(received(row, self._home) for row in rows)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise unusable("payments") from error
        return PaymentsRead(payments=payments, at=at)


def received(row: Mapping[str, Any], home: str) -> RecordedPayment:
    """Read one payment; raises LookupError or ValueError for one that is none."""
    reference = str(row.get("Reference") or "")
    void = row.get("Status") == DELETED
    whole = ZERO if void else amount(row.get("Amount")) or ZERO
    settled = row.get("Invoice")
    invoice = settled if isinstance(settled, Mapping) else {}
    contact = invoice.get("Contact")
    account = row.get("Account")
    part = AppliedPart(
        kind=Kind.INVOICES,
        remote_id=str(invoice.get("InvoiceID") or ""),
        number=str(invoice.get("InvoiceNumber") or ""),
        amount=whole,
    )
    return RecordedPayment(
        id=str(row["PaymentID"]),
        currency=str(invoice.get("CurrencyCode") or home),
        amount=whole,
        unapplied=ZERO,
        date=day(row.get("Date")),
        customer=_said(contact, "ContactID"),
        customer_name=_said(contact, "Name"),
        reference=unstamped(reference),
        deposit_to=_said(account, "Name") or _said(account, "Code"),
        applied=() if void else (part,),
        voided=void,
        stamp=stamped_id(reference, Kind.PAYMENTS),
        changed_at=moment(row.get("UpdatedDateUTC")),
    )


def _said(part: object, name: str) -> str:
    return str(part.get(name) or "") if isinstance(part, Mapping) else ""
