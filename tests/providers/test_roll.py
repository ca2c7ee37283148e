"""Customers kept between runs: what the next run asks, and that it recognises whom it would anyway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from acctsync.documents import DocumentRef, Kind
from acctsync.providers import roll
from acctsync.providers.port import Sought
from acctsync.providers.qbo import provider as qbo
from acctsync.providers.qbo.provider import QuickBooks
from acctsync.providers.xero import provider as xero
from acctsync.providers.xero.provider import Xero
from acctsync.simulator import Simulator
from acctsync.simulator.exchange import Answer, Request
from tests.providers.conftest import COMPANIES, desk_at
from tests.providers.xero import desk

VENDORS = {
    "qbo": (qbo, desk_at, COMPANIES / "coworks.yaml"),
    "xero": (xero, desk.desk_at, desk.ORGANISATION),
}
ENTITIES = {"qbo": "Customer", "xero": "Contact"}
MANY = 12


class Guests:
    """A company with guests of ours, the people in its office, and runs one after the other."""

    def __init__(self, simulator: Simulator, vendor: str, folder: Path) -> None:
        self.simulator = simulator
        self.vendor = vendor
        self.file = folder / roll.ROLL_FILE
        self._folder = folder
        self._module: Any = VENDORS[vendor][0]
        self._desk: Any = VENDORS[vendor][1](simulator, folder)
        self._entity = ENTITIES[vendor]
        self._heard: list[Request] = []
        self._carry_out = simulator.dialect.answer
        simulator.dialect.answer = self._answer  # type: ignore[method-assign]
        self.ids = [self.add(f"Guest {number}") for number in range(MANY)]
        self.books = self._opened()

    def next_run(self) -> None:
        self.books.close()
        self.books = self._opened()
        self._heard.clear()

    def _answer(self, request: Request) -> Answer:
        self._heard.append(request)
        return self._carry_out(request)

    def _opened(self) -> QuickBooks | Xero:
        """Open the books, once signed in."""
        opened: QuickBooks | Xero = self._module.open_books(
            environment=self._desk.signed_in.environment,
            url=self.simulator.url,
            company_id=self._desk.signed_in.company_id,
            connection=self.vendor,
            store=self._desk.store,
            lock_file=self._folder / "refresh.lock",
            clock=self._desk.clock,
            random=lambda: 0.5,
            stop=Event(),
            lists_file=self._folder / "lists.json",
        )
        return opened

    # The people in the office

    def add(self, name: str) -> str:
        word = "DisplayName" if self.vendor == "qbo" else "Name"
        made = self.simulator.dialect.by_hand(self._entity, {word: name})
        return str(made["Id" if self.vendor == "qbo" else "ContactID"])

    def rename(self, id_: str, name: str) -> None:
        self._change(id_, {"DisplayName": name} if self.vendor == "qbo" else {"Name": name})

    def readdress(self, id_: str, address: str) -> None:
        field: dict[str, Any] = {"PrimaryEmailAddr": {"Address": address}}
        self._change(id_, field if self.vendor == "qbo" else {"EmailAddress": address})

    def retire(self, id_: str) -> None:
        self._change(
            id_, {"Active": False} if self.vendor == "qbo" else {"ContactStatus": "ARCHIVED"}
        )

    def _change(self, id_: str, fields: dict[str, Any]) -> None:
        key = "Id" if self.vendor == "qbo" else "ContactID"
        self.simulator.dialect.by_hand(self._entity, {key: id_, **fields})

    # The run

    def recognised(
        self, *names: str, emails: tuple[str, ...] = (), kept_will_do: bool = True
    ) -> list[str]:
        """Tell the ids of those who bear such a name or address."""
        ref = DocumentRef(Kind.CUSTOMERS, "export", "somebody")
        sought = Sought(ref=ref, names=names, emails=emails, kept_will_do=kept_will_do)
        return sorted(each.id for each in self.books.find([sought])[ref])

    @property
    def asked(self) -> list[str]:
        """Tell how parties were asked for."""
        return [
            way for heard in self._heard if (way := _way(heard.path, heard.query, heard.headers))
        ]


def _way(path: str, query: Any, headers: Any) -> str:
    statement = query.get("query", "")
    if not path.endswith("/Contacts") and "FROM Customer" not in statement:
        return ""
    if "LastUpdatedTime" in statement or "if-modified-since" in {each.lower() for each in headers}:
        return "changed"
    return "by id" if "Id IN" in statement or "IDs" in query else "whole"


@pytest.fixture(params=["qbo", "xero"])
def guests(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Guests]:
    monkeypatch.setattr(roll, "PAGE", 4)
    vendor = request.param
    with Simulator(vendor, company=VENDORS[vendor][2], limits=False) as simulator:
        guests = Guests(simulator, vendor, tmp_path)
        guests.recognised("Nobody")
        guests.next_run()
        yield guests
        guests.books.close()


def test_who_is_new_costs_a_question_and_who_is_recognised_is_read_again(guests: Guests) -> None:
    assert guests.recognised("Newcomer") == []
    assert guests.asked == ["changed"]
    guests.next_run()
    assert guests.recognised("guest  3") == [guests.ids[3]]
    assert guests.asked == ["changed", "by id"]


def test_whatever_happened_in_the_office_is_known(guests: Guests) -> None:
    added = guests.add("Walk-in")
    guests.rename(guests.ids[1], "Somebody Else")
    guests.readdress(guests.ids[2], "two@example.com")
    guests.retire(guests.ids[4])
    assert guests.recognised("Walk-in") == [added]
    assert guests.recognised("Guest 1") == []
    assert guests.recognised("Somebody else") == [guests.ids[1]]
    assert guests.recognised(emails=("Two@example.com",)) == [guests.ids[2]]
    assert guests.recognised("Guest 4") == [guests.ids[4]], "it blocks the name, retired or not"
    assert "whole" not in guests.asked


def test_where_kept_will_not_do_all_are_read(guests: Guests) -> None:
    """A write of which nobody knows the end is looked for in the books themselves."""
    assert guests.recognised("Guest 3", kept_will_do=False) == [guests.ids[3]]
    assert set(guests.asked) == {"whole"}


def test_somebody_who_was_merged_away_is_not_recognised(guests: Guests) -> None:
    """No list of changes tells it, so it is the reading again that does."""
    if guests.vendor == "qbo":
        guests.simulator.dialect.by_hand("Customer", {"Id": guests.ids[5], "merge": True})
    else:
        del guests.simulator.dialect.books._tables["Contact"][guests.ids[5]]
    assert guests.recognised("Guest 5") == []
    assert guests.asked == ["changed", "by id"]


def test_a_small_company_is_read_in_one_answer_and_none_is_kept(
    guests: Guests, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests.books.close()
    guests.file.unlink()
    monkeypatch.setattr(roll, "PAGE", 1000)
    for _ in range(2):
        guests.next_run()
        assert guests.recognised("Guest 3") == [guests.ids[3]]
        assert guests.asked == ["whole"]
    assert not guests.file.exists()


def test_after_a_month_all_are_read_again(guests: Guests) -> None:
    guests.books.close()
    kept = json.loads(guests.file.read_text(encoding="utf-8"))
    kept["lists"]["customers"]["whole_at"] = "2025-01-01T00:00:00+00:00"
    guests.file.write_text(json.dumps(kept), encoding="utf-8")
    guests.next_run()
    assert guests.recognised("Guest 3") == [guests.ids[3]]
    assert guests.asked == ["whole"]
    guests.next_run()
    assert guests.recognised("Newcomer") == []
    assert guests.asked == ["changed"]


def test_a_damaged_file_costs_a_reading_and_a_new_one_is_its_owners_alone(guests: Guests) -> None:
    for text in ("", "{", '{"version": 1}'):
        guests.books.close()
        guests.file.write_text(text, encoding="utf-8")
        guests.next_run()
        assert guests.recognised("Guest 3") == [guests.ids[3]]
        assert guests.asked == ["whole"]
    guests.books.close()
    assert guests.file.stat().st_mode & 0o777 == 0o600


def test_what_is_kept_never_decides_otherwise_than_reading_all(guests: Guests) -> None:
    """Random days in the office; each run's findings are those of a client that keeps nothing."""
    random = Random(20261122)  # noqa: S311 - to be repeated
    for day in range(8):
        for _ in range(random.randrange(5)):
            _edit(guests, random, day)
        guests.next_run()
        names = [f"{word} {number}" for word in ("Guest", "Other") for number in range(MANY + 4)]
        emails = [f"{letter}@example.com" for letter in "abc"]
        everybody = [
            Sought(ref=DocumentRef(Kind.CUSTOMERS, "", each), names=(each,)) for each in names
        ] + [Sought(ref=DocumentRef(Kind.CUSTOMERS, "", each), emails=(each,)) for each in emails]
        kept = guests.books.find([replace(each, kept_will_do=True) for each in everybody])
        assert "whole" not in guests.asked
        assert kept == guests.books.find(everybody), f"day {day}"


def _edit(guests: Guests, random: Random, day: int) -> None:
    """Do something in the office that the books allow."""
    some = random.choice(guests.ids)
    match random.randrange(4):
        case 0:
            guests.ids.append(guests.add(f"Other {random.randrange(MANY)} of day {day}"))
        case 1:
            guests.rename(some, f"Other {random.randrange(10_000)}")
        case 2:
            guests.readdress(some, f"{random.choice('abc')}@example.com")
        case _:
            guests.retire(some)
