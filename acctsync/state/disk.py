"""What the state asks of the disk below it: private files, durable names, no network."""

from __future__ import annotations

import os
import re
from pathlib import Path

from acctsync.errors import StateUnusable

# Locks of these are not to be relied on, and a journal may reach the disk after its database.
_NETWORK = re.compile(r"(nfs\d?|cifs|smb\w*|afs|ncpfs|ceph|glusterfs|fuse\.(sshfs|s3fs|rclone))\Z")
_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")


def private_file(file: Path) -> Path:
    """Make an empty file that only its owner may read, in place of what has its name."""
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return file


def sync(folder: Path) -> None:
    """Make a folder's entries durable, where the system knows how."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refuse_network(folder: Path, mounts: Path = _MOUNTS) -> None:
    """Refuse a folder on a network file system, where the system tells what is mounted.

    SQLite's locks and its order of writing can't be relied on there (sqlite.org,
    "How To Corrupt An SQLite Database File", 2.1).
    """
    try:
        text = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return
    system = file_system(folder.resolve(), text)
    if _NETWORK.match(system):
        raise StateUnusable(
            f"{folder} lies on a network file system ({system}), where a state is not safe",
            hint="Name a folder on a disk of this machine: --state-dir DIR, or ACCTSYNC_STATE_DIR,"
            " and sign in again there: acctsync connect. What was pushed is found in the books.",
        )


def file_system(folder: Path, mounts: str) -> str:
    """Tell the type of the file system that a folder lies on; empty where nothing tells; pure.

    `mounts` is the text of /proc/self/mountinfo (proc(5)): the fifth field is the mount point, the
    first one after " - " the type. Of two mounts on one point the later one counts.
    """
    found, longest = "", -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, types = before.split(), after.split()
        if len(fields) < 5 or not types:  # noqa: PLR2004 - the fifth field is the mount point
            continue
        point = Path(_ESCAPED.sub(lambda code: chr(int(code[1], 8)), fields[4]))
        if folder.is_relative_to(point) and len(point.parts) >= longest:
            found, longest = types[0], len(point.parts)
    return found
