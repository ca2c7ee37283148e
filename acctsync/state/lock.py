"""One run at a time per connection: a kernel lock that dies with the process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from acctsync.errors import Locked


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold the connection's lock; raise Locked at once when another run does.

    The holder's process id is written beside the lock for the message only.
    """
    from filelock import FileLock, Timeout

    owner = folder / "run.owner"
    lock = FileLock(folder / "run.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise Locked(
            f"another run holds this connection{_who(owner)}",
            hint="Let it finish; the next run carries on. There is nothing to unlock by hand.",
        ) from None
    try:
        owner.write_text(f"{os.getpid()}\n", encoding="ascii")
        yield
    finally:
        lock.release()


def _who(owner: Path) -> str:
    try:
        return f" (process {int(owner.read_text(encoding='ascii'))})"
    except (OSError, ValueError):
        return ""
