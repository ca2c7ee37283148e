from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import pytest

from acctsync.documents import ListEntry, ListKind
from acctsync.providers.shelf import Kept, put, take

ITEM = ListEntry(
    id="19",
    name="Hot Desk",
    full_name="Memberships:Hot Desk",
    active=False,
    type="Service",
    usable=False,
    detail={"income_account": "79"},
)
CLASS = ListEntry(id="4", name="Events", full_name="Events")
MORNING = dt.datetime(2025, 4, 1, 9, tzinfo=dt.UTC)
NOON = dt.datetime(2025, 4, 1, 12, 0, 1, tzinfo=dt.timezone(dt.timedelta(hours=-8)))
LISTS = {
    ListKind.ITEMS: Kept({"19": ITEM}, whole_at=MORNING, seen_at=NOON),
    ListKind.CLASSES: Kept({"4": CLASS}, whole_at=MORNING, seen_at=MORNING),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lists.json"


def test_what_was_put_on_the_shelf_is_taken_from_it(file: Path) -> None:
    put(file, "1", LISTS)
    assert take(file, "1") == LISTS


def test_only_its_owner_may_read_the_file_and_nothing_else_is_left(file: Path) -> None:
    put(file, "1", LISTS)
    put(file, "1", LISTS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_another_companys_lists_are_not_taken(file: Path) -> None:
    put(file, "1", LISTS)
    assert take(file, "2") == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"version":1', '"version":2'),
        ('"items"', '"recipes"'),
        ('"id":"19"', '"id":19'),
        ('"id":"19"', '"key":"19"'),
        ('"active":false', '"active":"no"'),
        ('"income_account":"79"', '"income_account":79'),
        ("2025-04-01T09:00:00+00:00", "2025-04-01T09:00:00"),
        ("2025-04-01T09:00:00+00:00", "this morning"),
        ('"entries"', '"rows"'),
        ("}}", ""),
    ],
)
def test_a_file_that_makes_no_sense_is_as_good_as_none(file: Path, old: str, new: str) -> None:
    put(file, "1", LISTS)
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert take(file, "1") == {}


@pytest.mark.parametrize("content", ["", "[]", "null", '"x"', "\0", json.dumps({"lists": []})])
def test_an_empty_or_foreign_file_is_as_good_as_none(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    assert take(file, "1") == {}
    assert take(file.with_name("absent.json"), "1") == {}


def test_a_folder_that_can_not_be_written_costs_only_the_shelf(tmp_path: Path) -> None:
    put(tmp_path / "missing" / "lists.json", "1", LISTS)
    assert list(tmp_path.iterdir()) == []
