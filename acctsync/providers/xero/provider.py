"""The Xero provider: wiring between the pure parts and the wire.

A write goes out once. It is repeated only after a 401, which was certainly not carried out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import Any, TypeVar

from acctsync.clock import Clock
from acctsync.documents import (
    LABELS,
    PARTIES,
    Document,
    DocumentRef,
    Kind,
    ListEntry,
    ListKind,
    RemoteDocument,
    whole_of,
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
from acctsync.providers.stamps import stamp
from acctsync.providers.throttle import Throttle
from acctsync.providers.tokens import AccessTokens, Store
from acctsync.providers.xero import payloads, questions
from acctsync.providers.xero.allocations import CREDITS, allocations, by_stamp
from acctsync.providers.xero.company import Settings, company, settings
from acctsync.providers.xero.context import AUTHORISED, Context
from acctsync.providers.xero.endpoints import Origin, origin
from acctsync.providers.xero.kinds import UNCHANGEABLE, UNTAKEABLE
from acctsync.providers.xero.labels import CATEGORIES, by_full_name, label_documents
from acctsync.providers.xero.lists import TABLES, entries
from acctsync.providers.xero.matching import (
    DAYS_ABOUT,
    Found,
    about_the_day,
    by_id,
    by_number,
    merged,
)
from acctsync.providers.xero.named import Names
from acctsync.providers.xero.notes import noted
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
_FEW = 3
_LISTED_BY_DAY = frozenset({"Payments", "CreditNotes"})  # no list of ids can be asked for
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
_Asked = Callable[[], Found]


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
        self._lock = Lock()
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
        asked: list[_Asked] = []
        for kind in dict.fromkeys(each.ref.kind for each in sought):
            of_kind = [each for each in sought if each.ref.kind is kind]
            asked += self._questions(kind, of_kind)
        nothing: Found = {each.ref: [] for each in sought}
        found = merged([nothing, *self._together(asked)])
        return {ref: tuple(remotes) for ref, remotes in found.items()}

    def dated(self, kind: Kind, since: dt.date, until: dt.date) -> Iterator[RemoteDocument]:
        """Read a kind's documents from a day on, and leave out what is dated after the last."""
        found = self._documents(
            kind, payloads.RESOURCES[kind], questions.since_day(payloads.RESOURCES[kind], since)
        )
        return (each for each in found if each.date is not None and since <= each.date <= until)

    def pull(self, kind: ListKind, *, whole: bool = False) -> Iterator[ListEntry]:  # noqa: ARG002
        """Read a list, once a run: each is one call, and no kept one stands in for it."""
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

    def _questions(  # noqa: PLR0911 - one per way of asking
        self, kind: Kind, sought: Sequence[Sought]
    ) -> list[_Asked]:
        if kind in PARTIES or kind is Kind.ITEMS:
            return [partial(self._names.matching, kind, sought)]
        if kind in LABELS:
            return [partial(self._labels, kind, sought)]
        if kind is Kind.NOTES:
            return [partial(self._note, each) for each in sought]
        with_id = [each for each in sought if each.remote_id]
        unnumbered = [each for each in sought if questions.is_unnumbered(each)]
        named = [each for each in sought if not questions.is_unnumbered(each)]
        without = [each for each in named if not each.remote_id]
        if unnumbered:
            return [
                partial(self._unnumbered, kind, unnumbered),
                *self._questions(kind, [*with_id, *without]),
            ]
        resource = payloads.RESOURCES[kind]
        if resource == "Invoices":
            return [*self._invoices(kind, with_id, "IDs"), *self._by_invoice_number(kind, without)]
        if kind in CREDITS:
            return [partial(self._allocations, kind, sought)]
        by_day = [partial(self._by_day, kind, without)] if without else []
        return [*self._by_id(kind, with_id), *by_day]

    def _by_id(self, kind: Kind, sought: Sequence[Sought]) -> list[_Asked]:
        """Ask for a few one by one; for many, read what is dated from a day on."""
        if len(sought) > _FEW and payloads.RESOURCES[kind] in _LISTED_BY_DAY:
            return [partial(self._in_days, kind, sought)]
        return [partial(self._single, kind, each) for each in sought]

    def _in_days(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        """Read from the first day on, while asking for each that is missing would cost more."""
        resource = payloads.RESOURCES[kind]
        missing = {each.remote_id for each in sought}
        found: list[RemoteDocument] = []
        pages = self._reader.pages(resource, self._window(sought, resource))
        for number, page in enumerate(pages, 1):
            wanted = [row for row in page if row[payloads.IDS[resource]] in missing]
            found += [remote_document(kind, row) for row in wanted]
            missing -= {each.id for each in found}
            if len(missing) <= number:
                break
        alone = [partial(self._single, kind, each) for each in sought if each.remote_id in missing]
        return merged([by_id(sought, found), *self._together(alone)])

    def _invoices(self, kind: Kind, sought: Sequence[Sought], name: str) -> list[_Asked]:
        """Ask for invoices by their ids, many at a time."""
        ids = dict.fromkeys(each.remote_id for each in sought)
        return [partial(self._some, kind, sought, name, part) for part in questions.chunks(ids)]

    def _some(
        self, kind: Kind, sought: Sequence[Sought], name: str, values: Sequence[str]
    ) -> Found:
        asked = questions.listed(name, values)
        found = self._documents(kind, "Invoices", asked)
        wanted = [each for each in sought if _asked_value(each, name) in values]
        return by_id(wanted, found) if name == "IDs" else by_number(wanted, found)

    def _by_invoice_number(self, kind: Kind, sought: Sequence[Sought]) -> list[_Asked]:
        askable = [each for each in sought if questions.askable(each.number)]
        numbers = dict.fromkeys(each.number for each in askable)
        return [
            partial(self._some, kind, askable, "InvoiceNumbers", part)
            for part in questions.chunks(numbers)
        ]

    def _single(self, kind: Kind, sought: Sought) -> Found:
        found = self._reader.one(payloads.RESOURCES[kind], sought.remote_id)
        return {sought.ref: [] if found is None else [remote_document(kind, found)]}

    def _note(self, sought: Sought) -> Found:
        """Look for our note in its document's history."""
        resource = payloads.RESOURCES[whole_of(sought.ref).kind]
        records = self._reader.history(resource, sought.remote_id)
        found = noted(sought.remote_id, records)
        return {sought.ref: [each for each in found if each.stamp == sought.stamp]}

    def _by_day(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        """Read all that is dated from the first day on: a document may be dated later, too."""
        asked = self._window(sought, payloads.RESOURCES[kind])
        found = self._documents(kind, payloads.RESOURCES[kind], asked)
        pair = about_the_day if kind is Kind.PAYOUTS else by_number
        paired = pair(sought, found)
        if not payloads.is_freed(kind):
            return paired
        # Xero lists for ever what was deleted: it is out of the books, as after an undo.
        fresh = {each.ref for each in sought if each.to_create}
        return {
            ref: [each for each in remotes if not (each.voided and ref in fresh)]
            for ref, remotes in paired.items()
        }

    def _unnumbered(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        """Read far back for what bears our stamp and a number of Xero's own."""
        resource = payloads.RESOURCES[kind]
        asked = self._window(sought, resource, days_before=questions.STAMPED_DAYS)
        return about_the_day(sought, self._documents(kind, resource, asked))

    @staticmethod
    def _window(
        sought: Sequence[Sought], resource: str = "CreditNotes", *, days_before: int = DAYS_ABOUT
    ) -> dict[str, str]:
        """Ask for what is dated from the first day on, or for all where a day is not known."""
        days = [each.date for each in sought if each.date is not None]
        if not days or len(days) < len(sought):
            return {}
        return questions.since_day(resource, min(days) - dt.timedelta(days_before))

    def _allocations(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        """Read them out of the credit notes: an allocation has no address of its own."""
        credits_ = self._credits(self._window(sought))
        if kind is Kind.WRITE_OFF_ALLOCATIONS:
            # Its credit note is dated to the day on which it was written, whenever that was.
            marks = [stamp(CREDITS[kind], each.stamp) for each in sought if each.stamp]
            asked = [{"where": f'Reference=="{mark}"'} for mark in marks]
            credits_ += [row for each in asked for row in self._credits(each)]
        whole = {row["CreditNoteID"]: row for row in credits_}
        return by_stamp(sought, allocations(kind, whole.values()))

    def _credits(self, asked: Mapping[str, str]) -> list[Mapping[str, Any]]:
        return [row for page in self._reader.pages("CreditNotes", asked) for row in page]

    def _documents(
        self, kind: Kind, resource: str, asked: Mapping[str, str]
    ) -> list[RemoteDocument]:
        pages = self._reader.pages(resource, asked)
        return [
            remote_document(kind, row)
            for page in pages
            for row in page
            if payloads.is_of(kind, row)
        ]

    def _labels(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        rows = self._reader.all(CATEGORIES, questions.WITH_ARCHIVED)
        return by_full_name(sought, label_documents(kind, rows))

    def _forget_lists(self) -> None:
        """Let the next question read a list whose entry was created, or refused."""
        self._lists.clear()

    def _together(self, asked: Sequence[Callable[[], _T]]) -> list[_T]:
        """Ask independent questions at the same time."""
        if len(asked) <= 1:
            return [ask() for ask in asked]
        with ThreadPoolExecutor(min(IN_FLIGHT, len(asked)), "acctsync-read") as pool:
            return [future.result() for future in [pool.submit(ask) for ask in asked]]


def _to_be_looked_up(outcome: Outcome) -> Outcome:
    """Say that repeating is no way to learn what became of a write: an e-mail would go twice."""
    return replace(outcome, stored_answer=True) if isinstance(outcome, Unknown) else outcome


def _asked_value(sought: Sought, name: str) -> str:
    return sought.remote_id if name == "IDs" else sought.number


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
