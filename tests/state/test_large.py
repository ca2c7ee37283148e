"""However much the state holds, what is asked of it often is answered through its indexes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acctsync.documents import Kind
from acctsync.engine.history import log, status
from acctsync.state.store import Store
from tests.fakes import FakeClock


class Watched(Store):
    """A state that tells how its database goes about each question."""

    def __init__(self, *values: object) -> None:
        super().__init__(*values)  # type: ignore[arg-type]
        self.asked: list[str] = []
        self._db.set_trace_callback(self.asked.append)

    def steps(self) -> list[str]:
        """Tell how every question is gone about."""
        self._db.set_trace_callback(None)
        questions = [each for each in self.asked if each.lstrip().startswith("SELECT")]
        return [
            row["detail"]
            for each in questions
            for row in self._db.execute(f"EXPLAIN QUERY PLAN {each}")
        ]

    def plans(self) -> list[str]:
        """Tell the steps that go through a whole table of ours."""
        return [
            each
            for each in self.steps()
            if each.startswith("SCAN")
            and not any(word in each for word in ("VIRTUAL TABLE", "CONSTANT ROW"))
        ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Watched]:
    clock = FakeClock()
    facts = {"company_name": "Test", "system": "quickbooks", "environment": "sandbox", "origin": ""}
    Store.create(tmp_path, company_id="1", clock=clock, **facts).close()
    opened = Watched.open(tmp_path, company_id="1", clock=clock)
    assert isinstance(opened, Watched)
    yield opened
    opened.close()


def test_what_a_plan_asks_for_is_looked_up(store: Watched) -> None:
    store.marks(Kind.INVOICES, "rows", ["1", "2"])
    store.live_as(Kind.INVOICES, "rows", [("1", "x")])
    store.known_by_alias(Kind.CUSTOMERS, ["name:ann"])
    store.known_as(Kind.INVOICES, "A-1")
    store.unsettled()
    assert len(store.asked) == 5
    # The index of what is unsettled holds nothing else.
    assert store.plans() == ["SCAN operations USING INDEX one_unsettled_per_document"]


def test_a_page_is_compared_by_one_question(store: Watched) -> None:
    assert store.live_as(Kind.INVOICES, "rows", [(str(each), "x") for each in range(256)]) is None
    assert len(store.asked) == 1


def test_the_log_of_one_document_does_not_go_through_the_trail(store: Watched) -> None:
    log(store, None, "A-1", 50)
    assert len(store.asked) == 1
    # Numbers of what never got into the books have no index.
    assert store.plans() == ["SCAN results"]


def test_the_health_card_goes_through_no_document(store: Watched) -> None:
    status(store)
    assert len(store.asked) == 6
    # Both indexes hold only what is open; runs are few, and the last five are wanted.
    assert store.plans() == [
        "SCAN results USING INDEX results_not_well",
        "SCAN operations USING INDEX one_unsettled_per_document",
        "SCAN runs",
    ]


def test_what_is_owed_is_found_among_what_is_not_live(store: Watched) -> None:
    store.owed(Kind.DELIVERIES)
    assert store.steps() == ["SEARCH known USING INDEX known_not_live (kind=? AND standing=?)"]


def test_a_whole_page_of_the_trail_is_read_from_its_end(store: Watched) -> None:
    log(store, None, None, 50)
    assert (len(store.asked), store.plans()) == (1, ["SCAN audit"])
    assert "ORDER BY seq DESC LIMIT" in store.asked[0]
