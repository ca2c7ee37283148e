"""A simulated organisation of Xero to speak to, signed in the way a person is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from acctsync.clock import SystemClock
from acctsync.credentials import FileStore
from acctsync.providers.callback import pasted
from acctsync.providers.consent import SignedIn
from acctsync.providers.exchange import ExchangeSeen
from acctsync.providers.oauth import AppKeys, new_state, to_plain
from acctsync.providers.redaction import Secrets
from acctsync.providers.xero.provider import Xero, open_books
from acctsync.providers.xero.signin import SignIn
from acctsync.simulator import Simulator
from tests.providers.conftest import COMPANIES, FoundRefs, ScaledClock, consent

REDIRECT = "http://localhost:8844/callback"
KEYS = AppKeys(client_id="canary-client")
CONNECTION = "xero"
ORGANISATION = COMPANIES / "coworks-xero.yaml"


@dataclass
class Desk:
    """One signed-in client at a simulated organisation."""

    simulator: Simulator
    signed_in: SignedIn
    store: FileStore
    books: Xero
    refs: FoundRefs
    clock: ScaledClock
    seen: list[ExchangeSeen]

    def close(self) -> None:
        """Let go of connections."""
        self.books.close()


def sign_in(simulator: Simulator, keys: AppKeys = KEYS) -> SignedIn:
    """Sign in with the pasted address, and take the first organisation."""
    process = SignIn(keys=keys, url=simulator.url, clock=SystemClock())
    try:
        state = new_state()
        address = consent(process.consent_url(redirect_uri=REDIRECT, state=state))
        callback = pasted(address, state)
        return process.complete(callback, redirect_uri=REDIRECT, choose=lambda _: 0)
    finally:
        process.close()


def desk_at(simulator: Simulator, folder: Path, **options: Any) -> Desk:
    """Open the books of a running organisation."""
    signed_in = sign_in(simulator)
    store = FileStore(folder / "tokens")
    store.save(CONNECTION, to_plain(signed_in.grant))
    clock = ScaledClock()
    seen: list[ExchangeSeen] = []
    books = open_books(
        environment=signed_in.environment,
        url=simulator.url,
        company_id=signed_in.company_id,
        connection=CONNECTION,
        store=store,
        lock_file=folder / "refresh.lock",
        clock=clock,
        random=lambda: 0.5,
        stop=Event(),
        secrets=Secrets(),
        on_exchange=seen.append,
        **options,
    )
    return Desk(simulator, signed_in, store, books, FoundRefs(books), clock, seen)
