from __future__ import annotations

import datetime as dt
import itertools
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acctsync.documents import DocumentRef, Kind
from acctsync.errors import Location, Problem, Severity, StateUnusable
from acctsync.plan.model import Action, Known, Standing
from acctsync.plan.outbox import MOVES, Operation, Outstanding, Phase, Settlement
from acctsync.state.rows import operation_detail, operation_from, problem_from, problem_text
from acctsync.state.store import Store
from tests.builders import CUSTOMER, a_customer, an_invoice, invoice_ref, known
from tests.state.files import an_operation, claim, contents, create, raw, reopened

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
REFS = st.builds(DocumentRef, st.sampled_from(Kind), TEXTS, TEXTS)
AMOUNTS = st.integers(-(10**13), 10**13)
PROBLEM = Problem(
    code="QBO6000",
    message='a ‘quoted’ "message"\n',
    hint="h",
    severity=Severity.WARNING,
    location=Location("invoices.csv", 3, "Total"),
    document="INV-1",
    kind="invoices",
    provider_code="6000",
    provider_request="tid",
)


def settled(seq: int, phase: Phase = Phase.DONE, **more: Any) -> Settlement:
    return Settlement(seq=seq, phase=phase, **more)


# Round trips


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.builds(
        Known,
        ref=REFS,
        fingerprint=TEXTS,
        standing=st.sampled_from(Standing),
        remote_id=TEXTS,
        remote_version=TEXTS,
        remote_digest=TEXTS,
        remote_customer=TEXTS,
        number=TEXTS,
        total=st.none() | AMOUNTS.map(lambda minor: Decimal(minor).scaleb(-2)),
        currency=st.just("USD"),
    )
)
def test_what_is_known_is_recalled_as_it_was(store: Store, memory: Known) -> None:
    store.remember("run", "adopted", [(memory, ())])
    assert store.known([memory.ref, memory.ref]) == {memory.ref: memory}


@pytest.mark.parametrize(
    ("amount", "currency"), [("12.50", "USD"), ("-0.01", "EUR"), ("1250", "JPY"), ("1.234", "KWD")]
)
def test_money_is_kept_to_the_smallest_unit(store: Store, amount: str, currency: str) -> None:
    memory = known(an_invoice(), total=Decimal(amount), currency=currency)
    store.remember("run", "adopted", [(memory, ())])
    assert store.known([memory.ref]) == {memory.ref: memory}


@given(
    st.builds(
        Operation,
        action=st.sampled_from(Action),
        ref=REFS,
        fingerprint=TEXTS,
        number=TEXTS,
        date=st.none() | st.dates(),
        total=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        currency=TEXTS,
        remote_id=TEXTS,
        before=TEXTS,
        customer=TEXTS,
        names=st.lists(TEXTS).map(tuple),
        emails=st.lists(TEXTS).map(tuple),
        aliases=st.lists(TEXTS).map(tuple),
    )
)
def test_an_operation_is_read_back_as_it_was(operation: Operation) -> None:
    ref = operation.ref
    columns = {"kind": ref.kind, "source": ref.source, "id": ref.id, "action": operation.action}
    row: Any = columns | {
        "fingerprint": operation.fingerprint,
        "detail": operation_detail(operation),
    }
    assert operation_from(row) == operation


@pytest.mark.parametrize("problem", [None, PROBLEM, Problem(code="X", message="m")])
def test_a_problem_is_read_back_as_it_was(problem: Problem | None) -> None:
    assert problem_from(problem_text(problem)) == problem


def test_an_exchange_is_recalled_byte_for_byte(store: Store) -> None:
    body = bytes(range(256))
    store.claim("run", "k", "POST /batch?x=ü", body, [an_operation()])
    assert store.exchange("k") == ("POST /batch?x=ü", body)


def test_the_facts_of_a_new_state_say_whose_it_is(store: Store) -> None:
    assert store.facts == {
        "company_id": "1",
        "company_name": "Test Company",
        "system": "quickbooks",
        "environment": "sandbox",
        "origin": "",
        "created": "2025-04-01T12:16:40+00:00",
    }


def test_documents_of_the_same_id_are_told_apart_by_kind_and_source(store: Store) -> None:
    refs = [
        DocumentRef(kind, source, "7")
        for kind, source in itertools.product((Kind.INVOICES, Kind.PAYMENTS), ("a", "b"))
    ]
    memories = {ref: Known(ref=ref, fingerprint="", remote_id=str(ref)) for ref in refs}
    store.remember("run", "adopted", [(memory, ()) for memory in memories.values()])
    assert store.known(refs) == memories
    assert store.known([refs[0], DocumentRef(Kind.REFUNDS, "a", "7")]) == {
        refs[0]: memories[refs[0]]
    }


def test_an_invoice_is_recalled_by_its_number_or_its_id(store: Store) -> None:
    one, two = known(an_invoice()), known(an_invoice(id_="INV-1001"), number="x")
    store.remember("run", "adopted", [(one, ()), (two, ())])
    assert store.known_as(Kind.INVOICES, "1001") == [one]
    assert {each.ref.id for each in store.known_as(Kind.INVOICES, "INV-1001")} == {
        "1001",
        "INV-1001",
    }
    assert store.known_as(Kind.PAYMENTS, "1001") == []


def test_a_party_is_recalled_by_anything_it_was_recognised_by_last(store: Store) -> None:
    ada, heir = (
        known(a_customer()),
        known(a_customer(ref=DocumentRef(Kind.CUSTOMERS, "shop", "heir"))),
    )
    store.remember("run", "adopted", [(ada, ("email:a@b.c", "name:ada")), (heir, ("name:ada",))])
    found = store.known_by_alias(Kind.CUSTOMERS, ["name:ada", "email:a@b.c", "id:9"])
    assert found == {"email:a@b.c": ada, "name:ada": heir}
    assert store.known_by_alias(Kind.VENDORS, ["name:ada"]) == {}


# The outbox


def test_what_is_claimed_is_durable_before_it_may_be_sent(tmp_path: Path, store: Store) -> None:
    seqs = claim(store, "1", "2")
    with reopened(tmp_path) as other:
        assert other.unsettled() == [
            Outstanding(seq=seq, exchange="k1", phase=Phase.SENDING, operation=an_operation(id_))
            for seq, id_ in zip(seqs, ("1", "2"), strict=True)
        ]
        assert other.exchange("k1") == ("batch", b"bytes")


def test_a_document_has_at_most_one_unsettled_operation(tmp_path: Path, store: Store) -> None:
    (seq,) = claim(store, "1")
    before = contents(tmp_path)
    for phase in (Phase.SENDING, Phase.IN_DOUBT):
        with pytest.raises(sqlite3.IntegrityError):
            claim(store, "2", "1", key="k2")
        assert contents(tmp_path) == before
        if phase is Phase.SENDING:
            store.settle("run", [settled(seq, Phase.IN_DOUBT)])
            before = contents(tmp_path)


@pytest.mark.parametrize("end", [each for each in Phase if each.settled])
def test_a_settled_document_may_be_sent_again_and_its_attempts_are_counted(
    store: Store, end: Phase
) -> None:
    (seq,) = claim(store, "1")
    store.settle("run", [settled(seq, Phase.IN_DOUBT)])
    store.settle("run", [settled(seq, end)])
    claim(store, "1", key="k2")
    assert [store.attempts(invoice_ref(each)) for each in ("1", "2")] == [2, 0]


def test_a_key_is_used_once(store: Store) -> None:
    claim(store, "1")
    with pytest.raises(sqlite3.IntegrityError):
        claim(store, "2")


def bring_to(store: Store, phase: Phase) -> int:
    (seq,) = claim(store, "1")
    if phase is Phase.CONFLICT:
        store.settle("run", [settled(seq, Phase.IN_DOUBT)])
    if phase is not Phase.SENDING:
        store.settle("run", [settled(seq, phase)])
    return seq


@pytest.mark.parametrize(("start", "to"), [*itertools.product(Phase, Phase)])
def test_an_operation_makes_the_legal_moves_and_no_other(
    tmp_path: Path, store: Store, start: Phase, to: Phase
) -> None:
    seq = bring_to(store, start)
    before = contents(tmp_path)
    if to in MOVES[start]:
        store.settle("run", [settled(seq, to)])
        assert contents(tmp_path)["operations"][0][10] == to
        return
    with pytest.raises(ValueError, match="can't become"):
        store.settle("run", [settled(seq, to)])
    assert contents(tmp_path) == before


def test_one_illegal_move_undoes_the_whole_settlement(tmp_path: Path, store: Store) -> None:
    first, _ = claim(store, "1", "2")
    before = contents(tmp_path)
    with pytest.raises(ValueError, match="operation 99"):
        store.settle("run", [settled(first, known=known(an_invoice(id_="1"))), settled(99)])
    assert contents(tmp_path) == before


def test_settling_remembers_the_document_and_its_aliases(store: Store) -> None:
    operation = Operation(
        action=Action.CREATE, ref=CUSTOMER, fingerprint="f", number="Ada", aliases=("name:ada",)
    )
    (seq,) = store.claim("run", "k", "t", b"", [operation])
    memory = known(a_customer())
    store.settle("run", [settled(seq, known=memory)])
    assert store.known_by_alias(Kind.CUSTOMERS, ["name:ada"]) == {"name:ada": memory}
    assert store.unsettled() == []


def test_why_and_how_an_operation_ended_is_kept(store: Store) -> None:
    (seq,) = claim(store, "1")
    store.settle("run", [settled(seq, Phase.REFUSED, problem=PROBLEM, why="w", request="tid")])
    (row,) = store.rows("SELECT phase, problem, why, request FROM operations")
    assert (row["phase"], problem_from(row["problem"])) == (Phase.REFUSED, PROBLEM)
    assert (row["why"], row["request"]) == ("w", "tid")


# Whole transactions or nothing

FAIL = "CREATE TEMP TRIGGER fail BEFORE {what} BEGIN SELECT RAISE(ABORT, 'pulled the plug'); END"


@pytest.mark.parametrize(
    "what",
    [
        "UPDATE ON main.operations",
        "UPDATE ON main.operations WHEN NEW.seq = 2",
        "INSERT ON main.known",
        "INSERT ON main.known WHEN NEW.id = '2'",
        "INSERT ON main.aliases",
        "INSERT ON main.audit",
        "INSERT ON main.audit WHEN NEW.id = '2'",
    ],
)
def test_a_settlement_that_fails_anywhere_leaves_nothing_behind(
    tmp_path: Path, store: Store, what: str
) -> None:
    party = Operation(
        action=Action.CREATE, ref=CUSTOMER, fingerprint="", number="Ada", aliases=("name:ada",)
    )
    seqs = store.claim("run", "k", "t", b"", [an_operation("1"), an_operation("2"), party])
    before, head = contents(tmp_path), store._trail.head
    memories = [known(an_invoice(id_="1")), known(an_invoice(id_="2")), known(a_customer())]
    store._db.execute(FAIL.format(what=what))
    with pytest.raises(sqlite3.IntegrityError, match="pulled the plug"):
        store.settle("run", [settled(s, known=m) for s, m in zip(seqs, memories, strict=True)])
    assert (contents(tmp_path), store._trail.head) == (before, head)


@pytest.mark.parametrize("table", ["exchanges", "operations", "audit"])
def test_a_claim_that_fails_anywhere_leaves_nothing_behind(
    tmp_path: Path, store: Store, table: str
) -> None:
    before = contents(tmp_path)
    store._db.execute(FAIL.format(what=f"INSERT ON main.{table}"))
    with pytest.raises(sqlite3.IntegrityError, match="pulled the plug"):
        claim(store, "1", "2")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("table", ["results", "audit"])
def test_a_run_whose_end_can_not_be_recorded_has_not_ended(
    tmp_path: Path, store: Store, table: str
) -> None:
    store.begin_run("run", "push", whole=True)
    before = contents(tmp_path)
    store._db.execute(FAIL.format(what=f"INSERT ON main.{table}"))
    with pytest.raises(sqlite3.IntegrityError, match="pulled the plug"):
        store.end_run("run", exit_code=0, counts={}, results=[RESULT])
    assert contents(tmp_path) == before


def test_after_a_failed_transaction_the_next_one_goes_through(tmp_path: Path, store: Store) -> None:
    store._db.execute(FAIL.format(what="INSERT ON main.audit WHEN NEW.id = '2'"))
    with pytest.raises(sqlite3.IntegrityError):
        claim(store, "1", "2")
    claim(store, "1", "3")
    with reopened(tmp_path) as other:
        assert [each.operation.ref.id for each in other.unsettled()] == ["1", "3"]


# Trouble with the file


def test_a_full_disk_undoes_the_transaction_and_says_so(tmp_path: Path, store: Store) -> None:
    before = contents(tmp_path)
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StateUnusable, match="the disk is full") as caught:
        store.claim("run", "k", "t", b"x" * 100_000, [an_operation()])
    assert caught.value.hint == "Make room and run the same command again; nothing is lost."
    assert contents(tmp_path) == before


def test_a_file_held_by_another_program_is_left_alone(tmp_path: Path, store: Store) -> None:
    store._db.execute("PRAGMA busy_timeout = 0")
    with raw(tmp_path) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StateUnusable, match="is held by another program"):
            claim(store, "1")
        with pytest.raises(StateUnusable, match="is held by another program"):
            store.known([invoice_ref()])
    assert store.unsettled() == []


def test_a_reader_in_the_way_of_a_commit_undoes_it(tmp_path: Path, store: Store) -> None:
    store._db.execute("PRAGMA busy_timeout = 0")
    with raw(tmp_path) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM meta").fetchall()
        with pytest.raises(StateUnusable, match="is held by another program"):
            claim(store, "1")
    assert store.unsettled() == []
    claim(store, "1")


def test_a_question_of_our_own_that_makes_no_sense_is_unusable(store: Store) -> None:
    with pytest.raises(StateUnusable, match="no such table"):
        store.rows("SELECT * FROM nonsense")


def test_a_store_that_is_closed_is_a_bug_and_not_the_files_fault(tmp_path: Path) -> None:
    store = create(tmp_path)
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        claim(store, "1")


def test_what_can_not_be_undone_now_is_undone_when_the_file_is_closed(
    tmp_path: Path, store: Store
) -> None:
    def refuse(what: int, word: str | None, *_: str | None) -> int:
        rollback = what == sqlite3.SQLITE_TRANSACTION and word == "ROLLBACK"
        return sqlite3.SQLITE_DENY if rollback else sqlite3.SQLITE_OK

    before = contents(tmp_path)
    store._db.execute(FAIL.format(what="INSERT ON main.audit"))
    store._db.set_authorizer(refuse)
    with pytest.raises(sqlite3.IntegrityError, match="pulled the plug"):
        claim(store, "1")
    store.close()
    assert contents(tmp_path) == before


# Runs

RESULT = {
    "kind": "invoices",
    "source": "shop",
    "id": "1",
    "number": "INV-1",
    "action": "create",
    "status": "failed",
    "remote_id": "",
    "amount_minor": 1250,
    "currency": "USD",
    "problem": None,
}


def test_a_run_is_recorded_with_its_end_its_results_and_the_head_of_the_trail(store: Store) -> None:
    store.begin_run("run", "push", whole=False)
    head = store.end_run("run", exit_code=3, counts={"failed": 1}, results=[RESULT])
    (run,) = store.rows("SELECT * FROM runs")
    assert tuple(run) == (
        "run",
        "push",
        "2025-04-01T12:16:40.000+00:00",
        "2025-04-01T12:16:40.000+00:00",
        3,
        '{"failed": 1}',
        0,
        head,
    )
    assert [dict(row) for row in store.rows("SELECT * FROM results")] == [{"run": "run", **RESULT}]
    assert [row["hash"] for row in store.rows("SELECT hash FROM audit ORDER BY seq")][-1] == head


def test_dates_are_kept(store: Store) -> None:
    day = dt.date(2025, 2, 28)
    operation = Operation(
        action=Action.VOID, ref=invoice_ref(), fingerprint="", number="", date=day
    )
    store.claim("run", "k", "t", b"", [operation])
    assert [each.operation for each in store.unsettled()] == [operation]
