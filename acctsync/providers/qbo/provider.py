"""The QuickBooks provider: wiring between the pure parts and the wire.

A write goes out once. It is repeated only after a 401, which was certainly not carried out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Lock

from acctsync.clock import Clock
from acctsync.documents import (
    Document,
    DocumentRef,
    Kind,
    ListEntry,
    ListKind,
    Refund,
    RemoteDocument,
)
from acctsync.errors import Problem
from acctsync.plan.model import Change
from acctsync.providers.asking import together
from acctsync.providers.calling import Caller, Pace
from acctsync.providers.encoding import Json
from acctsync.providers.exchange import Unclear
from acctsync.providers.http import Http, OnExchange
from acctsync.providers.pace import keep, recall
from acctsync.providers.port import (
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
from acctsync.providers.qbo import payloads, queries
from acctsync.providers.qbo.company import Settings, company, settings
from acctsync.providers.qbo.endpoints import LOOPBACK, PRODUCTION, Origin, origin
from acctsync.providers.qbo.listing import Listing
from acctsync.providers.qbo.named import Names
from acctsync.providers.qbo.objections import objections
from acctsync.providers.qbo.payments import Payments
from acctsync.providers.qbo.pointing import with_names
from acctsync.providers.qbo.posting import Posting, posts_by_account
from acctsync.providers.qbo.reading import Reader, unusable
from acctsync.providers.qbo.responses import outcomes
from acctsync.providers.qbo.review import review
from acctsync.providers.qbo.search import Search
from acctsync.providers.qbo.signin import IDLE_DAYS, renewer
from acctsync.providers.qbo.statement import report
from acctsync.providers.qbo.text import email_fits
from acctsync.providers.qbo.verdicts import QuickBooksVerdicts, stops_within
from acctsync.providers.qbo.wire import (
    CALL_NAMES,
    IN_FLIGHT,
    Wire,
    lanes,
)
from acctsync.providers.redaction import Secrets
from acctsync.providers.roll import ROLL_FILE, Roll
from acctsync.providers.throttle import Throttle
from acctsync.providers.tokens import AccessTokens, Store

# Intuit: requests have 120 s; the rest is for clocks and the way back.
QUIET_SECONDS = 150.0
# Intuit promises to replay the answer of a repeated requestid, for how long is nowhere said, and
# there are unanswered reports of it not doing so: every write carries one, none relies on it.
KEY_SECONDS = 0.0
_NAMES_FRESH = 20.0
_SANDBOX_MAILS = 40  # Intuit: sandbox FAQ; for live companies no number is published
_STRANGE_NAMES = frozenset({Refusal.REFERENCE, Refusal.GONE})
_APP_PAGES = {
    Kind.CUSTOMERS: "customerdetail?nameId=",
    Kind.VENDORS: "vendordetail?nameId=",
    Kind.ITEMS: "items?itemId=",
    Kind.INVOICES: "invoice?txnId=",
    Kind.ESTIMATES: "estimate?txnId=",
    Kind.CREDIT_NOTES: "creditmemo?txnId=",
    Kind.SALES_RECEIPTS: "salesreceipt?txnId=",
    Kind.PURCHASE_ORDERS: "purchaseorder?txnId=",
    Kind.BILLS: "bill?txnId=",
    Kind.PAYMENTS: "recvpayment?txnId=",
    Kind.REFUNDS: "refundreceipt?txnId=",
    Kind.CREDIT_ALLOCATIONS: "recvpayment?txnId=",
    Kind.FEES: "expense?txnId=",
    Kind.UNAPPLIED_PAYMENTS: "recvpayment?txnId=",
    Kind.DELIVERIES: "invoice?txnId=",
    Kind.PAYOUTS: "transfer?txnId=",
    Kind.PAYOUT_FEES: "expense?txnId=",
    Kind.RETAINERS: "salesreceipt?txnId=",
    Kind.WRITE_OFFS: "creditmemo?txnId=",
    Kind.WRITE_OFF_ALLOCATIONS: "recvpayment?txnId=",
    Kind.CLASSES: "class?id=",
    Kind.LOCATIONS: "location?id=",
}


class QuickBooks:
    """One company's books in QuickBooks Online."""

    def __init__(
        self,
        *,
        place: Origin,
        company_id: str,
        wire: Wire,
        http: Http,
        pace: Pace,
        farewell: Callable[[], None] = lambda: None,
        lists_file: Path | None = None,
    ) -> None:
        self._place = place
        self._company_id = company_id
        self._wire = wire
        self._http = http
        self._pace = pace
        self._farewell = farewell
        self._known: Settings | None = None
        self._asking = Lock()
        self._reader = Reader(wire, company_id)
        self._lists = Listing(
            self._reader,
            company_id=company_id,
            domestic=lambda: self._settings().domestic,
            clock=pace.clock,
            file=lists_file,
        )
        self._roll = Roll(
            company_id=company_id,
            clock=pace.clock,
            file=lists_file and lists_file.with_name(ROLL_FILE),
        )
        fresh = _NAMES_FRESH * pace.time_scale
        self._names = Names(self._reader, self._lists, self._roll, pace.clock, fresh=fresh)
        self._search = Search(self._reader, self._names)
        self._known_posting: Posting | None = None

    @property
    def name(self) -> str:
        return "QuickBooks"

    @property
    def limits(self) -> Limits:
        return Limits(
            batch_size=payloads.BATCH_MOST,
            in_flight=IN_FLIGHT,
            key_window=KEY_SECONDS,
            quiet_period=QUIET_SECONDS * self._pace.time_scale,
            mails_a_day=None if self._place.environment == PRODUCTION else _SANDBOX_MAILS,
        )

    @property
    def calls(self) -> Calls:
        return self._http.calls

    def company(self) -> Company:
        """Read CompanyInfo and Preferences, once."""
        return company(self._settings(), self._place.environment)

    @property
    def clock_skew(self) -> float | None:
        return self._http.clock_skew

    def objections(self, uses: Uses) -> tuple[Problem, ...]:
        """Compare the company's settings with what is wanted of it."""
        return objections(self._settings(), uses)

    def review(self, document: Document) -> tuple[Problem, ...]:
        """Check one document against what is known of the company so far."""
        known = self._settings_for(document) if self._known is not None else None
        posting = self._posting(document) if known is not None else None
        problems = review(document, known, posting)
        if posting is not None and any(each.is_error for each in problems):
            # It may be no fault of the document's, but of a list that was kept.
            return review(document, known, self._posting(document, whole=True))
        return problems

    def mails_to(self, address: str) -> bool:
        """Tell whether it is one plain address that an invoice has room for."""
        return email_fits(address)

    def render(self, change: Change, refs: Refs) -> Write:
        """Build one write."""
        known = self._settings_for(change.document)
        posting = self._posting(change.document)
        return payloads.write(change, payloads.Context(refs=refs, known=known, posting=posting))

    def take_back(self, ref: DocumentRef, remote: RemoteDocument) -> Write | None:
        """Delete a transaction: one that is voided keeps its number, and so blocks it."""
        return payloads.deletion(ref, remote)

    def pack(self, writes: Sequence[Write], key: str) -> Exchange:
        """Put writes into one exchange."""
        return payloads.exchange(writes, key, self._company_id)

    def send(self, exchange: Exchange) -> Sequence[Outcome]:
        """Exchange once and say what became of each write."""
        self._names.forget(exchange.kinds)
        batch = exchange.target.startswith(f"/v3/company/{self._company_id}/batch?")
        try:
            answer = self._wire.write(exchange.target, exchange.body, batch=batch)
        except Unclear as problem:
            return [Unknown(why=str(problem))] * len(exchange.kinds)
        finally:
            self._names.forget(exchange.kinds)
        if isinstance(answer, Throttled):
            return [answer] * len(exchange.kinds)
        found = [self._with_names(each) for each in outcomes(answer, exchange.kinds, batch=batch)]
        if batch and all(isinstance(each, Rejected | Throttled) for each in found):
            stop = stops_within(answer)
            if stop is not None:
                raise stop
        if any(isinstance(each, Rejected) and each.refusal in _STRANGE_NAMES for each in found):
            self._lists.forget()
            self._roll.forget()
        return [self._paced(each) for each in found]

    def find(self, sought: Sequence[Sought]) -> Findings:
        """Ask by id, by number, for items by name, for customers and vendors also by e-mail."""
        return self._search.find(sought)

    def dated(self, kind: Kind, since: dt.date, until: dt.date) -> Iterator[RemoteDocument]:
        """Read a kind's documents by TxnDate, a thousand at a time."""
        return self._search.dated(kind, since, until)

    def pull(self, kind: ListKind, *, whole: bool = False) -> Iterator[ListEntry]:
        """Read a list, once a run; what was kept is brought up to date first."""
        return iter(self._lists.entries(kind, whole=whole))

    def payments(
        self,
        *,
        since: dt.datetime | None = None,
        dated_from: dt.date | None = None,
        known: Collection[str] = (),
    ) -> PaymentsRead:
        """Read payments: what changed since a moment, or those dated from a day on, or all."""
        reading = Payments(
            self._reader,
            pull=self.pull,
            home=lambda: self._settings().home_currency,
            clock=self._pace.clock,
        )
        return reading.changed(since, known) if since is not None else reading.dated(dated_from)

    def profit_and_loss(self, since: dt.date, until: dt.date) -> Report:
        """Read Profit and Loss; the accounting method is the company's, since none is asked for."""
        days = {"start_date": since.isoformat(), "end_date": until.isoformat()}
        try:
            return report(self._reader.report("ProfitAndLoss", days))
        except (LookupError, TypeError, ValueError) as error:
            raise unusable("Profit and Loss") from error

    def link(self, document: RemoteDocument) -> str:
        """Tell where a person can open the document."""
        if self._place.environment == LOOPBACK:
            path = f"/{payloads.ENTITIES[document.kind].lower()}/{document.id}"
            return self._place.api + payloads.target(self._company_id, path)
        return f"{self._place.app}/app/{_APP_PAGES[document.kind]}{document.id}"

    def close(self) -> None:
        """Let go of connections, and leave word for the next process."""
        self._lists.keep()
        self._roll.keep()
        self._farewell()
        self._http.close()

    def _with_names(self, outcome: Outcome) -> Outcome:
        """Call what a refusal names by id as people call it."""
        if not isinstance(outcome, Rejected):
            return outcome
        message = with_names(outcome.problem.message, self._name_of)
        return replace(outcome, problem=replace(outcome.problem, message=message))

    def _name_of(self, kind: ListKind, id_: str) -> str:
        found = self._lists.name_of(kind, id_)
        if not found and kind in {ListKind.CUSTOMERS, ListKind.VENDORS}:
            found = self._names.name_of(id_)
        return found

    def _paced(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Throttled):
            return replace(outcome, wait=outcome.wait * self._pace.time_scale)
        return outcome

    def _settings(self) -> Settings:
        with self._asking:
            if self._known is None:
                self._known = self._read_settings()
        return self._known

    def _read_settings(self) -> Settings:
        asked: list[Callable[[], Json]] = [
            partial(self._reader.one, f"/companyinfo/{self._company_id}", "CompanyInfo"),
            partial(self._reader.one, "/preferences", "Preferences"),
        ]
        info, preferences = together(asked, IN_FLIGHT)
        return settings(self._company_id, info, preferences, "")

    def _settings_for(self, document: Document) -> Settings:
        """Read, for a refund that names no account, also the account it comes from by default."""
        known = self._settings()
        if not isinstance(document, Refund) or document.deposit_to or known.undeposited_funds:
            return known
        with self._asking:
            self._known = replace(known, undeposited_funds=self._undeposited_funds())
        return self._known

    def _undeposited_funds(self) -> str:
        """Find the account that refunds come from when the mapping names none."""
        where = "AccountSubType = 'UndepositedFunds'"
        found = self._reader.some(
            "Account", queries.page_of("Account", 1, inactive=False, where=where)
        )
        return str(found[0]["Id"]) if found else ""

    def _posting(self, document: Document, *, whole: bool = False) -> Posting | None:
        """Read items and accounts for a document that names accounts beside or instead of items."""
        if not posts_by_account(document):
            return None
        items = self._lists.entries(ListKind.ITEMS, whole=whole)
        accounts = self._lists.entries(ListKind.ACCOUNTS, whole=whole)
        if self._known_posting is None or not self._known_posting.is_of(items, accounts):
            self._known_posting = Posting(items, accounts)
        return self._known_posting


def open_books(
    *,
    environment: str,
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
    entered_as: str = "",  # noqa: ARG001 - QuickBooks knows no drafts of these
    on_exchange: OnExchange | None = None,
    pace_file: Path | None = None,
    lists_file: Path | None = None,
) -> QuickBooks:
    """Build the provider of one connection; nothing is sent yet.

    `pace_file` remembers the calls of the last minute for the process after this one, `lists_file`
    the lists of the books; the parties' names lie beside it.

    `time_scale` shortens the vendor's waits, and is heeded for loopback origins only.
    """
    place = origin(environment, url)
    hidden = secrets or Secrets()
    http = Http(
        origins=place.all,
        in_flight=IN_FLIGHT,
        clock=clock,
        max_calls=max_calls,
        on_exchange=on_exchange,
        names_calls=CALL_NAMES,
    )
    tokens = AccessTokens(
        connection=connection,
        store=store,
        lock_file=lock_file,
        token_url=place.endpoints.token,
        renew=renewer(http, clock),
        clock=clock,
        secrets=hidden,
        sign_in="acctsync connect qbo",
        idle_days=IDLE_DAYS,
    )
    scale = time_scale if place.environment == LOOPBACK else 1.0
    pace = Pace(clock=clock, random=random, stop=stop, time_scale=scale)
    throttle = Throttle(lanes(), in_flight=IN_FLIGHT, clock=clock, stop=stop)
    if pace_file is not None:
        throttle.recall(recall(pace_file, clock))
    caller = Caller(
        verdicts=QuickBooksVerdicts(clock.now),
        http=http,
        tokens=tokens,
        throttle=throttle,
        pace=pace,
        secrets=hidden,
    )

    def farewell() -> None:
        if pace_file is not None:
            keep(pace_file, throttle.ages(), clock)

    return QuickBooks(
        place=place,
        company_id=company_id,
        wire=Wire(api=place.api, caller=caller),
        http=http,
        pace=pace,
        farewell=farewell,
        lists_file=lists_file,
    )
