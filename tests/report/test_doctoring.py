from __future__ import annotations

from acctsync.engine.findings import Finding, Outcome, failed, found, skipped, well
from acctsync.errors import ExitCode, Location, Problem, SignInNeeded
from acctsync.report.doctoring import checks_data, checks_text, checks_trouble
from tests.report.test_text import EVIL, drawn

MISSING = Problem(
    code="REF001", message="the books have no account 'Fees'.", hint="Create it there.",
    location=Location("shop/acctsync.yaml", 41, None, 7),
)  # fmt: skip
OTHER = Problem(code="REF002", message=f"the class {EVIL} is inactive", hint="Make it active.")
FINDINGS = (
    well("connection", f"qbo: {EVIL} (id 9), sandbox"),
    well("cron", "tokens can be read", hint="acctsync push --quiet"),
    skipped("trail", "not while another run writes to it"),
    found("names", MISSING, otherwise=""),
)


def test_a_check_up_shows_every_check_its_place_and_what_to_do() -> None:
    assert drawn(checks_text(FINDINGS, verbose=False)).splitlines() == [
        "          Check        Finding                                  What to do",
        "─" * 80,
        "ok        connection   qbo: [red]\\x1b[2JAcme\\u202e[/oops] (id",
        "                       9), sandbox",
        "ok        cron         tokens can be read",
        "skipped   trail        not while another run writes to it",
        "problem   names        the books have no account 'Fees'.        Create it there.",
        "                       acctsync.yaml:41:7",
        "",
        "From cron: acctsync push --quiet",
        "",
        "1 problem to mend before an unattended run.",
    ]


def test_quiet_shows_only_what_is_not_well_and_lists_what_has_several_causes() -> None:
    shown = drawn(checks_trouble([*FINDINGS[:3], found("names", MISSING, OTHER, otherwise="")]))
    assert shown.splitlines() == [
        "          Check   Finding                                       What to do",
        "─" * 80,
        "problem   names   the books have no account 'Fees'. (and 1      Create it there.",
        "                  more)",
        "",
        "shop/acctsync.yaml:41:7: error: the books have no account 'Fees'. [REF001]",
        "    Create it there.",
        "error: the class [red]\\x1b[2JAcme\\u202e[/oops] is inactive [REF002]",
        "    Make it active.",
        "",
        "1 problem to mend before an unattended run.",
    ]


def test_the_verdict_counts_problems_and_warnings() -> None:
    warned = Finding(name="clock", outcome=Outcome.WARNING, finding="off")
    assert drawn(checks_text([warned], verbose=False)).splitlines()[-1] == (
        "An unattended run can work here and now (1 warning)."
    )
    stopped = failed("books", SignInNeeded("signed out", hint="sign in"))
    assert drawn(checks_text([warned, stopped, stopped], verbose=False)).splitlines()[-1] == (
        "2 problems to mend before an unattended run (1 warning)."
    )
    assert drawn(checks_text([], verbose=False)).splitlines()[-1] == (
        "An unattended run can work here and now."
    )


def test_as_json_every_check_has_the_same_four_fields() -> None:
    error = Finding(
        name="disk", outcome=Outcome.PROBLEM, finding="full", hint="make room",
        exit_code=ExitCode.STATE,
    )  # fmt: skip
    assert checks_data([well("lock", "free"), error]) == {
        "checks": [
            {"name": "lock", "outcome": "ok", "finding": "free", "hint": ""},
            {"name": "disk", "outcome": "problem", "finding": "full", "hint": "make room"},
        ]
    }
