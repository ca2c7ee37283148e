"""A page whose text did not change is looked into all the same when something else did.

Each case is one of the reasons for which a page may not be taken whole; without the look at it
the plan would be another than without any memory of rows.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from acctsync.engine.keeping import Unsettled
from acctsync.mapping.paging import Opened
from tests.engine.test_unchanged import Business, change, small_pages

Happening = Callable[["Business"], object]


def rewritten(old: str, new: str) -> Happening:
    """Change the text of the invoices."""

    def rewrite(business: Business) -> None:
        file = business.folder / "invoices.csv"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    return rewrite


def mapped(old: str, new: str) -> Happening:
    def remap(business: Business) -> None:
        assert old in business.mapping
        change(business, old, new)
        business.write()

    return remap


def inserted(place: int, number: str) -> Happening:
    """Put one more row in, of a document or of that above it."""

    def insert(business: Business) -> None:
        head = business.invoices[place - 1][1:5] if number else ["", "", "", ""]
        business.invoices.insert(place, [number, *head, "work", "More", "5.00"])
        business.write()

    return insert


def known(change_: str) -> Happening:
    """Let the state know something else of documents."""

    def remember(business: Business) -> None:
        with closing(sqlite3.connect(business.state / "state.db")) as state:
            assert state.execute("UPDATE known SET " + change_).rowcount > 0  # noqa: S608 - ours
            state.commit()

    return remember


def removed(number: str) -> Happening:
    def remove(business: Business) -> None:
        business.invoices[:] = [row for row in business.invoices if row[0] != number]
        business.write()

    return remove


def dated(business: Business) -> None:
    business.today = dt.date(2019, 1, 1)


PAGES = 6
# A page holds four documents: rows 0 to 5 are the first, 6 to 11 the second.
HAPPENINGS: dict[str, Happening] = {
    "the mapping means something else by an item": mapped(
        "rent: {item: Work}", "rent: {item: Work, class: Big}"
    ),
    "the mapping reads another column": mapped("description: Text", "description: Item"),
    "two columns changed their heads": rewritten("Item,Text", "Text,Item"),
    "a row in the middle": rewritten('A-2,C2,c2@x.example,2025-03-02,open,work,"Text, long",2.50',
                                     'A-2,C2,c2@x.example,2025-03-02,open,work,"Text, long",2.75'),
    "a row of its last document below": inserted(6, "A-4"),
    "a row without a number below": inserted(6, ""),
    "a row of its first document above": inserted(6, "A-5"),
    "the state knows another text of a document": known("fingerprint = 'x' WHERE id = 'A-2'"),
    "the state knows that it is void": known("standing = 'void' WHERE id = 'A-2'"),
    "the state knows it as absent": known("standing = 'absent' WHERE id = 'p2'"),
    "the state knows another customer": known("remote_customer = '99' WHERE id = 'A-2'"),
    "its customer is another one in the books": known("remote_id = '99' WHERE kind = 'customers'"),
    "what a payment settles is gone": removed("A-3"),
    "the clock says that all of it lies ahead": dated,
}  # fmt: skip


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Business]:
    """A business whose export is in the books, and remembered page by page, none in its turn."""
    business = Business(tmp_path_factory.mktemp("business"))
    with small_pages(4), pytest.MonkeyPatch.context() as patch:
        business.push()
        opened = 0
        own = Unsettled.open

        def counting(self: Unsettled, *values: object) -> object:
            nonlocal opened
            found = own(self, *values)  # type: ignore[arg-type]
            opened += isinstance(found, Opened)
            return found

        patch.setattr(Unsettled, "open", counting)
        for _ in range(30):
            opened = 0
            business.today += dt.timedelta(days=1)
            business.push()
            if opened == PAGES:
                break
        assert opened == PAGES
        yield business


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_what_else_decides_is_seen_though_the_text_of_a_page_is_the_same(
    settled: Business, tmp_path: Path, happening: str
) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(settled.folder, kept)
    today, mapping, rows = settled.today, settled.mapping, [list(row) for row in settled.invoices]
    before, _ = settled.look_twice()
    try:
        HAPPENINGS[happening](settled)
        quick, whole = settled.look_twice()
        assert whole != before
        assert quick == whole
    finally:
        settled.today, settled.mapping, settled.invoices = today, mapping, rows
        shutil.copytree(kept, settled.folder, dirs_exist_ok=True)
