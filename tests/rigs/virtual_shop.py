"""R1's smallest business, for one fault at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from acctsync.engine.results import PushResult
from acctsync.providers.port import Calls
from tests.rigs.virtual import FINE, QUICKBOOKS, Fault, Rules
from tests.rigs.virtual_business import Bill, Business, Receipt
from tests.rigs.virtual_checks import inspect

FULL = os.environ.get("ACCTSYNC_RIGS") == "full"


class Shop(Business):
    """A business of five invoices and two payments, one of them in part."""

    def __init__(
        self, place: Path, rules: Rules = QUICKBOOKS, batch_size: int | None = None
    ) -> None:
        folder = place / f"shop-{sum(1 for _ in place.iterdir())}"
        folder.mkdir()
        super().__init__(folder, rules, batch_size)
        for number in range(1, 6):
            bill = Bill(f"A-{number}", "AB"[number % 2], Decimal(number * 10), number)
            self.bills[bill.number] = bill
        for receipt in (Receipt("p1", "A-1", Decimal(10), 6), Receipt("p2", "A-5", Decimal(20), 6)):
            self.receipts[receipt.id] = receipt
        self.export()

    def edit(self, number: str, amount: int) -> None:
        bill = self.bills[number]
        self.bills[number] = Bill(number, bill.customer, Decimal(amount), bill.day)
        self.export()

    def push(self, *faults: Fault, **fate: float) -> PushResult:
        """Push; the faults befall the first exchanges."""
        result = self.run(0, script(*faults), **fate).result  # type: ignore[arg-type]
        assert result is not None
        return result

    def assert_well(self, runs: int = 1) -> None:
        """Everything is there once after so many more runs, and then nothing is left to do."""
        last = [self.push() for _ in range(runs)][-1]
        assert inspect(self, last).lines == []
        assert self.push().calls == Calls()


def script(*faults: Fault) -> Callable[[int], Fault]:
    return lambda number: faults[number] if 0 <= number < len(faults) else FINE
