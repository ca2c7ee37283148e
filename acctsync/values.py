"""Frozen values with slots, at a quarter of the cost of defining them.

The standard library writes and compiles six functions for every frozen dataclass that a program
defines, used or not: that was a third of what a run with nothing to do took. Here the constructor,
equality and hash of a class are written when they are first called, and the rest is shared. What
is no frozen dataclass with slots is left to the standard library.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - types are told as usual
else:

    def dataclass(**how: bool) -> Callable[[type[Any]], type[Any]]:
        """Make a class a dataclass, as the standard library's decorator does."""

        def made(kind: type[Any]) -> type[Any]:
            if how.keys() <= _HOW and how.get("frozen") and how.get("slots"):
                return _frozen(kind, kw_only=how.get("kw_only", False))
            return dataclasses.dataclass(**how)(kind)

        return made


_HOW = {"frozen", "slots", "kw_only"}


def _frozen(kind: type[Any], *, kw_only: bool) -> type[Any]:
    slotted = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)
    made: type[Any] = slotted(kind)
    written = {name: _when_called(made, name) for name in _WRITERS}
    for name, method in (*written.items(), *_SHARED.items()):
        if name not in kind.__dict__:
            setattr(made, name, method)
    return made


def _when_called(kind: type[Any], name: str) -> Callable[..., Any]:
    """Stand in for a method until it is first called; whoever writes it twice writes the same."""

    def first(self: Any, *values: Any, **named: Any) -> Any:
        method = _WRITERS[name](kind)
        method.__qualname__ = f"{kind.__qualname__}.{name}"
        setattr(kind, name, method)
        return method(self, *values, **named)

    return first


def _constructor(kind: type[Any]) -> Callable[..., Any]:
    """Write a constructor; it fills the slots past the `__setattr__` that refuses."""
    scope: dict[str, Any] = {"_MISSING": MISSING}
    taken: dict[bool, list[str]] = {False: [], True: []}
    lines = []
    for each in fields(kind):
        name = each.name
        scope[f"_set_{name}"] = getattr(kind, name).__set__
        taken[bool(each.kw_only)].append(_parameter(each, scope))
        made = f"_make_{name}() if {name} is _MISSING else {name}"
        lines.append(f"_set_{name}(self, {made if f'_make_{name}' in scope else name})")
    if hasattr(kind, "__post_init__"):
        lines.append("self.__post_init__()")
    named = ["*", *taken[True]] if taken[True] else []
    return _written("__init__", ["self", *taken[False], *named], lines or ["pass"], scope)


def _parameter(field: Field[Any], scope: dict[str, Any]) -> str:
    if field.default is not MISSING:
        scope[f"_default_{field.name}"] = field.default
        return f"{field.name}=_default_{field.name}"
    if field.default_factory is not MISSING:
        scope[f"_make_{field.name}"] = field.default_factory
        return f"{field.name}=_MISSING"
    return field.name


def _equality(kind: type[Any]) -> Callable[..., Any]:
    own, others = _values(kind, "self"), _values(kind, "other")
    lines = [
        "if other.__class__ is not self.__class__: return NotImplemented",
        f"return {own} == {others}",
    ]
    return _written("__eq__", ["self", "other"], lines, {})


def _hashing(kind: type[Any]) -> Callable[..., Any]:
    return _written("__hash__", ["self"], [f"return hash({_values(kind, 'self')})"], {})


def _values(kind: type[Any], owner: str) -> str:
    return f"({''.join(f'{owner}.{each.name}, ' for each in fields(kind) if each.compare)})"


def _written(
    name: str, parameters: Sequence[str], lines: Sequence[str], scope: dict[str, Any]
) -> Callable[..., Any]:
    text = "".join(f"    {line}\n" for line in lines)
    exec(f"def {name}({', '.join(parameters)}):\n{text}", scope)  # noqa: S102 - our own names
    method: Callable[..., Any] = scope[name]
    return method


def _repr(self: Any) -> str:
    said = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(said)})"


def _refuse_to_set(self: Any, name: str, value: Any) -> None:  # noqa: ARG001 - as it is called
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:  # noqa: ARG001 - as it is called
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in fields(self)]


def _restore(self: Any, state: Sequence[Any]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


_WRITERS = {"__init__": _constructor, "__eq__": _equality, "__hash__": _hashing}
_SHARED = {
    "__repr__": _repr,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _restore,
}
