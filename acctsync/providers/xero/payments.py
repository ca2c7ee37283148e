"""Payments read back: what changed since a moment, or those dated from a day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from acctsync.documents import AppliedPart, Kind, RecordedPayment
from acctsync.money import ZERO
from acctsync.providers.port import PaymentsRead
from acctsync.providers.stamps import unstamped
from acctsync.providers.xero import questions
from acctsync.providers.xero.context import DELETED
from acctsync.providers.xero.dates import day, moment
from acctsync.providers.xero.gathering import gathered, is_part, whole_stamp
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
        return self._told(self._completed(pages))

    def _completed(self, pages: Iterator[list[dict[str, Any]]]) -> Iterator[list[dict[str, Any]]]:
        """Add the parts that did not change of payments of which others did."""
        rows = [row for page in pages for row in page]
        yield rows
        torn = [row for row in rows if is_part(row)]
        days = [at for row in torn if (at := day(row.get("Date"))) is not None]
        if not days:
            return
        wanted = {whole_stamp(str(row["Reference"])) for row in torn}
        seen = {row.get("PaymentID") for row in rows}
        for page in self._reader.pages("Payments", questions.since_day("Payments", min(days))):
            yield [
                row
                for row in page
                if is_part(row)
                and whole_stamp(str(row["Reference"])) in wanted
                and row.get("PaymentID") not in seen
            ]

    def _told(self, pages: Iterator[list[dict[str, Any]]]) -> PaymentsRead:
        at = self._now()
        try:
            rows = [row for page in pages for row in page if row.get("PaymentType") == _RECEIVED]
            payments = gathered(received(row, self._home) for row in rows)
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
        stamp=whole_stamp(reference),
        changed_at=moment(row.get("UpdatedDateUTC")),
    )


def _said(part: object, name: str) -> str:
    return str(part.get(name) or "") if isinstance(part, Mapping) else ""
