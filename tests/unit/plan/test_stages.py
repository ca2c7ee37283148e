from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from acctsync.documents import Kind
from acctsync.plan.model import Action, Change
from acctsync.plan.stages import STAGES, cut, estimated_calls, staged
from tests.builders import a_change, a_customer, a_payment, a_refund, an_invoice

CHAIN = [a_change(each) for each in (a_customer(), an_invoice(), a_payment(), a_refund())]
WRITES = st.lists(st.tuples(st.integers(), st.booleans()), max_size=60)


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
def test_cutting_loses_nothing_and_keeps_the_order(
    writes: list[tuple[int, bool]], size: int
) -> None:
    batches = list(cut(writes, lambda write: write[1], size))
    together = [batch for batch in batches if not batch[0][1]]
    singles = [batch for batch in batches if batch[0][1]]
    assert list(chain.from_iterable(together)) == [each for each in writes if not each[1]]
    assert singles == [(each,) for each in writes if each[1]]


@given(WRITES, st.integers(1, 8))
def test_every_exchange_but_the_last_is_full(writes: list[tuple[int, bool]], size: int) -> None:
    sizes = [len(b) for b in cut(writes, lambda write: write[1], size) if not b[0][1]]
    assert all(each == size for each in sizes[:-1])
    assert all(1 <= each <= size for each in sizes)


def test_calls_are_estimated_by_stage_from_what_writes() -> None:
    invoices = [a_change(an_invoice(id_=f"{number}")) for number in range(31)]
    idle = [a_change(an_invoice(id_="x"), Action.UNCHANGED), a_change(a_refund(), Action.BLOCKED)]
    assert estimated_calls([*invoices, *idle, a_change(a_payment())], 30) == 3
    assert estimated_calls(idle, 30) == 0
