"""A plan that the books were asked about, or could not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acctsync.values import dataclass

if TYPE_CHECKING:
    from acctsync.errors import Problem
    from acctsync.plan.model import Change
    from acctsync.providers.port import Company


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A plan that can be carried out; `asked` is false when the books could not be asked."""

    changes: tuple[Change, ...]
    company: Company | None = None
    problems: tuple[Problem, ...] = ()
    asked: bool = True
