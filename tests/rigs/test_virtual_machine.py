"""R1 by Hypothesis: any order of billing, editing, faults, deaths and losses, shrunk when it fails."""

from __future__ import annotations

from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.rigs.virtual import DAY, VENDORS, Fault, Rules
from tests.rigs.virtual_business import Bill, Business, Receipt, fast_folder, swift
from tests.rigs.virtual_checks import inspect
from tests.rigs.virtual_shop import FULL, script

WORDS = ("fine", "throttled", "broken", "broken after", "lost", "late", "torn", "cut", "mixed")
FAULTS = st.builds(
    Fault,
    word=st.sampled_from(WORDS),
    seconds=st.sampled_from([0.5, 60.0]),
    delay=st.sampled_from([1.0, 149.0]),
    hit=st.integers(0, 31),
    missing=st.integers(0, 31),
)
WEATHER = st.lists(FAULTS, max_size=6)
BOUNDARIES = st.integers(-1, 40)


class Months(RuleBasedStateMachine):
    """A business that goes on whatever happens; at the end all is as it was last exported."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._business: Business | None = None
        self._machine = 0
        self._forgot = False
        self._edited = False

    @property
    def business(self) -> Business:
        assert self._business is not None
        return self._business

    @initialize(rules=st.sampled_from(VENDORS), batch_size=st.sampled_from([1, 3, 30]))
    def begin(self, rules: Rules, batch_size: int) -> None:
        folder: TemporaryDirectory[str] = fast_folder()
        place = Path(self._stack.enter_context(folder))
        self._stack.enter_context(swift())
        self._business = Business(place, rules, batch_size)
        self.bill(3, 1)

    @rule(count=st.integers(1, 5), paid=st.integers(0, 3))
    def bill(self, count: int, paid: int) -> None:
        for position in range(count):
            number = f"A-{len(self.business.bills) + 1}"
            bill = Bill(number, f"C{position % 2}", Decimal(10 + position), position)
            self.business.bills[number] = bill
            if position < paid:
                receipt = Receipt(f"p{number}", number, Decimal(5), position + 1)
                self.business.receipts[receipt.id] = receipt
        self.business.export()

    @precondition(lambda self: not self._forgot)
    @rule(which=st.integers(0, 30))
    def edit(self, which: int) -> None:
        bill = list(self.business.bills.values())[which % len(self.business.bills)]
        edited = Bill(bill.number, bill.customer, bill.amount + 1, bill.day)
        self.business.bills[bill.number] = edited
        self.business.export()
        self._edited = True

    @rule(weather=WEATHER, dies_at=BOUNDARIES, stops_at=BOUNDARIES, jumps_at=BOUNDARIES)
    def push(self, weather: list[Fault], dies_at: int, stops_at: int, jumps_at: int) -> None:
        self.business.run(
            self._machine,
            script(*weather),
            dies_at=dies_at,
            stops_at=stops_at,
            jumps_at=jumps_at,
            jump=-DAY,
        )
        self.business.wait(1.0)

    # After an edit, who forgot what was pushed can't know which of two totals was ours.
    @precondition(lambda self: not self._edited)
    @rule()
    def lose_the_state(self) -> None:
        self.business.wait_until_quiet()
        self._machine = self.business.new_machine()
        self._forgot = True

    def teardown(self) -> None:
        try:
            if self._business is not None:
                self.business.run(self._machine)
                last = self.business.run(self._machine).result
                assert inspect(self.business, last, self._machine).lines == []
        finally:
            self._stack.close()


TestMonths = pytest.mark.crash(Months.TestCase)
TestMonths.settings = settings(
    max_examples=500 if FULL else 12, stateful_step_count=8, deadline=None
)
