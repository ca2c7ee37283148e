"""What a command found or did, as values: rendered as text or as JSON, never printed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field, replace
from decimal import Decimal
from enum import StrEnum

from acctsync.documents import CUT, PART_OF, DocumentRef, Kind, whole_of
from acctsync.errors import AcctsyncError, ExitCode, Problem
from acctsync.money import ZERO, Money
from acctsync.plan.model import Action
from acctsync.providers.port import Calls, Company
from acctsync.values import dataclass


class Status(StrEnum):
    """How it went with one document."""

    __hash__ = str.__hash__

    PENDING = "pending"
    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    BLOCKED = "blocked"
    IN_DOUBT = "in_doubt"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentResult:
    """One document: what was to become of it, and what did.

    A plan's documents are PENDING; a push leaves none so. WAITING ones were not sent because the
    run stopped before them. Refused documents of the export are BLOCKED and have no action.
    """

    ref: DocumentRef
    number: str
    status: Status
    action: Action | None = None
    remote_id: str = ""
    money: Money | None = None
    problem: Problem | None = None
    attempts: int = 0


_WELL = frozenset({Status.PENDING, Status.DONE, Status.UNCHANGED})


def with_parts(
    documents: Iterable[DocumentResult], beside: Collection[DocumentRef]
) -> tuple[DocumentResult, ...]:
    """Tell what became of parts as part of their documents: nothing is counted twice.

    A document is as well off as the worst of its parts; a part that is written beside a document
    that did not change counts as an update of it. Of others that are only `beside` the export's
    documents (the processor who keeps the fees) nothing is told while all is well.
    """
    parts: list[DocumentResult] = []
    others: list[DocumentResult] = []
    for each in documents:
        if each.ref.kind in PART_OF:
            parts.append(each)
        elif not beside or each.ref not in beside or each.status not in _WELL:
            others.append(each)
    if not parts:
        return tuple(others)
    whole = {each.ref: each for each in others}
    for part in parts:
        ref = whole_of(part.ref)
        if ref not in whole and ref.kind is Kind.PAYMENTS:
            ref = _as_written(ref, whole)
        if ref in whole:
            whole[ref] = _joined(whole[ref], part)
        elif part.status is not Status.UNCHANGED:
            # The export holds its document no more.
            whole[ref] = replace(part, ref=ref, action=Action.UPDATE)
    return tuple(whole.values())


def as_exported(documents: Iterable[DocumentResult]) -> tuple[DocumentResult, ...]:
    """Tell what is undone of a payment in parts as of one payment, as badly off as its worst."""
    whole: dict[DocumentRef, DocumentResult] = {}
    parts: list[DocumentResult] = []
    for each in documents:
        if each.ref.kind in CUT:
            parts.append(each)
        else:
            whole[each.ref] = each
    for part in parts:
        ref = whole_of(part.ref)
        before = whole.get(ref)
        whole[ref] = replace(part, ref=ref) if before is None else _as_bad(before, part)
    return tuple(whole.values())


def _as_bad(document: DocumentResult, part: DocumentResult) -> DocumentResult:
    if document.money and part.money:
        document = replace(document, money=document.money + part.money)
    if document.status is Status.UNCHANGED or part.status not in {*_WELL, document.status}:
        return replace(document, status=part.status, problem=part.problem)
    return document


def _as_written(payment: DocumentRef, whole: Collection[DocumentRef]) -> DocumentRef:
    """Name the receipt that stands for a payment, where one does."""
    receipt = DocumentRef(Kind.RETAINERS, payment.source, payment.id)
    return receipt if receipt in whole else payment


def _joined(document: DocumentResult, part: DocumentResult) -> DocumentResult:
    if part.ref.kind in CUT and document.money and part.money:
        document = replace(document, money=document.money + part.money)
    if document.status not in _WELL or part.status is Status.UNCHANGED:
        return document
    if part.status in {Status.PENDING, Status.DONE}:
        changed = document.status is Status.UNCHANGED
        return replace(document, status=part.status, action=Action.UPDATE) if changed else document
    return replace(document, status=part.status, problem=part.problem)


COUNTED = ("create", "update", "void", "adopt", "unchanged", "failed", "blocked", "in_doubt")


def counts(documents: Iterable[DocumentResult]) -> dict[str, int]:
    """Count documents under the contract's words, each at most once."""
    result = dict.fromkeys(COUNTED, 0)
    outcomes = Counter((document.status, document.action) for document in documents)
    for (status, action), number in outcomes.items():
        word = _word(status, action)
        if word:
            result[word] += number
    return result


def counted_as(document: DocumentResult) -> str:
    """Tell under which of the contract's words a document counts; waiting ones under none."""
    return _word(document.status, document.action)


def _word(status: Status, action: Action | None) -> str:
    match status:
        case Status.PENDING | Status.DONE:
            return str(action) if action else ""
        case Status.WAITING:
            return ""
        case _:
            return str(status)


def counts_by_kind(documents: Iterable[DocumentResult]) -> dict[Kind, dict[str, int]]:
    """Count documents by kind, each at most once."""
    kinds: dict[Kind, list[DocumentResult]] = {}
    for document in documents:
        kinds.setdefault(document.ref.kind, []).append(document)
    return {kind: counts(each) for kind, each in kinds.items()}


def money_by_kind(documents: Iterable[DocumentResult]) -> dict[Kind, dict[str, Decimal]]:
    """Add up the money of documents that are (to be) written or adopted, by kind and currency."""
    sums: dict[Kind, dict[str, Decimal]] = {}
    for document in documents:
        if document.money is None or document.status not in {Status.PENDING, Status.DONE}:
            continue
        by_currency = sums.setdefault(document.ref.kind, {})
        currency = document.money.currency
        by_currency[currency] = by_currency.get(currency, ZERO) + document.money.amount
    return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult:
    """What a push would do. `complete` is false when the books could not be asked.

    `mails` are the invoices that the books would e-mail.
    """

    documents: tuple[DocumentResult, ...]
    problems: tuple[Problem, ...] = ()
    company: Company | None = None
    complete: bool = True
    calls: Calls = field(default_factory=Calls)
    estimated_calls: int = 0
    seconds: float = 0.0
    digest: str = ""
    mails: int = 0

    @property
    def pending(self) -> tuple[DocumentResult, ...]:
        return tuple(each for each in self.documents if each.status is Status.PENDING)

    @property
    def exit_code(self) -> ExitCode:
        held = any(each.status is Status.BLOCKED for each in self.documents)
        return ExitCode.PARTIAL if held else ExitCode.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class PushResult:
    """What a push did. `stopped` is why it ended early, with everything done so far recorded.

    `mails` are the invoices that the books e-mailed.
    """

    run: str
    documents: tuple[DocumentResult, ...]
    problems: tuple[Problem, ...] = ()
    company: Company | None = None
    calls: Calls = field(default_factory=Calls)
    seconds: float = 0.0
    stopped: AcctsyncError | None = None
    audit_head: str = ""
    mails: int = 0

    @property
    def exit_code(self) -> ExitCode:
        if self.stopped is not None:
            return self.stopped.exit_code
        statuses = {each.status for each in self.documents}
        if Status.IN_DOUBT in statuses:
            return ExitCode.LATER
        if statuses & {Status.FAILED, Status.BLOCKED}:
            return ExitCode.PARTIAL
        return ExitCode.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One earlier run, as the state remembers it."""

    id: str
    command: str
    started: str
    finished: str | None
    exit_code: int | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult:
    """The health card: documents by standing, the last run, and what needs somebody."""

    counts: Mapping[str, int]
    runs: tuple[RunSummary, ...] = ()
    failed: tuple[DocumentResult, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One line of the audit trail."""

    seq: int
    at: str
    run: str
    actor: str
    action: str
    ref: DocumentRef | None
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogResult:
    """A part of the audit trail, newest first."""

    entries: tuple[LogEntry, ...]
