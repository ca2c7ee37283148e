"""Stand-ins that are real things of their own: books in memory, and a clock that only moves on."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from threading import Event, Lock
from typing import Any

from acctsync.documents import (
    ASSIGNABLE,
    PARTIES,
    CreditAllocation,
    Customer,
    Delivery,
    Document,
    DocumentRef,
    Item,
    Kind,
    Label,
    Line,
    Link,
    ListEntry,
    ListKind,
    Mailed,
    Note,
    Reference,
    RemoteDocument,
    Repayment,
    UnappliedPayment,
    digest,
)
from acctsync.engine.events import Event as Happening
from acctsync.errors import AcctsyncError, ComeBackLater, Problem
from acctsync.plan.judging import expected_of, is_numbered
from acctsync.plan.model import Action, Change
from acctsync.plan.references import LABEL_LISTS, folded
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


class FakeClock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.waits: list[float] = []
        self._lock = Lock()

    def now(self) -> dt.datetime:
        start = dt.datetime(2025, 4, 1, 12, tzinfo=dt.UTC)
        return start + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float, wake: Event | None = None) -> None:
        if wake is not None and wake.is_set():
            return
        with self._lock:
            self.waits.append(seconds)
            self.seconds += seconds


class Silence:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Happening] = []

    def notice(self, event: Happening) -> None:
        self.heard.append(event)


@dataclass
class Books:
    """What a company's books hold; it outlives the clients that talk to it.

    `mails` went out: the number of the invoice and the address. `notes` were written: the id of
    the document, our stamp, and what the export says of it. `kept` are lists that the clients believe in though they are behind.
    """

    clock: FakeClock
    documents: list[RemoteDocument] = field(default_factory=list)
    mails: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    answered: dict[str, list[Outcome]] = field(default_factory=dict)
    late: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    lists: dict[ListKind, list[ListEntry]] = field(default_factory=dict)
    kept: dict[ListKind, list[ListEntry]] = field(default_factory=dict)
    closed_until: dt.date | None = None
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(100))
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def settle_late(self) -> None:
        """Carry out what was still on its way."""
        due = [each for each in self.late if each[0] <= self.clock.seconds]
        self.late = [each for each in self.late if each not in due]
        for _, act in due:
            act()

    def of(self, kind: Kind) -> list[RemoteDocument]:
        return [each for each in self.documents if each.kind is kind]

    def change(self, id_: str, **changes: Any) -> RemoteDocument:
        """Change a document, by whomever."""
        index = next(i for i, each in enumerate(self.documents) if each.id == id_)
        changed = self.documents[index] = replace(self.documents[index], **changes)
        return changed

    def apply(self, payment: str, invoice: str, amount: Decimal) -> None:
        """Let a payment settle an invoice, or with a negative amount take it off."""
        paid = next(each for each in self.documents if each.id == invoice)
        paying = next(each for each in self.documents if each.id == payment)
        assert paid.balance is not None
        links = [each for each in paying.links if each.remote_id != invoice]
        others = [each for each in paid.links if each.remote_id != payment]
        if amount > 0:
            links.append(Link(Kind.INVOICES, invoice, "Invoice", amount))
            others.append(Link(Kind.PAYMENTS, payment, "Payment"))
        self.change(payment, links=tuple(links))
        self.change(invoice, links=tuple(others), balance=paid.balance - amount)


Fault = str | AcctsyncError | Outcome


_PAID = frozenset({Kind.PAYMENTS, Kind.PAYMENT_PARTS})


class FakeProvider:
    """Books in memory behind the port, with a script of faults by exchange number.

    A fault is a word (`drop_before`, `drop_after`, `late:N`, `throttle:N`, `refuse:NUMBER`,
    `strange:NUMBER`, `garble:NUMBER`, `warn:NUMBER`) or an error to raise with nothing done.
    """

    name = "Fakebooks"

    def __init__(
        self,
        books: Books,
        *,
        faults: dict[int, Fault] | None = None,
        limits: Limits | None = None,
        on_send: Callable[[str], None] = lambda _: None,
        unreachable: bool = False,
    ) -> None:
        self.books = books
        self.faults = faults or {}
        self.limits = limits or Limits(
            batch_size=3, in_flight=1, key_window=0.0, quiet_period=150.0
        )
        self.sent: list[Exchange] = []
        self.asked: list[tuple[Sought, ...]] = []
        self._reads = 0
        self._throttled = 0
        self._on_send = on_send
        self._unreachable = unreachable

    @property
    def calls(self) -> Calls:
        return Calls(read=self._reads, write=len(self.sent), throttled=self._throttled)

    def company(self) -> Company:
        self._reads += 1
        closed = self.books.closed_until
        return Company(id="1", name="Test Company", currency="USD", closed_until=closed)

    @property
    def clock_skew(self) -> float | None:
        return None

    def objections(self, uses: Uses) -> tuple[Problem, ...]:
        return ()

    def review(self, document: Document) -> tuple[Problem, ...]:
        if len(document.number) > 21:
            return (Problem(code="FAKE1", message="its number is too long"),)
        return ()

    def mails_to(self, address: str) -> bool:
        return "@" in address

    def render(self, change: Change, refs: Refs) -> Write:
        document = change.document
        if isinstance(document, UnappliedPayment):
            return self._taking_off(change, document)
        if isinstance(document, Delivery):
            mail = {"mail": document.address, "id": refs.remote_id(change.ref)}
            text = json.dumps({**mail, "number": document.number})
            return Write(action=change.action, ref=change.ref, body=text.encode(), alone=True)
        if isinstance(document, Note):
            note = {"note": document.ref.id, "id": refs.remote_id(change.ref)}
            text = json.dumps({**note, "number": document.number, "said": document.reference})
            return Write(action=change.action, ref=change.ref, body=text.encode(), alone=True)
        own = is_numbered(document)
        body: dict[str, object] = {"action": change.action, "number": document.number}
        body |= {} if own else {"numbered": False}
        body |= {"kind": change.ref.kind, "stamp": change.ref.id, "mark": change.fingerprint}
        if change.action is not Action.CREATE:
            remote = change.remote
            body["id"] = remote.id if remote else refs.remote_id(change.ref)
        if isinstance(document, Customer):
            body |= {"name": document.name, "email": document.email}
            body |= {"company": document.company, "phone": document.phone}
        elif isinstance(document, Item):
            assert document.account is not None
            account = refs.entry(ListKind.ACCOUNTS, document.account).id
            body |= {"name": document.name, "account": account}
        elif isinstance(document, Label):
            above = Reference(name=document.parent)
            listed = LABEL_LISTS[document.kind]
            body |= {"name": document.name}
            body |= {"parent": refs.entry(listed, above).id} if document.parent else {}
        else:
            void = change.action is Action.VOID
            lines = () if void else getattr(document, "lines", ())
            body |= {
                "labels": _labels(document, lines, refs),
                "items": [refs.entry(ListKind.ITEMS, each.item).id for each in lines if each.item],
                "customer": refs.customer_of(change.ref),
                "date": (change.booked or document.date).isoformat(),
                "real_date": document.date.isoformat() if change.booked else "",
                "total": str(expected_of(document, "").total or document.money.amount),
                "currency": document.currency,
            }
        void = change.action is Action.VOID
        allocations = () if void else getattr(document, "allocations", ())
        body["pays"] = {
            id_: str(each.amount)
            for each in allocations
            if (id_ := refs.allocated(change.ref, each.wanted))
        }
        if isinstance(document, CreditAllocation):
            linked = (refs.allocated(change.ref, document.wanted), refs.remote_id(document.credit))
            body["pays"] = dict.fromkeys(linked, str(document.amount))
        if isinstance(document, Repayment) and not void:
            body["gives_back"] = refs.remote_id(document.refund)
        return Write(
            action=change.action, ref=change.ref, body=json.dumps(body).encode(), alone=void
        )

    def take_back(self, ref: DocumentRef, remote: RemoteDocument) -> Write | None:
        if ref.kind in {*PARTIES, Kind.ITEMS}:
            return None
        body = {"undo": remote.id, "version": remote.version, "number": remote.number}
        return Write(action=Action.UNDO, ref=ref, body=json.dumps(body).encode())

    def pack(self, writes: Sequence[Write], key: str) -> Exchange:
        body = b"[" + b",".join(each.body for each in writes) + b"]"
        kinds = tuple(each.ref.kind for each in writes)
        return Exchange(key=key, target="batch", body=body, kinds=kinds)

    def send(self, exchange: Exchange) -> Sequence[Outcome]:
        self._on_send("before sending")
        self.books.settle_late()
        number = len(self.sent)
        self.sent.append(exchange)
        outcomes = self._answer(exchange, self.faults.get(number, ""))
        self._on_send("after sending")
        return outcomes

    def find(self, sought: Sequence[Sought]) -> Findings:
        if self._unreachable:
            raise ComeBackLater("the books can't be reached")
        self.books.settle_late()
        self._reads += 1
        self.asked.append(tuple(sought))
        return {each.ref: tuple(self._candidates(each)) for each in sought}

    def dated(self, kind: Kind, since: dt.date, until: dt.date) -> Iterator[RemoteDocument]:
        if self._unreachable:
            raise ComeBackLater("the books can't be reached")
        self.books.settle_late()
        self._reads += 1
        yield from (
            each for each in self.books.of(kind) if each.date and since <= each.date <= until
        )

    def pull(self, kind: ListKind, *, whole: bool = False) -> Iterator[ListEntry]:
        self._reads += 1
        listed = self.books.lists.get(kind, [])
        yield from listed if whole else self.books.kept.get(kind, listed)

    def payments(
        self,
        *,
        since: dt.datetime | None = None,
        dated_from: dt.date | None = None,
        known: Collection[str] = (),
    ) -> PaymentsRead:
        self._reads += 1
        return PaymentsRead(payments=(), at=self.books.clock.now())

    def profit_and_loss(self, since: dt.date, until: dt.date) -> Report:
        self._reads += 1
        return Report(
            since=since, until=until, basis="accrual", currency="USD", columns=("Total",), rows=()
        )

    def link(self, document: RemoteDocument) -> str:
        return f"https://books.example/{document.id}"

    def close(self) -> None:
        return

    # Inside

    def _answer(self, exchange: Exchange, fault: Fault) -> Sequence[Outcome]:  # noqa: PLR0911
        if isinstance(fault, AcctsyncError):
            raise fault
        if not isinstance(fault, str):
            return [fault for _ in exchange.kinds]
        word, _, rest = fault.partition(":")
        unknown = [Unknown(why=fault) for _ in exchange.kinds]
        match word:
            case "drop_before":
                return unknown
            case "drop_after":
                self._apply(exchange)
                return unknown
            case "late":
                moment = self.books.clock.seconds + float(rest)
                self.books.late.append((moment, lambda: self._apply(exchange)))
                return unknown
            case "throttle":
                self._throttled += 1
                return [Throttled(wait=float(rest), why="slow down") for _ in exchange.kinds]
            case "refuse" | "strange" | "garble" | "warn":
                return self._apply(exchange, {rest: word})
            case _:
                return self._apply(exchange)

    def _apply(self, exchange: Exchange, special: dict[str, str] | None = None) -> list[Outcome]:
        return [self._write(body, (special or {})) for body in json.loads(exchange.body)]

    @staticmethod
    def _taking_off(change: Change, document: UnappliedPayment) -> Write:
        assert change.remote is not None
        body: dict[str, object] = {"kind": change.ref.kind, "number": document.number}
        body["id"] = change.remote.id
        body |= {"version": change.remote.version, "takes_off": list(document.invoices)}
        return Write(action=change.action, ref=change.ref, body=json.dumps(body).encode())

    def _take_off(self, body: dict[str, Any]) -> Outcome:
        payment = next(each for each in self.books.documents if each.id == body["id"])
        if payment.version != body["version"]:
            problem = Problem(code="FAKE4", message="somebody changed it")
            return Rejected(problem=problem, refusal=Refusal.STALE)
        for link in payment.links:
            if link.remote_id in body["takes_off"]:
                assert link.amount is not None
                self.books.apply(payment.id, link.remote_id, -link.amount)
        changed = self.books.change(
            payment.id,
            version=str(int(payment.version) + 1),
            digest=digest([payment.digest, body["takes_off"]]),
        )
        return Accepted(remote=replace(changed, kind=Kind(body["kind"])), request="tid-1")

    def _write(  # noqa: PLR0911 - one per kind
        self, body: dict[str, Any], special: dict[str, str]
    ) -> Outcome:
        if special.get(body["number"]) == "refuse":
            problem = Problem(code="FAKE2", message="the books will not have it")
            return Rejected(problem=problem, refusal=Refusal.INVALID)
        if special.get(body["number"]) == "strange":
            self.books.kept.clear()
            problem = Problem(code="FAKE3", message="the books know no such item")
            return Rejected(problem=problem, refusal=Refusal.REFERENCE)
        if "undo" in body:
            return self._remove(body)
        if "mail" in body:
            return self._mail(body)
        if "note" in body:
            self.books.notes.append((body["id"], body["note"], body["said"]))
            return Accepted(remote=_noted(body["id"], body["note"]), request="tid-4")
        if special.get(body["number"]) == "garble":
            body = {**body, "total": str(Decimal(body["total"]) + 1)}
        if "takes_off" in body:
            return self._take_off(body)
        if self._is_given_back(body):
            problem = Problem(code="FAKE7", message="take the payment off it first")
            return Rejected(problem=problem)
        self._let_go(body)
        remote = self._remote(body)
        self.books.documents = [d for d in self.books.documents if d.id != remote.id]
        self.books.documents.append(remote)
        for paid, amount in body["pays"].items():
            self.books.apply(remote.id, paid, Decimal(amount))
        remote = next(each for each in self.books.documents if each.id == remote.id)
        wrong = Problem(code="FAKE8", message="the books left the account out")
        warning = wrong if special.get(body["number"]) == "warn" else None
        return Accepted(remote=remote, request="tid-1", warning=warning)

    def _is_given_back(self, body: dict[str, Any]) -> bool:
        """Tell whether money lies on what is to be voided, or was given back for it already."""
        void = body["action"] == "void"
        settled = body.get("id", "") if void else body.get("gives_back", "")
        alive = [each for each in self.books.of(Kind.REPAYMENTS) if not each.voided]
        return any(link.remote_id == settled for each in alive for link in each.links)

    def _let_go(self, body: dict[str, Any]) -> None:
        """Let a payment that is voided settle nothing any more."""
        before = next((d for d in self.books.documents if d.id == body.get("id")), None)
        if before is None or body["action"] != "void" or before.kind not in _PAID:
            return
        for link in before.links:
            self.books.apply(before.id, link.remote_id, -(link.amount or Decimal(0)))

    def _remove(self, body: dict[str, Any]) -> Outcome:
        found = next((each for each in self.books.documents if each.id == body["undo"]), None)
        if found is None:
            problem = Problem(code="FAKE5", message="there is no such document")
            return Rejected(problem=problem, refusal=Refusal.GONE)
        if found.version != body["version"]:
            problem = Problem(code="FAKE4", message="somebody changed it")
            return Rejected(problem=problem, refusal=Refusal.STALE)
        if found.kind is Kind.INVOICES and found.links:
            problem = Problem(code="FAKE6", message="remove the payments first")
            return Rejected(problem=problem)
        for link in found.links:
            assert link.amount is not None
            self.books.apply(found.id, link.remote_id, -link.amount)
        self.books.documents = [each for each in self.books.documents if each.id != found.id]
        return Accepted(remote=replace(found, voided=True, total=Decimal(0)), request="tid-3")

    def _remote(self, body: dict[str, Any]) -> RemoteDocument:
        before = next((d for d in self.books.documents if d.id == body.get("id")), None)
        version = str(int(before.version) + 1) if before else "0"
        if before is not None and before.kind in PARTIES:
            # What is blank stays, and so does the name.
            given = {key: body[key] for key in ("email", "company", "phone") if body[key]}
            return replace(before, version=version, digest=digest(body["mark"]), **given)
        total = Decimal(body["total"]) if "total" in body else None
        voided = body["action"] == "void"
        return RemoteDocument(
            kind=Kind(body["kind"]),
            id=body.get("id") or str(next(self.books.ids)),
            version=version,
            digest=digest([body["mark"], voided]),
            number=self._number(body, before),
            stamp=body["stamp"],
            date=dt.date.fromisoformat(body["date"]) if "date" in body else None,
            customer=body.get("customer", ""),
            currency=body.get("currency", ""),
            total=Decimal(0) if voided else total,
            balance=Decimal(0) if voided else total,
            voided=voided,
            name=body.get("name", ""),
            email=body.get("email", ""),
            company=body.get("company", ""),
            phone=body.get("phone", ""),
            real_date=dt.date.fromisoformat(body["real_date"]) if body.get("real_date") else None,
            links=self._given_back(body, total),
        )

    @staticmethod
    def _given_back(body: dict[str, Any], total: Decimal | None) -> tuple[Link, ...]:
        """Link a refund's money with the refund."""
        refund = body.get("gives_back")
        return (Link(Kind.REFUNDS, refund, "CreditNote", total),) if refund else ()

    def _number(self, body: dict[str, Any], before: RemoteDocument | None) -> str:
        """Give a document that brings no number the next one."""
        if body.get("numbered", True):
            return str(body["number"])
        return before.number if before else str(next(self.books.numbers))

    def _mail(self, body: dict[str, Any]) -> Outcome:
        index = next(i for i, d in enumerate(self.books.documents) if d.id == body["id"])
        invoice = replace(self.books.documents[index], mailed=Mailed.SENT)
        self.books.documents[index] = invoice
        self.books.mails.append((invoice.number, body["mail"]))
        return Accepted(remote=replace(invoice, kind=Kind.DELIVERIES), request="tid-2")

    def _pay(self, body: dict[str, Any]) -> None:
        for paid, amount in body["pays"].items():
            index = next(i for i, d in enumerate(self.books.documents) if d.id == paid)
            invoice = self.books.documents[index]
            assert invoice.balance is not None
            self.books.documents[index] = replace(
                invoice, balance=invoice.balance - Decimal(amount)
            )

    def _candidates(self, sought: Sought) -> Iterator[RemoteDocument]:
        if sought.ref.kind is Kind.UNAPPLIED_PAYMENTS:
            found = [each for each in self.books.of(Kind.PAYMENTS) if each.id == sought.remote_id]
            yield from (replace(each, kind=sought.ref.kind) for each in found)
        if sought.ref.kind is Kind.DELIVERIES:
            invoices = [each for each in self.books.documents if each.id == sought.remote_id]
            yield from (replace(each, kind=Kind.DELIVERIES) for each in invoices)
            return
        if sought.ref.kind is Kind.NOTES:
            notes = [each for each in self.books.notes if each[0] == sought.remote_id]
            yield from (_noted(id_, mark) for id_, mark, _ in notes if mark == sought.stamp)
            return
        for document in self.books.of(sought.ref.kind):
            if sought.remote_id:
                if document.id == sought.remote_id:
                    yield document
            elif sought.names or sought.emails:
                names = {folded(each) for each in sought.names}
                if document.email.casefold() in sought.emails or folded(document.name) in names:
                    yield document
            elif self._is_called(document, sought):
                yield document

    @staticmethod
    def _is_called(document: RemoteDocument, sought: Sought) -> bool:
        """Tell whether a document has the number that is sought, or with none our stamp or none."""
        if document.kind in ASSIGNABLE and not sought.number:
            return document.stamp in {sought.stamp, ""}
        return document.number == sought.number


def _noted(id_: str, mark: str) -> RemoteDocument:
    return RemoteDocument(kind=Kind.NOTES, id=id_, version="", digest=digest(mark), stamp=mark)


def _labels(document: Document, lines: Sequence[Line], refs: Refs) -> list[str]:
    """Tell the ids of a document's location and classes."""
    wanted = [(ListKind.LOCATIONS, getattr(document, "location", None))]
    wanted += [(ListKind.CLASSES, each.class_) for each in lines]
    return [refs.entry(kind, each).id for kind, each in wanted if each]


def refs_of(books: Books, kind: Kind) -> list[str]:
    """List the numbers of a kind that the books hold."""
    return sorted(each.number for each in books.of(kind))


__all__ = ["Books", "DocumentRef", "FakeClock", "FakeProvider", "Silence", "refs_of"]
