from __future__ import annotations

from dataclasses import field, replace

import pytest

from acctsync.documents.values import value


@value
class Point:
    x: int
    y: int = 0
    seen: str = field(default="", compare=False)


def test_values_are_equal_and_hash_alike_by_what_they_say() -> None:
    here, there = Point(x=1, seen="today"), Point(x=1, y=0)
    assert (here, hash(here)) == (there, hash(there))
    assert here != Point(x=1, y=2)


def test_values_are_made_anew_not_changed() -> None:
    here = Point(x=1)
    assert (replace(here, y=5), here) == (Point(x=1, y=5), Point(x=1))


def test_values_have_no_room_for_anything_else() -> None:
    with pytest.raises(AttributeError):
        Point(x=1).z = 3  # type: ignore[attr-defined]
