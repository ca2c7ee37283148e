"""Payments read back: what changed since a moment, or all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from acctsync.clock import Clock
from acctsync.documents import ListEntry, ListKind, RecordedPayment
from acctsync.providers.encoding import Json
from acctsync.providers.port import PaymentsRead, Removed
from acctsync.providers.qbo import queries
from acctsync.providers.qbo.changes import LOOKS_BACK, OVERLAP, changed_at
from acctsync.providers.qbo.reading import Reader, unusable
from acctsync.providers.qbo.received import Names, received, unnamed, unnumbered

_PAYMENT = "Payment"
# Payments can be deleted while pages are read; pages overlap, so that this shows.
_OVERLAP_ROWS = 1


class Payments:
    """The payments of one company. `pull` reads a list, `home` the company's own currency."""

    def __init__(
        self,
        reader: Reader,
        *,
        pull: Callable[[ListKind], Iterable[ListEntry]],
        home: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._reader = reader
        self._pull = pull
        self._home = home
        self._clock = clock

    def dated(self, day: dt.date | None) -> PaymentsRead:
        """Read payments dated from a day on, or all."""
        where = f"TxnDate >= '{day.isoformat()}'" if day is not None else ""
        at: dt.datetime | None = None
        payments: list[RecordedPayment] = []
        for page in self._reader.pages(_PAYMENT, where=where, overlap=_OVERLAP_ROWS):
            at = at or page.at
            payments += self._received(page.rows)
        return _told(payments, at, {})

    def changed(self, since: dt.datetime, known: Collection[str]) -> PaymentsRead:
        """Read what changed since a moment of the server's, and which payments went.

        What the vendor no longer tells, or can't tell in one answer, is found by reading all.
        """
        since -= OVERLAP
        if self._clock.now() - since < LOOKS_BACK:
            told = self._reader.changes([_PAYMENT], since)
            if told is not None and told.whole:
                return _told(self._received(told.rows[_PAYMENT]), told.at, told.gone[_PAYMENT])
        return self._compared(since, known)

    def _compared(self, since: dt.datetime, known: Collection[str]) -> PaymentsRead:
        at: dt.datetime | None = None
        payments: list[RecordedPayment] = []
        missing = set(known)
        for page in self._reader.pages(_PAYMENT, overlap=_OVERLAP_ROWS):
            at = at or page.at
            missing -= {str(row["Id"]) for row in page.rows}
            payments += self._received([row for row in page.rows if _written_since(row, since)])
        return _told(payments, at, dict.fromkeys(sorted(missing)))

    def _received(self, rows: Sequence[Json]) -> list[RecordedPayment]:
        names = self._names(rows)
        try:
            return [received(row, names) for row in rows]
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise unusable(_PAYMENT) from error

    def _names(self, rows: Sequence[Json]) -> Names:
        """Find names for what the rows tell by id only, asking for nothing they don't need."""
        numbers = sorted({key for row in rows for key in unnumbered(row)})
        return Names(
            methods=self._list(rows, "PaymentMethodRef", ListKind.PAYMENT_METHODS),
            accounts=self._list(rows, "DepositToAccountRef", ListKind.ACCOUNTS),
            invoices=self._numbers(numbers),
            currency="" if all(row.get("CurrencyRef") for row in rows) else self._home(),
        )

    def _list(self, rows: Sequence[Json], ref: str, kind: ListKind) -> dict[str, str]:
        if not any(unnamed(row, ref) for row in rows):
            return {}
        return {each.id: each.full_name for each in self._pull(kind)}

    def _numbers(self, ids: Sequence[str]) -> dict[str, str]:
        found = [
            row
            for part in queries.chunks([each for each in ids if each.isdecimal()])
            for row in self._reader.some("Invoice", queries.ids_in("Invoice", part))
        ]
        return {str(row["Id"]): str(row.get("DocNumber") or "") for row in found}


def _told(
    payments: Sequence[RecordedPayment],
    at: dt.datetime | None,
    gone: Mapping[str, dt.datetime | None],
) -> PaymentsRead:
    if at is None:
        raise unusable(_PAYMENT)
    removed = tuple(Removed(key, moment) for key, moment in gone.items())
    return PaymentsRead(payments=tuple(payments), at=at, removed=removed)


def _written_since(row: Json, since: dt.datetime) -> bool:
    at = changed_at(row)
    return at is None or at >= since
