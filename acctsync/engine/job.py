"""Everything one run works on, put together by the command and passed down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from threading import Event

from acctsync.clock import Clock
from acctsync.documents import Kind
from acctsync.engine.events import Listener
from acctsync.mapping.model import Mapping
from acctsync.plan.selection import Selection
from acctsync.providers.port import Provider
from acctsync.state.store import Store
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run's mapping, choice and surroundings.

    `store` is None where no company is connected yet (a plan can still be made). `provider`
    builds the books' client; it is called when the first question or write needs it, once.
    `new_id` makes run ids and idempotency keys: 32 lower-case hex digits, never twice the same.
    `kinds` are what the books can be given.
    `today` is the day in the books' time zone. `company` is the connected company's name, empty
    where none is connected.
    """

    mapping: Mapping
    data_dir: Path
    selection: Selection
    today: dt.date
    clock: Clock
    listener: Listener
    stop: Event
    new_id: Callable[[], str]
    company: str = ""
    kinds: frozenset[Kind] = frozenset(Kind)
    store: Store | None = None
    provider: Callable[[], Provider] | None = None
