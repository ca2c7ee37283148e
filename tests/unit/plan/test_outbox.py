from __future__ import annotations

from acctsync.plan.model import Action
from acctsync.plan.outbox import MOVES, Phase


def test_every_phase_has_its_moves_and_only_the_settled_have_none() -> None:
    assert {phase: not MOVES[phase] for phase in Phase} == {each: each.settled for each in Phase}


def test_nothing_goes_back_to_sending_and_every_end_is_reached() -> None:
    reached = frozenset[Phase]().union(*MOVES.values())
    assert reached == frozenset(Phase) - {Phase.SENDING}


def test_a_conflict_is_only_seen_by_looking() -> None:
    assert [phase for phase in Phase if Phase.CONFLICT in MOVES[phase]] == [Phase.IN_DOUBT]


def test_only_creating_updating_voiding_and_undoing_write() -> None:
    writing = {Action.CREATE, Action.UPDATE, Action.VOID, Action.UNDO}
    assert {each for each in Action if each.writes} == writing
