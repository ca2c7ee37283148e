"""What is read of a large export does not gather in memory, and is the same wherever it stands."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.documents import Allocation, DocumentRef, Kind, Reference, State, Stub
from acctsync.engine.keeping import OnlyStubs
from acctsync.engine.packing import pack, unpack
from acctsync.engine.reading import skim
from acctsync.engine.spill import Scratch, Spill
from acctsync.mapping.load import load
from acctsync.mapping.register import NoDocument
from acctsync.plan.selection import Selection
from acctsync.report.checking import check_data, narrow
from tests.reading import BOOKS, SHARED, write

TODAY = dt.date(2025, 6, 1)
SAMPLES = Path(__file__).resolve().parents[2] / "sample-config"

TEXT = st.text(st.characters(exclude_categories=[]), max_size=4)
REFS = st.builds(DocumentRef, st.sampled_from(Kind), TEXT, TEXT)
WHOLE = Reference(name="whole")
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False)
ALLOCATIONS = st.builds(
    Allocation, wanted=TEXT, amount=NUMBERS, invoice=st.none() | REFS
)  # fmt: skip
STUBS = st.builds(
    Stub, REFS, TEXT, st.dates(), TEXT, NUMBERS, st.none() | REFS, TEXT,
    st.none() | st.integers(0, 1 << 40), st.sampled_from(State), NUMBERS, st.none() | NUMBERS,
    st.lists(ALLOCATIONS, max_size=2).map(tuple), st.none() | NUMBERS, TEXT, TEXT,
)  # fmt: skip


@given(STUBS | REFS | NUMBERS | st.none() | st.lists(REFS, max_size=3) | st.builds(NoDocument, REFS, TEXT, st.booleans()))  # fmt: skip
def test_what_is_packed_is_what_is_unpacked(value: object) -> None:
    packed = pack(value)
    assert packed is not None
    assert repr(unpack(packed)) == repr(value)


def test_a_whole_document_is_not_packed() -> None:
    assert pack(WHOLE) is None


ENTRIES = st.tuples(st.sampled_from(["set", "drop"]), TEXT, st.none() | REFS | st.just(WHOLE))


@given(st.lists(ENTRIES, max_size=40), st.integers(1, 5))
def test_a_table_on_disk_is_a_dictionary(steps: list[tuple[str, str, Any]], most: int) -> None:
    spill: Spill[Any] = Spill(Scratch(), pack, unpack, most)
    known: dict[str, Any] = {}
    for what, key, value in steps:
        if what == "set":
            spill[key] = known[key] = value
        else:
            assert spill.pop(key, "none") == known.pop(key, "none")
    assert [*spill.items()] == [*known.items()]
    assert [*spill.values()] == [*known.values()] == [*spill.values()]
    assert len(spill) == len(known)
    assert all(key in spill for key in known)


MAPPINGS = sorted(SAMPLES.glob("*/acctsync.yaml"))


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.parent.name)
def test_an_export_reads_the_same_when_hardly_anything_stays_in_memory(path: Path) -> None:
    mapping = load(path)

    def told(most: int) -> dict[str, object]:
        reading = skim(mapping, path.parent, TODAY, OnlyStubs(most=most))
        checked = narrow(reading, Selection())
        return check_data(checked, verbose=True) | {
            "problems": checked.problems,
            "number": len(reading.every),
        }

    assert told(1) == told(10**9)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared exports are not here")
def test_problems_are_the_same_when_hardly_anything_stays_in_memory() -> None:
    mapping = load(SHARED / "mappings" / "coworks-quickbooks.yaml")
    few, all_ = (
        skim(mapping, SHARED / "samples", TODAY, OnlyStubs(most=most)) for most in (1, 10**9)
    )
    assert (few.problems, few.refused, [*few.every]) == (all_.problems, all_.refused, [*all_.every])


MAPPING = f"""{BOOKS}
sources: {{a: {{files: a.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}},
          b: {{files: b.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}}}}
records:
  invoices:
    from: a
    group_by: No
    document: {{id: No, customer: Who, date: Day}}
    lines: {{amount: Amount}}
  payments:
    from: b
    document: {{id: Id, date: Day, invoice: For, amount: Amount}}
accounting: {{items: {{}}, defaults: {{item: Desk}}}}
push: {{invoices: true, payments: true}}
"""


def peak(folder: Path, documents: int) -> int:
    """Read an export of so many invoices and payments; tell the bytes held at the worst moment."""
    rows = [f"{n},Ann,2025-03-01,{n % 7 + 1}" for n in range(documents)]
    paid = [f"p{n},2025-03-02,{n},1" for n in range(documents)]
    files = {"a.csv": "No,Who,Day,Amount\n" + "\n".join(rows)}
    files["b.csv"] = "Id,Day,For,Amount\n" + "\n".join(paid)
    write(folder, {"acctsync.yaml": MAPPING, **files})
    mapping = load(folder / "acctsync.yaml")
    tracemalloc.start()
    reading = skim(mapping, folder, TODAY, OnlyStubs(most=200))
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(reading.every), reading.problems) == (2 * documents + 1, ())
    return held


def test_memory_stays_flat_however_many_documents_there_are(tmp_path: Path) -> None:
    peak(tmp_path, 10)  # what is made once is there before anything is measured
    few, many = peak(tmp_path, 1_000), peak(tmp_path, 3_000)
    assert (many - few) / 4_000 < 40  # bytes for each document more
