"""A check-up of a desk where everything works, and of desks with one thing wrong each."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from acctsync.cli.cronview import seen
from acctsync.clock import SystemClock
from acctsync.engine.doctoring import CronView
from acctsync.simulator.server import Simulator
from acctsync.state.store import Store
from tests.cli.desk import COMMAND, COMPANY, ROOT, Desk, Ran
from tests.state.files import claim, start

CHECKS = [
    "connection", "sign-in", "cron", "lock", "disk", "state", "trail", "mapping", "exports",
    "documents", "books", "settings", "names", "clock",
]  # fmt: skip
HOLDER = """
import sys
from pathlib import Path
from acctsync.state.lock import run_lock

with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
# As on a disk that is full, or of which this user has had his share.
FULL = """
import resource
from acctsync.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
main()
"""
# A vault that opens only where its owner has said so: in a session, not in a job.
VAULT = """#!{python}
import json, os, sys
from pathlib import Path
asked, file = json.load(sys.stdin), Path(__file__).with_suffix(".json")
if os.environ.get("VAULT") != "open":
    sys.exit(7)
if sys.argv[1] == "store":
    file.write_text(json.dumps(asked["secrets"]))
elif sys.argv[1] == "get" and file.exists():
    print(json.dumps({{"secrets": json.loads(file.read_text())}}))
"""
HANGING = """
import time
from keyring.backend import KeyringBackend

class Locked(KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        time.sleep(600)
    set_password = delete_password = get_password
"""


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk whose exports came today."""
    for file in desk.data.rglob("*.csv"):
        os.utime(file)
    return desk


@contextmanager
def company_with(desk: Desk, *changes: tuple[str, str]) -> Iterator[Simulator]:
    """A desk connected to the sample company with some of its facts changed."""
    text = COMPANY.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = desk.folder / "company.yaml"
    file.write_text(text, encoding="utf-8")
    with Simulator("qbo", company=file, limits=False) as books:
        assert desk.connect(books.url, "--yes").code == 0
        yield books


def outcomes(ran: Ran) -> dict[str, str]:
    """Tell the checks that are not well, with how they went."""
    checks = ran.json["data"]["checks"]
    assert [each["name"] for each in checks] == CHECKS
    return {each["name"]: each["outcome"] for each in checks if each["outcome"] != "ok"}


def check(ran: Ran, name: str) -> dict[str, Any]:
    (found,) = [each for each in ran.json["data"]["checks"] if each["name"] == name]
    return dict(found)


def codes(ran: Ran) -> list[str]:
    return [each["code"] for each in ran.json["problems"]]


def folder_of(desk: Desk) -> Path:
    return desk.state / "connections" / "qbo"


SKIPPED_BOOKS = {"settings": "skipped", "names": "skipped"}


def test_a_desk_where_all_is_well(connected: Desk, books: Simulator) -> None:
    books.requests.clear()
    done = connected.run("doctor", "--json")
    assert (done.code, done.err, outcomes(done), codes(done)) == (0, "", {}, [])
    assert (done.json["status"], done.json["connection"]) == ("ok", "qbo")
    assert check(done, "connection") == {
        "name": "connection", "outcome": "ok", "hint": "",
        "finding": f"qbo: Harbour Commons LLC (id 9130350000000001), simulated at {books.url}",
    }  # fmt: skip
    assert check(done, "names")["finding"] == "every name of the mapping is in the books: 27"
    assert f"--mapping {connected.mapping} " in check(done, "cron")["hint"]
    assert {seen.method for seen in books.requests} == {"GET"}
    assert done.out.count("\n") == 1


def test_quiet_is_silent_when_all_is_well(connected: Desk) -> None:
    assert connected.run("doctor", "--quiet") == Ran(0, "", "")


def test_a_person_sees_a_line_per_check_and_a_verdict(connected: Desk) -> None:
    done = connected.run("doctor")
    shown = [line.split()[:2] for line in done.out.splitlines() if line.startswith("ok ")]
    assert shown == [["ok", name] for name in CHECKS]
    assert done.out.splitlines()[-1] == "An unattended run can work here and now."


def test_a_pushed_month_is_well_too_and_its_backup_is_told(connected: Desk) -> None:
    assert connected.run("push").code == 0
    done = connected.run("doctor", "--json")
    assert (done.code, outcomes(done)) == (0, {})
    assert re.search(r"[4-9]\d documents known; newest backup ", check(done, "state")["finding"])
    assert "every seal holds, head " in check(done, "trail")["finding"]


def test_it_runs_from_cron(connected: Desk) -> None:
    bare = {
        name: value for name, value in connected.environment.items() if name.startswith("ACCTSYNC_")
    }
    done = subprocess.run(
        [*COMMAND, "doctor", "--quiet"], cwd=ROOT, env=bare, stdin=subprocess.DEVNULL,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_without_a_connection_the_rest_is_looked_at_and_it_is_exit_4(desk: Desk) -> None:
    done = desk.run("doctor", "--json")
    assert (done.code, codes(done)) == (4, ["RUN004"])
    assert outcomes(done) == {
        "connection": "problem", "sign-in": "skipped", "lock": "skipped", "state": "skipped",
        "trail": "skipped", "books": "skipped", **SKIPPED_BOOKS,
    }  # fmt: skip
    assert not desk.state.exists()


def test_without_a_mapping_the_only_connection_is_looked_at(connected: Desk) -> None:
    connected.mapping.unlink()
    done = connected.run("doctor", "--json")
    assert done.code == 2
    assert outcomes(done) == {
        "mapping": "problem", "exports": "skipped", "documents": "skipped", **SKIPPED_BOOKS,
    }  # fmt: skip
    assert check(done, "books")["outcome"] == "ok"


def test_two_connections_and_no_mapping_to_choose_by_are_a_problem(
    connected: Desk, books: Simulator
) -> None:
    assert connected.connect(books.url, "--yes", "--name", "second").code == 0
    connected.mapping.unlink()
    done = connected.run("doctor", "--json")
    assert (done.code, check(done, "connection")["outcome"]) == (2, "problem")


def test_every_mistake_of_a_mapping_is_told(connected: Desk) -> None:
    connected.edit("numbers: keep", "nombers: keep")
    connected.edit("currency: USD", "currency: USD\n  colour: red")
    done = connected.run("doctor", "--json")
    assert done.code == 2
    assert [code[:3] for code in codes(done)] == ["MAP", "MAP"]
    assert "nombers" in connected.run("doctor").out


def test_a_company_other_than_the_mappings_is_exit_2(connected: Desk) -> None:
    connected.edit("company: Harbour Commons LLC", "company: Hill Commons LLC")
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done), outcomes(done)) == (
        2, ["DOCTOR001"], {"connection": "problem"},
    )  # fmt: skip


def test_a_variable_that_points_elsewhere_is_exit_2_and_nobody_is_asked(
    connected: Desk, books: Simulator
) -> None:
    books.requests.clear()
    connected.environment["ACCTSYNC_QBO_URL"] = "http://127.0.0.1:9"
    done = connected.run("doctor", "--json")
    assert (done.code, outcomes(done)["connection"], outcomes(done)["books"]) == (
        2, "problem", "skipped",
    )  # fmt: skip
    assert "was made for" in check(done, "connection")["finding"]
    assert books.requests == []


# Tokens


def test_a_token_file_that_others_can_read_is_exit_12_with_the_fix(connected: Desk) -> None:
    file = connected.state / "tokens" / "qbo.json"
    file.chmod(0o644)
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done)) == (12, ["RUN012"])
    assert outcomes(done) == {"sign-in": "problem", "books": "skipped", **SKIPPED_BOOKS}
    assert f"chmod 600 {file}" in check(done, "sign-in")["hint"]


def test_a_token_folder_that_others_can_look_into_is_a_warning(connected: Desk) -> None:
    (connected.state / "tokens").chmod(0o755)
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done), outcomes(done)) == (0, ["DOCTOR003"], {"sign-in": "warning"})


@pytest.mark.parametrize(
    ("ends", "code", "outcome"),
    [("2020-01-01T00:00:00+00:00", 4, "problem"), ("", 0, "ok")],
)
def test_a_sign_in_that_has_ended_is_exit_4(
    connected: Desk, ends: str, code: int, outcome: str
) -> None:
    file = connected.state / "tokens" / "qbo.json"
    tokens = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**tokens, "refresh_expires": ends}), encoding="utf-8")
    done = connected.run("doctor", "--json")
    assert (done.code, check(done, "sign-in")["outcome"]) == (code, outcome)


def test_forgotten_tokens_are_exit_4(connected: Desk) -> None:
    assert connected.run("disconnect", "--yes").code == 0
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done)) == (4, ["RUN004"])
    assert outcomes(done) == {"sign-in": "problem", "books": "skipped", **SKIPPED_BOOKS}
    assert check(done, "sign-in")["hint"] == "Sign in with: acctsync connect qbo"


def test_a_consent_that_the_vendor_no_longer_honours_is_exit_4(
    connected: Desk, books: Simulator
) -> None:
    file = connected.state / "tokens" / "qbo.json"
    tokens = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**tokens, "refresh_token": "stale"}), encoding="utf-8")
    books.dialect.expire_tokens()
    done = connected.run("doctor", "--json")
    assert (done.code, outcomes(done)) == (4, {"books": "problem", **SKIPPED_BOOKS})


def test_a_vault_that_only_a_session_opens_is_exit_12(
    desk: Desk, books: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = desk.folder / "vault"
    vault.write_text(VAULT.format(python=sys.executable), encoding="utf-8")
    vault.chmod(0o700)
    monkeypatch.setenv("VAULT", "open")
    assert desk.connect(books.url, "--yes", "--token-store", f"command:{vault}").code == 0
    done = desk.run("doctor", "--json")
    assert (done.code, codes(done), outcomes(done)) == (12, ["DOCTOR008"], {"cron": "problem"})
    assert check(done, "cron")["finding"] == (
        f"a job without a desktop session can't read the tokens in: command:{vault} "
        f"(the token store '{vault}' failed at 'get' (exit status 7))"
    )
    assert "--token-store file" in check(done, "cron")["hint"]
    vault.write_text(
        VAULT.format(python=sys.executable).replace('!= "open"', '== "shut"'), encoding="utf-8"
    )
    assert desk.run("doctor", "--json").code == 0


def test_a_desktop_that_waits_for_somebody_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "hanging.py").write_text(HANGING, encoding="utf-8")
    asked = {"store": "keyring", "folder": str(tmp_path), "connection": "qbo"}
    done = subprocess.run(
        [sys.executable, "-m", "acctsync.cli.cronview"], input=json.dumps(asked), text=True,
        capture_output=True, check=False, cwd=ROOT,
        env={"PYTHONPATH": str(tmp_path), "PYTHON_KEYRING_BACKEND": "hanging.Locked"},
    )  # fmt: skip
    assert done.returncode == -signal.SIGALRM, done
    view = seen(done.stdout, done.stderr, done.returncode)
    assert (view.started, view.tokens, view.encoding) == (True, "timeout", "utf-8")


@pytest.mark.parametrize(
    ("out", "error", "status", "view"),
    [
        ("", "Traceback\nModuleNotFoundError: no acctsync\n", 1,
         CronView(started=False, why="ModuleNotFoundError: no acctsync")),
        ("", "", -9, CronView(started=False, why="exit status -9")),
        ('noise\n{"state_dir": "/s", "encoding": "utf-8"}\n{"tokens": "read"}\n', "", 0,
         CronView(state_dir="/s", encoding="utf-8", tokens="read")),
        ('{"state_dir": "/s", "encoding": "utf-8"}\n', "secret", 1,
         CronView(state_dir="/s", encoding="utf-8", tokens="failed", why="exit status 1")),
    ],
)  # fmt: skip
def test_what_the_child_says_is_understood_however_it_ends(
    out: str, error: str, status: int, view: CronView
) -> None:
    assert seen(out, error, status) == view


# State


def test_a_state_that_is_damaged_is_exit_12(connected: Desk) -> None:
    file = folder_of(connected) / "state.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done)) == (12, ["RUN012"])
    assert outcomes(done) == {"state": "problem", "trail": "skipped"}


def test_a_tampered_trail_is_exit_12_and_its_first_broken_entry_is_named(connected: Desk) -> None:
    assert connected.run("push").code == 0
    with closing(sqlite3.connect(folder_of(connected) / "state.db")) as other:
        other.execute("DROP TRIGGER audit_is_never_changed")
        other.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 5")
        other.commit()
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done), outcomes(done)) == (12, ["DOCTOR010"], {"trail": "problem"})
    assert check(done, "trail")["finding"] == (
        "the audit trail is broken at entry 5: it was changed"
    )


def test_a_run_that_is_under_way_is_exit_11_and_its_process_is_named(connected: Desk) -> None:
    with start(HOLDER, str(folder_of(connected))) as process:
        assert process.stdout is not None
        process.stdout.readline()
        done = connected.run("doctor", "--json")
        process.communicate()
    assert (done.code, codes(done)) == (11, ["DOCTOR007"])
    assert outcomes(done) == {"lock": "problem", "trail": "skipped"}
    assert f"process {process.pid} has held the lock for" in check(done, "lock")["finding"]
    assert connected.run("doctor", "--json").code == 0


def test_what_is_in_doubt_is_a_warning(connected: Desk) -> None:
    company = "9130350000000001"
    with Store.open(folder_of(connected), company_id=company, clock=SystemClock()) as store:
        claim(store, "1", "2")
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done), outcomes(done)) == (0, ["DOCTOR012"], {"state": "warning"})
    assert check(done, "state")["finding"].startswith("2 operations are in doubt")


def test_a_file_system_that_takes_nothing_more_is_exit_12(connected: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, "doctor", "--json"], cwd=ROOT, env=connected.environment,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    ran = Ran(done.returncode, done.stdout, done.stderr)
    assert (ran.code, ran.err, codes(ran)) == (12, "", ["DOCTOR009"])
    assert outcomes(ran) == {"disk": "problem"}


@pytest.mark.skipif(os.getuid() == 0, reason="root writes everywhere")
def test_a_state_folder_that_can_not_be_written_is_exit_12(connected: Desk) -> None:
    folder_of(connected).chmod(0o500)
    done = connected.run("doctor", "--json")
    folder_of(connected).chmod(0o700)
    assert (done.code, codes(done), outcomes(done)) == (12, ["DOCTOR009"], {"disk": "problem"})


def test_a_file_where_the_state_folder_should_be_is_told(desk: Desk) -> None:
    desk.state.write_text("a file where a folder should be", encoding="utf-8")
    done = desk.run("doctor", "--json")
    assert (done.code, codes(done)) == (4, ["RUN004", "DOCTOR009"])
    assert "Not a directory" in check(done, "disk")["finding"]


def test_a_connection_that_can_not_be_read_is_exit_12(connected: Desk) -> None:
    (folder_of(connected) / "connection.json").write_text("{", encoding="utf-8")
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done)) == (12, ["RUN012"])
    assert check(done, "documents")["outcome"] == "ok"


def test_looking_leaves_nothing_behind(connected: Desk) -> None:
    assert connected.run("doctor").code == 0
    before = sorted(connected.state.rglob("*"))
    assert connected.run("doctor").code == 0
    assert sorted(connected.state.rglob("*")) == before
    assert [file for file in before if "probe" in file.name] == []


# Exports


def test_a_missing_export_is_exit_2_and_the_books_are_asked_nevertheless(connected: Desk) -> None:
    for file in connected.data.rglob("billing_payments*"):
        file.unlink()
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done)) == (2, ["MAP013"])
    assert outcomes(done) == {"exports": "problem", "documents": "skipped"}


def test_exports_that_no_longer_come_are_a_warning(connected: Desk) -> None:
    for file in connected.data.rglob("*.csv"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done), outcomes(done)) == (0, ["DOCTOR013"], {"exports": "warning"})


def test_documents_that_would_be_held_back_are_a_warning(connected: Desk) -> None:
    connected.edit('"Custom Fee: *"', '"No Such Fee: *"')
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done)) == (0, ["DOCTOR014"])
    assert check(done, "documents")["hint"].startswith("acctsync check ")


# Books


def test_books_that_do_not_answer_are_exit_5(connected: Desk, books: Simulator) -> None:
    books.stop()
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done)) == (5, ["RUN005"])
    assert outcomes(done) == {"books": "problem", **SKIPPED_BOOKS}


def test_a_name_that_the_books_lack_is_exit_2_with_its_place_and_what_may_be_meant(
    connected: Desk,
) -> None:
    connected.edit("item: Day Pass", "item: Day Pas")
    connected.edit("fees: {account: Merchant Account Fees", "fees: {account: Merchant Fees")
    done = connected.run("doctor", "--json")
    assert (done.code, outcomes(done)) == (2, {"names": "problem"})
    place = ("file", "line")
    told = {each["message"]: [each[word] for word in place] for each in done.json["problems"]}
    day_pass = "the books have no product or service 'Day Pas'. Did you mean 'Day Pass'?"
    assert told[day_pass] == [str(connected.mapping), 99]
    assert {each["severity"] for each in done.json["problems"]} == {"error"}
    assert "2 of 27 names" in check(done, "names")["finding"]
    shown = connected.run("doctor").out
    assert "Did you mean 'Day Pass'?" in shown


def test_an_entry_that_was_made_inactive_is_found_whatever_was_kept_of_the_list(
    connected: Desk, books: Simulator
) -> None:
    assert connected.run("doctor").code == 0
    item = next(each for each in books.dialect.snapshot()["Item"] if each["Name"] == "Day Pass")
    books.dialect.by_hand("Item", {**item, "Active": False})
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done)) == (2, ["REF001"])  # inactive ones get another name there


def test_class_tracking_that_is_off_is_a_warning_that_quiet_shows(desk: Desk) -> None:
    with company_with(desk, ("classes: line", "classes: off")):
        done = desk.run("doctor", "--json")
        assert (done.code, codes(done), outcomes(done)) == (0, ["QBO105"], {"settings": "warning"})
        quiet = desk.run("doctor", "--quiet")
    assert (quiet.code, quiet.out) == (0, "")
    assert "class tracking is off" in quiet.err
    assert "connection" not in quiet.err


def test_settings_that_bite_are_told_together(desk: Desk) -> None:
    changes = (
        ("custom_numbers: true", "custom_numbers: false"),
        ("departments: true", "departments: false"),
        ("discounts: true", "discounts: false"),
    )
    with company_with(desk, *changes):
        done = desk.run("doctor", "--json")
    assert (done.code, codes(done)) == (0, ["QBO106", "QBO101", "QBO102"])
    assert check(done, "settings")["finding"].endswith("(and 2 more)")


@pytest.mark.parametrize(
    ("closed", "code", "outcome"),
    [("2025-02-28", 0, "ok"), ("2025-03-15", 0, "warning"), ("2099-12-31", 2, "problem")],
)
def test_closed_books_are_told_by_what_is_still_to_be_pushed(
    desk: Desk, closed: str, code: int, outcome: str
) -> None:
    closing_date = ("# books_closed_until: 2024-12-31", f"books_closed_until: {closed}")
    with company_with(desk, closing_date):
        done = desk.run("doctor", "--json")
    assert (done.code, check(done, "settings")["outcome"]) == (code, outcome)
    assert f"closed until {closed}" in check(done, "books")["finding"]


def test_books_in_another_currency_are_exit_2(desk: Desk) -> None:
    with company_with(desk, ("currency: USD", "currency: CAD")):
        done = desk.run("doctor", "--json")
    assert (done.code, codes(done)) == (2, ["QBO108", "DOCTOR016"])


def test_a_plan_without_purchase_orders_is_exit_2_where_they_are_pushed(desk: Desk) -> None:
    desk.edit("  refunds: true\n", "  refunds: true\n  purchase_orders: true\n")
    essentials = ("  currency: USD", "  currency: USD\n  edition: QuickBooks Online Essentials")
    with company_with(desk, essentials):
        done = desk.run("doctor", "--json")
    assert (done.code, codes(done)) == (2, ["QBO107"])


@pytest.mark.parametrize(("offset", "said"), [(600.0, "behind"), (-600.0, "ahead")])
def test_a_clock_that_is_ten_minutes_off_is_a_warning(
    connected: Desk, books: Simulator, offset: float, said: str
) -> None:
    books.clock_offset = offset
    done = connected.run("doctor", "--json")
    assert (done.code, codes(done), outcomes(done)) == (0, ["DOCTOR017"], {"clock": "warning"})
    assert check(done, "clock")["finding"].endswith(said)


def test_the_most_urgent_of_several_problems_is_the_exit_code(connected: Desk) -> None:
    connected.edit("item: Day Pass", "item: Day Pas")
    (folder_of(connected) / "state.db").write_bytes(b"")
    done = connected.run("doctor")
    assert done.code == 12
    assert done.out.splitlines()[-1] == "2 problems to mend before an unattended run."
