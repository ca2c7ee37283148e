"""Values are frozen dataclasses, but for what it costs to define them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, replace
from typing import Any

import pytest

from acctsync.values import dataclass

made: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """A value."""

    name: str
    many: tuple[int, ...] = ()
    own: list[int] = field(default_factory=list)
    place: str = field(default="", compare=False)
    hidden: bytes = field(default=b"", repr=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """The same value, as the standard library makes it."""

    name: str
    many: tuple[int, ...] = ()
    own: list[int] = field(default_factory=list)
    place: str = field(default="", compare=False)
    hidden: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Point:
    """A value that is made by position, and looks at itself."""

    x: int
    y: int = 0

    def __post_init__(self) -> None:
        made.append("made")

    def __repr__(self) -> str:
        return f"{self.x}|{self.y}"


@dataclass(frozen=True, slots=True)
class Nothing:
    """A value without fields."""


@dataclass(slots=True)
class Open:
    """What is not frozen is the standard library's."""

    x: int = 0


def said(act: Callable[[], object]) -> str:
    """Tell what an act came to, as of the one class or the other."""
    try:
        return repr(act()).replace("Theirs", "Ours")
    except (TypeError, FrozenInstanceError, AttributeError) as error:
        return f"{type(error).__name__}: {error}".replace("Theirs", "Ours")


@pytest.mark.parametrize(
    "act",
    [
        lambda kind: kind(name="a", many=(1,), place="here", hidden=b"x"),
        lambda kind: (kind(name="a").own, kind(name="a").own is kind(name="a").own),
        lambda kind: kind(name="a", own=[1]) == kind(name="a", own=[1]),
        lambda kind: kind(name="a", place="here") == kind(name="a"),
        lambda kind: kind(name="a", hidden=b"x") == kind(name="a"),
        lambda kind: kind(name="a") == ("a", (), [], b""),
        lambda kind: hash(kind(name="a", own=(1, 2))),
        lambda kind: hash(kind(name="a")),
        lambda kind: replace(kind(name="a", many=(1,)), name="b"),
        lambda kind: replace(kind(name="a"), nothing="b"),
        lambda kind: dataclasses.asdict(kind(name="a")),
        lambda kind: [(each.name, each.compare) for each in dataclasses.fields(kind)],
        lambda kind: kind(),
        lambda kind: kind("a"),
        lambda kind: kind(name="a", other=1),
        lambda kind: setattr(kind(name="a"), "name", "b"),
        lambda kind: delattr(kind(name="a"), "name"),
        lambda kind: kind(name="a").other,
        lambda kind: copy.copy(kind(name="a", own=[1])),
        lambda kind: copy.deepcopy(kind(name="a", own=[1])),
        lambda kind: pickle.loads(pickle.dumps(kind(name="a", own=[1]))),  # noqa: S301 - our own
        lambda kind: (kind.__match_args__, kind.__slots__),
    ],
)
def test_a_value_does_what_the_standard_librarys_does(act: Callable[[Any], object]) -> None:
    assert said(lambda: act(Ours)) == said(lambda: act(Theirs))


def test_what_a_class_defines_itself_stays() -> None:
    made.clear()
    point = Point(1, y=2)
    assert (repr(point), made) == ("1|2", ["made"])
    assert point == Point(1, 2) != Point(1)
    assert hash(point) == hash((1, 2))


def test_a_value_may_have_no_fields() -> None:
    assert Nothing() == Nothing()
    assert (repr(Nothing()), hash(Nothing())) == ("Nothing()", hash(()))


def test_what_is_not_frozen_may_change() -> None:
    open_ = Open(1)
    open_.x = 2
    assert open_ == Open(2)
