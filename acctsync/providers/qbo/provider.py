"""The QuickBooks provider: wiring between the pure parts and the wire.

A write goes out once. It is repeated only after a 401, which was certainly not carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import TypeVar

from acctsync.clock import Clock
from acctsync.documents import (
    PARTIES,
    Document,
    DocumentRef,
    Kind,
    ListEntry,
    ListKind,
    Refund,
    RemoteDocument,
)
from acctsync.errors import ComeBackLater, Problem
from acctsync.plan.model import Change
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
    Refs,
    Sought,
    Throttled,
    Unknown,
    Write,
)
from acctsync.providers.qbo import payloads, queries
from acctsync.providers.qbo.company import Settings, company, settings
from acctsync.providers.qbo.encoding import Json
from acctsync.providers.qbo.endpoints import LOOPBACK, Origin, origin
from acctsync.providers.qbo.lists import PSEUDO_TAX_CODES, TABLES, entry
from acctsync.providers.qbo.matching import (
    Parties,
    by_id,
    by_number,
    merged,
    number_field,
    number_of,
)
from acctsync.providers.qbo.posting import Posting, posts_by_account
from acctsync.providers.qbo.responses import outcomes, remote_document, rows
from acctsync.providers.qbo.review import review
from acctsync.providers.qbo.signin import renewer
from acctsync.providers.qbo.wire import IN_FLIGHT, Pace, QuestionRefused, Wire, lanes
from acctsync.providers.redaction import Secrets
from acctsync.providers.throttle import Throttle
from acctsync.providers.tokens import AccessTokens, Store

# Intuit: requests have 120 s; the rest is for clocks and the way back.
QUIET_SECONDS = 150.0
# Intuit promises to replay the answer of a repeated requestid, for how long is nowhere said, and
# there are unanswered reports of it not doing so: every write carries one, none relies on it.
KEY_SECONDS = 0.0
_PARTIES_FRESH = 20.0
_NEVER_TOO_MANY = 50
_APP_PAGES = {
    Kind.CUSTOMERS: "customerdetail?nameId=",
    Kind.VENDORS: "vendordetail?nameId=",
    Kind.INVOICES: "invoice?txnId=",
    Kind.ESTIMATES: "estimate?txnId=",
    Kind.CREDIT_NOTES: "creditmemo?txnId=",
    Kind.SALES_RECEIPTS: "salesreceipt?txnId=",
    Kind.PURCHASE_ORDERS: "purchaseorder?txnId=",
    Kind.BILLS: "bill?txnId=",
    Kind.PAYMENTS: "recvpayment?txnId=",
    Kind.REFUNDS: "refundreceipt?txnId=",
}

_T = TypeVar("_T")
_Found = Mapping[DocumentRef, Sequence[RemoteDocument]]
_Asked = Callable[[], _Found]


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
    ) -> None:
        self._place = place
        self._company_id = company_id
        self._wire = wire
        self._http = http
        self._pace = pace
        self._farewell = farewell
        self._lock = Lock()
        self._known: Settings | None = None
        self._asking = Lock()
        self._lists: dict[ListKind, tuple[ListEntry, ...]] = {}
        self._reading = {kind: Lock() for kind in ListKind}
        self._known_parties: dict[Kind, tuple[float, Parties]] = {}
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
        )

    @property
    def calls(self) -> Calls:
        return self._http.calls

    def company(self) -> Company:
        """Read CompanyInfo and Preferences, once."""
        return company(self._settings(), self._place.environment)

    def review(self, document: Document) -> tuple[Problem, ...]:
        """Check one document against what is known of the company so far."""
        known = self._settings_for(document) if self._known is not None else None
        posting = self._posting(document) if known is not None else None
        return review(document, known, posting)

    def render(self, change: Change, refs: Refs) -> Write:
        """Build one write."""
        known = self._settings_for(change.document)
        posting = self._posting(change.document)
        return payloads.write(change, payloads.Context(refs=refs, known=known, posting=posting))

    def pack(self, writes: Sequence[Write], key: str) -> Exchange:
        """Put writes into one exchange."""
        return payloads.exchange(writes, key, self._company_id)

    def send(self, exchange: Exchange) -> Sequence[Outcome]:
        """Exchange once and say what became of each write."""
        self._forget_parties(exchange.kinds)
        batch = exchange.target.startswith(f"/v3/company/{self._company_id}/batch?")
        try:
            answer = self._wire.write(exchange.target, exchange.body, batch=batch)
        except Unclear as problem:
            return [Unknown(why=str(problem))] * len(exchange.kinds)
        finally:
            self._forget_parties(exchange.kinds)
        if isinstance(answer, Throttled):
            return [answer] * len(exchange.kinds)
        return [self._paced(each) for each in outcomes(answer, exchange.kinds, batch=batch)]

    def find(self, sought: Sequence[Sought]) -> Findings:
        """Ask by id, by number, and for customers and vendors by name and e-mail."""
        asked: list[_Asked] = []
        for kind in dict.fromkeys(each.ref.kind for each in sought):
            of_kind = [each for each in sought if each.ref.kind is kind]
            with_id = [each for each in of_kind if each.remote_id]
            without = [each for each in of_kind if not each.remote_id]
            asked += self._by_id(kind, with_id)
            asked += (
                self._parties(kind, without) if kind in PARTIES else self._by_number(kind, without)
            )
        nothing: _Found = {each.ref: () for each in sought}
        return merged([nothing, *self._together(asked)])

    def pull(self, kind: ListKind) -> Iterator[ListEntry]:
        """Read a list once; a company that isn't in the US adds nothing to its own tax codes."""
        with self._reading[kind]:
            if kind not in self._lists:
                self._lists[kind] = tuple(self._read_list(kind))
        return iter(self._lists[kind])

    def link(self, document: RemoteDocument) -> str:
        """Tell where a person can open the document."""
        if self._place.environment == LOOPBACK:
            path = f"/{payloads.ENTITIES[document.kind].lower()}/{document.id}"
            return self._place.api + payloads.target(self._company_id, path)
        return f"{self._place.app}/app/{_APP_PAGES[document.kind]}{document.id}"

    def close(self) -> None:
        """Let go of connections, and leave word for the next process."""
        self._farewell()
        self._http.close()

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
            partial(self._object, f"/companyinfo/{self._company_id}", "CompanyInfo"),
            partial(self._object, "/preferences", "Preferences"),
        ]
        info, preferences = self._together(asked)
        return settings(self._company_id, info, preferences, "")

    def _settings_for(self, document: Document) -> Settings:
        """Read, for a refund that names no account, also the account it comes from by default."""
        known = self._settings()
        if not isinstance(document, Refund) or document.deposit_to or known.undeposited_funds:
            return known
        with self._asking:
            self._known = replace(known, undeposited_funds=self._undeposited_funds())
        return self._known

    def _object(self, path: str, entity: str) -> Json:
        found = self._wire.read(payloads.target(self._company_id, path)).get(entity)
        if not isinstance(found, dict):
            raise _unusable(entity)
        return found

    def _undeposited_funds(self) -> str:
        """Find the account that refunds come from when the mapping names none."""
        where = "AccountSubType = 'UndepositedFunds'"
        found = self._rows("Account", queries.page_of("Account", 1, inactive=False, where=where))
        return str(found[0]["Id"]) if found else ""

    def _rows(self, entity: str, statement: str) -> list[Json]:
        path = queries.as_url(statement)
        if path is not None:
            answer = self._wire.read(payloads.target(self._company_id, path))
        else:
            answer = self._wire.query(payloads.target(self._company_id, "/query"), statement)
        found = rows(answer, entity)
        if found is None:
            raise _unusable(entity)
        return found

    def _by_id(self, kind: Kind, sought: Sequence[Sought]) -> list[_Asked]:
        askable = [each for each in sought if each.remote_id.isdecimal()]
        return [
            partial(self._in_halves, partial(self._some_by_id, kind), part)
            for part in queries.chunks(askable)
        ]

    def _in_halves(
        self, ask: Callable[[Sequence[Sought]], _Found], sought: Sequence[Sought]
    ) -> _Found:
        """Ask; where the question is refused for its length, ask in halves."""
        try:
            return ask(sought)
        except QuestionRefused:
            if len(sought) <= _NEVER_TOO_MANY:
                raise
        half = len(sought) // 2
        parts = [self._in_halves(ask, sought[:half]), self._in_halves(ask, sought[half:])]
        return merged(parts)

    def _some_by_id(self, kind: Kind, sought: Sequence[Sought]) -> _Found:
        ids = [each.remote_id for each in sought]
        inactive = kind in PARTIES
        statement = queries.ids_in(payloads.ENTITIES[kind], ids, inactive=inactive)
        return by_id(sought, self._documents(kind, statement))

    def _by_number(self, kind: Kind, sought: Sequence[Sought]) -> list[_Asked]:
        askable = [each for each in sought if queries.askable(number_of(each))]
        return [
            partial(self._in_halves, partial(self._some_by_number, kind), part)
            for part in queries.chunks(askable)
        ]

    def _some_by_number(self, kind: Kind, sought: Sequence[Sought]) -> _Found:
        numbers = [number_of(each) for each in sought]
        statement = queries.values_in(payloads.ENTITIES[kind], number_field(kind), numbers)
        return by_number(sought, self._documents(kind, statement))

    def _documents(self, kind: Kind, statement: str) -> list[RemoteDocument]:
        found = self._rows(payloads.ENTITIES[kind], statement)
        if len(found) >= queries.PAGE:
            raise ComeBackLater(
                f"more than {queries.PAGE} documents bear the same few numbers",
                hint="Correct the doubled numbers in QuickBooks first.",
            )
        return [remote_document(kind, row) for row in found]

    def _parties(self, kind: Kind, sought: Sequence[Sought]) -> list[_Asked]:
        return [partial(self._matching, kind, sought)] if sought else []

    def _matching(self, kind: Kind, sought: Sequence[Sought]) -> _Found:
        parties = self._all_parties(kind)
        return {each.ref: parties.candidates(each) for each in sought}

    def _all_parties(self, kind: Kind) -> Parties:
        """Read them all; what was read some seconds ago, with no write since, still counts."""
        now = self._pace.clock.monotonic()
        with self._lock:
            if kind in self._known_parties:
                read_at, parties = self._known_parties[kind]
                if now - read_at < _PARTIES_FRESH * self._pace.time_scale:
                    return parties
        found = Parties(
            remote_document(kind, row)
            for row in self._pages(payloads.ENTITIES[kind], inactive=True)
        )
        with self._lock:
            self._known_parties[kind] = (now, found)
        return found

    def _forget_parties(self, written: Sequence[Kind]) -> None:
        with self._lock:
            for kind in PARTIES.intersection(written):
                self._known_parties.pop(kind, None)

    def _read_list(self, kind: ListKind) -> Iterator[ListEntry]:
        if kind is ListKind.TAX_CODES and self._settings().domestic:
            yield from PSEUDO_TAX_CODES
            return
        table = TABLES.get(kind)
        if table is None:
            return
        for row in self._pages(table.entity, inactive=table.inactive):
            yield entry(kind, row)

    def _pages(self, entity: str, *, inactive: bool) -> Iterator[Json]:
        """Read a list page by page; a row that moved between pages counts once."""
        seen: set[str] = set()
        start = 1
        while True:
            page = self._rows(entity, queries.page_of(entity, start, inactive=inactive))
            for row in page:
                if str(row["Id"]) not in seen:
                    seen.add(str(row["Id"]))
                    yield row
            if len(page) < queries.PAGE:
                return
            start += queries.PAGE

    def _posting(self, document: Document) -> Posting | None:
        """Read items and accounts for a document that names accounts beside or instead of items."""
        if not posts_by_account(document):
            return None
        self.pull(ListKind.ITEMS)
        self.pull(ListKind.ACCOUNTS)
        items, accounts = self._lists[ListKind.ITEMS], self._lists[ListKind.ACCOUNTS]
        if self._known_posting is None or not self._known_posting.is_of(items, accounts):
            self._known_posting = Posting(items, accounts)
        return self._known_posting

    def _together(self, asked: Sequence[Callable[[], _T]]) -> list[_T]:
        """Ask independent questions at the same time."""
        if len(asked) <= 1:
            return [ask() for ask in asked]
        with ThreadPoolExecutor(min(IN_FLIGHT, len(asked)), "acctsync-read") as pool:
            return [future.result() for future in [pool.submit(ask) for ask in asked]]


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
    on_exchange: OnExchange | None = None,
    pace_file: Path | None = None,
) -> QuickBooks:
    """Build the provider of one connection; nothing is sent yet.

    `pace_file` remembers the calls of the last minute for the process after this one.

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
    )
    scale = time_scale if place.environment == LOOPBACK else 1.0
    pace = Pace(clock=clock, random=random, stop=stop, time_scale=scale)
    throttle = Throttle(lanes(), in_flight=IN_FLIGHT, clock=clock, stop=stop)
    if pace_file is not None:
        throttle.recall(recall(pace_file, clock))
    wire = Wire(
        api=place.api, http=http, tokens=tokens, throttle=throttle, pace=pace, secrets=hidden
    )

    def farewell() -> None:
        if pace_file is not None:
            keep(pace_file, throttle.ages(), clock)

    return QuickBooks(
        place=place, company_id=company_id, wire=wire, http=http, pace=pace, farewell=farewell
    )


def _unusable(entity: str) -> ComeBackLater:
    return ComeBackLater(
        f"QuickBooks' answer about {entity} can't be used",
        hint="Nothing is lost: run the same command again later.",
    )
