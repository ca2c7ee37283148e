"""The file that keeps the traceback of an unexpected error, so that no terminal has to show one."""

from __future__ import annotations

import os
import re
import traceback
from datetime import datetime
from pathlib import Path

from acctsync import __version__
from acctsync.providers.redaction import MASK, Secrets
from acctsync.settings import private_folder

_NAMED = re.compile(
    r"""(?ix) (authorization | bearer | basic | [\w-]*token | [\w-]*secret | password | code )
        (["']?\s*[:=]\s*["']?|\s+) [^\s"',;&)}]{6,}"""
)
_LONG = re.compile(r"(?<![/\w.-])[A-Za-z0-9_+/=-]{48,}(?:\.[A-Za-z0-9_+/=-]+)*")


def write_crash(folder: Path, error: BaseException, *, secrets: Secrets, now: datetime) -> Path:
    """Write the traceback, without secrets, for whoever mends the bug; tell where it is."""
    logs = private_folder(folder / "logs")
    file = logs / f"crash-{now:%Y%m%dT%H%M%S}-{os.getpid()}.log"
    text = "".join(traceback.format_exception(error))
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"acctsync {__version__} {now.isoformat()}\n{redact(text, secrets)}")
    return file


def redact(text: str, secrets: Secrets) -> str:
    """Take out secrets known by value, by their name, or by looking like a token."""
    known = secrets.clean(text)
    return _LONG.sub(MASK, _NAMED.sub(rf"\1\2{MASK}", known))
