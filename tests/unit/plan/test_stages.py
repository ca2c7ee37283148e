from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from acctsync.documents import Kind
from acctsync.plan.model import Action, Change
from acctsync.plan.stages import STAGES, cut, estimated_calls, staged
from tests.builders import a_change, a_customer, a_payment, a_refund, an_invoice

CHAIN = [a_change(each) for each in (a_customer(), an_invoice(), a_payment(), a_refund())]
LANES = ("", "PUT Invoices", None)
WRITES = st.lists(st.tuples(st.integers(), st.sampled_from(LANES)))


def test_every_kind_is_in_one_stage() -> None:
    assert sorted(chain.from_iterable(STAGES)) == sorted(Kind)


@given(st.permutations(CHAIN))
def test_nothing_is_written_before_what_it_hangs_on(changes: list[Change]) -> None:
    assert list(staged(changes)) == [(each,) for each in CHAIN]


@given(st.lists(st.sampled_from(CHAIN)))
def test_stages_lose_nothing_and_keep_the_order_within(changes: list[Change]) -> None:
    stages = list(staged(changes))
    assert all(stages)
    kinds = [[each for each in changes if each is one] for one in CHAIN]
    assert stages == [tuple(each) for each in kinds if each]


@given(WRITES, st.integers(1, 8))
def test_cutting_loses_nothing_and_keeps_the_order_within_a_lane(
    writes: list[tuple[int, str | None]], size: int
) -> None:
    batches = list(cut(writes, lambda write: write[1], size))
    for lane in LANES:
        mine = [batch for batch in batches if batch[0][1] == lane]
        assert list(chain.from_iterable(mine)) == [each for each in writes if each[1] == lane]


@given(WRITES, st.integers(1, 8))
def test_every_exchange_but_a_lanes_last_is_full_and_of_one_lane(
    writes: list[tuple[int, str | None]], size: int
) -> None:
    batches = list(cut(writes, lambda write: write[1], size))
    assert all(len({lane for _, lane in batch}) == 1 for batch in batches)
    for lane in LANES:
        sizes = [len(batch) for batch in batches if batch[0][1] == lane]
        most = 1 if lane is None else size
        assert all(each == most for each in sizes[:-1])
        assert all(1 <= each <= most for each in sizes)


def test_calls_are_estimated_by_stage_from_what_writes() -> None:
    invoices = [a_change(an_invoice(id_=f"{number}")) for number in range(31)]
    idle = [a_change(an_invoice(id_="x"), Action.UNCHANGED), a_change(a_refund(), Action.BLOCKED)]
    assert estimated_calls([*invoices, *idle, a_change(a_payment())], 30) == 3
    assert estimated_calls(idle, 30) == 0
