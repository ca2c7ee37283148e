"""What every endpoint's module tells of itself, and what it is told of a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import KEYS, Books


class Depth(Enum):
    """How much of an object an answer shows."""

    FULL = "full"
    ROW = "row"  # a list that was not asked for by the page: no lines, contacts as stubs
    SUMMARY = "summary"  # summaryOnly=true


@dataclass(slots=True)
class Reply:
    """What an element is told beside itself; `places` are the decimals of unit prices."""

    places: int = 2
    warnings: list[str] = field(default_factory=list)


Show: TypeAlias = Callable[[Books, Entity, Depth, int], Entity]
View: TypeAlias = Callable[[Books, Entity], Entity]
Create: TypeAlias = Callable[[Books, Entity, Reply], Entity]
Update: TypeAlias = Callable[[Books, Entity, Entity, Reply], Entity]
Match: TypeAlias = Callable[[Books, Entity], Entity | None]


def as_stored(_books: Books, entity: Entity) -> Entity:
    """Let a filter see an object as it is stored."""
    return entity


@dataclass(frozen=True, slots=True)
class Resource:
    """One endpoint: how its objects are shown, narrowed, created and changed."""

    kind: str
    plural: str
    scope: str  # the granular scope without `.read`
    shown: Show
    properties: frozenset[str]  # what `where` and `order` may name
    has_where: bool = True
    view: View = as_stored
    create: Create | None = None
    update: Update | None = None
    match: Match | None = None
    remove: Callable[[Books, Entity], Entity | None] | None = None  # DELETE: what is left to show
    number: str = ""  # the property that may stand in the path in place of the id
    paging: str = "never"  # never | asked | always
    page_sizes: bool = False  # whether pageSize is listened to
    case_matters: bool = False
    fine_prices: bool = False  # whether unitdp is listened to
    flagged: str = ""  # HasErrors | HasValidationErrors: how elements say that they failed
    extra_read_scope: str = ""  # another scope that opens reading
    has_history: bool = False

    @property
    def key(self) -> str:
        """The property that holds the id."""
        return KEYS[self.kind]
