"""The calls of the last minute, kept beside the connection.

A vendor counts calls across processes: a push that follows a plan at once must not run into a limit
that the plan used up. Losing this file costs a pause, nothing else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from acctsync.clock import Clock

_KEPT_SECONDS = 60.0

Ages = Mapping[str, Sequence[float]]


def recall(file: Path, clock: Clock) -> Ages:
    """Tell, by lane, how many seconds ago calls were made; nothing if nobody knows."""
    try:
        kept = json.loads(file.read_text(encoding="ascii"))
        since = clock.now().timestamp() - float(kept["at"])
        lanes = {
            str(lane): [float(age) + since for age in ages] for lane, ages in kept["ages"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    # A clock that was set meanwhile tells nothing.
    return lanes if 0 <= since <= _KEPT_SECONDS else {}


def last_call(file: Path) -> datetime | None:
    """Tell when a run last called the books; None where nobody knows."""
    try:
        kept = json.loads(file.read_text(encoding="ascii"))
        return datetime.fromtimestamp(float(kept["at"]), UTC)
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None


def keep(file: Path, ages: Ages, clock: Clock) -> None:
    """Write the calls of the last minute down for the next process."""
    recent = {
        lane: [round(age, 3) for age in each if age <= _KEPT_SECONDS] for lane, each in ages.items()
    }
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with (
        suppress(OSError),
        os.fdopen(os.open(file, flags, 0o600), "w", encoding="ascii") as stream,
    ):
        json.dump({"at": clock.now().timestamp(), "ages": recent}, stream)
