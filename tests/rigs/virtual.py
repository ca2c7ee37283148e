"""R1's model: a ledger with a vendor's rules, its weather, and a process that may die anywhere.

Time is virtual. What a vendor carries out late is carried out late here, by the ledger's own time,
which neither a jump of the wall clock nor a death of our process touches.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from threading import Event, Lock
from typing import Any

from acctsync.documents import Kind, ListEntry, ListKind, RemoteDocument
from acctsync.errors import ComeBackLater, Problem, SignInNeeded
from acctsync.plan.model import Action, Change
from acctsync.providers.port import (
    Accepted,
    Company,
    Exchange,
    Findings,
    Limits,
    Outcome,
    Refs,
    Refusal,
    Rejected,
    Sought,
    Throttled,
    Unknown,
    Write,
)
from acctsync.state.files import STATE_FILE
from tests.fakes import Books, FakeClock, FakeProvider

DAY = 86_400.0
QUIET = 150.0
LATEST = 149.0
_GIVES_UP = 60.0


class Killed(BaseException):
    """The process is gone."""


class VirtualClock(FakeClock):
    """True seconds for the ledger; for our process a wall clock that jumps, and a monotonic one."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0
        self._born = 0.0

    def now(self) -> dt.datetime:
        return super().now() + dt.timedelta(seconds=self.ahead)

    def monotonic(self) -> float:
        return self.seconds - self._born

    def be_born(self, start: float) -> None:
        """Begin a process: its monotonic clock means nothing in any other."""
        self._born = self.seconds - start

    def sleep(self, seconds: float, wake: Event | None = None) -> None:
        """Sleep a little longer than asked, as every machine does."""
        super().sleep(seconds + 0.001, wake)

    def pass_(self, seconds: float) -> None:
        """Let true time pass."""
        with self._lock:
            self.seconds += seconds


@dataclass
class Life:
    """One process: it dies, is told to stop or sees its clock jump at the n-th boundary it passes.

    A boundary is each commit, before and after, each question, and each exchange before, during and
    after it. What is dead stays dead: nothing more is recorded or sent.
    """

    clock: VirtualClock
    stop: Event
    dies_at: int = -1
    stops_at: int = -1
    jumps_at: int = -1
    jump: float = 0.0
    passed: int = 0
    dead: bool = False
    _lock: Lock = field(default_factory=Lock)

    def pass_by(self) -> None:
        with self._lock:
            self.dead = self.dead or self.passed == self.dies_at
            if self.dead:
                raise Killed
            if self.passed == self.stops_at:
                self.stop.set()
            if self.passed == self.jumps_at:
                self.clock.ahead += self.jump
            self.passed += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a vendor promises. `key_seconds`: how long it knows a key again; 0: never.

    `key_window` is how much of that our side relies on. `stores_errors`: a 5xx is its answer to
    that key from then on. `unique_numbers`: a number that is taken is refused. `caps_payments`: so
    is a payment of more than is open; others take it, as the customer's credit. `warns`: it may write
    an invoice otherwise than it was sent, and say so. `calls_a_day`: 0: as many as anybody wants.
    """

    name: str
    batch_size: int
    key_seconds: float = 0.0
    key_window: float = 0.0
    stores_errors: bool = False
    unique_numbers: bool = False
    caps_payments: bool = False
    warns: bool = False
    calls_a_day: int = 0


QUICKBOOKS = Rules(name="quickbooks", batch_size=30)
XERO = Rules(
    name="xero",
    batch_size=50,
    key_seconds=360.0,
    key_window=240.0,
    stores_errors=True,
    unique_numbers=True,
    caps_payments=True,
)
SCANTY = replace(XERO, name="xero, with warnings and few calls a day", warns=True, calls_a_day=30)
VENDORS = (
    QUICKBOOKS,
    replace(QUICKBOOKS, name="quickbooks, unique numbers", unique_numbers=True),
    XERO,
    SCANTY,
    Rules(name="keys for a day", batch_size=50, key_seconds=DAY, key_window=DAY / 24),
    Rules(name="keys ignored", batch_size=50, caps_payments=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What befalls one exchange. `hit` says by its bits which elements it is about.

    `seconds` pass until the client has its answer, or gives up; `delay` seconds later the ledger
    carries out what it had not yet (a 429: how long it asks us to wait).
    """

    word: str = "fine"
    seconds: float = 0.5
    delay: float = 0.0
    hit: int = 0
    missing: int = 0


FINE = Fault()
# With the share of each: 429, 5xx (nothing done, done), answer lost, still running, and so on.
_WORDS = (
    ("throttled", 4), ("broken", 3), ("broken after", 2), ("lost", 5), ("late", 5), ("torn", 3),
    ("cut", 3), ("missing", 3), ("mixed", 5), ("away", 1), ("sign in", 1), ("refused", 1),
)  # fmt: skip
_PAUSES = (1.0, 5.0, 60.0, 300.0, 3600.0)
_NAMES = tuple(word for word, _ in _WORDS)
_SHARES = tuple(share for _, share in _WORDS)


def storm(wait: float) -> Fault:
    """Ask for a pause."""
    return Fault(word="throttled", delay=wait)


def befall(rng: Random, rate: float) -> Fault:
    """Draw what befalls an exchange."""
    if rng.random() >= rate:
        return FINE
    (word,) = rng.choices(_NAMES, _SHARES)
    gives_up = word in {"lost", "late", "torn", "cut"} and rng.random() < 0.7
    return Fault(
        word=word,
        seconds=_GIVES_UP if gives_up else 0.5,
        delay=rng.choice(_PAUSES) if word == "throttled" else rng.uniform(1.0, LATEST),
        hit=rng.getrandbits(64),
        missing=rng.getrandbits(64) & rng.getrandbits(64),
    )


@dataclass
class _Request:
    """What the ledger remembers under a key; no outcomes: a stored 5xx. `due`: still running."""

    at: float
    body: bytes
    outcomes: list[Outcome] | None
    due: float = 0.0


@dataclass
class Ledger(Books):
    """The vendor's side: books, remembered keys, what is still on its way, and what we did wrong."""

    rules: Rules = QUICKBOOKS
    metered: bool = True
    calls: Counter[int] = field(default_factory=Counter)
    keys: dict[str, _Request] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)

    def remembered(self, key: str) -> _Request | None:
        """Recall what came under a key, if the vendor still does."""
        request = self.keys.get(key)
        known = request is not None and self.clock.seconds - request.at <= self.rules.key_seconds
        return request if known else None

    def take_call(self) -> None:
        """Count a call against today's; raises ComeBackLater when there are none left."""
        most, today = self.rules.calls_a_day, int(self.clock.seconds // DAY)
        if self.metered and most and self.calls[today] >= most:
            raise ComeBackLater("no more calls today")
        self.calls[today] += 1

    def live(self, kind: Kind) -> list[RemoteDocument]:
        return [each for each in self.of(kind) if not each.voided]

    def held(self, id_: str) -> RemoteDocument | None:
        return next((each for each in self.documents if each.id == id_), None)


class VirtualProvider(FakeProvider):
    """The port of a modelled vendor, as one process sees it.

    `weather` tells what befalls an exchange, by its number; questions have negative ones.
    """

    def __init__(
        self,
        ledger: Ledger,
        life: Life,
        *,
        batch_size: int,
        in_flight: int,
        weather: Callable[[int], Fault],
        state: Path,
    ) -> None:
        limits = Limits(
            batch_size=batch_size,
            in_flight=in_flight,
            key_window=ledger.rules.key_window,
            quiet_period=QUIET,
        )
        super().__init__(ledger, limits=limits)
        self.ledger = ledger
        self.clock = life.clock
        self._life = life
        self._weather = weather
        self._paused_until = 0.0
        self._questions = 0
        self._door = Lock()
        self._journal = sqlite3.connect(
            f"{(state / STATE_FILE).as_uri()}?mode=ro", uri=True, check_same_thread=False
        )

    def close(self) -> None:
        self._journal.close()

    # Questions

    def company(self) -> Company:
        self._ask()
        return super().company()

    def find(self, sought: Sequence[Sought]) -> Findings:
        self._ask()
        return super().find(sought)

    def pull(self, kind: ListKind, *, whole: bool = False) -> Iterator[ListEntry]:
        self._ask()
        yield from super().pull(kind, whole=whole)

    def _ask(self) -> None:
        self._life.pass_by()
        self.clock.pass_(0.25)
        self.ledger.take_call()
        self._questions += 1
        if self._weather(-self._questions).word in {"away", "broken"}:
            raise ComeBackLater("the books can't be asked")

    # Writes

    def render(self, change: Change, refs: Refs) -> Write:
        write = super().render(change, refs)
        if change.action is Action.CREATE or change.remote is None:
            return write
        body = json.loads(write.body) | {"version": change.remote.version}
        return replace(write, body=json.dumps(body).encode())

    def send(self, exchange: Exchange) -> Sequence[Outcome]:
        with self._door:
            return self._let_in(exchange)

    def _let_in(self, exchange: Exchange) -> Sequence[Outcome]:
        self._watch(exchange)
        self._life.pass_by()
        fault = self._weather(len(self.sent))
        self.sent.append(exchange)
        try:
            self._life.pass_by()
        except Killed:
            # The bytes had left: the vendor goes on, now or a little later.
            if self.ledger.remembered(exchange.key) is None:
                self._later(exchange, fault.delay, mask=~0)
            raise
        self.ledger.settle_late()
        outcomes = self._answered(exchange, fault)
        self._life.pass_by()
        return outcomes

    def _watch(self, exchange: Exchange) -> None:
        """See that the journal holds these very bytes, and that no pause is broken."""
        row = self._journal.execute(
            "SELECT target, body FROM exchanges WHERE key = ?", (exchange.key,)
        ).fetchone()
        if row != (exchange.target, exchange.body):
            self.ledger.wrongs.append("sent what the journal does not hold")
        # What flew already when the pause was asked for can't know of it.
        if self.limits.in_flight == 1 and self.clock.seconds < self._paused_until:
            self.ledger.wrongs.append("sent while a pause was asked for")

    def _answered(self, exchange: Exchange, fault: Fault) -> Sequence[Outcome]:
        """Let the limiter, the memory of keys and then the ledger have it; bring the answer back."""
        if fault.word == "away":
            raise ComeBackLater("the books can't be reached")
        self.ledger.take_call()
        if fault.word == "sign in":
            raise SignInNeeded("the sign-in was refused")
        if fault.word == "throttled":
            self._throttled += 1
            self._paused_until = self.clock.seconds + fault.delay
            return [Throttled(wait=fault.delay, why="slow down") for _ in exchange.kinds]
        request = self.ledger.remembered(exchange.key)
        if request is not None:
            return self._replayed(exchange, request, fault)
        return self._carried_out(exchange, fault)

    def _replayed(self, exchange: Exchange, request: _Request, fault: Fault) -> Sequence[Outcome]:
        if request.body != exchange.body:
            self.ledger.wrongs.append("used a key again for other bytes")
        if request.outcomes is None:
            self.ledger.wrongs.append("used a key again whose answer is a stored 5xx")
            return self._nobody_knows(exchange, "500", stored=True)
        self.clock.pass_(max(0.0, request.due - self.clock.seconds))
        self.ledger.settle_late()
        if fault.word in {"lost", "late", "torn", "cut"}:
            self.clock.pass_(fault.seconds)
            return self._nobody_knows(exchange, "time-out")
        return request.outcomes

    def _carried_out(self, exchange: Exchange, fault: Fault) -> Sequence[Outcome]:
        rules = self.ledger.rules
        match fault.word:
            case "broken" | "broken after":
                done = self._execute(exchange) if fault.word == "broken after" else None
                if done is not None or rules.stores_errors:
                    self._remember(exchange, None if rules.stores_errors else done)
                return self._nobody_knows(exchange, "500", stored=rules.stores_errors)
            case "lost":
                self._remember(exchange, self._execute(exchange))
            case "late":
                self._later(exchange, fault.seconds + fault.delay, mask=~0)
            case "torn":
                now = 0 if rules.key_seconds else fault.hit
                self._execute(exchange, now)
                self._later(exchange, fault.seconds + fault.delay, mask=~now)
            case "cut":
                whole = rules.key_seconds > 0
                done = self._execute(exchange, ~0 if whole else fault.hit)
                if whole:
                    self._remember(exchange, done)
            case _:
                return self._told(exchange, fault)
        self.clock.pass_(fault.seconds)
        return self._nobody_knows(exchange, "time-out")

    def _told(self, exchange: Exchange, fault: Fault) -> Sequence[Outcome]:
        """Answer element by element, in any order: some refused, some missing from the answer.

        Others come with a warning, where there are such: they were written, but otherwise.
        """
        refused = {"mixed": fault.hit, "refused": ~0}.get(fault.word, 0)
        outcomes = self._execute(exchange, ~refused)
        if self.ledger.rules.warns:
            warned = {"mixed": fault.hit >> 32, "warned": fault.hit}.get(fault.word, 0)
            outcomes = [
                _warned(each) if warned >> bid & 1 else each for bid, each in enumerate(outcomes)
            ]
        self._remember(exchange, outcomes)
        self.clock.pass_(fault.seconds)
        missing = {"mixed": fault.missing, "missing": fault.hit}.get(fault.word, 0)
        wire = [(bid, each) for bid, each in enumerate(outcomes) if not missing >> bid & 1]
        answer = dict(reversed(wire))
        lost = Unknown(why="missing from the answer")
        return [answer.get(bid, lost) for bid in range(len(outcomes))]

    def _execute(self, exchange: Exchange, mask: int = ~0) -> list[Outcome]:
        """Carry out the elements of the mask; the others are refused as they are."""
        problem = Problem(code="FAKE2", message="the books will not have it today")
        bodies = enumerate(json.loads(exchange.body))
        return [
            self._carry_out(body) if mask >> bid & 1 else Rejected(problem=problem)
            for bid, body in bodies
        ]

    def _later(self, exchange: Exchange, seconds: float, mask: int) -> None:
        """Carry the elements of the mask out when that time has come."""
        moment = self.clock.seconds + seconds
        request = self._remember(exchange, [], due=moment)

        def act() -> None:
            request.outcomes = self._execute(exchange, mask)

        self.ledger.late.append((moment, act))

    def _remember(
        self, exchange: Exchange, outcomes: list[Outcome] | None, due: float = 0.0
    ) -> _Request:
        request = _Request(self.clock.seconds, exchange.body, outcomes, due)
        if self.ledger.rules.key_seconds:
            self.ledger.keys[exchange.key] = request
        return request

    @staticmethod
    def _nobody_knows(exchange: Exchange, why: str, *, stored: bool = False) -> list[Outcome]:
        return [Unknown(why=why, stored_answer=stored) for _ in exchange.kinds]

    # The ledger's own rules

    def _carry_out(self, body: dict[str, Any]) -> Outcome:
        if body["action"] == Action.CREATE:
            return self._refusal_of_new(body) or self._created(body)
        return self._rewritten(body)

    def _refusal_of_new(self, body: dict[str, Any]) -> Rejected | None:
        kind, rules = Kind(body["kind"]), self.ledger.rules
        if kind is Kind.CUSTOMERS:
            taken = any(each.name == body["name"] for each in self.ledger.of(kind))
            return _refused(Refusal.DUPLICATE, "the name is taken") if taken else None
        if kind is Kind.INVOICES and rules.unique_numbers:
            taken = any(each.number == body["number"] for each in self.ledger.of(kind))
            return _refused(Refusal.DUPLICATE, "the number is taken") if taken else None
        for id_, amount in body["pays"].items():
            invoice = self.ledger.held(id_)
            if invoice is None or invoice.voided or invoice.balance is None:
                return _refused(Refusal.INVALID, "there is no such invoice")
            if rules.caps_payments and Decimal(amount) > invoice.balance:
                return _refused(Refusal.INVALID, "more than is open")
        return None

    def _created(self, body: dict[str, Any]) -> Outcome:
        remote = self._remote(body)
        self.ledger.documents.append(remote)
        for paid, amount in body["pays"].items():
            self.ledger.apply(remote.id, paid, Decimal(amount))
        held = self.ledger.held(remote.id)
        assert held is not None
        return Accepted(remote=held, request="tid-1")

    def _rewritten(self, body: dict[str, Any]) -> Outcome:
        before = self.ledger.held(body["id"])
        if before is None:
            return _refused(Refusal.GONE, "there is no such document")
        if before.version != body["version"]:
            return _refused(Refusal.STALE, "somebody changed it")
        after = self._remote(body)
        if not after.voided:
            assert before.total is not None
            assert before.balance is not None
            assert after.total is not None
            paid = before.total - before.balance
            after = replace(after, links=before.links, balance=after.total - paid)
        self.ledger.documents[self.ledger.documents.index(before)] = after
        return Accepted(remote=after, request="tid-1")


def _warned(outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Accepted) or outcome.remote.kind is not Kind.INVOICES:
        return outcome
    return replace(outcome, warning=Problem(code="FAKE3", message="written without its account"))


def _refused(refusal: Refusal, why: str) -> Rejected:
    return Rejected(problem=Problem(code="FAKE9", message=why), refusal=refusal)
