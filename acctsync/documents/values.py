"""Values that nothing changes once they are made, without the slow door of frozen dataclasses.

A frozen dataclass sets each of its fields through a call, which is most of the time that making it
takes. Of these a push makes several for every document: the type checker alone holds them frozen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(
    eq_default=True, kw_only_default=True, frozen_default=True, field_specifiers=(field,)
)
def value(kind: type[T]) -> type[T]:
    """Make a class of values of it: slots, named arguments, compared and hashed by its fields."""
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(kind)
