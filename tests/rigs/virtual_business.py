"""R1's business: what it billed, its exports, the machines that push them, and people in its books."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event
from typing import Self
from unittest.mock import patch

from acctsync.clock import Clock
from acctsync.documents import Kind, ListEntry, ListKind, RemoteDocument
from acctsync.engine import completing, keeping, sending, versions
from acctsync.engine.job import Job
from acctsync.engine.push import Orders, push
from acctsync.engine.results import PushResult
from acctsync.errors import AcctsyncError
from acctsync.mapping.load import load
from acctsync.mapping.model import Mapping
from acctsync.plan.selection import Selection
from acctsync.state.files import STATE_FILE, connect
from acctsync.state.store import Store
from tests.engine.world import MAPPING
from tests.fakes import Silence
from tests.rigs.virtual import (
    FINE,
    QUIET,
    Fault,
    Killed,
    Ledger,
    Life,
    Rules,
    VirtualClock,
    VirtualProvider,
)

TODAY = dt.date(2025, 4, 1)
_FIRST_DAY = dt.date(2025, 2, 25)


class QuickStore(Store):
    """The real state, its file in memory: that a commit outlives a power cut is R3's business.

    Every commit is a boundary of the process that makes it.
    """

    life: Life | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        company_id: str,
        clock: Clock,
        quickly: bool = False,  # noqa: ARG003 - none is large here
    ) -> Self:
        connection = connect(folder, company_id)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        return cls(connection, folder, clock)

    def back_up(self, name: str, *, asked: bool = False) -> Path:
        return self.folder

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        assert self.life is not None
        self.life.pass_by()
        with super()._transaction():
            yield
        self.life.pass_by()


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice, as the billing system has it."""

    number: str
    customer: str
    amount: Decimal
    day: int
    void: bool = False

    @property
    def date(self) -> dt.date:
        return _FIRST_DAY + dt.timedelta(days=self.day)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment of one invoice."""

    id: str
    invoice: str
    amount: Decimal
    day: int

    @property
    def date(self) -> dt.date:
        return _FIRST_DAY + dt.timedelta(days=self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How one push went: its result, or why it stopped before one, or neither when it died."""

    result: PushResult | None = None
    error: AcctsyncError | None = None
    killed: bool = False


class Business:
    """Everything there is; a death takes one process's part of it away and leaves the rest."""

    def __init__(
        self, folder: Path, rules: Rules, batch_size: int | None = None, in_flight: int = 1
    ) -> None:
        self.folder = folder
        self.clock = VirtualClock()
        self.ledger = Ledger(clock=self.clock, rules=rules)
        self.ledger.lists[ListKind.ITEMS] = [ListEntry(id="1", name="Work", full_name="Work")]
        self.bills: dict[str, Bill] = {}
        self.receipts: dict[str, Receipt] = {}
        self.left: set[str] = set()
        self.contested: set[str] = set()
        self.life: Life | None = None
        self.kills = 0
        self.machines: list[Path] = []
        self._batch_size = batch_size or rules.batch_size
        self._in_flight = in_flight
        self._ids = itertools.count(1)
        self.new_machine()

    # Machines

    def new_machine(self) -> int:
        """Connect another machine, or this one anew: it knows nothing."""
        state = self.folder / f"state-{next(self._ids)}"
        state.mkdir()
        (state / STATE_FILE).write_bytes(_empty_state())
        self.machines.append(state)
        return len(self.machines) - 1

    def save(self, machine: int) -> Path:
        """Copy a machine's state aside."""
        copy = self.folder / f"copy-{next(self._ids)}.db"
        shutil.copy(self.machines[machine] / STATE_FILE, copy)
        return copy

    def restore(self, machine: int, copy: Path) -> None:
        """Put an old state back."""
        shutil.copy(copy, self.machines[machine] / STATE_FILE)

    def run(
        self,
        machine: int = 0,
        weather: Callable[[int], Fault] = lambda _: FINE,
        *,
        zone: str = "UTC",
        **fate: float,
    ) -> Run:
        """Push in a process of its own, with its fate (see Life)."""
        stop = Event()
        self.life = life = Life(clock=self.clock, stop=stop, **fate)  # type: ignore[arg-type]
        self.clock.be_born(1000.0 * machine)
        state = self.machines[machine]
        store = QuickStore.open(state, company_id="1", clock=self.clock)
        store.life = life
        try:
            with store, _time_zone(zone):
                return Run(result=push(self._job(store, life, stop, weather), Orders()))
        except Killed:
            self.kills += 1
            return Run(killed=True)
        except AcctsyncError as error:
            return Run(error=error)

    def _job(
        self, store: QuickStore, life: Life, stop: Event, weather: Callable[[int], Fault]
    ) -> Job:
        return Job(
            mapping=the_mapping(),
            data_dir=self.folder,
            selection=Selection(),
            today=TODAY,
            clock=self.clock,
            listener=Silence(),
            stop=stop,
            new_id=lambda: f"{next(self._ids):032x}",
            company="Test Company",
            store=store,
            provider=lambda: VirtualProvider(
                self.ledger,
                life,
                batch_size=self._batch_size,
                in_flight=self._in_flight,
                weather=weather,
                state=store.folder,
            ),
        )

    # The export

    def export(self, rng: Random | None = None) -> None:
        """Write the export; with a generator in another order and dress, saying the same."""
        bills = [each for each in self.bills.values() if each.number not in self.left]
        receipts = [each for each in self.receipts.values() if each.id not in self.left]
        invoice_rows = [
            [b.number, b.customer, f"{b.date}", f"{b.amount}", "void" if b.void else "open"]
            for b in bills
        ]
        payment_rows = [[r.id, r.invoice, f"{r.date}", f"{r.amount}"] for r in receipts]
        self._file("invoices.csv", "Number,Customer,Date,Amount,Status", invoice_rows, rng)
        self._file("payments.csv", "Id,Invoice,Date,Amount", payment_rows, rng)

    def _file(self, name: str, header: str, rows: list[list[str]], rng: Random | None) -> None:
        end = "\n"
        if rng is not None:
            rows = rng.sample(rows, len(rows))
            end = rng.choice(["\n", "\r\n"])
            if rng.random() < 0.5:
                rows = [[f" {cell}  " for cell in row] for row in rows]
        lines = [header, *(",".join(row) for row in rows)]
        (self.folder / name).write_bytes((end.join(lines) + end).encode())

    def paid(self, number: str) -> Decimal:
        """Tell what the export says was paid of an invoice."""
        return sum(
            (each.amount for each in self.receipts.values() if each.invoice == number), Decimal(0)
        )

    # People

    def type_in(self, bill: Bill, amount: Decimal) -> None:
        """Enter an invoice in the books by hand, customer and all."""
        customer = next(
            (each for each in self.ledger.of(Kind.CUSTOMERS) if each.name == bill.customer), None
        )
        if customer is None:
            customer = self._by_hand(Kind.CUSTOMERS, name=bill.customer)
        self._by_hand(
            Kind.INVOICES,
            number=bill.number,
            date=bill.date,
            customer=customer.id,
            currency="USD",
            total=amount,
            balance=amount,
        )

    def type_in_payment(self, receipt: Receipt, number: str) -> bool:
        """Record a payment in the books by hand; tell whether its invoice was there."""
        invoice = next(
            (each for each in self.ledger.live(Kind.INVOICES) if each.number == receipt.invoice),
            None,
        )
        if invoice is None:
            return False
        payment = self._by_hand(
            Kind.PAYMENTS,
            number=number,
            date=receipt.date,
            customer=invoice.customer,
            currency="USD",
            total=receipt.amount,
            balance=receipt.amount,
        )
        self.ledger.apply(payment.id, invoice.id, receipt.amount)
        return True

    def meddle(self, invoice: RemoteDocument, how: str) -> None:
        """Change, void or delete an invoice in the books."""
        if how == "delete":
            self.ledger.documents.remove(invoice)
            return
        assert invoice.total is not None
        assert invoice.balance is not None
        total = Decimal(0) if how == "void" else invoice.total + 1
        self.ledger.change(
            invoice.id,
            version=str(int(invoice.version) + 1),
            digest=f"by hand {next(self._ids)}",
            total=total,
            balance=Decimal(0) if how == "void" else invoice.balance + 1,
            voided=how == "void",
        )

    def _by_hand(self, kind: Kind, **what: object) -> RemoteDocument:
        id_ = str(next(self.ledger.ids))
        made = RemoteDocument(kind=kind, id=id_, version="0", digest=f"by hand {id_}")
        made = replace(made, **what)  # type: ignore[arg-type]
        self.ledger.documents.append(made)
        return made

    def wait(self, seconds: float) -> None:
        """Let true time pass between runs."""
        self.clock.pass_(seconds)
        self.ledger.settle_late()

    def wait_until_quiet(self) -> None:
        """Wait until nothing is on its way any more, as before another machine is used."""
        self.wait(QUIET)


@cache
def the_mapping() -> Mapping:
    """Load the mapping once: that a file says the same when it is read again is not the point."""
    with fast_folder() as folder:
        file = Path(folder) / "acctsync.yaml"
        file.write_text(MAPPING, encoding="utf-8")
        return load(file)


@cache
def _empty_state() -> bytes:
    """Make one empty state, for copies."""
    with fast_folder() as folder:
        Store.create(
            Path(folder),
            company_id="1",
            company_name="Test Company",
            system="quickbooks",
            environment="sandbox",
            origin="",
            clock=VirtualClock(),
        ).close()
        return (Path(folder) / STATE_FILE).read_bytes()


def fast_folder() -> TemporaryDirectory[str]:
    """Make a folder in memory where the machine has such a place."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder below it is private
    place = memory if memory.is_dir() else None
    return TemporaryDirectory(prefix="acctsync-r1-", dir=place)


class _Inline:
    """Runs at once what a pool of threads would: only the order in which threads wake is lost."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, call: Callable[..., object], *given: object) -> Future[object]:
        future: Future[object] = Future()
        try:
            future.set_result(call(*given))
        except BaseException as error:  # noqa: BLE001 - as a thread hands it on
            future.set_exception(error)
        return future


@cache
def _version() -> bytes:
    return versions.builder_version(the_mapping())


def _version_of(mapping: Mapping) -> bytes:
    return _version() if mapping is the_mapping() else versions.builder_version(mapping)


@contextmanager
def swift(*, threads: bool = False) -> Iterator[None]:
    """Spare what costs time and shows nothing here: naming the one mapping's version, and threads."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(keeping, "builder_version", _version_of))
        for module in () if threads else (sending, completing):
            stack.enter_context(patch.object(module, "ThreadPoolExecutor", _Inline))
        yield


@contextmanager
def _time_zone(zone: str) -> Iterator[None]:
    if zone == "UTC":
        yield
        return
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()
