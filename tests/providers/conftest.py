"""A simulated company to speak to, signed in the way a person is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from acctsync.clock import SystemClock
from acctsync.credentials import FileStore
from acctsync.documents import DocumentRef, ListEntry, ListKind, Reference
from acctsync.providers.callback import pasted
from acctsync.providers.consent import SignedIn
from acctsync.providers.exchange import ExchangeSeen
from acctsync.providers.oauth import AppKeys, new_state, to_plain
from acctsync.providers.port import Provider
from acctsync.providers.qbo.provider import QuickBooks, open_books
from acctsync.providers.qbo.signin import SignIn
from acctsync.providers.redaction import Secrets
from acctsync.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
COMPANIES = ROOT / "sample-config" / "companies"
SHARED = ROOT.parent / "shared" / "data" / "qbo"
REDIRECT = "http://localhost:8844/callback"
KEYS = AppKeys(client_id="canary-client", client_secret="canary-client-secret")
CONNECTION = "qbo"


@dataclass
class ScaledClock(SystemClock):
    """Real time, but nobody waits a real minute."""

    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float, wake: Event | None = None) -> None:
        self.waits.append(seconds)
        super().sleep(min(seconds, 0.05), wake)


@dataclass
class FoundRefs:
    """References resolved by hand; lists come from the books."""

    books: Provider
    customers: dict[DocumentRef, str] = field(default_factory=dict)
    ids: dict[DocumentRef, str] = field(default_factory=dict)
    invoices: dict[str, str] = field(default_factory=dict)

    def remote_id(self, ref: DocumentRef) -> str:
        return self.ids[ref]

    def allocated(self, payment: DocumentRef, wanted: str) -> str:
        return self.invoices[wanted]

    def customer_of(self, document: DocumentRef) -> str:
        return self.customers[document]

    def entry(self, kind: ListKind, reference: Reference) -> ListEntry:
        for entry in self.books.pull(kind):
            if reference.id == entry.id or reference.name in {entry.full_name, entry.name}:
                return entry
        raise LookupError(f"{reference} is not among {kind}")

    def parent(self, kind: ListKind, path: str) -> ListEntry:
        return self.entry(kind, Reference(name=path))


@dataclass
class Desk:
    """One signed-in client at a simulated company."""

    simulator: Simulator
    signed_in: SignedIn
    store: FileStore
    books: QuickBooks
    refs: FoundRefs
    clock: ScaledClock
    stop: Event
    seen: list[ExchangeSeen]
    secrets: Secrets


def consent(url: str) -> str:
    """Give consent as a browser would; the redirect address comes back."""
    with httpx.Client(trust_env=False) as browser:
        return str(browser.get(url).headers["location"])


def sign_in(simulator: Simulator, keys: AppKeys = KEYS) -> SignedIn:
    """Sign in with the pasted address."""
    process = SignIn(keys=keys, url=simulator.url, clock=SystemClock())
    try:
        state = new_state()
        address = consent(process.consent_url(redirect_uri=REDIRECT, state=state))
        return process.complete(pasted(address, state), redirect_uri=REDIRECT)
    finally:
        process.close()


def desk_at(simulator: Simulator, folder: Path, **options: Any) -> Desk:
    """Open the books of a running company."""
    signed_in = sign_in(simulator)
    store = FileStore(folder / "tokens")
    store.save(CONNECTION, to_plain(signed_in.grant))
    clock, stop, secrets = ScaledClock(), Event(), Secrets()
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
        stop=stop,
        secrets=secrets,
        on_exchange=seen.append,
        **options,
    )
    return Desk(simulator, signed_in, store, books, FoundRefs(books), clock, stop, seen, secrets)


OpenDesk = Callable[..., Desk]


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[OpenDesk]:
    """Open simulated companies and sign in; all is closed afterwards."""
    desks: list[Desk] = []

    def open_one(company: str = "coworks", *, limits: bool = False, **options: Any) -> Desk:
        simulator = Simulator("qbo", company=COMPANIES / f"{company}.yaml", limits=limits)
        simulator.start()
        desks.append(desk_at(simulator, tmp_path / str(len(desks)), **options))
        return desks[-1]

    yield open_one
    for desk in desks:
        desk.books.close()
        desk.simulator.stop()


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    return open_desk()


def query_of(address: str) -> dict[str, str]:
    """Read an address's query."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
