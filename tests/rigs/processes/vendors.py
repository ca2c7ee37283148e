"""Which books a test is run with: without a word QuickBooks, since a slice has time for little."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

from tests.rigs.processes.quickbooks import QUICKBOOKS
from tests.rigs.processes.xero import XERO

FULL = os.environ.get("ACCTSYNC_RIGS") == "full"
VENDORS = (QUICKBOOKS, XERO)

with_both = pytest.mark.parametrize("vendor", VENDORS, ids=str)
with_both_in_full = with_both if FULL else pytest.mark.parametrize("vendor", VENDORS[:1], ids=str)
with_xero = pytest.mark.parametrize("vendor", [XERO], ids=str)


def in_parts(
    name: str, every: Iterable[object], *, quickbooks: Iterable[object], xero: Iterable[object]
) -> pytest.MarkDecorator:
    """Sweep over all there is with both books; without `full` over what is named for each alone."""
    parts = (list(every),) * 2 if FULL else (quickbooks, xero)
    chosen = [(vendor, each) for vendor, of in zip(VENDORS, parts, strict=True) for each in of]
    ids = [f"{vendor}-{each}" for vendor, each in chosen]
    return pytest.mark.parametrize(("vendor", name), chosen, ids=ids)
