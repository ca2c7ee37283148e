from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from acctsync.engine.doctoring import (
    CronFacts,
    CronView,
    DiskFacts,
    SignInFacts,
    StateFacts,
    check_connection,
    check_cron,
    check_disk,
    check_lock,
    check_sign_in,
    check_state,
    check_trail,
)
from acctsync.engine.findings import Finding, Outcome, exit_code, failed, found, skipped, well
from acctsync.errors import ExitCode, InputRefused, Problem, SignInNeeded, StateUnusable
from acctsync.settings import Connection
from acctsync.state.lock import Holder
from acctsync.state.trail import Verdict

NOW = dt.datetime(2025, 6, 1, 12, 0, tzinfo=dt.UTC)
QBO = Connection(
    name="qbo", system="quickbooks", company_id="913", company_name="Harbour Commons LLC",
    environment="production", client_id="app", token_store="file", created="2025-04-01",
)  # fmt: skip
SIGNED_IN = SignInFacts(store="file", command="acctsync connect qbo", stored=True, days=92)
CRON = CronFacts(
    view=CronView(state_dir="/home/ada/.local/state/acctsync", encoding="utf-8", tokens="read"),
    store="file",
    state_dir="/home/ada/.local/state/acctsync",
    mapping="/home/ada/acctsync.yaml",
    told=False,
    attended=True,
    command="acctsync push --quiet",
)
DISK = DiskFacts(folder="/state", free=10**9)
STATE = StateFacts(file="/state/state.db", size=107_000, version=2, known=46, backup_age=7200.0)


def verdict(finding: Finding) -> tuple[str, list[str], ExitCode]:
    """Tell how a check went, by which codes, and what an unattended run would end with."""
    return finding.outcome, [each.code for each in finding.problems], finding.exit_code


FINE: tuple[str, list[str], ExitCode] = ("ok", [], ExitCode.DONE)


def a_problem(code: ExitCode) -> Finding:
    return found("x", Problem(code="X", message="m"), otherwise="", code=code)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], 0),
        ([5], 5),
        ([11, 5], 11),
        ([5, 2, 11], 2),
        ([2, 12, 5], 12),
        ([5, 11, 2, 12, 4], 4),
        ([8], 8),
    ],
)
def test_the_most_urgent_problem_gives_the_exit_code(codes: list[int], expected: int) -> None:
    fine = [well("a", "fine"), skipped("b", "not now")]
    findings = [*fine, *(a_problem(ExitCode(code)) for code in codes)]
    assert exit_code(findings) == exit_code(reversed(findings)) == expected


def test_warnings_alone_are_no_failure() -> None:
    finding = check_sign_in(replace(SIGNED_IN, days=3))
    assert (finding.outcome, exit_code([finding])) == (Outcome.WARNING, ExitCode.DONE)


def test_an_error_speaks_before_warnings_and_says_how_many_there_are() -> None:
    first, second = (
        check_sign_in(replace(SIGNED_IN, days=3)).problems,
        Problem(code="E", message="bad"),
    )
    finding = found("x", *first, second, otherwise="fine")
    assert (finding.outcome, finding.finding) == ("problem", "bad (and 1 more)")


def test_what_would_stop_a_run_keeps_its_problems_and_its_exit_code() -> None:
    problems = (Problem(code="MAP001", message="a"), Problem(code="MAP002", message="b"))
    error = InputRefused("2 mistakes", hint="mend", problems=problems)
    assert failed("mapping", error) == Finding(
        name="mapping", outcome=Outcome.PROBLEM, finding="2 mistakes", hint="mend",
        problems=problems, exit_code=ExitCode.REFUSED,
    )  # fmt: skip
    (own,) = failed("state", StateUnusable("gone", hint="restore it")).problems
    assert own == Problem(code="RUN012", message="gone", hint="restore it")


# Connection


def test_a_connection_is_told_with_company_and_environment() -> None:
    finding = check_connection(QBO, "harbour  commons llc")
    assert finding == well("connection", "qbo: Harbour Commons LLC (id 913), production")
    simulated = check_connection(replace(QBO, origin="http://127.0.0.1:1"), "")
    assert simulated.finding.endswith("(id 913), simulated at http://127.0.0.1:1")


def test_another_company_than_the_mappings_is_a_problem() -> None:
    finding = check_connection(QBO, "Hill Commons LLC")
    assert verdict(finding) == ("problem", ["DOCTOR001"], ExitCode.REFUSED)
    assert "'Hill Commons LLC'" in finding.finding
    assert "Harbour Commons LLC (id 913)" in finding.finding


def test_no_connection_is_a_problem_that_only_a_person_can_mend() -> None:
    finding = check_connection(SignInNeeded("there is no connection yet"), "Acme")
    assert verdict(finding) == ("problem", ["RUN004"], ExitCode.SIGN_IN)


# Sign-in


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (None, FINE),
        (92, FINE),
        (14, FINE),
        (13, ("warning", ["DOCTOR002"], ExitCode.DONE)),
        (0, ("warning", ["DOCTOR002"], ExitCode.DONE)),
        (-1, ("problem", ["RUN004"], ExitCode.SIGN_IN)),
    ],
)
def test_a_sign_in_that_ends_soon_is_a_warning_and_one_that_ended_a_problem(
    days: int | None, expected: tuple[str, list[str], ExitCode]
) -> None:
    assert verdict(check_sign_in(replace(SIGNED_IN, days=days))) == expected


@pytest.mark.parametrize(
    ("days", "said"), [(13, "13 days"), (1, "1 day"), (0, "less than a day")]
)  # fmt: skip
def test_the_time_left_is_told_in_words(days: int, said: str) -> None:
    finding = check_sign_in(replace(SIGNED_IN, days=days))
    assert finding.finding == f"the sign-in ends in {said}"
    assert finding.hint.startswith("Sign in with: acctsync connect qbo. ")


def test_nobody_signed_in_is_a_problem() -> None:
    finding = check_sign_in(replace(SIGNED_IN, stored=False, days=None))
    assert verdict(finding) == ("problem", ["RUN004"], ExitCode.SIGN_IN)


def test_a_token_store_that_fails_is_what_a_run_would_end_with() -> None:
    finding = check_sign_in(StateUnusable("the keyring can't be used here"))
    assert verdict(finding) == ("problem", ["RUN012"], ExitCode.STATE)


def test_a_token_folder_that_others_can_look_into_is_a_warning_with_the_fix() -> None:
    finding = check_sign_in(replace(SIGNED_IN, open_folder="/state/tokens"))
    assert verdict(finding) == ("warning", ["DOCTOR003"], ExitCode.DONE)
    assert finding.hint == "chmod 700 /state/tokens"


# Cron


def test_a_job_that_finds_what_we_find_is_well_and_gets_its_command() -> None:
    finding = check_cron(CRON)
    assert (finding.outcome, finding.hint) == (Outcome.OK, "acctsync push --quiet")
    assert finding.finding == (
        "tokens can be read without a session; a job with the suggested command uses the state in"
        " /home/ada/.local/state/acctsync and the mapping /home/ada/acctsync.yaml"
    )


@pytest.mark.parametrize(
    ("view", "why"),
    [
        ({"tokens": "timeout"}, "it does not answer: it may be locked"),
        ({"tokens": "nothing"}, "it holds nothing there"),
        ({"tokens": "failed", "why": "no keyring"}, "no keyring"),
    ],
)
def test_tokens_that_a_job_can_not_read_are_a_problem(view: dict[str, Any], why: str) -> None:
    facts = replace(CRON, store="keyring", view=replace(CRON.view, **view))
    finding = check_cron(facts)
    assert verdict(finding) == ("problem", ["DOCTOR008"], ExitCode.STATE)
    assert finding.finding.endswith(f"can't read the tokens in: keyring ({why})")


def test_a_program_that_cron_can_not_start_is_a_problem() -> None:
    view = CronView(started=False, why="No module named acctsync")
    finding = check_cron(replace(CRON, view=view))
    assert verdict(finding) == ("problem", ["DOCTOR004"], ExitCode.STATE)
    assert "No module named acctsync" in finding.finding


@pytest.mark.parametrize(
    ("told", "attended", "warned"),
    [(False, True, True), (True, True, False), (False, False, False)],
)
def test_a_state_that_only_this_terminal_knows_of_is_a_warning(
    told: bool, attended: bool, warned: bool
) -> None:
    facts = replace(CRON, state_dir="/srv/state", told=told, attended=attended)
    finding = check_cron(facts)
    assert verdict(finding)[1] == (["DOCTOR005"] if warned else [])
    assert "acctsync push --quiet" in finding.hint


def test_an_encoding_that_can_not_hold_names_is_a_warning() -> None:
    finding = check_cron(replace(CRON, view=replace(CRON.view, encoding="ISO-8859-1")))
    assert verdict(finding) == ("warning", ["DOCTOR006"], ExitCode.DONE)


# Lock


def test_a_free_lock_is_well() -> None:
    assert check_lock(None, NOW) == well("lock", "no other run is under way")


@pytest.mark.parametrize(
    ("holder", "said"),
    [
        (Holder(), "a process has held the lock"),
        (Holder(77), "process 77 has held the lock"),
        (Holder(77, NOW - dt.timedelta(seconds=40)), "process 77 has held the lock for 40 seconds"),
        (Holder(77, NOW - dt.timedelta(minutes=61)), "process 77 has held the lock for 1 hour"),
        (Holder(77, NOW - dt.timedelta(days=12)), "process 77 has held the lock for 12 days"),
        (Holder(77, NOW + dt.timedelta(days=1)), "process 77 has held the lock for 0 seconds"),
    ],
)
def test_a_lock_that_is_held_is_told_with_holder_and_time(holder: Holder, said: str) -> None:
    finding = check_lock(holder, NOW)
    assert verdict(finding) == ("problem", ["DOCTOR007"], ExitCode.LOCKED)
    assert finding.finding == f"another run is under way: {said}"


# Disk


@pytest.mark.parametrize(
    ("free", "used", "expected"),
    [
        (20_000_000, 0, FINE),
        (19_999_999, 0, ("problem", ["DOCTOR011"], ExitCode.STATE)),
        (320_000_000, 100_000_000, FINE),
        (319_000_000, 100_000_000, ("problem", ["DOCTOR011"], ExitCode.STATE)),
    ],
)
def test_there_must_be_room_for_copies_of_the_state(
    free: int, used: int, expected: tuple[str, list[str], ExitCode]
) -> None:
    assert verdict(check_disk(replace(DISK, free=free, used=used))) == expected


def test_a_folder_that_can_not_be_written_is_a_problem() -> None:
    finding = check_disk(replace(DISK, refusal="Read-only file system (/state)"))
    assert verdict(finding) == ("problem", ["DOCTOR009"], ExitCode.STATE)
    assert "Read-only file system" in finding.finding


@pytest.mark.parametrize(
    ("free", "shown"),
    [(83_200_000_000, "83.2 GB"), (340_000_000, "340 MB"), (1_200, "2 kB"), (0, "0 kB")],
)
def test_room_is_told_in_units_that_people_use(free: int, shown: str) -> None:
    assert f"{shown} " in check_disk(replace(DISK, free=free)).finding


# State and trail


def test_a_sound_state_is_told_with_its_size_and_its_backups() -> None:
    assert check_state(STATE) == well(
        "state", "sound, 107 kB, schema 2, 46 documents known; newest backup 2 hours old"
    )
    new = check_state(replace(STATE, known=1, backup_age=None))
    assert new.finding.endswith(
        "1 document known; no backup yet: one is made before each push"
    )  # fmt: skip


def test_a_state_that_can_not_be_opened_is_what_a_run_would_end_with() -> None:
    finding = check_state(StateUnusable("it is damaged", hint="restore it"))
    assert verdict(finding) == ("problem", ["RUN012"], ExitCode.STATE)
    assert finding.hint == "restore it"


def test_damage_that_only_a_whole_look_finds_is_a_problem() -> None:
    finding = check_state(replace(STATE, damage="row 3 missing from index"))
    assert verdict(finding) == ("problem", ["RUN012"], ExitCode.STATE)


@pytest.mark.parametrize(
    ("unsettled", "said"), [(1, "1 operation is in doubt"), (30, "30 operations are in doubt")]
)
def test_operations_in_doubt_are_a_warning(unsettled: int, said: str) -> None:
    finding = check_state(replace(STATE, unsettled=unsettled))
    assert verdict(finding) == ("warning", ["DOCTOR012"], ExitCode.DONE)
    assert finding.finding.startswith(said)


def test_operations_of_a_run_that_is_under_way_are_no_doubt() -> None:
    assert check_state(replace(STATE, unsettled=30, busy=True)).outcome is Outcome.OK


def test_a_whole_trail_is_told_with_its_head() -> None:
    finding = check_trail(Verdict(entries=1234, head="abcdef0123456789ffff"))
    assert finding == well("trail", "1,234 entries, every seal holds, head abcdef0123456789")


@pytest.mark.parametrize(
    ("broken_at", "said"),
    [(7, "the audit trail is broken at entry 7: it was changed"),
     (None, "the audit trail is broken: it was changed")],
)  # fmt: skip
def test_a_broken_trail_is_told_with_its_first_broken_entry(
    broken_at: int | None, said: str
) -> None:
    finding = check_trail(Verdict(entries=6, broken_at=broken_at, why="it was changed"))
    assert verdict(finding) == ("problem", ["DOCTOR010"], ExitCode.STATE)
    assert finding.finding == said


def test_a_trail_that_can_not_be_read_is_what_a_run_would_end_with() -> None:
    assert check_trail(StateUnusable("damaged")).exit_code is ExitCode.STATE
