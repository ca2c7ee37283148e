"""Read payments back from the books: what is new, changed or deleted since the last time.

What was told is remembered only once somebody has it: `remember` comes after the output.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from acctsync.documents import ALLOCATIONS, Kind, RecordedPayment, whole_of
from acctsync.plan.model import Known
from acctsync.plan.news import News, PullMemory, news_of, remembered
from acctsync.providers.port import Calls, PaymentsRead, Provider
from acctsync.state.store import Store

_REPORTED = frozenset({News.NEW, News.CHANGED, News.DELETED})
# What the books keep as a payment, and what a payment is applied to.
_PAYING = (Kind.PAYMENTS, Kind.PAYMENT_PARTS, *ALLOCATIONS)
_SETTLED = (Kind.INVOICES, Kind.CREDIT_NOTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledPayment:
    """One payment and what became of it.

    `source_id` is its id in the export, if we pushed or adopted it; `invoices` are the export's ids
    of the documents it is applied to, by their ids in the books, as far as we know them.
    """

    news: News
    payment: RecordedPayment
    source_id: str = ""
    invoices: Mapping[str, str]

    @property
    def ours(self) -> bool:
        return bool(self.source_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullResult:
    """What a pull found. `since` is when the last one was; None where it told everything anew.

    `memory` is what to remember afterwards; None where an earlier memory stays as it is.
    """

    payments: tuple[PulledPayment, ...]
    until: dt.datetime
    since: dt.datetime | None = None
    dated_from: dt.date | None = None
    calls: Calls = field(default_factory=Calls)
    memory: PullMemory | None = None


def pull_payments(store: Store, provider: Provider, dated_from: dt.date | None) -> PullResult:
    """Ask for what happened since the last pull, or for all payments dated from a day on.

    Where there was a pull already, the latter looks only: the next pull tells what it would have.
    """
    memory = store.pull_memory(Kind.PAYMENTS)
    looks_only = memory is not None and dated_from is not None
    since = memory.until if memory is not None and not looks_only else None
    known = store.pulled_ids(Kind.PAYMENTS) if since is not None else ()
    read = provider.payments(since=since, dated_from=dated_from, known=known)
    told = store.pulled_payments(_ids(read))
    wanted = frozenset(News) if looks_only else _REPORTED
    found = [each for each in _news(read, told, memory) if each.news in wanted]
    return PullResult(
        payments=tuple(_recognised(found, store)),
        until=read.at,
        since=since,
        dated_from=dated_from,
        calls=provider.calls,
        memory=None if looks_only else remembered(memory, read.at, dated_from),
    )


def remember(store: Store, result: PullResult) -> None:
    """Remember what was told, so that the next pull goes on from here."""
    if result.memory is None:
        return
    there = [each.payment for each in result.payments if each.news is not News.DELETED]
    gone = [each.payment.id for each in result.payments if each.news is News.DELETED]
    store.remember_pull(result.memory, there, gone)


def _ids(read: PaymentsRead) -> set[str]:
    return {each.id for each in read.payments} | {each.id for each in read.removed}


def _news(
    read: PaymentsRead, told: Mapping[str, RecordedPayment], memory: PullMemory | None
) -> Iterator[PulledPayment]:
    """Tell what became of each payment, by date; those deleted last, as they were told before."""
    for payment in sorted(read.payments, key=_order):
        news = news_of(payment, told.get(payment.id), memory)
        yield PulledPayment(news=news, payment=payment, invoices={})
    for gone in sorted(read.removed, key=lambda each: each.id):
        # Of what nobody was told, nobody needs to hear that it is gone.
        if gone.id in told:
            last = replace(told[gone.id], changed_at=gone.at)
            yield PulledPayment(news=News.DELETED, payment=last, invoices={})


def _order(payment: RecordedPayment) -> tuple[dt.date, int, str]:
    return payment.date or dt.date.min, len(payment.id), payment.id


def _recognised(found: Iterable[PulledPayment], store: Store) -> Iterator[PulledPayment]:
    """Add the export's ids of payments and of what they are applied to."""
    rows = list(found)
    ours: dict[str, Known] = {}
    for kind in _PAYING:
        ours |= store.known_in_books(kind, (row.payment.id for row in rows))
    settled = {kind: _known_parts(rows, kind, store) for kind in _SETTLED}
    for row in rows:
        mine = ours.get(row.payment.id)
        invoices = {
            part.remote_id: known.ref.id
            for part in row.payment.applied
            if part.kind in settled and (known := settled[part.kind].get(part.remote_id))
        }
        source_id = whole_of(mine.ref).id if mine else row.payment.stamp
        yield replace(row, source_id=source_id, invoices=invoices)


def _known_parts(rows: Iterable[PulledPayment], kind: Kind, store: Store) -> dict[str, Known]:
    parts = (part for row in rows for part in row.payment.applied)
    return store.known_in_books(kind, (part.remote_id for part in parts if part.kind is kind))
