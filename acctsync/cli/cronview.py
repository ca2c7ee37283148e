"""What acctsync finds when it is started as cron starts it: asked by `doctor`, in a child process.

Run as a module it reads what to look at from standard input and answers in JSON, a line each for
its surroundings and for the tokens; never with a secret.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from acctsync.credentials import KEYRING, PROBE_SECONDS, open_store
from acctsync.engine.doctoring import CronView
from acctsync.errors import AcctsyncError
from acctsync.settings import default_state_dir

CRON_PATH = "/usr/bin:/bin"
# Longer than any token store may take; a child that is still there then is stuck.
_PATIENCE = 90.0


def look(home: str, asked: Mapping[str, str]) -> CronView:
    """See what a process sees that has no session: no terminal, no desktop, hardly a variable.

    `asked` may name `store`, `folder` and `connection`, whose tokens are then read.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "acctsync.cli.cronview"],
            input=json.dumps(asked),
            capture_output=True,
            env={"HOME": home, "PATH": CRON_PATH, "SHELL": "/bin/sh"},
            cwd=home if Path(home).is_dir() else "/",
            timeout=_PATIENCE,
            check=False,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return CronView(started=False, why=type(problem).__name__)
    return seen(done.stdout, done.stderr, done.returncode)


def seen(out: str, error: str, status: int) -> CronView:
    """Understand what the child said, and what its end means; pure."""
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    if not lines:
        last = error.strip().splitlines()[-1:] or [f"exit status {status}"]
        return CronView(started=False, why=last[0][:200])
    told = {name: str(value) for line in lines for name, value in line.items()}
    if status == -signal.SIGALRM:
        told["tokens"] = "timeout"
    elif status:
        told |= {"tokens": "failed", "why": f"exit status {status}"}
    return CronView(
        state_dir=told.get("state_dir", ""),
        encoding=told.get("encoding", ""),
        tokens=told.get("tokens", ""),
        why=told.get("why", ""),
    )


def main() -> None:
    """Look around, and answer whoever asked."""
    asked = json.load(sys.stdin)
    _say(state_dir=str(default_state_dir()), encoding=sys.stdout.encoding)
    if "store" in asked:
        _say(**_tokens(asked))


def _tokens(asked: Mapping[str, str]) -> dict[str, str]:
    if asked["store"] == KEYRING:
        # Nothing else ends a question to a desktop that waits for somebody to unlock it.
        signal.setitimer(signal.ITIMER_REAL, PROBE_SECONDS)
    try:
        stored = open_store(asked["store"], Path(asked["folder"])).load(asked["connection"])
    except AcctsyncError as error:
        return {"tokens": "failed", "why": error.message}
    return {"tokens": "nothing" if stored is None else "read"}


def _say(**told: str) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
