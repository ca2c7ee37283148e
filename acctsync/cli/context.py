"""The composition root: options, environment, clock and connections become what a command needs.

Whatever costs time to import (the mapping's parser, the state, the books' client) is imported
where it is first needed, so that a run without anything to do stays cheap.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from acctsync.cli.arguments import Options
from acctsync.cli.runlog import RunLog
from acctsync.cli.signals import Signals
from acctsync.cli.terminal import Terminal
from acctsync.clock import SystemClock
from acctsync.errors import InputRefused, Problem, SignInNeeded
from acctsync.providers.redaction import Secrets
from acctsync.settings import FIRST_SIGN_IN, Connection, Connections, default_state_dir

if TYPE_CHECKING:
    from acctsync.cli.answer import Answer
    from acctsync.cli.books import Books
    from acctsync.cli.choosing import Wanted
    from acctsync.cli.ping import Ping
    from acctsync.engine.job import Job
    from acctsync.mapping.model import Mapping as MappingFile
    from acctsync.providers.port import Provider
    from acctsync.report.progress import Watcher
    from acctsync.state.store import Store

_URL_VARIABLES = {"quickbooks": "ACCTSYNC_QBO_URL", "xero": "ACCTSYNC_XERO_URL"}


class Session:
    """One command's surroundings. `bound` is the connection it turned out to work with."""

    def __init__(self, options: Options, environment: Mapping[str, str]) -> None:
        self.options = options
        self.environment = environment
        self.terminal = Terminal(options, environment)
        self.signals = Signals()
        self.clock = SystemClock()
        self.secrets = Secrets()
        self.log = RunLog(self.clock, self.secrets)
        self.bound: Connection | None = None
        self.opened_store: Store | None = None
        self._watcher: Watcher | None = None
        self._ping: Ping | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def state_dir(self) -> Path:
        return self.options.state_dir or default_state_dir()

    @property
    def connections(self) -> Connections:
        return Connections(self.state_dir)

    @property
    def company_name(self) -> str:
        return self.bound.company_name if self.bound else ""

    def url(self, system: str) -> str:
        """Tell where the environment points a system's calls; empty for the vendor's own hosts."""
        return self.environment.get(_URL_VARIABLES.get(system, ""), "")

    def mapping(self) -> MappingFile:
        """Read the mapping."""
        from acctsync.mapping.load import load

        return load(self.options.mapping)

    def data_dir(self) -> Path:
        """Tell where the mapping's files are looked up."""
        return self.options.data_dir or self.options.mapping.parent

    def today(self, mapping: MappingFile) -> date:
        """Tell the day in the books' time zone."""
        from zoneinfo import ZoneInfo

        return self.clock.now().astimezone(ZoneInfo(mapping.books.timezone)).date()

    def bind(self, mapping: MappingFile) -> Connection:
        """Choose the connection that a mapping means, and hold on to it."""
        chosen = self.connections.choose(mapping.books.system, mapping.books.connection)
        return self.take(chosen)

    def bind_if_any(self, mapping: MappingFile) -> Connection | None:
        """Choose the mapping's connection, or none where nobody has signed in yet."""
        try:
            return self.bind(mapping)
        except SignInNeeded:
            return None

    def bind_alone(self) -> Connection:
        """Take the only connection there is; ask the mapping only where there are several."""
        every = self.connections.all()
        if len(every) == 1:
            return self.take(every[0])
        if not every:
            raise SignInNeeded("there is no connection yet", hint=FIRST_SIGN_IN)
        return self.bind(self.mapping())

    def take(self, connection: Connection) -> Connection:
        """Work with a connection, unless the environment points elsewhere than it was made for."""
        url = self.url(connection.system)
        if url and self._origin(url) != connection.origin:
            made_for = connection.origin or "the vendor's own servers"
            raise InputRefused(
                f"connection {connection.name} was made for {made_for}, "
                f"but {_URL_VARIABLES[connection.system]} says {url}",
                hint="Unset the variable, or connect to that address under another --name.",
            )
        self.bound = connection
        self.open_log(connection.name)
        return connection

    def open_log(self, connection: str) -> None:
        """Log from now on what is done with a connection."""
        self.log.open(self.state_dir, connection)

    def announce(self) -> None:
        """Tell whoever waits for this unattended run that it begins, and at its end how it went."""
        url = self.environment.get("ACCTSYNC_PING_URL")
        if url:
            from acctsync.cli.ping import Ping

            self._ping = Ping(url, command=self.log.command, clock=self.clock, warn=self._warn)
            self._ping.began()

    def ended(self, exit_code: int, answer: Answer) -> None:
        """Log how the command ended, and tell whoever waits for it."""
        if self.bound is not None:
            self.open_log(self.bound.name)
        self.log.ended(exit_code, answer)
        if self._ping is not None:
            self._ping.ended(exit_code, answer)

    def store(self, connection: Connection, *, quickly: bool = False) -> Store:
        """Open a connection's state; it is closed when the command ends.

        What sends nothing may open it `quickly`.
        """
        from acctsync.state.store import Store

        folder = self.connections.folder(connection.name)
        opened = Store.open(
            folder, company_id=connection.company_id, clock=self.clock, quickly=quickly
        )
        self.opened_store = self._open.enter_context(opened)
        return opened

    @contextmanager
    def job(
        self,
        mapping: MappingFile,
        wanted: Wanted,
        *,
        max_calls: int | None,
        store: Store | None = None,
    ) -> Iterator[Job]:
        """Put a run together; a signal asks it to stop, and afterwards all is closed.

        The books' client is built only when the run first needs it. `store` is another state than
        the connection's own.
        """
        from acctsync.engine.job import Job
        from acctsync.providers.registry import kinds

        connection = self.bound
        today = self.today(mapping)
        if store is None and connection is not None:
            store = self.store(connection, quickly=True)
        status = mapping.push.xero_status
        books = (
            self.books(connection, max_calls=max_calls, entered_as=status) if connection else None
        )
        watcher = self._watcher = self.watcher()
        with self.signals.graceful() as stop:
            try:
                yield Job(
                    mapping=mapping,
                    data_dir=self.data_dir(),
                    selection=wanted.selection(today),
                    today=today,
                    clock=self.clock,
                    listener=watcher,
                    stop=stop,
                    new_id=lambda: os.urandom(16).hex(),
                    company=self.company_name,
                    kinds=kinds(mapping.books.system),
                    store=store,
                    provider=partial(_opened, books, store) if books else None,
                )
            finally:
                watcher.close()
                if books:
                    books.close()

    def books(
        self, connection: Connection, *, max_calls: int | None = None, entered_as: str = ""
    ) -> Books:
        """Prepare a connection's client; nothing is built yet."""
        from acctsync.cli.books import Books

        return Books(
            connection,
            state_dir=self.state_dir,
            clock=self.clock,
            stop=self.signals.stop,
            secrets=self.secrets,
            time_scale=self._time_scale(connection),
            max_calls=max_calls,
            entered_as=entered_as,
            on_exchange=self.log.called,
        )

    def pause_watching(self) -> None:
        """Take the progress bar away until the run says something again."""
        if self._watcher is not None:
            self._watcher.close()

    def watcher(self) -> Watcher:
        """Choose who watches a run: a bar, lines, or nobody."""
        from acctsync.report.progress import Bar, Lines, Silent

        if self.options.quiet or self.options.as_json:
            return Silent()
        if self.terminal.draws:
            return Bar(self.terminal.error_console())
        return Lines(self.terminal.say, self.clock.monotonic)

    def keep_crash(self, error: BaseException) -> Path:
        """Write down an unexpected error; tell where."""
        from acctsync.cli.crash import write_crash

        return write_crash(self.state_dir, error, secrets=self.secrets, now=self.clock.now())

    def _warn(self, problem: Problem) -> None:
        """Tell of a ping that failed: a wrong setting always, the rest is its own alarm."""
        from acctsync.cli.ping import UNUSABLE

        self.log.warned(problem)
        if problem.code == UNUSABLE or self.options.verbose:
            self.terminal.complain(
                f"acctsync: {problem.message} [{problem.code}]\n  {problem.hint}"
            )

    def _origin(self, url: str) -> str:
        from acctsync.providers.loopback import loopback

        return loopback(url)

    def _time_scale(self, connection: Connection) -> float:
        """Tell how much shorter the vendor's waits are, where nobody real is waited for."""
        scale = self.environment.get("ACCTSYNC_TIME_SCALE")
        if not scale:
            return 1.0
        if not connection.origin:
            self.terminal.say(
                "acctsync: ACCTSYNC_TIME_SCALE is ignored: it works against loopback only"
            )
            return 1.0
        return _scale(scale)


def _opened(books: Books, store: Store | None) -> Provider:
    """Build the client; nothing goes over the wire before the whole state was found sound."""
    if store is not None:
        store.prove()
    return books.open()


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = 0.0
    if not 0 < scale <= 1:
        raise InputRefused(
            f"ACCTSYNC_TIME_SCALE={text!r} is no pace", hint="Give a number up to 1, like 0.01."
        )
    return scale
