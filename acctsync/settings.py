"""Where things lie on this machine: the state folder and the connections kept in it.

A connection has a folder of its own, so that lock, backup and blast radius are one company's.
Nothing secret is kept here; tokens are the credential store's.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from acctsync.errors import InputRefused, SignInNeeded, StateUnusable
from acctsync.values import dataclass

# How the command line calls a system.
COMMAND_WORDS = {"quickbooks": "qbo", "xero": "xero"}
FIRST_SIGN_IN = "Sign in with: acctsync connect qbo, or: acctsync connect xero"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One sign-in to one company, bound when a person agreed to it.

    `origin` is empty for the vendor's own hosts, else the loopback origin it was made for. `login`
    names the sign-in where several connections share one.
    """

    name: str
    system: str
    company_id: str
    company_name: str
    environment: str
    client_id: str
    token_store: str
    created: str
    origin: str = ""
    login: str = ""

    @property
    def sign_in(self) -> str:
        """Write the command that signs in again."""
        word = COMMAND_WORDS.get(self.system, self.system)
        return f"acctsync connect {word}" + (f" --name {self.name}" if self.name != word else "")

    @property
    def tokens_name(self) -> str:
        """Tell under which name the tokens are kept; those of one login are shared."""
        return self.login or self.name


class Connections:
    """The connections of one state folder."""

    def __init__(self, state_dir: Path) -> None:
        self._root = state_dir / "connections"

    def folder(self, name: str) -> Path:
        """Tell where a connection keeps its state."""
        if not _NAME.match(name):
            raise InputRefused(
                f"{name!r} can't be a connection's name",
                hint="Use letters, digits, dots, dashes and underscores, 64 at most.",
            )
        return self._root / name

    def token_lock(self, connection: Connection) -> Path:
        """Tell which file keeps two processes from renewing the same tokens."""
        if not connection.login:
            return self.folder(connection.name) / "tokens.lock"
        return private_folder(self._root.parent / "logins") / f"{connection.login}.lock"

    def sharing(self, connection: Connection) -> tuple[Connection, ...]:
        """Find the other connections that live on the same sign-in."""
        return tuple(
            each
            for each in self.all()
            if each.name != connection.name
            and (each.tokens_name, each.token_store)
            == (connection.tokens_name, connection.token_store)
        )

    def all(self) -> tuple[Connection, ...]:
        """Read every connection there is, by name."""
        if not self._root.is_dir():
            return ()
        files = sorted(self._root.glob("*/connection.json"))
        return tuple(_read(file) for file in files)

    def find(self, name: str) -> Connection | None:
        """Read one connection, if there is one of that name."""
        file = self.folder(name) / "connection.json"
        return _read(file) if file.exists() else None

    def choose(self, system: str, name: str | None = None) -> Connection:
        """Pick the connection a mapping means: the named one, or the only one of its system.

        Raises SignInNeeded when there is none, InputRefused when there are several.
        """
        candidates = [
            each
            for each in self.all()
            if each.system == system and (name is None or each.name == name)
        ]
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise _several(system, candidates)
        raise _none(system, name)

    def save(self, connection: Connection) -> None:
        """Remember a connection, durably."""
        folder = private_folder(self.folder(connection.name))
        write_private(folder / "connection.json", json.dumps(asdict(connection), indent=2) + "\n")


def private_folder(folder: Path) -> Path:
    """Make a folder, and those above it, that only its owner may look into."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    return folder


def write_private(file: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone, durable when it returns."""
    temporary = file.with_name(f".{file.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable, where the system knows how."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def default_state_dir() -> Path:
    """Tell the user's state folder for this program, by the system's custom."""
    from platformdirs import user_state_path

    return user_state_path("acctsync", appauthor=False)


def _read(file: Path) -> Connection:
    try:
        return Connection(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StateUnusable(
            f"{file} can't be read as a connection ({error})",
            hint="Restore it from a backup, or make the connection anew: acctsync connect.",
        ) from error


def _several(system: str, candidates: Sequence[Connection]) -> InputRefused:
    names = ", ".join(each.name for each in candidates)
    return InputRefused(
        f"there are several {system} connections: {names}",
        hint="Name one in the mapping: books.connection: NAME.",
    )


def _none(system: str, name: str | None) -> SignInNeeded:
    wanted = f"no connection {name!r}" if name else f"no connection to {system} yet"
    command = COMMAND_WORDS.get(system, system)
    return SignInNeeded(
        f"there is {wanted}",
        hint=f"Sign in with: acctsync connect {command}" + (f" --name {name}" if name else ""),
    )
