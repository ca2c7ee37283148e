"""Python's cycle collector, and when it is in the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# So many new objects that are still in use set it off; the interpreter's 700 are soon together.
_SELDOM = 50_000


@contextmanager
def paused_collector() -> Iterator[None]:
    """Pause the cycle collector: documents hold no cycles, and it would walk them over and over."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def patient_collector() -> Iterator[None]:
    """Leave what is there out of collections, and collect seldom: only calls bring cycles now."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
