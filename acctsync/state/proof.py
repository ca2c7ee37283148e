"""Whether a large state file is still the one that was found sound, so as not to read it whole.

A proof is put down when a file is closed that was looked through, and says what the file was like
then. It holds for a week, until the machine starts anew, and for no other file: what was copied,
put back or written by anybody else has another inode, time or count of changes. It is no truth:
where it is missing the file is looked through. Before anything goes over the wire it is anyway.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from contextlib import suppress
from pathlib import Path

from acctsync.state.disk import private_file

# What is smaller is looked through in a few milliseconds.
_LARGE = 4 << 20
_LASTS = dt.timedelta(days=7)
# Linux tells one start of the machine from another here; where nothing does, no proof is kept.
_BOOT = Path("/proc/sys/kernel/random/boot_id")
# sqlite.org/fileformat2.html, 1.3: the count of changes is at byte 24 of the header.
_CHANGES = slice(24, 28)


def beside(file: Path) -> Path:
    """Tell where the proof of a file is kept."""
    return file.with_suffix(".proof")


def checked(file: Path, now: dt.datetime) -> dt.datetime | None:
    """Tell when a file was looked through, if it is still the same and that is not long ago."""
    try:
        kept = json.loads(beside(file).read_text(encoding="utf-8"))
        moment = dt.datetime.fromisoformat(kept["checked"])
        same = kept["like"] is not None and kept["like"] == _likeness(file)
        return moment if same and dt.timedelta() <= now - moment < _LASTS else None
    except (OSError, ValueError, TypeError, LookupError):
        return None


def put_down(file: Path, moment: dt.datetime) -> None:
    """Say that a file that is closed now was looked through at a moment, and is sound."""
    temporary = beside(file).with_suffix(f".{os.getpid()}.new")
    try:
        like = _likeness(file)
        if like is not None and checked(file, moment) != moment:
            text = json.dumps({"checked": moment.isoformat(), "like": like})
            private_file(temporary).write_text(text, encoding="utf-8")
            temporary.replace(beside(file))
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def withdraw(file: Path) -> None:
    """Let the next to open a file look through it."""
    with suppress(OSError):
        beside(file).unlink(missing_ok=True)


def _likeness(file: Path) -> list[object] | None:
    """Tell what nobody can change together with the file; None where no proof is to be kept."""
    found = file.stat()
    if found.st_size < _LARGE or file.with_name(f"{file.name}-journal").exists():
        return None
    with file.open("rb") as stream:
        changes = stream.read(_CHANGES.stop)[_CHANGES].hex()
    boot = _BOOT.read_text(encoding="ascii").strip()
    times = (found.st_mtime_ns, found.st_ctime_ns)
    return [found.st_dev, found.st_ino, found.st_size, *times, changes, boot]
