"""What happens during a run, as values; a listener shows them or keeps silent."""

from __future__ import annotations

from typing import Protocol

from acctsync.documents import Kind
from acctsync.providers.port import Calls
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of work began: "reading the export", "asking QuickBooks what it has"."""

    text: str


@dataclass(frozen=True, slots=True)
class Sending:
    """A stage begins to send `total` documents of one kind or of kinds that go together."""

    kinds: tuple[Kind, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Settled:
    """An exchange was answered and recorded: so many documents done, failed, in doubt."""

    done: int
    failed: int
    in_doubt: int
    calls: Calls


@dataclass(frozen=True, slots=True)
class Waiting:
    """The run waits so many seconds, and why."""

    seconds: float
    why: str


Event = Step | Sending | Settled | Waiting


class Listener(Protocol):
    """Somebody who watches a run."""

    def notice(self, event: Event) -> None:
        """Take note of what happened; must be quick and never raise."""
        ...
