"""A small business for engine tests: an export, a mapping, a state, and books that outlive crashes."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from threading import Event

from acctsync.documents import CUT, Kind, ListEntry, ListKind
from acctsync.engine.adopting import AdoptResult, adopt
from acctsync.engine.job import Job
from acctsync.engine.planning import plan
from acctsync.engine.push import Orders, push
from acctsync.engine.reconciling import ReconcileResult, reconcile
from acctsync.engine.results import PlanResult, PushResult
from acctsync.engine.undoing import UndoResult, undo
from acctsync.mapping.load import load
from acctsync.plan.selection import Selection
from acctsync.providers.port import Limits
from acctsync.state.store import Store
from tests.fakes import Books, FakeClock, FakeProvider, Fault, Silence

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Test Company, currency: USD, timezone: UTC, tax: none}
sources:
  invoice_rows: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  payment_rows: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: invoice_rows
    document:
      id: Number
      number: Number
      customer: {name: Customer}
      date: Date
      total: Amount
      state: {column: Status, map: {open: open, void: void}}
    lines: {item: {value: work}, description: {value: Work}, amount: Amount}
  payments:
    from: payment_rows
    document: {id: Id, invoice: Invoice, date: Date, amount: Amount}
accounting:
  items: {work: {item: Work}}
push: {customers: true, invoices: true, payments: true, void: true}
"""

InvoiceRow = tuple[str, str, str] | tuple[str, str, str, str]
PaymentRow = tuple[str, str, str]


class World:
    """Everything there is; a crash takes the process's part of it away and leaves the rest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.books = Books(clock=self.clock)
        self.books.lists[ListKind.ITEMS] = [ListEntry(id="1", name="Work", full_name="Work")]
        self.provider: FakeProvider | None = None
        self.stop = Event()
        self.kinds = frozenset(Kind) - {Kind.REPAYMENTS, *CUT}
        self._ids = itertools.count(1)
        (folder / "acctsync.yaml").write_text(MAPPING, encoding="utf-8")
        self.export([], [])
        self.new_state()

    def new_state(self) -> None:
        """Start with an empty state, as after losing the old one."""
        self.state = self.folder / f"state-{next(self._ids)}"
        self.state.mkdir()
        Store.create(
            self.state,
            company_id="1",
            company_name="Test Company",
            system="quickbooks",
            environment="sandbox",
            origin="",
            clock=self.clock,
        ).close()

    def map(self, old: str, new: str) -> None:
        """Change the mapping."""
        path = self.folder / "acctsync.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def export(self, invoices: Iterable[InvoiceRow], payments: Iterable[PaymentRow]) -> None:
        """Write the billing system's export: (number, customer, amount[, status]), (id, …)."""
        lines = ["Number,Customer,Date,Amount,Status"]
        for number, customer, amount, *status in invoices:
            lines.append(
                f"{number},{customer},2025-03-01,{amount},{status[0] if status else 'open'}"
            )
        self._file("invoices.csv", lines)
        paid = ["Id,Invoice,Date,Amount"]
        paid += [f"{id_},{invoice},2025-03-02,{amount}" for id_, invoice, amount in payments]
        self._file("payments.csv", paid)

    def push(
        self,
        *,
        faults: dict[int, Fault] | None = None,
        limits: Limits | None = None,
        selection: Selection | None = None,
        on_send: Callable[[str], None] = lambda _: None,
        open_store: Callable[..., Store] = Store.open,
        unreachable: bool = False,
        orders: Orders | None = None,
    ) -> PushResult:
        """Run a push from the beginning, as a new process would."""
        self.provider = FakeProvider(
            self.books, faults=faults, limits=limits, on_send=on_send, unreachable=unreachable
        )
        with open_store(self.state, company_id="1", clock=self.clock) as store:
            return push(self._job(store, selection), orders or Orders())

    def undo(
        self,
        run: str,
        *,
        dry_run: bool = False,
        confirm: Callable[[UndoResult], bool] = lambda _: True,
        faults: dict[int, Fault] | None = None,
        on_send: Callable[[str], None] = lambda _: None,
        open_store: Callable[..., Store] = Store.open,
        unreachable: bool = False,
    ) -> UndoResult:
        """Undo a run from the beginning, as a new process would."""
        self.provider = FakeProvider(
            self.books, faults=faults, on_send=on_send, unreachable=unreachable
        )
        with open_store(self.state, company_id="1", clock=self.clock) as store:
            return undo(self._job(store, None), run, confirm, dry_run=dry_run)

    def adopt(self, selection: Selection | None = None) -> AdoptResult:
        """Link what is there."""
        self.provider = FakeProvider(self.books)
        with Store.open(self.state, company_id="1", clock=self.clock) as store:
            return adopt(self._job(store, selection))

    def reconcile(
        self, selection: Selection | None = None, *, unreachable: bool = False
    ) -> ReconcileResult:
        """Compare export and books."""
        self.provider = FakeProvider(self.books, unreachable=unreachable)
        with Store.open(self.state, company_id="1", clock=self.clock) as store:
            return reconcile(self._job(store, selection))

    def plan(self, selection: Selection | None = None) -> PlanResult:
        """Make a plan from the beginning."""
        self.provider = FakeProvider(self.books)
        with Store.open(self.state, company_id="1", clock=self.clock) as store:
            return plan(self._job(store, selection))

    def holds(self, kind: Kind) -> dict[str, Decimal | None]:
        """Tell what the books hold of a kind: number and open balance (or name, for customers)."""
        listed = self.books.of(kind)
        held = {each.number: each.balance for each in listed if not each.voided}
        assert len(held) == len([each for each in listed if not each.voided]), "duplicates!"
        return held

    def _job(self, store: Store, selection: Selection | None) -> Job:
        provider = self.provider
        assert provider is not None
        return Job(
            mapping=load(self.folder / "acctsync.yaml"),
            data_dir=self.folder,
            selection=selection or Selection(),
            today=dt.date(2025, 4, 1),
            clock=self.clock,
            listener=Silence(),
            stop=self.stop,
            new_id=lambda: f"{next(self._ids):032x}",
            company="Test Company",
            kinds=self.kinds,
            store=store,
            provider=lambda: provider,
        )

    def _file(self, name: str, lines: list[str]) -> None:
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
