"""Prove that the rig sees: with one safeguard taken out at a time, its own verdict must be bad.

| planted bug | what goes wrong | test that fails |
|---|---|---|
| no quiet period before a look-up | `late` twice | `test_without_the_quiet_period…` |
| no look-up before a create | everything twice after the state was lost | `test_without_the_look_up_before…` |
| no look-up after a doubt, sent again blindly | `lost` twice | `test_without_the_look_up_after…` |
| sent before the journal is committed | a death loses what was sent | `test_a_send_before_its_commit…` |
| a refresh without the lock | one refresh token is used by two processes | `test_without_the_lock…` |
| a key used again after a stored 5xx | the same error until the key is forgotten | `test_a_key_with_a_stored_error…` |
| a key trusted after its window | a part payment twice | `test_a_key_trusted_too_long…` |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from acctsync.engine import completing, doubts, sending
from acctsync.errors import ComeBackLater
from acctsync.plan.judging import Found, Verdict
from acctsync.plan.model import Change
from acctsync.plan.outbox import Outstanding
from acctsync.providers import tokens
from acctsync.providers.oauth import Grant
from acctsync.providers.port import Outcome, Unknown
from tests.providers.test_tokens import a_grant, tokens_of
from tests.rigs.virtual import FINE, XERO, Fault, storm
from tests.rigs.virtual_business import QuickStore, fast_folder, swift
from tests.rigs.virtual_checks import Findings, inspect
from tests.rigs.virtual_scenario import RigFailure, check, sweep
from tests.rigs.virtual_shop import Shop, script

pytestmark = pytest.mark.crash
LATE = Fault(word="late", seconds=60.0, delay=140.0)
LOST = Fault(word="lost", seconds=60.0)


@pytest.fixture(autouse=True)
def place() -> Iterator[Path]:
    with fast_folder() as folder, swift():
        yield Path(folder)


def verdict_after(shop: Shop, *faults: Fault) -> Findings:
    shop.run(0, script(*faults))
    return inspect(shop, shop.push())


def after_losing_the_state(place: Path) -> Findings:
    shop = Shop(place)
    shop.push()
    other = shop.new_machine()
    return inspect(shop, shop.run(other).result, other)


def drop_the_quiet_period(patch: pytest.MonkeyPatch) -> None:
    for module in (sending, doubts):
        patch.setattr(module, "wait_until", lambda *_: True)


def send_doubts_again_blindly(patch: pytest.MonkeyPatch) -> None:
    def absent(_: object, outstanding: Sequence[Outstanding]) -> list[Verdict]:
        return [Verdict(Found.ABSENT) for _ in outstanding]

    for module in (sending, doubts):
        patch.setattr(module, "look_up", absent)


def test_without_the_quiet_period_a_late_commit_is_doubled(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not verdict_after(Shop(place), FINE, LATE)
    drop_the_quiet_period(monkeypatch)
    assert verdict_after(Shop(place), FINE, LATE).duplicates == 5


def test_without_the_look_up_before_a_create_a_lost_state_doubles_everything(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not after_losing_the_state(place)

    def unasked(change: Change, *_: object) -> Change:
        return change

    monkeypatch.setattr(completing, "decide_document", unasked)
    monkeypatch.setattr(completing, "decide_balances", lambda changes, *_: changes)
    assert after_losing_the_state(place).duplicates == 7


def test_without_the_look_up_after_a_doubt_a_lost_answer_is_doubled(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not verdict_after(Shop(place), FINE, LOST)
    send_doubts_again_blindly(monkeypatch)
    assert verdict_after(Shop(place), FINE, LOST).duplicates == 5


def test_a_send_before_its_commit_is_durable_is_seen(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not verdict_after(Shop(place))

    @contextmanager
    def lazily(store: QuickStore) -> Iterator[None]:
        if store._db.in_transaction:
            store._db.execute("COMMIT")
        store._db.execute("BEGIN IMMEDIATE")
        yield
        store._trail.committed()

    monkeypatch.setattr(QuickStore, "_transaction", lazily)
    found = verdict_after(Shop(place))
    assert "wrong: sent what the journal does not hold" in found.lines


def two_processes_renew(folder: Path) -> list[str]:
    """Let a second process want a new token while the first is just getting one."""
    first, store, host = tokens_of(a_grant(minutes=0), folder)
    second, _, _ = tokens_of(None, folder)
    second._store = store

    def meanwhile(_: Grant) -> Grant:
        host.does = None
        with suppress(ComeBackLater):
            second.access()
        return a_grant("access-first", "refresh-first")

    host.does = meanwhile
    second._renew = host
    first.access()
    return host.renewals


def test_without_the_lock_two_processes_use_one_refresh_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_LOCK_SECONDS", 0.05)
    assert two_processes_renew(tmp_path) == ["refresh-0"]

    @contextmanager
    def unlocked(*_: object, **__: object) -> Iterator[None]:
        yield

    monkeypatch.setattr(tokens, "renewal_lock", unlocked)
    assert two_processes_renew(tmp_path) == ["refresh-0", "refresh-0"]


def trust_keys(patch: pytest.MonkeyPatch, may: Callable[..., bool]) -> None:
    patch.setattr(sending.Sender, "_may_repeat", may)


def test_a_key_with_a_stored_error_is_not_used_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Fault(word="broken")
    assert not verdict_after(Shop(place, XERO), FINE, broken)

    def however(
        self: sending.Sender, claimed: sending.Claimed, outcomes: Sequence[Outcome]
    ) -> bool:
        unknown = all(isinstance(each, Unknown) for each in outcomes)
        return unknown and not self._stopping()

    trust_keys(monkeypatch, however)
    found = verdict_after(Shop(place, XERO), FINE, broken)
    assert "wrong: used a key again whose answer is a stored 5xx" in found.lines


def test_a_key_trusted_too_long_doubles_a_part_payment(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = (FINE, FINE, LOST, storm(3600.0))
    assert not verdict_after(Shop(place, XERO), *faults)
    monkeypatch.setattr(sending.Sender, "_is_recognised", lambda *_: True)
    assert verdict_after(Shop(place, XERO), *faults).duplicates == 1


def test_a_failure_names_a_seed_that_brings_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        send_doubts_again_blindly(patch)
        failures = sweep(range(200), enough=1).failures
        assert failures, "the sweep sees the planted bug"
        named = re.search(r"ACCTSYNC_SEED=(\d+) pytest", failures[0])
        assert named is not None
        seed = int(named[1])
        with pytest.raises(RigFailure) as again:
            check(seed)
        assert str(again.value) == failures[0]
    check(seed)
