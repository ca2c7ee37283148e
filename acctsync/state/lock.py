"""One run at a time per connection: a kernel lock that dies with the process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from acctsync.errors import Locked
from acctsync.values import dataclass

_OWNER, _LOCK = "run.owner", "run.lock"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as far as it has said so."""

    pid: int | None = None
    since: datetime | None = None


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold the connection's lock; raise Locked at once when another run does.

    The holder's process id is written beside the lock for the message only. Somebody may remove the
    lock's file, and a second run would lock a new one: so the folder itself is locked as well.
    """
    from filelock import FileLock, Timeout

    owner = folder / _OWNER
    lock = FileLock(folder / _LOCK, timeout=0, mode=0o600)
    with ExitStack() as held:
        try:
            held.enter_context(lock)
            held.enter_context(_folder_lock(folder))
        except (Timeout, _FolderTaken):
            raise Locked(
                f"another run holds this connection{_who(owner)}",
                hint="Let it finish; the next run carries on. There is nothing to unlock by hand.",
            ) from None
        _sign(owner)
        yield


class _FolderTaken(Exception):
    """Somebody else holds the folder."""


@contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    if os.name != "posix":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _FolderTaken from None
        except OSError:
            # A file system that locks no folders; the file's lock holds all the same.
            pass
        yield
    finally:
        os.close(descriptor)


def holder(folder: Path) -> Holder | None:
    """Tell who holds the connection's lock, without waiting for it, making or changing anything."""
    if any(_is_held(each) for each in (folder / _LOCK, folder)):
        return _named(folder / _OWNER)
    return None


def _is_held(place: Path) -> bool:
    import fcntl

    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


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
