"""Make a lost state anew from the stamps in the books, without writing to them.

What the export holds is looked up as a push would look it up before creating anything, and what is
found is remembered as a push would adopt it. So the next push finds nothing to create twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from acctsync.documents import DocumentRef
from acctsync.engine.doubts import wait_until
from acctsync.engine.job import Job
from acctsync.engine.planning import every_result, finish, plan_problems, prepare
from acctsync.engine.record import result_row
from acctsync.engine.results import DocumentResult, Status, counts, with_parts
from acctsync.errors import ExitCode, Interrupted, Problem
from acctsync.plan.model import Action, Change, Known, Standing
from acctsync.providers.port import Calls, Provider
from acctsync.state.store import Store

COMMAND = "state rebuild"
_LOST = frozenset({Status.BLOCKED, Status.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuilding came to: DONE documents are known again, PENDING ones are not in the books.

    Those to be updated or voided are neither: the next push looks them up and does it.
    """

    run: str
    documents: tuple[DocumentResult, ...]
    problems: tuple[Problem, ...]
    calls: Calls
    audit_head: str

    @property
    def exit_code(self) -> ExitCode:
        lost = any(each.status in _LOST for each in self.documents)
        return ExitCode.PARTIAL if lost else ExitCode.DONE

    def having(self, status: Status) -> int:
        """Count the documents that ended so."""
        return sum(each.status is status for each in self.documents)


def rebuild(job: Job, store: Store, *, lost: bool = True) -> Rebuilt:
    """Fill a new state with what the books hold of the export.

    Of a `lost` state nobody knows what it was sending last: that may still be arriving, and is
    waited for. Raises ComeBackLater or SignInNeeded when the books can't be asked.
    """
    begun = job.clock.monotonic()
    drafted = prepare(replace(job, store=store))
    provider = job.provider() if drafted.asks and job.provider is not None else None
    if lost and provider is not None:
        _wait(job, begun + provider.limits.quiet_period)
    completed = finish(replace(job, store=store), drafted, provider)
    every = every_result(drafted, completed)
    run = job.new_id()
    store.begin_run(run, COMMAND, whole=True)
    found = _remember(store, run, completed.changes)
    documents = with_parts(_settled(every, found), drafted.beside)
    problems = plan_problems(drafted, completed)
    return _ended(store, run, documents, problems, provider)


def _wait(job: Job, moment: float) -> None:
    if not wait_until(job, moment, "what was sent before may still be arriving"):
        raise Interrupted("stopped before the books were asked; no state was made")


def _remember(store: Store, run: str, changes: Iterable[Change]) -> frozenset[DocumentRef]:
    """Remember what is in the books as the export says, and what was certainly never pushed."""
    adopted = [each for each in changes if each.action is Action.ADOPT]
    store.remember(run, "adopted", list(_known(adopted)))
    absent = [each for each in changes if _is_absent(each)]
    store.remember(run, "not to be pushed", list(_known(absent)))
    return frozenset(each.ref for each in adopted)


def _known(changes: Iterable[Change]) -> Iterator[tuple[Known, tuple[str, ...]]]:
    for each in changes:
        assert each.known is not None, "what was found is known"
        yield each.known, getattr(each.document, "aliases", ())


def _is_absent(change: Change) -> bool:
    known = change.known
    unwritten = not change.action.writes
    return unwritten and known is not None and known.standing is Standing.ABSENT


def _settled(
    every: Iterable[DocumentResult], found: frozenset[DocumentRef]
) -> Iterator[DocumentResult]:
    for each in every:
        yield replace(each, status=Status.DONE) if each.ref in found else each


def _ended(
    store: Store,
    run: str,
    documents: tuple[DocumentResult, ...],
    problems: tuple[Problem, ...],
    provider: Provider | None,
) -> Rebuilt:
    result = Rebuilt(
        run=run,
        documents=documents,
        problems=problems,
        calls=provider.calls if provider else Calls(),
        audit_head="",
    )
    told = [each for each in documents if each.status is not Status.PENDING]
    head = store.end_run(
        run,
        exit_code=result.exit_code,
        counts=counts(told),
        results=[result_row(each) for each in told],
    )
    return replace(result, audit_head=head)
