"""The file that keeps the traceback of an unexpected error, so that no terminal has to show one."""

from __future__ import annotations

import os
import re
import traceback
from datetime import datetime
from pathlib import Path

from acctsync import __version__
from acctsync.providers.redaction import MASK, Secrets
from acctsync.report.clean import clean
from acctsync.settings import private_folder

_NAMED = re.compile(
    r"""(?ix) (authorization | bearer | basic | [\w-]*token | [\w-]*secret | password | code )
        (["']?\s*[:=]\s*["']?|\s+) [^\s"',;&)}]{6,}"""
)
_LONGEST = 4000
_LONG = re.compile(r"(?<![/\w.-])[A-Za-z0-9_+/=-]{48,}(?:\.[A-Za-z0-9_+/=-]+)*")


def write_crash(folder: Path, error: BaseException, *, secrets: Secrets, now: datetime) -> Path:
    """Write the traceback, without secrets, for whoever mends the bug; tell where it is."""
    logs = private_folder(folder / "logs")
    file = logs / f"crash-{now:%Y%m%dT%H%M%S.%f}-{os.getpid()}.log"
    text = redact("".join(traceback.format_exception(error)), secrets)
    # What an exception says may quote a file or a server: a log is looked at on a terminal.
    lines = (clean(line, _LONGEST) for line in text.split("\n"))
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(file, flags, 0o600), "w", encoding="utf-8") as stream:
        stream.write("\n".join([f"acctsync {__version__} {now.isoformat()}", *lines]))
    return file


def redact(text: str, secrets: Secrets) -> str:
    """Take out secrets known by value, by their name, or by looking like a token."""
    known = secrets.clean(text)
    return _LONG.sub(MASK, _NAMED.sub(rf"\1\2{MASK}", known))
