"""R2: tokens that expire and change under way, a renewal that is cut off, a store that fails."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rigs.processes import shop
from tests.rigs.processes.starter import Strike
from tests.rigs.processes.trial import Desk, Trial

pytestmark = pytest.mark.crash
FULL = os.environ.get("ACCTSYNC_RIGS") == "full"
KILLED, SIGN_IN, LATER, UNUSABLE = -9, 4, 5, 12
# Shorter than what a write wants of a token: each write renews it.
SHORT = {"token_seconds": "300"}
TOKENS = "/oauth2/v1/tokens/bearer"

Begin = Callable[..., Trial]


def test_tokens_that_change_with_every_write_are_kept_and_used(begin: Begin) -> None:
    with begin(**SHORT) as trial:
        trial.ended(trial.desk.start("push"), 0)
        assert trial.company.asked(TOKENS) > 4
        trial.compare(shop.FIRST_BOOKS)


EXPIRIES = [("/batch", 3), ("/query", 3), ("/batch", 1), ("/query", 1)]


@pytest.mark.parametrize(("path", "nth"), EXPIRIES if FULL else EXPIRIES[:1])
def test_a_token_that_expires_under_way_is_renewed_once_and_the_same_bytes_go_again(
    begin: Begin, path: str, nth: int
) -> None:
    with begin() as trial:
        trial.company.plant({"match": {"path": path, "nth": nth}, "do": {"expire_token": True}})
        trial.ended(trial.desk.start("push"), 0)
        assert trial.company.asked(TOKENS) == 2
        trial.compare(shop.FIRST_BOOKS)


RENEWALS = [
    *(f"{moment} POST /bearer {number}" for moment in ("before", "sent", "answer here")
      for number in (1, 2, 4)),
    *(f"{moment} saving tokens {number}" for moment in ("before", "after")
      for number in (1, 2, 3, 4)),
]  # fmt: skip
# The books have given a new value, and nobody holds it.
LOSSES = {f"{each} POST /bearer {n}" for each in ("sent", "answer here") for n in (1, 2, 4)}
LOSSES |= {f"before saving tokens {number}" for number in (2, 4)}
IN_A_SLICE = ["sent POST /bearer 1", "answer here POST /bearer 2", "before saving tokens 4"]


@pytest.mark.parametrize("at", RENEWALS if FULL else IN_A_SLICE)
def test_killed_between_receiving_a_token_and_keeping_it_a_new_sign_in_goes_on(
    begin: Begin, at: str
) -> None:
    with begin(**SHORT) as trial:
        assert trial.desk.run("push", strike=Strike(at)).code == KILLED
        trial.company.finish()
        if at in LOSSES:
            assert_the_old_token_is_tried_once(trial)
            trial.desk.connect()
        trial.settle()
        trial.compare(shop.FIRST_BOOKS)


def assert_the_old_token_is_tried_once(trial: Trial) -> None:
    before, journal = trial.company.books(), trial.desk.unsettled()
    asked = trial.company.asked(TOKENS)
    (told,) = trial.desk.json("push", exit_code=SIGN_IN)["problems"]
    assert "was cut off before its answer was stored; that is the likely cause" in told["message"]
    assert told["hint"].startswith("Run `acctsync connect qbo`")
    assert trial.company.asked(TOKENS) == asked + 1
    assert trial.company.books() == before
    # What was in doubt may have been looked up: reading needs no token that lasts so long.
    assert set(trial.desk.unsettled()) <= set(journal)


@pytest.mark.parametrize("at", RENEWALS if FULL else IN_A_SLICE[:1])
def test_where_the_value_changes_only_daily_a_cut_renewal_costs_nothing(
    begin: Begin, at: str
) -> None:
    with begin(**SHORT, refresh="daily") as trial:
        assert trial.desk.run("push", strike=Strike(at)).code == KILLED
        trial.settle()
        trial.compare(shop.FIRST_BOOKS)


CONSENT = [
    *(f"{moment} POST /bearer 1" for moment in ("before", "sent", "answer here")),
    "before GET /9130350000000001 1", "answer here GET /9130350000000001 1",
    "before saving tokens 1", "after saving tokens 1",
]  # fmt: skip


@pytest.mark.parametrize("at", CONSENT if FULL else CONSENT[-1:])
def test_killed_while_signing_in_a_new_sign_in_begins_afresh(begin: Begin, at: str) -> None:
    with begin() as trial:
        other = Desk(trial, "other-desk")
        assert other.connect_and_die(Strike(at)).code == KILLED
        other.connect()
        trial.settle(desk=other)
        trial.compare(shop.FIRST_BOOKS, desk=other)


def test_a_renewal_whose_answer_is_lost_is_told_and_then_asks_for_a_sign_in(begin: Begin) -> None:
    with begin(**SHORT) as trial:
        trial.company.plant({"match": {"path": TOKENS, "nth": 2}, "do": {"drop_after": True}})
        (told,) = trial.desk.json("push", exit_code=LATER)["problems"]
        assert told["message"].startswith("the sign-in service can't be reached")
        assert_the_old_token_is_tried_once(trial)
        trial.desk.connect()
        trial.settle()
        trial.compare(shop.FIRST_BOOKS)


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
    desk.connect("", "--token-store", f"command:{vault.program}", "--name", "qbo")
    return vault


def test_a_store_that_takes_no_tokens_stops_the_run_before_they_are_renewed(begin: Begin) -> None:
    with begin(**SHORT) as trial:
        other = Desk(trial, "vault-desk")
        vault = signed_in_with_a_vault(other)
        before, asked = vault.refresh_token, trial.company.asked(TOKENS)
        vault.takes(0)
        trial.ended(other.start("push"), UNUSABLE)
        assert (vault.refresh_token, trial.company.asked(TOKENS)) == (before, asked)
        vault.takes(99)
        trial.settle(desk=other)
        trial.compare(shop.FIRST_BOOKS, desk=other)


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
        told = other.json("push", exit_code=SIGN_IN)["problems"][0]["message"]
        assert "was cut off before its answer was stored" in told
        other.connect("", "--token-store", f"command:{vault.program}", "--name", "qbo")
        trial.settle(desk=other)
        trial.compare(shop.FIRST_BOOKS, desk=other)
