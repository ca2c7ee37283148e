"""The port: everything the engine may ask of somebody's books, in our words.

A provider is a folder of pure functions (documents → bytes, bytes → outcomes) and a thin shell.
Below the port nothing repeats a write that may have been carried out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from acctsync.documents import (
    Document,
    DocumentRef,
    Kind,
    ListEntry,
    ListKind,
    RecordedPayment,
    Reference,
    RemoteDocument,
)
from acctsync.documents.values import value
from acctsync.errors import Problem
from acctsync.plan.model import Action, Change


@value
class Limits:
    """What the vendor allows, and how long it may still be working on what we sent.

    `key_window` is for how many seconds repeating the same bytes under the same key is certain to
    do nothing twice (0: never certain, so look instead). `quiet_period`: how long after our last
    byte, in seconds, a write may still be carried out. `mails_a_day`: how many documents the books
    e-mail within 24 hours; None: no number is known. `guards_updates`: the books refuse an update
    of what somebody changed since it was read; else only the reading before it can tell.
    `unchangeable` are the kinds that can be created and taken back, but not changed.
    `untakeable` are those that can't even be taken back. `lines_post`: lines of sales name accounts
    of their own, which must be there.
    """

    batch_size: int
    in_flight: int
    key_window: float
    quiet_period: float
    mails_a_day: int | None = None
    guards_updates: bool = True
    unchangeable: frozenset[Kind] = frozenset()
    untakeable: frozenset[Kind] = frozenset()
    lines_post: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Facts of the connected company that a plan must respect; `plan` is what it subscribed to.

    `number_warnings` are for documents that bring their own numbers.
    """

    id: str
    name: str
    country: str = ""
    currency: str = ""
    environment: str = ""
    plan: str = ""
    closed_until: dt.date | None = None
    warnings: tuple[Problem, ...] = ()
    number_warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """What a mapping and its export want of a company.

    `keeps_numbers`: documents bring their own. `first_day` is the earliest date of what is not in
    the books yet, None where nothing tells; `today` the day in the books' time zone. `redates`:
    what belongs into a closed period is dated to the first open day.
    """

    kinds: frozenset[Kind]
    today: dt.date
    first_day: dt.date | None = None
    currencies: frozenset[str] = frozenset()
    classes: bool = False
    locations: bool = False
    discounts: bool = False
    taxes: bool = False
    keeps_numbers: bool = True
    redates: bool = False


class Refs(Protocol):
    """Where a document's references lead in the books."""

    def remote_id(self, ref: DocumentRef) -> str:
        """Tell the id in the books of a document that is already there."""
        ...

    def allocated(self, payment: DocumentRef, wanted: str) -> str:
        """Tell the id in the books of the invoice that a payment or refund names.

        Empty for a payment on a void invoice: its money stays unapplied.
        """
        ...

    def customer_of(self, document: DocumentRef) -> str:
        """Tell the id in the books of the document's customer."""
        ...

    def entry(self, kind: ListKind, reference: Reference) -> ListEntry:
        """Tell the list entry that a reference names; it was resolved before."""
        ...

    def parent(self, kind: ListKind, path: str) -> ListEntry:
        """Tell the list entry of a full name, below which another one is to be made."""
        ...


@value
class Write:
    """One rendered write: the bytes of one document, ready to be packed.

    `alone` writes travel in an exchange of their own; those with a `path` go there, and share an
    exchange only with others that do.
    """

    action: Action
    ref: DocumentRef
    body: bytes
    alone: bool = False
    path: str = ""

    @property
    def lane(self) -> str | None:
        """Tell which writes it may share an exchange with; None: with none."""
        return None if self.alone else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What goes over the wire in one call: stored before it is sent, sent as it was stored.

    `target` and `body` are exact; `kinds` are the writes' kinds, in the order of the outcomes.
    """

    key: str
    target: str
    body: bytes
    kinds: tuple[Kind, ...]


class Refusal(StrEnum):
    """Why the books refused a write, as far as it decides what to do next.

    REFERENCE: it names something that isn't there or is inactive. Lists that were read before
    don't count any more then: the next `pull` reads them whole.
    """

    INVALID = "invalid"
    REFERENCE = "reference"
    DUPLICATE = "duplicate"
    STALE = "stale"
    GONE = "gone"


@value
class Accepted:
    """The books carried the write out and answered with the document.

    `warning` says what they wrote otherwise than it was sent: the document is there, and wrong.
    """

    remote: RemoteDocument
    request: str = ""
    warning: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The books looked at the write and will not have it; nothing was done."""

    problem: Problem
    refusal: Refusal = Refusal.INVALID


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """Certainly not carried out; may be sent again after `wait` seconds."""

    wait: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody can tell whether it was carried out.

    `stored_answer`: the vendor keeps this very answer under the key, so repeating can't help; or it
    knows no key for such a call, so repeating may do it twice.
    """

    why: str
    request: str = ""
    stored_answer: bool = False


Outcome = Accepted | Rejected | Throttled | Unknown


@value
class Sought:
    """What to look for in the books: by our id there, or by number and stamp, or by name.

    `date` is for what has no number: candidates of about that day without a stamp count too. A form
    without a number is one that the books number themselves.
    `names` are for parties and items, `emails` for parties. Every candidate is returned; deciding
    is the plan's. What is sought `to_create` it may be created where it was taken back: then void
    ones that leave their place to others don't count.
    """

    ref: DocumentRef
    number: str = ""
    stamp: str = ""
    remote_id: str = ""
    date: dt.date | None = None
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    to_create: bool = False


Findings = Mapping[DocumentRef, tuple[RemoteDocument, ...]]


@dataclass(frozen=True, slots=True)
class Removed:
    """A payment that is in the books no more; `at` is when it went, by the books' own clock."""

    id: str
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsRead:
    """Payments as the books hold them; `at` is their own time, to ask from the next time."""

    payments: tuple[RecordedPayment, ...]
    at: dt.datetime
    removed: tuple[Removed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One row of a report, with those below it.

    `amounts` stand in the row itself, one a column (None: the cell is empty); a row with others
    below it has their sum in `totals`, under the name `total_name`. `account` is the account's id
    in the books; `part` tells a row every such report has: income, cost_of_sales, gross_profit,
    expenses, net_operating_income, other_income, other_expenses, net_other_income, net_income.
    """

    name: str
    amounts: tuple[Decimal | None, ...]
    account: str = ""
    part: str = ""
    rows: tuple[ReportRow, ...] = ()
    total_name: str = ""
    totals: tuple[Decimal | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report as the books show it. `basis` is accrual or cash; `empty`: nothing happened."""

    since: dt.date
    until: dt.date
    basis: str
    currency: str
    columns: tuple[str, ...]
    rows: tuple[ReportRow, ...]
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Calls:
    """How many calls were used; `left` is how many the day still has, where the books tell."""

    read: int = 0
    write: int = 0
    throttled: int = 0
    left: int | None = None


class Provider(Protocol):
    """Somebody's books. `company`, `find`, `pull` and `send` may be called by several threads."""

    @property
    def name(self) -> str:
        """Tell the name people know the books by: QuickBooks, Xero."""
        ...

    @property
    def limits(self) -> Limits:
        """Tell what the vendor allows."""
        ...

    @property
    def calls(self) -> Calls:
        """Tell how many calls were used so far."""
        ...

    @property
    def clock_skew(self) -> float | None:
        """Tell by how many seconds the books' clock is ahead of ours; None before any answer."""
        ...

    def company(self) -> Company:
        """Read who this is and which settings will bite; asks the books once."""
        ...

    def objections(self, uses: Uses) -> tuple[Problem, ...]:
        """Say which of the company's settings stand against what is wanted of it.

        Errors hold documents back, warnings change how they arrive. Asks what `company` asks.
        """
        ...

    def review(self, document: Document) -> tuple[Problem, ...]:
        """Say what these books can't take of a document, before anything is sent; pure."""
        ...

    def mails_to(self, address: str) -> bool:
        """Tell whether the books e-mail to such an address; pure."""
        ...

    def render(self, change: Change, refs: Refs) -> Write:
        """Build the bytes of one write; pure, given the company's settings."""
        ...

    def take_back(self, ref: DocumentRef, remote: RemoteDocument) -> Write | None:
        """Build the bytes that take a document out of the books so that its number is free again.

        None where these books let nothing of the kind go, or would keep the number. Pure.
        """
        ...

    def pack(self, writes: Sequence[Write], key: str) -> Exchange:
        """Put writes into one exchange under an idempotency key; pure."""
        ...

    def send(self, exchange: Exchange) -> Sequence[Outcome]:
        """Exchange once; one outcome per write, in order.

        Never raises for a document's fault. Raises SignInNeeded, ComeBackLater, GuardStopped or
        InputRefused only when certainly nothing of the exchange was carried out.
        """
        ...

    def find(self, sought: Sequence[Sought]) -> Findings:
        """Ask the books, in bulk, what they hold of these documents.

        Raises ComeBackLater when they can't be asked: an empty answer means absent.
        """
        ...

    def dated(self, kind: Kind, since: dt.date, until: dt.date) -> Iterator[RemoteDocument]:
        """Read all documents of a kind that are dated from a day to another, whoever made them.

        Both days are inclusive; voided documents are told. Raises ComeBackLater when the books
        can't be asked.
        """
        ...

    def pull(self, kind: ListKind, *, whole: bool = False) -> Iterator[ListEntry]:
        """Read a list of the books, inactive entries included.

        It is as the books have it now, though it may have been kept and brought up to date;
        `whole` insists on reading all of it, if this client has not done so yet.
        """
        ...

    def payments(
        self,
        *,
        since: dt.datetime | None = None,
        dated_from: dt.date | None = None,
        known: Collection[str] = (),
    ) -> PaymentsRead:
        """Read the payments that the books hold: all, or those dated from a day on.

        `since` is the `at` of an earlier answer: then only what was recorded, changed or removed
        after it is told. `known` are the ids told before, of which those removed are found.
        Something may be told twice; nothing is left out.
        """
        ...

    def profit_and_loss(self, since: dt.date, until: dt.date) -> Report:
        """Read Profit and Loss of a period, by the company's own accounting method, live."""
        ...

    def link(self, document: RemoteDocument) -> str:
        """Tell the address where a person can open the document in the books."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
