"""What several writes make together lasts when all of it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from acctsync.plan.outbox import Phase, Settlement
from acctsync.state.store import Store
from tests.builders import an_invoice, known
from tests.state.files import claim, contents, reopened


def test_an_end_and_a_claim_that_go_together_are_seen_together(
    tmp_path: Path, store: Store
) -> None:
    (seq,) = claim(store, "1")
    memory = known(an_invoice(id_="1"))
    with store.together():
        store.settle("run", [Settlement(seq=seq, phase=Phase.DONE, known=memory)])
        claim(store, "2", key="k2")
        with reopened(tmp_path) as other:
            assert [each.operation.ref.id for each in other.unsettled()] == ["1"]
            assert other.known([memory.ref]) == {}
    with reopened(tmp_path) as other:
        assert [each.operation.ref.id for each in other.unsettled()] == ["2"]
        assert other.known([memory.ref]) == {memory.ref: memory}
        assert other.verify_trail().whole


def test_what_fails_undoes_all_that_went_together_with_it(tmp_path: Path, store: Store) -> None:
    (seq,) = claim(store, "1")
    before, head = contents(tmp_path), store._trail.head
    done = Settlement(seq=seq, phase=Phase.DONE)

    def end_twice() -> None:
        with store.together():
            store.settle("run", [done])
            store.settle("run", [done])

    with pytest.raises(ValueError, match="can't become"):
        end_twice()
    assert (contents(tmp_path), store._trail.head) == (before, head)
    store.settle("run", [done])
    assert store.unsettled() == []
    assert store.verify_trail().whole
