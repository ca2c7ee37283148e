"""Makes the frozen values of which an export holds hundreds of thousands, without their slow door.

A frozen dataclass sets each of its fields by a look-up of its name; that is most of the time that
making a line takes. A twin has the same slots and may be written to; once filled, it becomes the
frozen class itself.
"""

from __future__ import annotations

from dataclasses import fields, make_dataclass
from typing import Any


def twin(kind: type[Any]) -> type[Any]:
    """Make the twin of a frozen dataclass: fill it, then set its `__class__` to the kind."""
    slots = [(each.name, Any) for each in fields(kind)]
    return make_dataclass(f"{kind.__name__}Twin", slots, slots=True, eq=False, kw_only=True)
