"""One run at a time per connection: a kernel lock that dies with the process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from acctsync.errors import Locked

_OWNER, _LOCK = "run.owner", "run.lock"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as far as it has said so."""

    pid: int | None = None
    since: datetime | None = None


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold the connection's lock; raise Locked at once when another run does.

    The holder's process id is written beside the lock for the message only.
    """
    from filelock import FileLock, Timeout

    owner = folder / _OWNER
    lock = FileLock(folder / _LOCK, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise Locked(
            f"another run holds this connection{_who(owner)}",
            hint="Let it finish; the next run carries on. There is nothing to unlock by hand.",
        ) from None
    try:
        _sign(owner)
        yield
    finally:
        lock.release()


def holder(folder: Path) -> Holder | None:
    """Tell who holds the connection's lock, without waiting for it, making or changing anything."""
    import fcntl

    try:
        descriptor = os.open(folder / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _named(folder / _OWNER)
    finally:
        os.close(descriptor)
    return None


def _sign(owner: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with os.fdopen(os.open(owner, flags, 0o600), "w", encoding="ascii") as stream:
        stream.write(f"{os.getpid()}\n")


def _who(owner: Path) -> str:
    pid = _named(owner).pid
    return f" (process {pid})" if pid is not None else ""


def _named(owner: Path) -> Holder:
    try:
        since = datetime.fromtimestamp(owner.stat().st_mtime, UTC)
        return Holder(int(owner.read_text(encoding="ascii")), since)
    except (OSError, ValueError):
        return Holder()
