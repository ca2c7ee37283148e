"""R2: tokens that expire and change under way, a renewal that is cut off, a store that fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rigs.processes.shop import Vendor
from tests.rigs.processes.starter import Strike
from tests.rigs.processes.trial import Desk, Trial
from tests.rigs.processes.vendors import FULL, VENDORS, with_both_in_full
from tests.rigs.processes.xero import AFTER_THE_GRACE, XERO

pytestmark = pytest.mark.crash
KILLED, SIGN_IN, LATER, UNUSABLE = -9, 4, 5, 12
# Shorter than what a write wants of a token: each write renews it.
SHORT = {"token_seconds": "300"}

Begin = Callable[..., Trial]


@with_both_in_full
def test_tokens_that_change_with_every_write_are_kept_and_used(begin: Begin) -> None:
    with begin(**SHORT) as trial:
        trial.ended(trial.desk.start("push"), 0)
        assert trial.company.asked(trial.vendor.tokens) > 4
        trial.compare(trial.vendor.first_books)


EXPIRIES = [("a write", 3), ("a question", 3), ("a write", 1), ("a question", 1)]


@with_both_in_full
@pytest.mark.parametrize(("what", "nth"), EXPIRIES if FULL else EXPIRIES[:1])
def test_a_token_that_expires_under_way_is_renewed_once_and_the_same_bytes_go_again(
    begin: Begin, what: str, nth: int
) -> None:
    with begin() as trial:
        match = trial.vendor.a_write if what == "a write" else trial.vendor.a_question
        trial.company.plant({"match": {**match, "nth": nth}, "do": {"expire_token": True}})
        trial.ended(trial.desk.start("push"), 0)
        assert trial.company.asked(trial.vendor.tokens) == 2
        trial.compare(trial.vendor.first_books)


RENEWALS = [
    *(f"{moment} {{0.renewal}} {number}" for moment in ("before", "sent", "answer here")
      for number in (1, 2, 4)),
    *(f"{moment} saving tokens {number}" for moment in ("before", "after")
      for number in (1, 2, 3, 4)),
]  # fmt: skip
IN_A_SLICE = ["sent {0.renewal} 1", "answer here {0.renewal} 2", "before saving tokens 4"]


def in_renewals() -> list[tuple[Vendor, str]]:
    if FULL:
        return [(each, at) for each in (*VENDORS, AFTER_THE_GRACE) for at in RENEWALS]
    return [*((VENDORS[0], at) for at in IN_A_SLICE), (XERO, IN_A_SLICE[1])]


@pytest.mark.parametrize(("vendor", "at"), in_renewals(), ids=str)
def test_killed_between_receiving_a_token_and_keeping_it_a_new_sign_in_goes_on(
    begin: Begin, at: str
) -> None:
    with begin(**SHORT) as trial:
        boundary = at.format(trial.vendor)
        assert trial.desk.run("push", strike=Strike(boundary)).code == KILLED
        trial.company.finish()
        if boundary in trial.vendor.losses:
            assert_the_old_token_is_tried_in_vain(trial)
            trial.desk.connect()
        trial.settle()
        trial.compare(trial.vendor.first_books)


def assert_the_old_token_is_tried_in_vain(trial: Trial) -> None:
    before, journal = trial.company.books(), trial.desk.unsettled()
    asked = trial.company.asked(trial.vendor.tokens)
    (told,) = trial.desk.json("push", exit_code=SIGN_IN)["problems"]
    assert "was cut off before its answer was stored; that is the likely cause" in told["message"]
    assert told["hint"].startswith(f"Run `acctsync connect {trial.vendor.system}`")
    # Each of those that write at the same time may find out for itself that it is dead.
    most = 1 if trial.vendor is VENDORS[0] else 5
    assert 1 <= trial.company.asked(trial.vendor.tokens) - asked <= most
    assert trial.company.books() == before
    # What was in doubt may have been looked up: reading needs no token that lasts so long.
    assert set(trial.desk.unsettled()) <= set(journal)


@pytest.mark.parametrize("at", RENEWALS if FULL else IN_A_SLICE[:1])
def test_where_the_value_changes_only_daily_a_cut_renewal_costs_nothing(
    begin: Begin, at: str
) -> None:
    with begin(**SHORT, refresh="daily") as trial:
        assert trial.desk.run("push", strike=Strike(at.format(trial.vendor))).code == KILLED
        trial.settle()
        trial.compare(trial.vendor.first_books)


@pytest.mark.parametrize(
    ("vendor", "at"),
    [(vendor, at) for vendor in VENDORS for at in vendor.consent]
    if FULL
    else [(VENDORS[0], VENDORS[0].consent[-1])],
    ids=str,
)
def test_killed_while_signing_in_a_new_sign_in_begins_afresh(begin: Begin, at: str) -> None:
    with begin() as trial:
        other = Desk(trial, "other-desk")
        assert other.connect_and_die(Strike(at)).code == KILLED
        other.connect()
        trial.settle(desk=other)
        trial.compare(trial.vendor.first_books, desk=other)


@with_both_in_full
def test_a_renewal_whose_answer_is_lost_is_told_and_then_asks_for_a_sign_in(begin: Begin) -> None:
    with begin(**SHORT) as trial:
        trial.company.plant(
            {"match": {"path": trial.vendor.tokens, "nth": 2}, "do": {"drop_after": True}}
        )
        (told,) = trial.desk.json("push", exit_code=LATER)["problems"]
        assert told["message"].startswith("the sign-in service can't be reached")
        if trial.vendor.losses:
            assert_the_old_token_is_tried_in_vain(trial)
            trial.desk.connect()
        trial.settle()
        trial.compare(trial.vendor.first_books)


HELPER = """#!/bin/sh
cd "$(dirname "$0")" || exit 1
case "$1" in
get) if [ -f kept ]; then cat kept; fi ;;
store)
    left=$(cat left 2>/dev/null || echo 99)
    if [ "$left" -le 0 ]; then exit 1; fi
    echo $((left - 1)) > left
    cat > new && mv new kept ;;
erase) rm -f kept ;;
esac
"""


class Vault:
    """A token store of the user's own that can be told to fail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tokens"  # where secrets may lie
        self._folder.mkdir()
        self.program = self._folder / "vault"
        self.program.write_text(HELPER, encoding="ascii")
        self.program.chmod(0o700)

    def takes(self, times: int) -> None:
        """Take tokens so many times more, then fail."""
        (self._folder / "left").write_text(f"{times}\n", encoding="ascii")

    @property
    def refresh_token(self) -> str:
        kept = json.loads((self._folder / "kept").read_text(encoding="utf-8"))
        return str(kept["secrets"]["refresh_token"])


def signed_in_with_a_vault(desk: Desk) -> Vault:
    vault = Vault(desk.folder)
    desk.connect("", "--token-store", f"command:{vault.program}", "--name", desk.system)
    return vault


@with_both_in_full
def test_a_store_that_takes_no_tokens_stops_the_run_before_they_are_renewed(begin: Begin) -> None:
    with begin(**SHORT) as trial:
        other = Desk(trial, "vault-desk")
        vault = signed_in_with_a_vault(other)
        before, asked = vault.refresh_token, trial.company.asked(trial.vendor.tokens)
        vault.takes(0)
        trial.ended(other.start("push"), UNUSABLE)
        assert (vault.refresh_token, trial.company.asked(trial.vendor.tokens)) == (before, asked)
        vault.takes(99)
        trial.settle(desk=other)
        trial.compare(trial.vendor.first_books, desk=other)


@with_both_in_full
def test_a_store_that_fails_after_the_renewal_leads_to_a_sign_in_and_the_journal_holds(
    begin: Begin,
) -> None:
    with begin(**SHORT) as trial:
        other = Desk(trial, "vault-desk")
        vault = signed_in_with_a_vault(other)
        vault.takes(3)  # the mark and the tokens of one renewal, and the mark of the next
        trial.ended(other.start("push"), UNUSABLE)
        assert other.unsettled() == []
        vault.takes(99)
        if trial.vendor.losses:
            told = other.json("push", exit_code=SIGN_IN)["problems"][0]["message"]
            assert "was cut off before its answer was stored" in told
            other.connect("", "--token-store", f"command:{vault.program}", "--name", other.system)
        trial.settle(desk=other)
        trial.compare(trial.vendor.first_books, desk=other)
