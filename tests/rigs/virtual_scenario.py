"""R1's scenarios: a seed decides what is billed, who pushes when, and everything that goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

from acctsync.documents import Kind
from acctsync.engine.results import PushResult
from acctsync.errors import ExitCode
from tests.rigs.virtual import DAY, FINE, VENDORS, Fault, befall, storm
from tests.rigs.virtual_business import Bill, Business, Receipt, Run, fast_folder, swift
from tests.rigs.virtual_checks import Findings, inspect

_ZONES = ("UTC", "UTC", "UTC", "Pacific/Auckland", "America/St_Johns")
_CALM_RUNS = 2
# From this seed on every fifth business is twenty times as large: a full run has some hundred
# documents a push as well as some dozen.
LENGTHY = 1_000_000
_EVERY, _LARGE = 5, 20


@dataclass
class Tally:
    """What was run, and what of it went wrong; counted, never assumed."""

    scenarios: int = 0
    documents: int = 0
    runs: int = 0
    kills: int = 0
    duplicates: int = 0
    lost: int = 0
    unresolved: int = 0
    wrong: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class RigFailure(AssertionError):
    """The books are not what the export says, or nobody was told."""


def check(seed: int) -> Tally:
    """Run the scenario of a seed; raises RigFailure, which tells how to replay it."""
    tally = run(seed)
    if tally.failures:
        raise RigFailure("\n".join(tally.failures))
    return tally


def run(seed: int, in_flight: int = 1) -> Tally:
    """Run the scenario of a seed and count what came of it.

    With several exchanges in flight the order in which they land is the machine's.
    """
    with fast_folder() as folder, swift(threads=in_flight > 1):
        return _Scenario(seed, Path(folder), in_flight).play()


def sweep(seeds: Iterable[int], *, enough: int = 5) -> Tally:
    """Run the scenarios of many seeds; stop once enough of them failed."""
    total = Tally()
    for seed in seeds:
        total.add(run(seed))
        if len(total.failures) >= enough:
            break
    return total


def replay_hint(seed: int) -> str:
    """Say how a scenario is run again."""
    return f"replay: ACCTSYNC_SEED={seed} pytest tests/rigs/test_virtual_time.py"


class _Scenario:
    def __init__(self, seed: int, folder: Path, in_flight: int) -> None:
        self._seed = seed
        self._rng = rng = Random(seed)  # noqa: S311
        rules = rng.choice(VENDORS)
        most = rules.batch_size
        self._business = Business(folder, rules, rng.choice([most, most, 1, 3, 7]), in_flight)
        self._rate = rng.choice([0.05, 0.2, 0.2, 0.5])
        # One thing at most that makes a machine forget: each costs the certainty of amounts.
        self._forgets = rng.choices(["", "lost", "restored", "two"], [60, 15, 12, 13])[0]
        self._people = rng.random() < 0.3
        self._copy: Path | None = None
        self._machine = 0
        self._typed: set[str] = set()
        self._tally = Tally(scenarios=1)

    def play(self) -> Tally:
        business = self._business
        size = self._rng.randint(4, 32)
        large = self._seed >= LENGTHY and self._seed % _EVERY == 0
        self._bill(size * _LARGE if large else size)
        chapters = self._rng.choices([1, 2, 3], [70, 25, 5])[0]
        last: PushResult | None = None
        for chapter in range(chapters):
            if chapter:
                self._next_month()
            if self._people:
                self._meddle()
            business.export(self._rng if self._rng.random() < 0.3 else None)
            for _ in range(self._rng.choices([0, 1, 2, 3], [10, 60, 22, 8])[0]):
                business.ledger.metered = True
                self._stormy_run()
            last = self._calm_runs()
        self._judge(inspect(business, last, self._machine))
        return self._tally

    def _judge(self, found: Findings) -> None:
        tally, business = self._tally, self._business
        open_bills = [each for each in business.bills.values() if not each.void]
        names = {each.customer for each in open_bills}
        tally.documents = len(open_bills) + len(business.receipts) + len(names)
        tally.kills = business.kills
        tally.duplicates, tally.lost = found.duplicates, found.lost
        tally.unresolved, tally.wrong = found.unresolved, found.wrong
        if found:
            lines = [f"seed {self._seed} ({business.ledger.rules.name}):", *found.lines]
            tally.failures.append("\n  ".join([*lines, replay_hint(self._seed)]))

    # Runs

    def _stormy_run(self) -> None:
        rng = self._rng
        fate: dict[str, float] = {}
        if rng.random() < 0.6:
            fate["dies_at"] = rng.choice([rng.randint(0, 12), rng.randint(0, 60)])
        if rng.random() < 0.08:
            fate["stops_at"] = rng.randint(0, 30)
        if rng.random() < 0.25:
            fate |= {"jumps_at": rng.randint(0, 30), "jump": rng.uniform(-DAY, DAY)}
        zone = rng.choice(_ZONES)
        self._run(self._weather(), zone, fate)
        self._between()

    def _run(self, weather: Callable[[int], Fault], zone: str, fate: dict[str, float]) -> Run:
        self._tally.runs += 1
        return self._business.run(self._machine, weather, zone=zone, **fate)

    def _weather(self) -> Callable[[int], Fault]:
        run, rate = self._tally.runs, self._rate
        if self._rng.random() < 0.05:
            wait = self._rng.choice([0.0, 5.0, 60.0, DAY])
            calm_from = self._business.clock.seconds + 600.0
            clock = self._business.clock
            return lambda _: storm(wait or 60.0) if clock.seconds < calm_from else FINE
        return lambda number: befall(Random(f"{self._seed}/{run}/{number}"), rate)  # noqa: S311

    def _calm_runs(self) -> PushResult | None:
        """Push until all is well, with no flag and nothing going wrong; it must not take long."""
        last: Run | None = None
        self._business.ledger.metered = False
        for _ in range(_CALM_RUNS):
            last = self._run(lambda _: FINE, "UTC", {})
            if last.result is not None and last.result.exit_code == ExitCode.DONE:
                break
            self._business.wait(self._rng.uniform(1.0, 100.0))
        return last.result if last else None

    def _between(self) -> None:
        """What happens between two runs: time, another clock, an export written anew, a loss."""
        rng, business = self._rng, self._business
        business.wait(rng.choice([1.0, 1.0, rng.uniform(1, 300), rng.uniform(1, 31 * DAY)]))
        if rng.random() < 0.2:
            business.clock.ahead += rng.uniform(-DAY, DAY)
        if rng.random() < 0.3:
            self._edit_amount()
        if rng.random() < 0.3:
            business.export(rng)
        if self._forgets and rng.random() < 0.7:
            self._forget()

    def _forget(self) -> None:
        business = self._business
        business.wait_until_quiet()
        match self._forgets:
            case "lost":
                self._machine = business.new_machine()
            case "restored" if self._copy is None:
                self._copy = business.save(self._machine)
            case "restored" if self._copy is not None:
                business.restore(self._machine, self._copy)
            case "two":
                if len(business.machines) == 1:
                    business.new_machine()
                self._machine = 1 - self._machine

    # The billing system

    def _bill(self, count: int) -> None:
        rng, business = self._rng, self._business
        names = [f"Customer {n}" for n in range(rng.randint(2, 6))]
        for _ in range(count):
            number = f"A-{len(business.bills) + 1}"
            amount = Decimal(rng.randint(100, 100_000)) / 100
            bill = Bill(number, rng.choice(names), amount, rng.randint(0, 9))
            business.bills[number] = bill
            if rng.random() < 0.75:
                part = rng.choice([amount, (amount / 3).quantize(Decimal("0.01"))])
                receipt = Receipt(f"p{len(business.receipts) + 1}", number, part, bill.day + 1)
                business.receipts[receipt.id] = receipt

    def _next_month(self) -> None:
        rng, business = self._rng, self._business
        if rng.random() < 0.3:
            business.left |= {
                number for number in (*business.bills, *business.receipts) if rng.random() < 0.3
            }
        self._bill(rng.randint(0, 8))
        for _ in range(rng.randint(0, 4)):
            self._edit_amount()
        if rng.random() < 0.4:
            self._void_one()
        if self._forgets and rng.random() < 0.7:
            self._forget()

    def _edit_amount(self) -> None:
        """Correct an invoice that is still exported; a machine that forgot can't know it was ours."""
        rng, business = self._rng, self._business
        shown = [each for each in business.bills.values() if each.number not in business.left]
        shown = [each for each in shown if not each.void]
        if not shown:
            return
        bill = rng.choice(shown)
        more = Decimal(rng.randint(1, 5000)) / 100
        edited = Bill(bill.number, bill.customer, bill.amount + more, bill.day)
        business.bills[bill.number] = edited
        if self._forgets or bill.number in self._typed:
            business.contested.add(bill.number)
        business.export()

    def _void_one(self) -> None:
        rng, business = self._rng, self._business
        paid = {each.invoice for each in business.receipts.values()}
        free = [
            each
            for each in business.bills.values()
            if each.number not in paid | business.left | business.contested
        ]
        if free:
            bill = rng.choice(free)
            business.bills[bill.number] = Bill(
                bill.number, bill.customer, bill.amount, bill.day, void=True
            )
            if self._forgets and bill.number in self._typed:
                # What a person typed in and one machine adopted bears no stamp for the others.
                business.contested.add(bill.number)

    # People

    def _meddle(self) -> None:
        for _ in range(self._rng.randint(1, 3)):
            self._rng.choice([self._type_in, self._type_in_payment, self._change_theirs])()

    def _type_in(self) -> None:
        """Enter an invoice before it is pushed, rightly or with another total."""
        business, rng = self._business, self._rng
        there = {each.number for each in business.ledger.of(Kind.INVOICES)}
        free = [b for b in business.bills.values() if b.number not in there and not b.void]
        if free:
            bill = rng.choice(free)
            wrong = rng.random() < 0.5
            business.type_in(bill, bill.amount + 1 if wrong else bill.amount)
            self._typed.add(bill.number)
            if wrong:
                self._contest(bill.number)

    def _type_in_payment(self) -> None:
        """Record a payment before it is pushed, under its reference or under none of ours."""
        business, rng = self._business, self._rng
        there = {each.number for each in business.ledger.of(Kind.PAYMENTS)}
        free = [each for each in business.receipts.values() if each.id not in there]
        if free:
            receipt = rng.choice(free)
            same = rng.random() < 0.5
            number = receipt.id if same else f"by hand {receipt.id}"
            if number in there:
                return
            if business.type_in_payment(receipt, number) and not same:
                self._contest(receipt.invoice)

    def _change_theirs(self) -> None:
        """Change, void or delete an invoice of ours in the books."""
        business, rng = self._business, self._rng
        held = business.ledger.live(Kind.INVOICES)
        if held:
            invoice = rng.choice(held)
            business.meddle(invoice, rng.choice(["change", "void", "delete"]))
            self._contest(invoice.number)

    def _contest(self, number: str) -> None:
        paying = [r.id for r in self._business.receipts.values() if r.invoice == number]
        self._business.contested |= {number, *paying}
