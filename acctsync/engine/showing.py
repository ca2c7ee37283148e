"""Show one document: as the export has it, as we remember it, as the books hold it now."""

from __future__ import annotations

from dataclasses import dataclass

from acctsync.documents import ASSIGNABLE, Document, Kind, RemoteDocument
from acctsync.engine.history import log
from acctsync.engine.job import Job
from acctsync.engine.keeping import OnlyStubs
from acctsync.engine.reading import skim
from acctsync.engine.results import LogEntry
from acctsync.errors import ComeBackLater, Problem, Severity, SignInNeeded
from acctsync.plan.model import Known
from acctsync.providers.port import Sought
from acctsync.state.store import Store

_LATEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class InBooks:
    """A document as the books hold it now, and where a person can open it."""

    remote: RemoteDocument
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowResult:
    """Everything there is to tell about one id or number."""

    documents: tuple[Document, ...] = ()
    known: tuple[Known, ...] = ()
    in_books: tuple[InBooks, ...] = ()
    entries: tuple[LogEntry, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def found(self) -> bool:
        return bool(self.documents or self.known or self.problems or self.entries)


def show(job: Job, wanted: str) -> ShowResult:
    """Gather what is known of an id or number; books that can't be asked are a warning."""
    assert job.store is not None, "a document's history is in the state"
    known = tuple(found for kind in Kind for found in _known_as(job.store, kind, wanted))
    ids = {wanted, *(each.ref.id for each in known)}
    keeper = OnlyStubs(asked_for=ids)
    reading = skim(job.mapping, job.data_dir, job.today, keeper)
    in_books, trouble = _ask(job, known)
    return ShowResult(
        documents=tuple(d for d in reading.documents if ids & {d.ref.id, d.number}),
        known=known,
        in_books=in_books,
        entries=log(job.store, None, wanted, _LATEST).entries,
        problems=(*(p for p in reading.problems if p.document in ids), *trouble),
    )


def _known_as(store: Store, kind: Kind, wanted: str) -> list[Known]:
    """Recall documents by id or number, or by the number that the books gave them."""
    assigned = store.known_by_alias(kind, [f"number:{wanted}"]) if kind in ASSIGNABLE else {}
    found = [*store.known_as(kind, wanted), *assigned.values()]
    return list({each.ref: each for each in found}.values())


def _ask(job: Job, known: tuple[Known, ...]) -> tuple[tuple[InBooks, ...], tuple[Problem, ...]]:
    sought = [Sought(ref=each.ref, remote_id=each.remote_id) for each in known if each.remote_id]
    if not sought or job.provider is None:
        return (), ()
    try:
        provider = job.provider()
        found = provider.find(sought)
        remotes = [remote for each in sought for remote in found.get(each.ref, ())]
        return tuple(InBooks(remote=each, link=provider.link(each)) for each in remotes), ()
    except (ComeBackLater, SignInNeeded) as error:
        return (), (
            Problem(
                code=error.code,
                severity=Severity.WARNING,
                message=f"the books could not be asked: {error.message}",
                hint=error.hint,
            ),
        )
