"""Runs a program to its end, and tells what it took."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
_KILOBYTES = 1024
_MOST_BYTES = 6 << 30  # what runs wild is to harm nobody else on the machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What one process took: seconds, seconds of CPU, and megabytes at its fullest."""

    wall: float
    cpu: float
    peak: float
    out: str = ""


class Failed(Exception):
    """A program that was to be measured did not do its work."""


def measured(
    command: Sequence[str], environment: Mapping[str, str], *, codes: Sequence[int] = (0,)
) -> Took:
    """Run one program alone; raises Failed, with what it said, unless it ends well."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as error:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=error
        )
        resource.prlimit(process.pid, resource.RLIMIT_DATA, (_MOST_BYTES, _MOST_BYTES))
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        said = _whole(out)
        if process.returncode not in codes:
            raise Failed(f"{' '.join(command)} ended {process.returncode}: {said}{_whole(error)}")
    return Took(
        wall=wall, cpu=used.ru_utime + used.ru_stime, peak=used.ru_maxrss / _KILOBYTES, out=said
    )


def best(runs: Sequence[Took]) -> Took:
    """Take the run that others on the machine disturbed least."""
    return min(runs, key=lambda each: each.cpu)


def _whole(stream: IO[str]) -> str:
    stream.seek(0)
    return stream.read()
