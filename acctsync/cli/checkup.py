"""One check-up from end to end: gathers facts, and has `engine` judge them.

Every question is asked even when another one went wrong, unless its answer needs the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from acctsync.cli import surroundings
from acctsync.cli.context import Session
from acctsync.documents import PART_OF, Document, ListKind
from acctsync.engine import doctoring, fitness
from acctsync.engine.doctoring import SignInFacts
from acctsync.engine.events import Step
from acctsync.engine.findings import Finding, failed, skipped
from acctsync.engine.keeping import Unsettled
from acctsync.engine.reading import Reading, read_documents, skim
from acctsync.errors import AcctsyncError, InputRefused, Interrupted, StateUnusable
from acctsync.mapping.entries import entries
from acctsync.mapping.model import Mapping
from acctsync.plan.references import Catalog
from acctsync.providers.port import Company, Provider
from acctsync.settings import Connection
from acctsync.state.lock import Holder, holder

if TYPE_CHECKING:
    from acctsync.report.progress import Watcher
    from acctsync.state.store import Store

_QUESTIONS = 8

T = TypeVar("T")


def examine(session: Session) -> tuple[Finding, ...]:
    """Look at everything that an unattended run needs, here and now."""
    watcher = session.watcher()
    try:
        return tuple(_Checkup(session, watcher).findings())
    finally:
        watcher.close()


def attempt(work: Callable[[], T]) -> T | AcctsyncError:
    """Do something that may fail; what would have stopped a run comes back as a value."""
    try:
        return work()
    except Interrupted:
        raise
    except AcctsyncError as error:
        return error
    except OSError as error:
        return StateUnusable(
            f"{error.filename or 'a file'} can't be used: {error.strerror}",
            hint="See to its disk and its permissions.",
        )


class _Checkup:
    """What several checks look at is asked for once and kept here."""

    def __init__(self, session: Session, watcher: Watcher) -> None:
        self._session = session
        self._watcher = watcher
        self._mapping = attempt(session.mapping)
        self._connection = attempt(self._choose)
        self._holder: Holder | None = None
        self._store: Store | None = None

    def findings(self) -> Iterator[Finding]:
        mapping, connection = self._mapping, self._connection
        wanted = mapping.books.company if isinstance(mapping, Mapping) else ""
        yield doctoring.check_connection(connection, wanted)
        if isinstance(connection, Connection):
            signed = attempt(lambda: surroundings.sign_in_facts(self._session, connection))
            yield from self._machine(connection, signed)
        else:
            signed = connection
            yield from self._machine_alone()
        yield fitness.check_mapping(mapping)
        reading = self._reading()
        yield from self._exports(reading)
        documents = (*reading.documents, *reading.parts) if isinstance(reading, Reading) else ()
        if isinstance(connection, Connection) and _is_signed_in(signed):
            yield from self._books(connection, documents)
        else:
            yield from _each(("books", "settings", "names"), "not asked: nobody is signed in")
            yield self._clock(None)

    def _choose(self) -> Connection:
        """Choose the mapping's connection, or the only one where the mapping can't tell."""
        session = self._session
        if isinstance(self._mapping, Mapping):
            return session.bind(self._mapping)
        if len(session.connections.all()) > 1:
            raise InputRefused(
                "there are several connections, and no mapping tells which one is meant",
                hint="Mend the mapping first; it names one under books.connection.",
            )
        return session.bind_alone()

    # The machine

    def _machine(
        self, connection: Connection, signed: SignInFacts | AcctsyncError
    ) -> Iterator[Finding]:
        session = self._session
        yield doctoring.check_sign_in(signed)
        readable = connection if _is_signed_in(signed) else None
        yield doctoring.check_cron(surroundings.cron_facts(session, readable))
        yield self._lock(connection)
        yield self._disk()
        yield from self._state(connection)

    def _machine_alone(self) -> Iterator[Finding]:
        """Look at what there is without a connection."""
        why = "there is no connection to look at"
        yield skipped("sign-in", why)
        yield doctoring.check_cron(surroundings.cron_facts(self._session, None))
        yield skipped("lock", why)
        yield self._disk()
        yield from _each(("state", "trail"), why)

    def _lock(self, connection: Connection) -> Finding:
        folder = self._session.connections.folder(connection.name)
        held = attempt(lambda: holder(folder))
        if isinstance(held, AcctsyncError):
            return failed("lock", held)
        self._holder = held
        return doctoring.check_lock(held, self._session.clock.now())

    def _disk(self) -> Finding:
        session = self._session
        bound = session.bound
        folder = session.connections.folder(bound.name) if bound else session.state_dir
        facts = attempt(lambda: surroundings.disk_facts(session, folder))
        return (
            failed("disk", facts)
            if isinstance(facts, AcctsyncError)
            else doctoring.check_disk(facts)
        )

    def _state(self, connection: Connection) -> Iterator[Finding]:
        session, busy = self._session, self._holder is not None
        store = attempt(lambda: session.store(connection))
        if isinstance(store, AcctsyncError):
            yield doctoring.check_state(store)
            yield skipped("trail", "the state can't be opened")
            return
        self._store = store
        yield doctoring.check_state(
            attempt(lambda: surroundings.state_facts(session, store, busy=busy))
        )
        if busy:
            yield skipped("trail", "not while another run writes to it")
        else:
            yield doctoring.check_trail(attempt(store.verify_trail))

    # The exports

    def _reading(self) -> Reading | AcctsyncError | None:
        session, mapping = self._session, self._mapping
        if not isinstance(mapping, Mapping):
            return None
        self._watcher.notice(Step("reading the export"))
        store, folder, today = self._store, session.data_dir(), session.today(mapping)
        if store is None:
            return attempt(lambda: read_documents(mapping, folder, today))
        # What is in the books already just as the export says need not be kept in memory.
        keeper = Unsettled(mapping, store)
        return attempt(lambda: skim(mapping, folder, today, keeper))

    def _exports(self, reading: Reading | AcctsyncError | None) -> Iterator[Finding]:
        if isinstance(reading, Reading):
            files = reading.files
            yield fitness.check_exports(
                attempt(lambda: surroundings.export_facts(self._session, files))
            )
            yield fitness.check_documents(reading)
        elif reading is None:
            yield from _each(("exports", "documents"), "the mapping must be understood first")
        else:
            yield fitness.check_exports(reading)
            yield skipped("documents", "the exports must be readable first")

    # The books

    def _books(self, connection: Connection, documents: Iterable[Document]) -> Iterator[Finding]:
        self._watcher.notice(Step("asking the books"))
        books = self._session.books(connection)
        try:
            provider = attempt(books.open)
            if isinstance(provider, AcctsyncError):
                yield fitness.check_books(provider, "")
                yield from _each(("settings", "names"), "the books can't be asked")
                yield self._clock(None)
            else:
                yield from self._answers(provider, connection, documents)
        finally:
            books.close()

    def _answers(
        self, provider: Provider, connection: Connection, documents: Iterable[Document]
    ) -> Iterator[Finding]:
        company, mapping = attempt(provider.company), self._mapping
        yield fitness.check_books(company, connection.company_name)
        if isinstance(company, AcctsyncError):
            yield from _each(("settings", "names"), "the books can't be asked")
        elif not isinstance(mapping, Mapping):
            yield from _each(("settings", "names"), "the mapping must be understood first")
        else:
            pending = self._pending(documents, mapping)
            yield self._settings(provider, company, mapping, pending)
            yield self._names(provider, mapping, pending)
        yield self._clock(provider.clock_skew)

    def _settings(
        self, provider: Provider, company: Company, mapping: Mapping, pending: tuple[Document, ...]
    ) -> Finding:
        today = self._session.today(mapping)
        wanted = fitness.uses(mapping, entries(mapping), pending, today)
        objections = provider.objections(wanted)
        return fitness.check_settings(company, mapping.books.currency, objections)

    def _names(
        self, provider: Provider, mapping: Mapping, pending: tuple[Document, ...]
    ) -> Finding:
        named, used = entries(mapping), fitness.named_by(pending)
        kinds = {each.kind for each in named} | {kind for kind, _ in used}
        catalog = attempt(lambda: _catalog(provider, kinds))
        if isinstance(catalog, AcctsyncError):
            return failed("names", catalog)
        made = fitness.made_lists(mapping.accounting)
        return fitness.check_names(named, used, catalog, made=made)

    def _pending(self, documents: Iterable[Document], mapping: Mapping) -> tuple[Document, ...]:
        """Pick the documents that the books are not known to hold."""
        kinds = mapping.push.kinds
        pushed = [d for d in documents if PART_OF.get(d.ref.kind, d.ref.kind) in kinds]
        known = self._store.known(each.ref for each in pushed) if self._store else {}
        return tuple(each for each in pushed if each.ref not in known)

    def _clock(self, skew: float | None) -> Finding:
        mapping = self._mapping
        timezone = mapping.books.timezone if isinstance(mapping, Mapping) else ""
        return fitness.check_clock(skew, self._session.clock.now(), timezone)


def _is_signed_in(signed: SignInFacts | AcctsyncError) -> bool:
    return isinstance(signed, SignInFacts) and signed.stored


def _each(names: Iterable[str], why: str) -> Iterator[Finding]:
    return (skipped(name, why) for name in names)


def _catalog(provider: Provider, kinds: Iterable[ListKind]) -> Catalog:
    """Read lists as the books have them now, all at the same time."""
    wanted = sorted(kinds)
    with ThreadPoolExecutor(_QUESTIONS, thread_name_prefix="ask") as pool:
        lists = pool.map(lambda kind: tuple(provider.pull(kind, whole=True)), wanted)
        return Catalog(dict(zip(wanted, lists, strict=True)))
