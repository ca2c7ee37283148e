"""One HTTP exchange: what came in, what it touches, what goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

# A QuickBooks object as JSON: property name -> value. Stored ones are never changed in place.
Entity: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request, already read from the socket."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, not yet written to the socket."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Touch:
    """One thing a request wants done: a fault script and the request log speak of these."""

    entity: str
    operation: str
    bid: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """A line of the request log."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    status: int
    started: float
    ended: float


class Dialect(Protocol):
    """What a simulated vendor must be able to do for the server."""

    trace_header: str  # the header that names an exchange, for the vendor's support
    books: Any  # what it keeps, and
    sign_in: Any  # who may come in: both in the vendor's own words

    def answer(self, request: Request) -> Answer:
        """Carry out the request."""

    def touches(self, request: Request) -> Sequence[Touch]:
        """Tell what the request wants, without doing it."""

    def refusing(self, request: Request, wanted: Callable[[Touch], bool], error: Entity) -> Answer:
        """Carry out the request except for the wanted parts, which are refused with this error."""

    def rearranged(self, answer: Answer, omitted: Container[str], *, reverse: bool) -> Answer:
        """Leave items out of a batch's answer, or turn their order round."""

    def admitted(self, request: Request) -> Answer | None:
        """Count the request against the vendor's limits; an answer means it is turned away."""

    def released(self, request: Request) -> None:
        """Note that a request that was admitted has been answered."""

    def throttled(self, headers: Mapping[str, str]) -> Answer:
        """Turn a request away as the vendor does when a limit is reached."""

    def answered(self, request: Request, answer: Answer) -> None:
        """Note that the request got this answer instead of the dialect's own."""

    def expire_tokens(self) -> None:
        """Make every access token too old."""

    def snapshot(self) -> Entity:
        """Show the whole company."""

    def mails(self) -> list[Entity]:
        """List the e-mails that went out."""

    def balances(self) -> Entity:
        """Show what each account holds."""

    def by_hand(self, kind: str, fields: Entity) -> Entity:
        """Let a person in the office add, change or delete something."""

    def settle(self, fields: Entity) -> Entity:
        """Change company settings that no API shows."""
