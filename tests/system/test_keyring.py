"""A real desktop's keyring: gnome-keyring on a D-Bus of its own, unlocked, locked and absent."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.desk import visit
from tests.secrets import find_canaries
from tests.system.processes import Office, Simulated

pytestmark = pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="needs Debian's packages gnome-keyring and dbus",
)
# Both wait until the keyring is on the bus, so that no command comes before it.
UNLOCKED = (
    'printf "a password" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1'
)
LOCKED = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1"

# The command, waiting as long as a busy machine takes where a person is given three seconds.
PATIENT = """
import sys
from acctsync import credentials
credentials.keyring_works.__defaults__ = (120.0,)
from acctsync.cli.main import main
sys.argv[0] = "acctsync"
main()
"""


class Desktop(Office):
    """An office whose commands run in a desktop session with a keyring; `session` starts it."""

    session = UNLOCKED

    def __init__(self, folder: Path, books: Simulated) -> None:
        super().__init__(folder, books)
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.environment |= {
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_DATA_HOME": str(folder / "share"),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PATIENT, *arguments]
        inside = ["sh", "-c", f'{self.session}; exec "$@"', "sh", *command]
        return subprocess.Popen(
            ["dbus-run-session", "--", *inside] if self.session else command,
            env=self.environment, cwd=self.data, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def sign_in(self, *flags: str) -> str:
        """Sign in, and tell what was said on standard error."""
        process = self.start(
            "connect", "qbo", "--url", self.books.url, "--no-browser", "--yes", *flags
        )
        assert process.stdout is not None
        visit(process.stdout.readline().strip())
        out, error = process.communicate(timeout=120)
        assert process.returncode == 0, (out, error)
        return error


def test_tokens_live_in_an_unlocked_desktops_keyring_and_whoever_cannot_reach_it_is_told(
    tmp_path: Path, books: Simulated
) -> None:
    office = Desktop(tmp_path, books)
    said = office.sign_in()
    assert "Tokens are kept in this desktop's keyring. On Linux cron can't read it" in said
    assert office.json("lists", "items", "--refresh")["status"] == "ok"
    assert not (office.state / "tokens").exists()
    assert any((tmp_path / "share" / "keyrings").iterdir())
    assert find_canaries([tmp_path / "share", office.state]) == []
    told = office.json("doctor", exit_code=12)
    assert [each["code"] for each in told["problems"]] == ["DOCTOR008"]

    office.session = LOCKED
    locked = office.run("lists", "items", "--refresh")
    assert (locked.returncode, locked.stdout) == (12, "")
    assert "the keyring can't be used here (KeyringLocked)" in locked.stderr
    second = office.sign_in("--name", "second")
    assert "No keyring that can be relied on answers here. Tokens are kept in /" in second
    assert (office.state / "tokens" / "second.json").exists()
    insisting = office.run(
        "connect", "qbo", "--url", books.url, "--yes", "--token-store", "keyring"
    )
    assert (insisting.returncode, insisting.stdout) == (2, "")
    assert "no keyring works here" in insisting.stderr

    office.session = ""
    (office.state / "connections" / "second" / "connection.json").unlink()
    absent = office.run("lists", "items", "--refresh")
    assert (absent.returncode, absent.stdout) == (12, "")
    assert absent.stderr == (
        "acctsync: the keyring can't be used here (NoKeyringError)\n"
        "  Under cron a desktop's keyring is out of reach: sign in again with "
        "`acctsync connect … --token-store file`.\n"
    )
    (kept,) = office.json("connections")["data"]["connections"]
    assert kept["token_store"] == "keyring", "never switched by itself"
