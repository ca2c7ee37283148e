"""Files that a command is asked to write: new ones only, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from acctsync.errors import InputRefused


def check(file: Path, flag: str, suffixes: Collection[str]) -> None:
    """Refuse a file that could not be written, before any work is done for it."""
    if file.suffix.lower() not in suffixes:
        raise InputRefused(
            f"{flag}: {file} ends in none of {', '.join(suffixes)}",
            hint="The ending says what is written.",
        )
    if os.path.lexists(file):
        raise _exists(file)
    if not file.parent.is_dir():
        raise InputRefused(f"{flag}: there is no folder {file.parent}", hint="Make it first.")


def write(file: Path, text: str, *, mode: int = 0o666) -> None:
    """Write a new file; it appears complete, and nothing is ever overwritten.

    `mode` is what others may be allowed, before the user's umask takes from it.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        temporary.unlink(missing_ok=True)
        _fill(temporary, text, mode)
        _name(temporary, file)
    except FileExistsError:
        raise _exists(file) from None
    except OSError as error:
        raise InputRefused(f"{file} can't be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _fill(file: Path, text: str, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _name(temporary: Path, file: Path) -> None:
    """Give a complete file its name, unless another file has it."""
    try:
        # Unlike a rename, a link never takes the place of what is there.
        file.hardlink_to(temporary)
    except PermissionError:
        # A file system without links: the check before is all there is.
        if os.path.lexists(file):
            raise FileExistsError from None
        temporary.rename(file)


def _exists(file: Path) -> InputRefused:
    return InputRefused(f"{file} exists already", hint="Delete it, or give another name.")
