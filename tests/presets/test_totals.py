"""The golden results' figures are the samples' own; those are read here without our readers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.presets.goldens import NAMES, golden
from tests.presets.stated import STATED, Totals

PEOPLE = ("customers", "vendors")


@pytest.mark.parametrize("name", NAMES)
def test_every_amount_in_a_golden_result_is_the_one_its_sample_states(name: str) -> None:
    assert found(golden(name)) == taken(STATED[name](), golden(name)["refused"])


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_refused_is_in_the_sample(name: str) -> None:
    there = {f"{kind} {key}" for kind, each in STATED[name]().items() for key in each}
    assert set(golden(name)["refused"]) <= there


@pytest.mark.parametrize("name", NAMES)
def test_lines_discount_and_tax_of_every_golden_document_come_to_its_total(name: str) -> None:
    for document in golden(name)["documents"]:
        if "total" in document:
            assert added_up(document) == Decimal(document["total"]), document["id"]


def found(result: dict[str, Any]) -> Totals:
    """List what a golden result holds, by kind and id."""
    totals: Totals = {}
    for document in result["documents"]:
        if document["kind"] not in PEOPLE:
            amount = Decimal(document.get("total") or document["amount"])
            totals.setdefault(document["kind"], {})[document["id"]] = amount
    return totals


def taken(stated: Totals, refused: list[str]) -> Totals:
    """Take off what a preset must refuse; what the sample says of it stands in the problems."""
    kept = {
        kind: {key: amount for key, amount in each.items() if f"{kind} {key}" not in refused}
        for kind, each in stated.items()
    }
    return {kind: each for kind, each in kept.items() if each}


def added_up(document: dict[str, Any]) -> Decimal:
    total = sum((Decimal(line["amount"]) for line in document["lines"]), Decimal(0))
    total -= Decimal(document.get("discount", "0"))
    if "prices" in document:
        return total
    return total + sum((Decimal(line.get("tax", "0")) for line in document["lines"]), Decimal(0))
