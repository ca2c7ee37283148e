"""A log file of whole lines that several processes write to at once; it rotates by its size.

A log is no truth: whatever keeps it from being written never stops what is logged.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

MOST_BYTES = 5_000_000
KEPT = 10
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


class LogFile:
    """Appends lines to `file`, whose folder is there; the newest of the older ones is `file.1`.

    Readable by its owner alone. Each line is written whole, under a lock of the kernel's that dies
    with the process; where somebody else rotated meanwhile, it goes to the new file.
    """

    def __init__(self, file: Path, *, most: int = MOST_BYTES, kept: int = KEPT) -> None:
        self._file = file
        self._most = most
        self._kept = kept
        self._lock = Lock()

    def append(self, line: str) -> bool:
        """Write one line, without its end; tell whether it is there."""
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        try:
            with self._lock, self._newest(len(data)) as descriptor:
                return _whole(descriptor, data)
        except OSError:
            return False

    @contextmanager
    def _newest(self, size: int) -> Iterator[int]:
        """Open the file that has room for so many bytes, and hold its lock."""
        import fcntl

        while True:
            descriptor = os.open(self._file, _FLAGS, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if not self._is_newest(descriptor):
                    continue
                _refuse_strange(descriptor)
                filled = os.fstat(descriptor).st_size
                if filled and filled + size > self._most:
                    self._rotate()
                    continue
                yield descriptor
                return
            finally:
                os.close(descriptor)

    def _is_newest(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._file.lstat())
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        for number in range(self._kept - 1, 0, -1):
            with suppress(FileNotFoundError):
                self._numbered(number - 1).replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self._file.with_name(f"{self._file.name}.{number}") if number else self._file


def _refuse_strange(descriptor: int) -> None:
    """Write to a plain file of our own alone, and keep it to ourselves."""
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError
    if stat.S_IMODE(found.st_mode) & 0o077:
        os.fchmod(descriptor, 0o600)


def _whole(descriptor: int, data: bytes) -> bool:
    """Write all of it or nothing: half a line would spoil the one after it."""
    before = os.fstat(descriptor).st_size
    try:
        written = os.write(descriptor, data)
    except OSError:
        written = 0
    if written < len(data):
        os.ftruncate(descriptor, before)
    return written == len(data)
