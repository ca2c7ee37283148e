"""However much the state holds, what is asked of it often is answered through its indexes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acctsync.documents import Kind
from acctsync.engine.history import log
from acctsync.state.store import Store
from tests.fakes import FakeClock


class Watched(Store):
    """A state that tells how its database goes about each question."""

    def __init__(self, *values: object) -> None:
        super().__init__(*values)  # type: ignore[arg-type]
        self.asked: list[str] = []
        self._db.set_trace_callback(self.asked.append)

    def plans(self) -> list[str]:
        """Tell the steps that go through a whole table of ours."""
        self._db.set_trace_callback(None)
        questions = [each for each in self.asked if each.lstrip().startswith("SELECT")]
        return [
            row["detail"]
            for each in questions
            for row in self._db.execute(f"EXPLAIN QUERY PLAN {each}")
            if row["detail"].startswith("SCAN")
            and not any(word in row["detail"] for word in ("VIRTUAL TABLE", "CONSTANT ROW"))
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
