"""How much of a sweep is run: a third each time, all of it when ACCTSYNC_RIGS=full asks for it."""

from __future__ import annotations

import os

FULL = os.environ.get("ACCTSYNC_RIGS") == "full"


def swept(places: range) -> range:
    """Choose the places to try, the first and every third after it, or all."""
    return places if FULL else places[::3]
