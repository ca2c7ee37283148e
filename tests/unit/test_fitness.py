from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from acctsync.documents import Document, Kind, ListEntry, ListKind, Reference
from acctsync.engine.findings import Finding, Outcome, well
from acctsync.engine.fitness import (
    ExportFacts,
    check_books,
    check_clock,
    check_documents,
    check_exports,
    check_mapping,
    check_names,
    check_settings,
    named_by,
    uses,
)
from acctsync.engine.reading import Reading
from acctsync.errors import ComeBackLater, ExitCode, InputRefused, Location, Problem, Severity
from acctsync.mapping.entries import Entry, entries
from acctsync.mapping.load import load
from acctsync.plan.references import Catalog
from acctsync.providers.port import Company, Uses
from tests.builders import a_customer, a_line, a_payment, an_entry, an_invoice, invoice_ref

NOW = dt.datetime(2025, 6, 1, 12, 0, tzinfo=dt.UTC)
DAY = 86_400.0
SAMPLES = Path(__file__).resolve().parents[2] / "sample-config"
COMPANY = Company(id="9", name="Acme", country="US", currency="USD", plan="QuickBooks Online Plus")
REMARK = Problem(code="FILE020", message="new column", severity=Severity.WARNING)
REFUSED = Problem(code="DOC010", message="no date", document="INV-1", kind="invoices")
BROKEN = Problem(code="FILE001", message="cut off")


def verdict(finding: Finding) -> tuple[str, list[str], ExitCode]:
    return finding.outcome, [each.code for each in finding.problems], finding.exit_code


# Mapping and exports


def test_a_mapping_that_is_understood_tells_what_it_pushes() -> None:
    mapping = load(SAMPLES / "coworks" / "acctsync.yaml")
    assert check_mapping(mapping).finding == (
        f"{mapping.path} is understood; it pushes customers, invoices, payments, refunds"
    )


def test_a_mapping_with_mistakes_is_a_problem_that_keeps_them_all() -> None:
    problems = (Problem(code="MAP001", message="a"), Problem(code="MAP007", message="b"))
    finding = check_mapping(InputRefused("2 mistakes in the mapping", problems=problems))
    assert verdict(finding) == ("problem", ["MAP001", "MAP007"], ExitCode.REFUSED)
    assert finding.hint == "acctsync check shows them all."


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (0.0, "2 files; the newest, march.csv, is less than a day old"),
        (DAY, "2 files; the newest, march.csv, is 1 day old"),
        (35 * DAY, "2 files; the newest, march.csv, is 35 days old"),
        (-DAY, "2 files; the newest, march.csv, is less than a day old"),
    ],
)
def test_exports_are_told_with_the_age_of_the_newest(age: float, said: str) -> None:
    facts = ExportFacts(files=2, newest="march.csv", age=age)
    assert check_exports(facts) == well("exports", said)


def test_exports_that_stopped_coming_are_a_warning() -> None:
    finding = check_exports(ExportFacts(files=2, newest="march.csv", age=36 * DAY))
    assert verdict(finding) == ("warning", ["DOCTOR013"], ExitCode.DONE)
    assert finding.finding == "the newest export file, march.csv, is 36 days old"


def test_no_export_at_all_may_be_as_it_should() -> None:
    assert check_exports(ExportFacts(files=0)).outcome is Outcome.OK


def test_a_missing_export_is_a_problem() -> None:
    finding = check_exports(
        InputRefused("no file", problems=(Problem(code="MAP013", message="m"),))
    )
    assert verdict(finding) == ("problem", ["MAP013"], ExitCode.REFUSED)


@pytest.mark.parametrize(
    ("problems", "refused", "expected"),
    [
        ((), (), ("ok", [], 0)),
        ((REMARK,), (), ("ok", [], 0)),
        ((REFUSED, REMARK), ("INV-1",), ("warning", ["DOCTOR014"], 0)),
        ((BROKEN, REFUSED), ("INV-1",), ("problem", ["FILE001"], 2)),
    ],
)
def test_documents_are_judged_as_check_judges_them(
    problems: tuple[Problem, ...], refused: tuple[str, ...], expected: tuple[str, list[str], int]
) -> None:
    refs = {invoice_ref(each): each for each in refused}
    reading = Reading(documents=(), every=(an_invoice(),), problems=problems, refused=refs)
    assert verdict(check_documents(reading)) == expected


def test_documents_held_back_are_counted_among_all() -> None:
    reading = Reading(
        documents=(),
        every=(an_invoice(),),
        problems=(REFUSED,),
        refused={invoice_ref("1"): "1"},
    )
    assert check_documents(reading).finding == "1 of 2 documents would be held back"


# Books


def test_books_that_answer_are_told_with_what_matters() -> None:
    closed = replace(COMPANY, closed_until=dt.date(2024, 12, 31))
    assert check_books(closed, "Acme") == well(
        "books",
        "Acme answers (US, books in USD, QuickBooks Online Plus, closed until 2024-12-31)",
    )


def test_a_company_that_was_renamed_is_a_warning() -> None:
    assert verdict(check_books(COMPANY, "Acme Ltd")) == ("warning", ["DOCTOR015"], ExitCode.DONE)


def test_books_that_do_not_answer_are_a_problem_that_may_pass_by_itself() -> None:
    finding = check_books(ComeBackLater("no connection"), "Acme")
    assert verdict(finding) == ("problem", ["RUN005"], ExitCode.LATER)


def test_settings_that_object_are_told_and_another_currency_too() -> None:
    fine = check_settings(COMPANY, "USD", ())
    assert fine == well("settings", "nothing stands against what the mapping uses")
    off = Problem(code="QBO105", message="classes are off", severity=Severity.WARNING)
    finding = check_settings(COMPANY, "CAD", (off,))
    assert verdict(finding) == ("warning", ["QBO105", "DOCTOR016"], ExitCode.DONE)
    held = check_settings(COMPANY, "USD", (off, Problem(code="QBO107", message="no orders")))
    assert verdict(held) == ("problem", ["QBO105", "QBO107"], ExitCode.REFUSED)
    assert held.finding == "no orders (and 1 more)"


@pytest.mark.parametrize(
    ("skew", "expected"),
    [
        (0.4, ("ok", [], 0)),
        (-60.4, ("ok", [], 0)),
        (61.0, ("warning", ["DOCTOR017"], 0)),
        (-600.0, ("warning", ["DOCTOR017"], 0)),
        (None, ("ok", [], 0)),
    ],
)
def test_clocks_that_differ_by_more_than_a_minute_are_a_warning(
    skew: float | None, expected: tuple[str, list[str], int]
) -> None:
    assert verdict(check_clock(skew, NOW, "Europe/Paris")) == expected


def test_whose_clock_is_behind_is_told() -> None:
    assert check_clock(600.0, NOW, "").finding == "this machine's clock is 600 seconds behind"
    assert check_clock(-600.0, NOW, "").finding == "this machine's clock is 600 seconds ahead"


# Names


def entry(kind: ListKind, name: str, line: int, *, needed: bool = True) -> Entry:
    return Entry(
        kind=kind, reference=Reference(name=name), path=("accounting",), needed=needed,
        place=Location("acctsync.yaml", line, None, 5),
    )  # fmt: skip


def catalog(*items: ListEntry) -> Catalog:
    return Catalog({ListKind.ITEMS: items, ListKind.ACCOUNTS: (an_entry("Bank"),)})


NOTHING: dict[tuple[ListKind, Reference], Document] = {}


def test_names_that_are_all_there_are_counted_once() -> None:
    named = [entry(ListKind.ITEMS, "Work", 3), entry(ListKind.ITEMS, "Work", 9)]
    finding = check_names(named, NOTHING, catalog(an_entry("Work")))
    assert finding == well("names", "every name of the mapping is in the books: 1")


def test_a_name_that_is_missing_is_told_with_its_place_and_what_may_be_meant() -> None:
    finding = check_names(
        [entry(ListKind.ITEMS, "Wrok", 7)], NOTHING, catalog(an_entry("Work"))
    )  # fmt: skip
    assert verdict(finding) == ("problem", ["REF001"], ExitCode.REFUSED)
    assert finding.finding == (
        "the books have no product or service 'Wrok'. Did you mean 'Work'?"
    )  # fmt: skip
    assert finding.problems[0].location == Location("acctsync.yaml", 7, None, 5)


def test_several_missing_names_are_summed_up_errors_first_then_by_place() -> None:
    named = [
        entry(ListKind.ACCOUNTS, "Fees", 1, needed=False),
        entry(ListKind.ITEMS, "Tour", 9),
        entry(ListKind.ITEMS, "Walk", 4),
        entry(ListKind.ITEMS, "Work", 5),
    ]
    finding = check_names(named, NOTHING, catalog(an_entry("Work"), an_entry("Walk", active=False)))
    assert finding.finding == "3 of 4 names are not in the books or can't be used"
    told = [(each.code, str(each.severity), each.location) for each in finding.problems]
    assert told == [
        ("REF002", "error", Location("acctsync.yaml", 4, None, 5)),
        ("REF001", "error", Location("acctsync.yaml", 9, None, 5)),
        ("REF001", "warning", Location("acctsync.yaml", 1, None, 5)),
    ]


def test_a_name_that_nothing_needs_yet_is_a_warning_until_a_document_does() -> None:
    named = [entry(ListKind.ACCOUNTS, "Fees", 1, needed=False)]
    spare = check_names(named, NOTHING, catalog())
    assert verdict(spare) == ("warning", ["REF001"], ExitCode.DONE)
    used = named_by([a_payment(deposit_to=Reference(name="Fees"))])
    assert verdict(check_names(named, used, catalog())) == ("problem", ["REF001"], ExitCode.REFUSED)


def test_names_that_only_documents_bring_are_looked_up_too() -> None:
    used = named_by([an_invoice(lines=(a_line(item=Reference(name="From the export")),))])
    finding = check_names((), used, catalog())
    assert verdict(finding) == ("problem", ["REF001"], ExitCode.REFUSED)
    assert finding.problems[0].location is None


def test_items_that_a_push_creates_need_not_be_there_but_those_that_sleep_are_told() -> None:
    named = [entry(ListKind.ITEMS, "Tour", 9), entry(ListKind.ITEMS, "Walk", 4)]
    lists = catalog(an_entry("Walk", active=False))
    finding = check_names(named, NOTHING, lists, made={ListKind.ITEMS})
    assert verdict(finding) == ("problem", ["REF002"], ExitCode.REFUSED)


# What is wanted of a company


def test_what_a_mapping_wants_is_read_from_it_and_from_what_is_to_be_pushed() -> None:
    mapping = load(SAMPLES / "coworks" / "acctsync.yaml")
    pending: list[Document] = [
        a_customer(),
        an_invoice(date=dt.date(2025, 3, 9), currency="EUR"),
        a_payment(date=dt.date(2025, 3, 2)),
    ]
    today = dt.date(2025, 6, 1)
    assert uses(mapping, entries(mapping), pending, today) == Uses(
        kinds=frozenset({Kind.CUSTOMERS, Kind.INVOICES, Kind.PAYMENTS, Kind.REFUNDS}),
        today=today,
        first_day=dt.date(2025, 3, 2),
        currencies=frozenset({"USD", "EUR"}),
        classes=True,
        locations=True,
        discounts=True,
        taxes=True,
        keeps_numbers=True,
    )
    nothing = uses(mapping, (), [], today)
    assert (nothing.first_day, nothing.classes, nothing.locations) == (None, False, False)
