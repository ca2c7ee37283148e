"""Lists kept between runs: what the second run asks, and what it must never get wrong."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import ListEntry, ListKind
from acctsync.errors import ComeBackLater
from acctsync.providers.port import Refusal, Rejected
from acctsync.simulator import Simulator
from tests.providers.conftest import COMPANIES, Desk, desk_at
from tests.providers.qbo.test_provider import Clerk, invoice

USED = (
    ListKind.ITEMS,
    ListKind.ACCOUNTS,
    ListKind.CLASSES,
    ListKind.LOCATIONS,
    ListKind.TERMS,
    ListKind.PAYMENT_METHODS,
)


class Shop:
    """A company, and runs that come one after the other."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder
        self.file = folder / "lists.json"
        self.runs: list[Desk] = []
        self.ended = 0
        self.run()
        simulator.requests.clear()

    def run(self) -> Desk:
        """End the run before, and begin another."""
        self.close()
        self.runs.append(
            desk_at(self.simulator, self.folder / str(len(self.runs)), lists_file=self.file)
        )
        self.simulator.requests.clear()
        return self.runs[-1]

    def close(self) -> None:
        for desk in self.runs[self.ended :]:
            desk.books.close()
        self.ended = len(self.runs)

    def pull(self, *kinds: ListKind) -> dict[str, ListEntry]:
        """Pull lists in this run; tell the last one's entries by full name."""
        found = [list(self.runs[-1].books.pull(kind)) for kind in kinds]
        return {each.full_name: each for each in found[-1]}

    @property
    def asked(self) -> list[str]:
        """Tell what was asked: the entities of queries, and of questions about changes."""
        return [_asked(seen.path, seen.query) for seen in self.simulator.requests]

    def id_of(self, kind: str, name: str) -> str:
        found = self.simulator.books.named(kind, name)
        assert found is not None
        return str(found["Id"])

    def change(self, kind: str, name: str, **fields: Any) -> None:
        """Let a person in the office change an entry."""
        self.simulator.dialect.by_hand(kind, {"Id": self.id_of(kind, name), **fields})

    def age(self, days: float) -> None:
        """Make what is kept older than it is."""
        kept = json.loads(self.file.read_text(encoding="utf-8"))
        past = dt.timedelta(days=days)
        for each in kept["lists"].values():
            for name in ("whole_at", "seen_at"):
                each[name] = (dt.datetime.fromisoformat(each[name]) - past).isoformat()
        self.file.write_text(json.dumps(kept), encoding="utf-8")


def _asked(path: str, query: Any) -> str:
    if path.endswith("/cdc"):
        return f"changes of {query['entities']}"
    found = re.search(r"FROM (\w+)", query.get("query", ""))
    return found[1] if found else path.rsplit("/", 1)[-1]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Simulator("qbo", company=COMPANIES / "coworks.yaml", limits=False) as simulator:
        shop = Shop(simulator, tmp_path)
        yield shop
        shop.close()


CHANGES = "changes of Item,Account,Class,Department,Term,PaymentMethod"


def test_the_second_run_asks_once_what_changed_in_all_lists(shop: Shop) -> None:
    first = shop.pull(*USED)
    assert shop.asked == ["Item", "Account", "Class", "Department", "Term", "PaymentMethod"]
    shop.run()
    assert shop.pull(*USED) == first
    assert shop.asked == [CHANGES]
    assert shop.pull(*USED, ListKind.ITEMS) != {}
    assert shop.asked == [CHANGES], "a run asks once"


def test_threads_that_ask_for_several_lists_ask_once_what_changed(shop: Shop) -> None:
    shop.pull(*USED)
    books = shop.run().books
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda kind: len(list(books.pull(kind))), USED))
    assert shop.asked == [CHANGES]
    assert found == [12, 13, 4, 2, 3, 4]


def test_only_a_list_that_is_not_kept_is_read(shop: Shop) -> None:
    shop.pull(ListKind.CLASSES)
    shop.run()
    shop.pull(ListKind.ITEMS)
    assert shop.asked == ["Item"]
    shop.pull(ListKind.CLASSES)
    assert shop.asked == ["Item", "changes of Item,Class"]


def test_a_new_name_state_or_entry_is_seen_by_the_next_run(shop: Shop) -> None:
    before = shop.pull(ListKind.ITEMS)
    shop.change("Item", "Day Pass", Name="Day Ticket")
    shop.change("Item", "Custom Fee", Active=False)
    income = {"value": shop.id_of("Account", "Coworking Income")}
    new = {"Name": "Day Pass", "Type": "Service", "IncomeAccountRef": income}
    shop.simulator.dialect.by_hand("Item", new)
    shop.run()
    now = shop.pull(ListKind.ITEMS)
    assert shop.asked == ["changes of Item"]
    assert now["Day Ticket"].id == before["Day Pass"].id
    assert now["Day Pass"].id == shop.id_of("Item", "Day Pass")
    assert now["Day Pass"].id != before["Day Pass"].id
    assert "Custom Fee" not in now
    assert not now["Custom Fee (deleted)"].active


def test_an_entry_merged_away_is_gone_in_the_next_run(shop: Shop) -> None:
    shop.pull(ListKind.CLASSES)
    shop.change("Class", "Events", merge=True)
    shop.run()
    assert "Events" not in shop.pull(ListKind.CLASSES)
    assert shop.asked == ["changes of Class"]


def test_a_renamed_parent_makes_its_list_be_read_whole(shop: Shop) -> None:
    shop.pull(ListKind.ITEMS, ListKind.CLASSES)
    shop.change("Item", "Memberships", Name="Desks")
    shop.run()
    now = shop.pull(ListKind.CLASSES, ListKind.ITEMS)
    assert "Desks:Hot Desk" in now
    assert "Memberships:Hot Desk" not in now
    assert shop.asked == ["changes of Item,Class", "Item"]


def test_more_changes_than_can_be_told_mean_reading_whole(shop: Shop) -> None:
    shop.pull(ListKind.ITEMS, ListKind.CLASSES)
    for number in range(1000):
        shop.simulator.dialect.by_hand("Class", {"Name": f"Class {number}"})
    shop.run()
    assert len(shop.pull(ListKind.CLASSES)) == 1004
    assert shop.asked == ["changes of Item,Class", "Class", "Class"]
    shop.pull(ListKind.ITEMS)
    assert shop.asked[3:] == ["Item"]


@pytest.mark.parametrize(
    ("days", "asked"), [(28.0, ["changes of Class"]), (30.0, ["Class"]), (-3.0, ["Class"])]
)
def test_a_list_not_read_whole_for_a_month_is_or_one_from_the_future(
    shop: Shop, days: float, asked: list[str]
) -> None:
    shop.pull(ListKind.CLASSES)
    shop.close()
    shop.age(days)
    shop.run()
    assert len(shop.pull(ListKind.CLASSES)) == 4
    assert shop.asked == asked


def test_a_run_may_insist_on_reading_whole_and_that_is_kept(shop: Shop) -> None:
    shop.pull(ListKind.CLASSES)
    books = shop.run().books
    shop.pull(ListKind.CLASSES)
    for _ in range(2):
        assert len(list(books.pull(ListKind.CLASSES, whole=True))) == 4
    assert shop.asked == ["changes of Class", "Class"]


def test_customers_and_vendors_are_asked_for_alone(shop: Shop) -> None:
    kinds = (ListKind.CUSTOMERS, ListKind.VENDORS, ListKind.CLASSES)
    shop.pull(*kinds)
    shop.change("Customer", "Coworks Guests", DisplayName="Guests")
    shop.run()
    assert "Guests" in shop.pull(*kinds[::-1])
    assert shop.asked == ["changes of Class", "changes of Vendor", "changes of Customer"]


def test_tax_codes_tell_no_changes_and_are_read_again(tmp_path: Path) -> None:
    with Simulator("qbo", company=COMPANIES / "agency-canada.yaml", limits=False) as simulator:
        shop = Shop(simulator, tmp_path)
        first = shop.pull(ListKind.TAX_CODES)
        shop.run()
        assert shop.pull(ListKind.TAX_CODES) == first
        assert "TaxCode" in shop.asked
        assert not [each for each in shop.asked if each.startswith("changes")]
        shop.close()


@pytest.mark.parametrize("content", ["", "{", '{"version": 1, "company": "2", "lists": {}}'])
def test_a_shelf_nobody_can_use_is_read_anew_and_mended(shop: Shop, content: str) -> None:
    shop.pull(ListKind.CLASSES)
    shop.close()
    shop.file.write_text(content, encoding="utf-8")
    shop.run()
    assert len(shop.pull(ListKind.CLASSES)) == 4
    assert shop.asked == ["Class"]
    shop.run()
    shop.pull(ListKind.CLASSES)
    assert shop.asked == ["changes of Class"]


def test_a_refused_reference_lets_go_of_every_list(shop: Shop) -> None:
    shop.pull(ListKind.CLASSES)
    desk = shop.run()
    clerk = Clerk(desk)
    clerk.create(invoice("CW-1"))
    shop.pull(ListKind.CLASSES)
    shop.simulator.requests.clear()
    refuse = {"code": "2500", "detail": "Invalid Reference Id"}
    shop.simulator.add_fault({"match": {"document": "CW-2"}, "do": {"refuse": refuse}})
    (outcome,) = clerk.create(invoice("CW-2"))
    assert isinstance(outcome, Rejected)
    assert outcome.refusal is Refusal.REFERENCE
    shop.pull(ListKind.CLASSES)
    assert shop.asked == ["batch", "Class"]


def test_a_question_about_changes_that_is_refused_means_reading_whole(shop: Shop) -> None:
    shop.pull(ListKind.CLASSES)
    shop.run()
    body = '{"Fault": {"Error": [{"code": "2000"}], "type": "ValidationFault"}}'
    shop.simulator.add_fault({"match": {"path": "/cdc"}, "do": {"status": 400, "body": body}})
    assert len(shop.pull(ListKind.CLASSES)) == 4
    assert shop.asked == ["changes of Class", "Class"]


def test_books_that_can_not_tell_what_changed_are_not_taken_for_unchanged(shop: Shop) -> None:
    shop.pull(ListKind.CLASSES)
    shop.run()
    shop.simulator.stop()
    with pytest.raises(ComeBackLater):
        shop.pull(ListKind.CLASSES)
