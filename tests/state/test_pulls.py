from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acctsync.documents import AppliedPart, Kind, RecordedPayment
from acctsync.plan.news import PullMemory
from acctsync.state.rows import payment_from, payment_text
from acctsync.state.store import Store
from tests.builders import an_invoice, known
from tests.state.files import contents, create, raw, reopened

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
MONEY = st.decimals(-(10**9), 10**9, places=2, allow_nan=False)
MOMENTS = st.none() | st.datetimes(timezones=st.just(dt.UTC))
NOON = dt.datetime(2025, 4, 1, 12, tzinfo=dt.UTC)
MEMORY = PullMemory(until=NOON, began=NOON, first_date=dt.date(2025, 3, 1))


def a_payment(key: str, amount: str = "10.00") -> RecordedPayment:
    return RecordedPayment(id=key, currency="USD", amount=Decimal(amount), unapplied=Decimal(0))


@given(
    st.builds(
        RecordedPayment,
        id=TEXTS.filter(bool),
        currency=st.just("USD"),
        amount=MONEY,
        unapplied=MONEY,
        date=st.none() | st.dates(),
        customer=TEXTS,
        customer_name=TEXTS,
        method=TEXTS,
        reference=TEXTS,
        deposit_to=TEXTS,
        applied=st.lists(
            st.builds(
                AppliedPart,
                kind=st.none() | st.sampled_from(Kind),
                remote_id=TEXTS,
                number=TEXTS,
                amount=MONEY,
            ),
            max_size=3,
        ).map(tuple),
        memo=TEXTS,
        voided=st.booleans(),
        stamp=TEXTS,
        created_at=MOMENTS,
        changed_at=MOMENTS,
    )
)
def test_a_payment_is_read_back_as_it_was_written(payment: RecordedPayment) -> None:
    assert payment_from(payment_text(payment)) == payment


def test_nothing_is_remembered_before_the_first_pull(store: Store) -> None:
    assert store.pull_memory(Kind.PAYMENTS) is None
    assert store.pulled_ids(Kind.PAYMENTS) == set()
    assert store.pulled_payments(["1"]) == {}


def test_what_was_told_is_remembered_and_what_went_forgotten(tmp_path: Path) -> None:
    with create(tmp_path) as store:
        store.remember_pull(MEMORY, [a_payment("1"), a_payment("2")], [])
        later = PullMemory(until=NOON + dt.timedelta(hours=1), began=NOON)
        store.remember_pull(later, [a_payment("2", "5.00"), a_payment("3")], ["1"])
    with reopened(tmp_path) as store:
        assert store.pull_memory(Kind.PAYMENTS) == later
        assert store.pulled_ids(Kind.PAYMENTS) == {"2", "3"}
        assert store.pulled_payments(["1", "2"]) == {"2": a_payment("2", "5.00")}


def test_the_first_date_is_remembered_too(store: Store) -> None:
    store.remember_pull(MEMORY, [], [])
    assert store.pull_memory(Kind.PAYMENTS) == MEMORY


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(TEXTS)
def test_documents_are_known_by_their_ids_in_the_books(store: Store, key: str) -> None:
    mine = known(an_invoice(), remote_id=key)
    store.remember("run", "adopted", [(mine, ())])
    assert store.known_in_books(Kind.INVOICES, [key, "other"]) == {key: mine}
    assert store.known_in_books(Kind.PAYMENTS, [key]) == {}


def test_a_state_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    with create(tmp_path) as store:
        store.remember("run", "adopted", [(known(an_invoice(), remote_id="7"), ())])
    before = contents(tmp_path)
    with raw(tmp_path) as other:
        for table in ("pulls", "pulled"):
            other.execute(f"DROP TABLE {table}")
        other.execute("ALTER TABLE runs DROP COLUMN head")
        for index in ("known_not_live", "results_not_well"):
            other.execute(f"DROP INDEX {index}")
        other.execute("DELETE FROM _sqlite_migrations WHERE name <> 'first_release'")
        other.execute("PRAGMA user_version = 1")
    with reopened(tmp_path) as store:
        assert store.pull_memory(Kind.PAYMENTS) is None
        assert store.known_in_books(Kind.INVOICES, ["7"]).keys() == {"7"}
    after = contents(tmp_path)
    assert after.keys() == before.keys()
    assert (after["known"], after["audit"]) == (before["known"], before["audit"])
