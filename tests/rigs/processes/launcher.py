"""Starts acctsync by forking from a process that has imported it: real processes, in no time.

`python -m tests.rigs.processes.launcher` reads a command a line, as JSON, and answers in kind: the
process id when it was started, and again what it ended with. A child does what `python -m acctsync`
does. Only the vendor's pace (calls a second) is lifted, which has tests of its own.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import acctsync
from acctsync.cli import main as entry
from acctsync.providers.qbo import provider as quickbooks
from acctsync.providers.qbo import wire
from acctsync.providers.throttle import Lane
from acctsync.providers.xero import provider as xero
from acctsync.providers.xero.verdicts import MINUTE
from tests.rigs.processes.boundaries import Boundaries

_EAGER = 1_000_000


def serve() -> None:
    """Start what is asked for, and tell how it ended, until nobody asks any more."""
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([sys.stdin, *running], [], [])
        for ended in ready:
            if isinstance(ended, int):
                pid = running.pop(ended)
                os.close(ended)
                _tell({"ended": pid, "code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])})
        if sys.stdin in ready:
            line = os.read(sys.stdin.fileno(), 1_000_000)
            if not line:
                break
            pid = _start(json.loads(line))
            running[os.pidfd_open(pid)] = pid
            _tell({"started": pid})
    for pid in running.values():
        os.kill(pid, signal.SIGKILL)


def _tell(value: dict[str, int]) -> None:
    os.write(1, json.dumps(value).encode() + b"\n")


def _start(order: dict[str, Any]) -> int:
    pid = os.fork()
    if not pid:
        _become(order)
    return pid


def _become(order: dict[str, Any]) -> NoReturn:
    """Be `acctsync ARGUMENTS` from here on."""
    for descriptor, name, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, order["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, order["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        os.dup2(os.open(name, flags, 0o600), descriptor)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Whoever started the tests may have told it to ignore this one, as nohup does.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["acctsync", *order["arguments"]]
    if order["trail"]:
        Boundaries(Path(order["trail"]), order["at"], order["signals"]).watch()
    os._exit(_exit_code())


def _exit_code() -> int:
    code: object = 1
    try:
        entry.main()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - what the interpreter would do
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return code if isinstance(code, int) else 0


def _prepare() -> None:
    """Import all of the product and build its command, so that no child has to."""
    for module in pkgutil.walk_packages(acctsync.__path__, "acctsync."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("filelock", "sqlite_utils", "rich.console", "rich.table"):
        importlib.import_module(name)
    quickbooks.lanes = lambda: [  # type: ignore[attr-defined]
        Lane(each, _EAGER, 60.0) for each in (wire.ALL, wire.SINGLE, wire.BATCH)
    ]
    xero.lanes = lambda: [Lane(MINUTE, _EAGER, 60.0)]  # type: ignore[attr-defined]
    entry._command = functools.cache(entry._command)
    entry._command("")
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C of the tests is not for us
    _prepare()
    serve()
