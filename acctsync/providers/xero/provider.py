"""The Xero provider: wiring between the pure parts and the wire.

A write goes out once. It is repeated only after a 401, which was certainly not carried out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import Any, TypeVar

from acctsync.clock import Clock
from acctsync.documents import (
    LABELS,
    Document,
    DocumentRef,
    Kind,
    ListEntry,
    ListKind,
    RemoteDocument,
)
from acctsync.errors import AcctsyncError, Problem
from acctsync.plan.model import Change
from acctsync.providers.calling import Caller, Pace
from acctsync.providers.exchange import Answer, Unclear
from acctsync.providers.http import Http, OnExchange
from acctsync.providers.pace import keep, recall
from acctsync.providers.port import (
    Accepted,
    Calls,
    Company,
    Exchange,
    Findings,
    Limits,
    Outcome,
    PaymentsRead,
    Refs,
    Refusal,
    Rejected,
    Report,
    Sought,
    Throttled,
    Unknown,
    Uses,
    Write,
)
from acctsync.providers.redaction import Secrets
from acctsync.providers.roll import ROLL_FILE, Roll
from acctsync.providers.throttle import Throttle
from acctsync.providers.tokens import AccessTokens, Store
from acctsync.providers.xero import payloads, questions
from acctsync.providers.xero.company import Settings, company, settings
from acctsync.providers.xero.context import AUTHORISED, Context
from acctsync.providers.xero.endpoints import Origin, origin
from acctsync.providers.xero.kinds import UNCHANGEABLE, UNTAKEABLE
from acctsync.providers.xero.labels import CATEGORIES, label_documents
from acctsync.providers.xero.lists import TABLES, entries
from acctsync.providers.xero.named import Names
from acctsync.providers.xero.objections import objections
from acctsync.providers.xero.payments import Payments
from acctsync.providers.xero.reading import Reader
from acctsync.providers.xero.responses import (
    MAILED,
    label_outcome,
    note_outcome,
    outcomes,
    remote_document,
)
from acctsync.providers.xero.review import review, waits_for_approval
from acctsync.providers.xero.search import Search
from acctsync.providers.xero.signin import CALL_NAMES, IDLE_DAYS, renewer
from acctsync.providers.xero.statement import report
from acctsync.providers.xero.text import email_fits
from acctsync.providers.xero.verdicts import NOTES, XeroVerdicts
from acctsync.providers.xero.wire import IN_FLIGHT, Wire, lanes, may_go_again

# Nothing is published about how long Xero may work on a request; Intuit's 120 s are the longest
# that anybody names.
QUIET_SECONDS = 150.0
# Xero: idempotency: a key is kept for six minutes from its first use; two are left to clocks.
KEY_SECONDS = 240.0
_NAMES_FRESH = 20.0
_CLOCKS_AGREE = 60.0
_STRANGE_NAMES = frozenset({Refusal.REFERENCE, Refusal.GONE})
_MAILS_A_DAY = 1000  # Xero: invoices
_APP_PAGES = {
    Kind.CUSTOMERS: "Contacts/View/",
    Kind.VENDORS: "Contacts/View/",
    Kind.INVOICES: "AccountsReceivable/View.aspx?InvoiceID=",
    Kind.DELIVERIES: "AccountsReceivable/View.aspx?InvoiceID=",
    Kind.BILLS: "AccountsPayable/View.aspx?InvoiceID=",
    Kind.CREDIT_NOTES: "AccountsReceivable/ViewCreditNote.aspx?creditNoteID=",
    Kind.REFUNDS: "AccountsReceivable/ViewCreditNote.aspx?creditNoteID=",
    Kind.PAYMENTS: "Bank/ViewTransaction.aspx?bankTransactionID=",
    Kind.PAYMENT_PARTS: "Bank/ViewTransaction.aspx?bankTransactionID=",
    Kind.OVERPAYMENTS: "Bank/ViewTransaction.aspx?bankTransactionID=",
    Kind.RETAINERS: "Bank/ViewTransaction.aspx?bankTransactionID=",
    Kind.REPAYMENTS: "Bank/ViewTransaction.aspx?bankTransactionID=",
}

_T = TypeVar("_T")


class Xero:
    """One organisation's books in Xero."""

    def __init__(
        self,
        *,
        place: Origin,
        tenant: str,
        wire: Wire,
        http: Http,
        pace: Pace,
        status: str = AUTHORISED,
        farewell: Callable[[], None] = lambda: None,
        lists_file: Path | None = None,
    ) -> None:
        self._place = place
        self._tenant = tenant
        self._wire = wire
        self._http = http
        self._pace = pace
        self._status = status
        self._farewell = farewell
        self._reader = Reader(wire)
        self._asking = Lock()
        self._known: Settings | None = None
        self._reading = {kind: Lock() for kind in ListKind}
        self._lists: dict[str, tuple[Mapping[str, Any], ...]] = {}
        self._roll = Roll(
            company_id=tenant, clock=pace.clock, file=lists_file and lists_file.with_name(ROLL_FILE)
        )
        fresh = _NAMES_FRESH * pace.time_scale
        self._names = Names(
            self._reader,
            self._roll,
            pace.clock,
            fresh=fresh,
            now=self._their_now,
            listed=self._lists.get,
        )
        self._search = Search(self._reader, self._names)

    @property
    def name(self) -> str:
        return "Xero"

    @property
    def limits(self) -> Limits:
        return Limits(
            batch_size=payloads.BATCH_MOST,
            in_flight=IN_FLIGHT,
            key_window=KEY_SECONDS,
            quiet_period=QUIET_SECONDS * self._pace.time_scale,
            guards_updates=False,
            unchangeable=UNCHANGEABLE,
            untakeable=UNTAKEABLE,
            lines_post=True,
            mails_a_day=0 if self._known is not None and self._known.demo else _MAILS_A_DAY,
        )

    @property
    def calls(self) -> Calls:
        return replace(self._http.calls, left=self._wire.left_today)

    @property
    def clock_skew(self) -> float | None:
        return self._http.clock_skew

    def company(self) -> Company:
        """Read Organisation, once."""
        return company(self._settings())

    def objections(self, uses: Uses) -> tuple[Problem, ...]:
        """Compare the organisation's settings with what is wanted of it."""
        return objections(self._settings(), uses)

    def review(self, document: Document) -> tuple[Problem, ...]:
        """Check one document against what is known of the organisation so far."""
        unapproved = self._status != AUTHORISED
        return (
            *review(document, self._known),
            *waits_for_approval(document, unapproved=unapproved),
        )

    def mails_to(self, address: str) -> bool:
        """Tell whether it is one plain address; Xero mails to the contact's."""
        return email_fits(address)

    def render(self, change: Change, refs: Refs) -> Write:
        """Build one write."""
        context = Context(refs=refs, known=self._settings(), status=self._status)
        return payloads.write(change, context)

    def take_back(self, ref: DocumentRef, remote: RemoteDocument) -> Write | None:
        """Delete what Xero deletes; a void document keeps its number for ever, for all we know."""
        return payloads.deletion(ref, remote)

    def pack(self, writes: Sequence[Write], key: str) -> Exchange:
        """Put writes into one exchange."""
        return payloads.exchange(writes, key)

    def send(self, exchange: Exchange) -> Sequence[Outcome]:
        """Exchange once and say what became of each write; only what creates may go again."""
        found = self._sent(exchange)
        if any(isinstance(each, Rejected) and each.refusal in _STRANGE_NAMES for each in found):
            self._roll.forget()
            self._forget_lists()
        return (
            found if may_go_again(exchange.target) else [_to_be_looked_up(each) for each in found]
        )

    def _sent(self, exchange: Exchange) -> Sequence[Outcome]:
        self._names.forget()
        try:
            answer = self._wire.write(exchange.target, exchange.body, exchange.key)
        except Unclear as problem:
            return [Unknown(why=str(problem))] * len(exchange.kinds)
        finally:
            self._names.forget()
            if exchange.kinds[0] in {*LABELS, Kind.ITEMS}:
                self._forget_lists()
        if isinstance(answer, Throttled):
            return [answer] * len(exchange.kinds)
        if payloads.is_mail(exchange):
            return [self._mailed(exchange, answer)]
        if payloads.is_note(exchange):
            return [note_outcome(exchange, answer)]
        if exchange.kinds[0] in LABELS:
            return [self._labelled(exchange, answer)]
        resource = payloads.answered_as(exchange.target)
        return outcomes(answer, exchange.kinds, resource, payloads.elements(exchange))

    def _mailed(self, exchange: Exchange, answer: Answer) -> Outcome:
        """Read an invoice back that was mailed: the answer to that is empty."""
        if answer.status not in MAILED:
            return outcomes(answer, exchange.kinds, "Invoices", [{}])[0]
        found = self._read_back(partial(self._reader.one, "Invoices", payloads.mailed_id(exchange)))
        if found is None:
            return Unknown(why="the invoice can't be read back", request=answer.request)
        return Accepted(remote=remote_document(Kind.DELIVERIES, found), request=answer.request)

    def _labelled(self, exchange: Exchange, answer: Answer) -> Outcome:
        """Read a category or option back under its full name, which the answer doesn't tell."""
        (kind,) = exchange.kinds
        refused, made = label_outcome(exchange, answer)
        if refused is not None:
            return refused
        rows = self._read_back(partial(self._reader.all, CATEGORIES, questions.WITH_ARCHIVED)) or []
        found = [each for each in label_documents(kind, rows) if each.id == made]
        if not found:
            return Unknown(why="it can't be read back", request=answer.request)
        return Accepted(remote=found[0], request=answer.request)

    @staticmethod
    def _read_back(read: Callable[[], _T]) -> _T | None:
        """Read what was just written; that it can't be read does not undo the writing."""
        try:
            return read()
        except AcctsyncError:
            return None

    def find(self, sought: Sequence[Sought]) -> Findings:
        """Ask by id, by number, by day and stamp; contacts and items by name and e-mail."""
        return self._search.find(sought)

    def dated(self, kind: Kind, since: dt.date, until: dt.date) -> Iterator[RemoteDocument]:
        """Read a kind's documents from a day on, and leave out what is dated after the last."""
        return self._search.dated(kind, since, until)

    def pull(self, kind: ListKind, *, whole: bool = False) -> Iterator[ListEntry]:
        """Read a list, once a run: each is one call, and no kept one stands in for it."""
        del whole
        table = TABLES.get(kind)
        if table is None:
            return iter(())
        if table.paged:
            rows = self._names.all(table.resource)
        else:
            with self._reading[kind]:
                known = self._lists.get(table.resource)
                if known is None:
                    asked = dict([table.asked.split("=")]) if table.asked else None
                    known = tuple(self._reader.all(table.resource, asked))
                    self._lists[table.resource] = known
                rows = known
        return iter([entry for row in rows for entry in entries(kind, row)])

    def payments(
        self,
        *,
        since: dt.datetime | None = None,
        dated_from: dt.date | None = None,
        known: Collection[str] = (),  # noqa: ARG002 - Xero tells what was deleted itself
    ) -> PaymentsRead:
        """Read payments: what changed since a moment, or those dated from a day on, or all."""
        reading = Payments(self._reader, home=self._settings().currency, now=self._their_now)
        return reading.changed(since) if since is not None else reading.dated(dated_from)

    def profit_and_loss(self, since: dt.date, until: dt.date) -> Report:
        """Read Profit and Loss on accruals, in the layout that Xero never changes."""
        asked = {
            "fromDate": since.isoformat(),
            "toDate": until.isoformat(),
            "standardLayout": "true",
            "paymentsOnly": "false",
        }
        read = self._reader.report("ProfitAndLoss", asked)
        return report(read, since, until, self._settings().currency)

    def link(self, document: RemoteDocument) -> str:
        """Tell where a person can open the document."""
        if self._place.is_loopback:
            resource = payloads.RESOURCES[document.kind]
            return f"{self._place.api}{questions.address(f'{resource}/{document.id}')}"
        page = _APP_PAGES.get(document.kind, "Search/?q=")
        return f"{self._place.app}/{page}{document.id}"

    def close(self) -> None:
        """Let go of connections, and leave word for the next process."""
        self._roll.keep()
        self._farewell()
        self._http.close()

    # Inside

    def _their_now(self) -> dt.datetime:
        """Tell the time by Xero's clock, where ours is far from it.

        An answer tells it in whole seconds, which would turn time back now and then; so little
        is covered by asking for some minutes twice.
        """
        ahead = self._http.clock_skew or 0.0
        told = dt.timedelta(seconds=ahead if abs(ahead) > _CLOCKS_AGREE else 0.0)
        return self._pace.clock.now() + told

    def _settings(self) -> Settings:
        with self._asking:
            if self._known is None:
                found = self._reader.all("Organisation", called="Organisations")
                self._known = settings(self._tenant, found[0] if found else {})
        return self._known

    def _forget_lists(self) -> None:
        """Let the next question read a list whose entry was created, or refused."""
        self._lists.clear()


def _to_be_looked_up(outcome: Outcome) -> Outcome:
    """Say that repeating is no way to learn what became of a write: an e-mail would go twice."""
    return replace(outcome, stored_answer=True) if isinstance(outcome, Unknown) else outcome


def open_books(
    *,
    environment: str,  # noqa: ARG001 - all of them have the same hosts
    url: str,
    company_id: str,
    connection: str,
    store: Store,
    lock_file: Path,
    clock: Clock,
    random: Callable[[], float],
    stop: Event,
    secrets: Secrets | None = None,
    time_scale: float = 1.0,
    max_calls: int | None = None,
    entered_as: str = "",
    on_exchange: OnExchange | None = None,
    pace_file: Path | None = None,
    lists_file: Path | None = None,
) -> Xero:
    """Build the provider of one connection; nothing is sent yet.

    `entered_as` is the status that new invoices and credit notes get, submitted and authorised
    among them; `pace_file` remembers the calls of the last minute for the process after this one;
    the contacts' names are kept beside `lists_file` (other lists are one call each: none is kept).
    `time_scale` shortens the vendor's waits, and is heeded for loopback origins only.
    """
    place = origin(url)
    hidden = secrets or Secrets()
    http = Http(
        origins=place.all,
        in_flight=IN_FLIGHT,
        clock=clock,
        max_calls=max_calls,
        on_exchange=on_exchange,
        names_calls=CALL_NAMES,
        notes=NOTES,
    )
    tokens = AccessTokens(
        connection=connection,
        store=store,
        lock_file=lock_file,
        token_url=place.endpoints.token,
        renew=renewer(http, clock),
        clock=clock,
        secrets=hidden,
        sign_in="acctsync connect xero",
        idle_days=IDLE_DAYS,
    )
    scale = time_scale if place.is_loopback else 1.0
    pace = Pace(clock=clock, random=random, stop=stop, time_scale=scale)
    throttle = Throttle(lanes(), in_flight=IN_FLIGHT, clock=clock, stop=stop)
    if pace_file is not None:
        throttle.recall(recall(pace_file, clock))
    caller = Caller(
        verdicts=XeroVerdicts(clock.now),
        http=http,
        tokens=tokens,
        throttle=throttle,
        pace=pace,
        secrets=hidden,
    )

    def farewell() -> None:
        if pace_file is not None:
            keep(pace_file, throttle.ages(), clock)

    return Xero(
        place=place,
        tenant=company_id,
        wire=Wire(api=place.api, tenant=company_id, caller=caller),
        http=http,
        pace=pace,
        status=(entered_as or AUTHORISED).upper(),
        farewell=farewell,
        lists_file=lists_file,
    )
