from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from acctsync.documents import Kind
from acctsync.engine.history import log, status
from acctsync.engine.record import result_row
from acctsync.engine.results import DocumentResult, RunSummary, Status
from acctsync.engine.retry import failed_documents
from acctsync.errors import InputRefused, Location, Problem
from acctsync.money import Money
from acctsync.plan.model import Action, Standing
from acctsync.plan.outbox import Phase, Settlement
from acctsync.state.store import Store
from tests.builders import an_invoice, invoice_ref, known, ref
from tests.state.files import claim

PROBLEM = Problem(code="X", message="no", location=Location("invoices.csv", 3))


def result(id_: str, status_: Status = Status.FAILED) -> DocumentResult:
    return DocumentResult(
        ref=invoice_ref(id_),
        number=f"INV-{id_}",
        status=status_,
        action=Action.CREATE,
        money=Money(Decimal("12.50"), "USD"),
        problem=PROBLEM,
    )


def run(
    store: Store, id_: str, outcome: Mapping[str, Status], *, whole: bool = True, exit_code: int = 3
) -> None:
    store.begin_run(id_, "push", whole=whole)
    rows = [result_row(result(each, word)) for each, word in outcome.items()]
    store.end_run(id_, exit_code=exit_code, counts={"failed": 1}, results=rows)


def listed(store: Store) -> list[tuple[str, Status]]:
    return [(each.ref.id, each.status) for each in status(store).failed]


# What is listed as failed


@pytest.mark.parametrize("word", [Status.FAILED, Status.BLOCKED, Status.IN_DOUBT, Status.WAITING])
def test_what_did_not_make_it_is_listed_as_it_was_told(store: Store, word: Status) -> None:
    run(store, "a", {"1": word, "2": Status.DONE})
    assert status(store).failed == (result("1", word),)


def test_a_document_without_money_action_or_problem_is_listed_too(store: Store) -> None:
    plain = DocumentResult(ref=invoice_ref("1"), number="1", status=Status.BLOCKED)
    store.begin_run("a", "push", whole=True)
    store.end_run("a", exit_code=3, counts={}, results=[result_row(plain)])
    assert status(store).failed == (plain,)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        ({"1": Status.DONE}, []),
        ({"1": Status.BLOCKED}, [("1", Status.BLOCKED)]),
        ({"1": Status.FAILED}, [("1", Status.FAILED)]),
    ],
)
def test_a_later_run_that_names_a_document_has_the_last_word(
    store: Store,
    *,
    whole: bool,
    outcome: dict[str, Status],
    left: list[tuple[str, Status]],
) -> None:
    run(store, "a", {"1": Status.FAILED})
    run(store, "b", outcome, whole=whole, exit_code=5)
    assert listed(store) == left


@pytest.mark.parametrize(
    ("whole", "exit_code", "stays"),
    [
        (True, 0, False),
        (True, 3, False),
        (False, 0, True),
        (False, 3, True),
        (True, 5, True),
        (True, 8, True),
        (True, 130, True),
    ],
)
def test_only_a_whole_run_that_went_through_clears_what_it_does_not_name(
    store: Store,
    *,
    whole: bool,
    exit_code: int,
    stays: bool,
) -> None:
    run(store, "a", {"1": Status.FAILED})
    run(store, "b", {}, whole=whole, exit_code=exit_code)
    assert listed(store) == ([("1", Status.FAILED)] if stays else [])


def test_a_run_that_never_ended_clears_nothing(store: Store) -> None:
    run(store, "a", {"1": Status.FAILED})
    store.begin_run("b", "push", whole=True)
    assert listed(store) == [("1", Status.FAILED)]


def test_a_failure_after_a_success_counts_again(store: Store) -> None:
    for id_, word in zip("abc", (Status.FAILED, Status.DONE, Status.FAILED), strict=True):
        run(store, id_, {"1": word})
    assert listed(store) == [("1", Status.FAILED)]


def test_a_doubt_that_a_partial_run_looked_up_is_listed_no_more(store: Store) -> None:
    (seq,) = claim(store, "1")
    run(store, "a", {"1": Status.IN_DOUBT, "2": Status.FAILED}, exit_code=5)
    store.begin_run("b", "retry-failed", whole=False)
    done = Settlement(seq=seq, phase=Phase.DONE, known=known(an_invoice(id_="1")))
    store.settle("b", [done])
    store.end_run("b", exit_code=0, counts={}, results=[])
    assert listed(store) == [("2", Status.FAILED)]


def test_attempts_are_counted_for_the_document_alone(store: Store) -> None:
    for number in range(3):
        seqs = claim(store, "1", f"other {number}", key=f"k{number}")
        store.settle("run", [Settlement(seq=seq, phase=Phase.REFUSED) for seq in seqs])
    run(store, "a", {"1": Status.FAILED, "2": Status.BLOCKED})
    assert [(each.ref.id, each.attempts) for each in status(store).failed] == [("2", 0), ("1", 3)]


# The health card


def test_the_health_card_counts_documents_by_standing(store: Store) -> None:
    standings = [Standing.LIVE, Standing.LIVE, Standing.VOID, Standing.ABSENT]
    memories = [known(an_invoice(id_=f"{n}"), standing=each) for n, each in enumerate(standings)]
    store.remember("a", "adopted", [(each, ()) for each in memories])
    claim(store, "7", "8")
    told = [Status.FAILED, Status.FAILED, Status.BLOCKED, Status.WAITING, Status.IN_DOUBT]
    run(store, "b", {f"x{number}": each for number, each in enumerate(told)})
    assert status(store).counts == {
        "in_books": 2,
        "void": 1,
        "failed": 2,
        "blocked": 1,
        "in_doubt": 2,
        "waiting": 1,
    }


def test_the_last_five_runs_are_told_newest_first(store: Store) -> None:
    for id_ in "abcdef":
        run(store, id_, {})
    store.begin_run("g", "push", whole=True)
    at = "2025-04-01T12:16:40.000+00:00"
    runs = status(store).runs
    assert [each.id for each in runs] == ["g", "f", "e", "d", "c"]
    ended = RunSummary(
        id="f", command="push", started=at, finished=at, exit_code=3, counts={"failed": 1}
    )
    assert runs[:2] == (
        replace(ended, id="g", finished=None, exit_code=None, counts={}),
        ended,
    )


# The trail


def lines(store: Store, run_: str | None, document: str | None, limit: int = 9) -> list[str]:
    entries = log(store, run_, document, limit).entries
    return [f"{each.run} {each.action} {each.ref.id if each.ref else ''}" for each in entries]


@pytest.fixture
def told(store: Store) -> Store:
    run(store, "aa", {"9": Status.FAILED})
    memories = (known(an_invoice(id_="1")), known(an_invoice(id_="2")))
    store.remember("ab", "adopted", [(each, ()) for each in memories])
    return store


@pytest.mark.parametrize(
    ("run_", "document", "expected"),
    [
        (None, None, ["ab adopted 2", "ab adopted 1", "aa run ended ", "aa run started "]),
        ("aa", None, ["aa run ended ", "aa run started "]),
        ("a", "1", ["ab adopted 1"]),
        (None, "INV-2", ["ab adopted 2"]),
        (None, "3", []),
        ("b", None, []),
    ],
)
def test_the_log_is_filtered_by_run_and_document(
    told: Store, run_: str | None, document: str | None, expected: list[str]
) -> None:
    assert lines(told, run_, document) == expected


def test_the_log_of_a_document_that_never_made_it_is_found_by_its_number(told: Store) -> None:
    claim(told, "9")
    assert lines(told, None, "INV-9") == ["run sending 9"]


def test_the_log_tells_the_newest_first_and_no_more_than_asked(told: Store) -> None:
    assert lines(told, None, None, limit=1) == ["ab adopted 2"]
    (entry,) = log(told, None, "1", 9).entries
    assert (entry.ref, entry.detail) == (
        ref(Kind.INVOICES, "1"),
        {"remote_id": "77", "standing": "live"},
    )


# What is tried again


def test_the_last_run_with_failures_is_tried_again(store: Store) -> None:
    run(store, "aa", {"1": Status.FAILED})
    told = [Status.FAILED, Status.IN_DOUBT, Status.BLOCKED, Status.WAITING, Status.DONE]
    run(store, "bb", {f"{number}": each for number, each in enumerate(told)})
    run(store, "cc", {"4": Status.DONE})
    assert failed_documents(store, None) == ("bb", frozenset("0123"))
    assert failed_documents(store, "a") == failed_documents(store, "aa") == ("aa", frozenset("1"))
    assert failed_documents(store, "cc") == ("cc", frozenset())


def test_where_nothing_failed_nothing_is_tried_again(store: Store) -> None:
    assert failed_documents(store, None) == ("", frozenset())


@pytest.mark.parametrize(
    ("run_", "why"),
    [("b", "no run 'b'"), ("a", "several runs"), ("aaa", "no run 'aaa'"), ("%", "no run")],
)
def test_a_run_that_is_unknown_or_not_the_only_one_is_refused(
    store: Store, run_: str, why: str
) -> None:
    run(store, "aa", {})
    run(store, "ab", {})
    with pytest.raises(InputRefused, match=why):
        failed_documents(store, run_)
