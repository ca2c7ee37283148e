"""A connection's sign-in and its client, both built only when somebody needs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from acctsync.clock import Clock
from acctsync.settings import Connection, Connections

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from acctsync.credentials import TokenStore
    from acctsync.providers.exchange import ExchangeSeen
    from acctsync.providers.oauth import Grant
    from acctsync.providers.port import Provider
    from acctsync.providers.redaction import Secrets


class Books:
    """Opens a connection's books, once; `entered_as` is how the mapping wants documents there."""

    def __init__(
        self,
        connection: Connection,
        *,
        state_dir: Path,
        clock: Clock,
        stop: Event,
        secrets: Secrets,
        time_scale: float,
        max_calls: int | None,
        entered_as: str = "",
        on_exchange: Callable[[ExchangeSeen], None] | None = None,
    ) -> None:
        self._entered_as = entered_as
        self._connection = connection
        self._state_dir = state_dir
        self._clock = clock
        self._stop = stop
        self._secrets = secrets
        self._time_scale = time_scale
        self._max_calls = max_calls
        self._on_exchange = on_exchange
        self._provider: Provider | None = None

    def open(self) -> Provider:
        """Build the client, or give the one that was built."""
        if self._provider is None:
            self._provider = self._build()
        return self._provider

    def close(self) -> None:
        """Let go of what was built."""
        if self._provider is not None:
            self._provider.close()

    def _build(self) -> Provider:
        import random

        from acctsync.providers.registry import books

        connection = self._connection
        build: Callable[..., Provider] = books(connection.system).open_books
        return build(
            environment=connection.environment,
            url=connection.origin,
            company_id=connection.company_id,
            connection=connection.tokens_name,
            store=token_store(connection, self._state_dir),
            lock_file=Connections(self._state_dir).token_lock(connection),
            clock=self._clock,
            random=random.random,
            stop=self._stop,
            secrets=self._secrets,
            time_scale=self._time_scale,
            max_calls=self._max_calls,
            entered_as=self._entered_as,
            on_exchange=self._on_exchange,
            pace_file=Connections(self._state_dir).folder(connection.name) / "pace.json",
            lists_file=Connections(self._state_dir).folder(connection.name) / "lists.json",
        )


def token_folder(state_dir: Path) -> Path:
    """Tell where the file store keeps tokens."""
    return state_dir / "tokens"


def token_store(connection: Connection, state_dir: Path) -> TokenStore:
    """Open the store that a connection was made with."""
    from acctsync.credentials import open_store

    return open_store(connection.token_store, token_folder(state_dir))


def grant_of(connection: Connection, state_dir: Path) -> Grant | None:
    """Read a connection's sign-in, if there is one."""
    from acctsync.providers.oauth import from_plain

    stored = token_store(connection, state_dir).load(connection.tokens_name)
    return None if stored is None else from_plain(stored)
