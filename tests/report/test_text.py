from __future__ import annotations

import io
from decimal import Decimal

from rich.console import Console

from acctsync.documents import DocumentRef, Kind, ListEntry, ListKind
from acctsync.engine.results import (
    DocumentResult,
    PlanResult,
    PushResult,
    RunSummary,
    Status,
    StatusResult,
)
from acctsync.errors import InputRefused, Location, Problem, Severity
from acctsync.money import Money
from acctsync.plan.model import Action
from acctsync.providers.port import Calls
from acctsync.report.plain import nothing_to_do, paragraph
from acctsync.report.problems import listing, refusal
from acctsync.report.signins import SignIn
from acctsync.report.standing import list_text, status_text
from acctsync.report.text import plan_text, push_text, push_trouble
from acctsync.settings import Connection

EVIL = "[red]\x1b[2JAcme\u202e[/oops]"
SIGN_IN = SignIn(
    connection=Connection(
        name="qbo", system="quickbooks", company_id="1", company_name="Acme", environment="sandbox",
        client_id="app", token_store="file", created="2025-04-01T00:00:00+00:00",
    ),
    signed_in=True,
    days=9,
)  # fmt: skip


def drawn(content: object) -> str:
    """Draw at a fixed width, without colours; lines lose their trailing spaces."""
    stream = io.StringIO()
    Console(file=stream, width=80, markup=False, emoji=False, highlight=False).print(content)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def document(
    status: Status, action: Action | None, number: str = "INV-1", problem: Problem | None = None
) -> DocumentResult:
    return DocumentResult(
        ref=DocumentRef(Kind.INVOICES, "rows", number), number=number, status=status, action=action,
        money=Money(Decimal("1234.50"), "USD"), problem=problem,
    )  # fmt: skip


REFUSED = Problem(
    code="QBO003", message=f"the item {EVIL} is not there", hint="Create it, or map it.",
    location=Location("exports/march.csv", 41, "Item"), document="INV-2", kind="invoices",
    provider_code="2500",
)  # fmt: skip
DONE = (
    document(Status.DONE, Action.CREATE),
    document(Status.FAILED, Action.CREATE, "INV-2", REFUSED),
)


def test_a_push_shows_counts_money_and_what_to_do_about_failures() -> None:
    result = PushResult(
        run="0123456789abcdef",
        documents=DONE,
        problems=(REFUSED,),
        calls=Calls(3, 2, 0),
        seconds=1.24,
        audit_head="9f" * 32,
    )
    assert (
        drawn(push_text(result, company=f"Acme {EVIL}", verbose=False))
        == r"""
Pushed to Acme [red]\x1b[2JAcme\u202e[/oops]

           created   failed         amount
──────────────────────────────────────────
invoices         1        1   1,234.50 USD

1 document failed

Document             Why                                   What to do
────────────────────────────────────────────────────────────────────────────────
invoice INV-2        the item                              Create it, or map it.
march.csv:41, Item   [red]\x1b[2JAcme\u202e[/oops] is
                     not there (2500)

Run 01234567: 1.2 s, 2 writes and 3 reads
Audit head: 9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f

Next: mend the mapping, the export or the books, then: acctsync retry-failed
""".strip("\n")
    )


def test_a_quiet_push_shows_only_what_is_wrong() -> None:
    result = PushResult(run="0123456789abcdef", documents=DONE)
    text = drawn(push_trouble(result, company="Acme"))
    assert text.startswith("acctsync push to Acme: 1 failed\n")
    assert "created" not in text


def test_a_plan_ends_with_the_command_that_carries_it_out() -> None:
    result = PlanResult(documents=(document(Status.PENDING, Action.CREATE),), estimated_calls=1)
    assert (
        drawn(plan_text(result, company="Acme", verbose=False))
        == """
Plan for Acme

           create         amount
────────────────────────────────
invoices        1   1,234.50 USD

1 document to push, about 1 call. Do it with: acctsync push
""".strip("\n")
    )


def test_status_is_a_card_that_ends_with_what_to_type() -> None:
    run = RunSummary(
        id="0123456789abcdef", command="push", started="2025-04-01T06:00:00.000+00:00",
        finished=None, exit_code=None, counts={},
    )  # fmt: skip
    result = StatusResult(counts={"in_books": 1200, "failed": 0, "in_doubt": 1}, runs=(run,))
    assert (
        drawn(status_text(result, [SIGN_IN]))
        == """
Acme (QuickBooks, sandbox): signed in for 9 days

1,200 in the books · 0 failed · 1 in doubt

Run        Started                Command   Outcome   What
──────────────────────────────────────────────────────────
01234567   2025-04-01 06:00 UTC   push      cut off

Next: settle what is in doubt: acctsync push
""".strip("\n")
    )


def test_problems_come_once_with_their_place_first() -> None:
    warning = Problem(code="FILE011", message="a new column", severity=Severity.WARNING)
    assert (
        drawn(listing([REFUSED, warning, REFUSED], whole=False))
        == r"""
exports/march.csv:41, column "Item": error: invoice INV-2: the item
[red]\x1b[2JAcme\u202e[/oops] is not there [QBO003]
    Create it, or map it.
warning: a new column [FILE011]
""".strip("\n")
    )


def test_what_is_said_of_several_documents_is_said_once_with_how_many() -> None:
    several = [
        Problem(code="DOC016", message="Boston is not mapped", hint="Map it.",
                severity=Severity.WARNING, document=number, kind="invoices")
        for number in ("A", "B", "C")
    ]  # fmt: skip
    assert (
        drawn(listing(several, whole=False))
        == """
warning: invoice A: Boston is not mapped [DOC016] and 2 more like it
    Map it.
""".strip("\n")
    )
    assert len(drawn(listing(several, whole=True)).splitlines()) == 6


def test_a_long_list_of_problems_is_cut_unless_all_are_wanted() -> None:
    problems = [Problem(code="DOC001", message=f"number {index}") for index in range(60)]
    short, whole = drawn(listing(problems, whole=False)), drawn(listing(problems, whole=True))
    assert short.splitlines()[-1] == "… and 10 more; --verbose shows all."
    assert len(whole.splitlines()) == 60


def test_an_error_is_a_line_with_its_advice_below() -> None:
    error = InputRefused(f"no {EVIL}", hint="Do this.\nOr that.")
    assert (
        paragraph(error) == "acctsync: no [red]\\x1b[2JAcme\\u202e[/oops]\n  Do this.\n  Or that."
    )


def test_a_refusal_shows_its_problems_and_sums_up_several() -> None:
    other = Problem(code="MAP001", message="no such file")
    several = InputRefused("2 mistakes", problems=(REFUSED, other))
    assert drawn(refusal(several)).splitlines()[-1] == "acctsync: 2 mistakes"
    single = InputRefused("1 mistake", hint="Twice?", problems=(other,))
    assert drawn(refusal(single)) == "error: no such file [MAP001]"


def test_nothing_to_do_is_one_line_and_what_was_noticed() -> None:
    warning = Problem(code="FILE011", message=EVIL, severity=Severity.WARNING)
    assert nothing_to_do(DONE, [warning], "Acme") == (
        "Nothing to do: all 2 documents are in Acme as the export says.\n"
        "warning: [red]\\x1b[2JAcme\\u202e[/oops] [FILE011]"
    )


def test_a_list_shows_the_code_that_a_mapping_names_and_what_people_call_it() -> None:
    accounts = [
        ListEntry(id="a1", name="Coworking Income", full_name="200", type="REVENUE"),
        ListEntry(id="a2", name="Checking", full_name="090", type="BANK"),
    ]
    head, *rows = drawn(list_text(ListKind.ACCOUNTS, accounts)).splitlines()
    assert head.split() == ["Name", "Called", "Id", "Type"]
    said = [row.split() for row in rows]
    assert ["090", "Checking", "a2", "BANK"] in said
    assert ["200", "Coworking", "Income", "a1", "REVENUE"] in said


def test_a_list_whose_names_are_what_people_call_them_shows_them_once() -> None:
    items = [ListEntry(id="1", name="Hot Desk", full_name="Memberships:Hot Desk", type="Service")]
    head, *_ = drawn(list_text(ListKind.ITEMS, items)).splitlines()
    assert head.split() == ["Name", "Id", "Type"]
