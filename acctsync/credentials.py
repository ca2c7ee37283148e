"""Token stores: where a connection's tokens and the app's secret are kept, and nowhere else.

`file` is a 0600 file in a 0700 folder; `keyring` the desktop's; `command:PROGRAM` a helper that is
called as `PROGRAM get|store|erase` with a JSON object on its stdin: {"connection": NAME}, and for
`store` also {"secrets": {…}}. `get` answers {"secrets": {…}} on stdout, or nothing at all when it
holds none; any exit status but 0 is a failure.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Protocol

from acctsync.errors import InputRefused, StateUnusable

AUTO, FILE, KEYRING, COMMAND = "auto", "file", "keyring", "command:"
PROBE_SECONDS = 3.0
ASKED_SECONDS = 60.0
_HELPER_SECONDS = 60.0
_SERVICE = "acctsync"
_CONNECTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_LONGEST_SECRET = 4096

# Chosen silently by keyring where nothing better is there: nowhere, plain text, or a prompt.
_KEEPS_NOTHING = frozenset({"null", "chainer"})
_PROBE = "from acctsync.credentials import probe_keyring; probe_keyring()"
_CANARY = "canary-4500" + "x" * 4489


class TokenStore(Protocol):
    """Keeps one small set of secrets per connection."""

    @property
    def name(self) -> str:
        """Tell the store as `--token-store` names it."""
        ...

    def load(self, connection: str) -> Mapping[str, str] | None:
        """Give what is stored, or None."""
        ...

    def save(self, connection: str, secrets: Mapping[str, str]) -> None:
        """Store; durable when it returns."""
        ...

    def delete(self, connection: str) -> None:
        """Forget; nothing happens where nothing is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """The store that was chosen, and the sentence to tell about it."""

    store: TokenStore
    sentence: str


def choose_store(wanted: str, folder: Path, probe: Callable[[], bool] | None = None) -> Choice:
    """Choose a store for a new connection; `auto` prefers a keyring that works here and now."""
    if wanted != AUTO:
        store = open_store(wanted, folder)
        if isinstance(store, KeyringStore) and not (probe or keyring_works)():
            raise InputRefused(
                "no keyring works here",
                hint="Use --token-store file, or command:PROGRAM for a vault of your own.",
            )
        return Choice(store, _sentence(store, folder))
    works = (probe or keyring_works)()
    if works:
        return Choice(KeyringStore(), _sentence(KeyringStore(), folder))
    store = FileStore(folder)
    return Choice(
        store, f"No keyring that can be relied on answers here. {_sentence(store, folder)}"
    )


def open_store(name: str, folder: Path) -> TokenStore:
    """Open the store that a connection was made with; never another one instead."""
    if name == FILE:
        return FileStore(folder)
    if name == KEYRING:
        return KeyringStore()
    if name.startswith(COMMAND) and name.removeprefix(COMMAND).strip():
        return CommandStore(name.removeprefix(COMMAND).strip())
    raise InputRefused(
        f"unknown token store {name!r}", hint="Use auto, keyring, file or command:PROGRAM."
    )


def keyring_works(timeout: float = PROBE_SECONDS) -> bool:
    """Write, read and delete a canary in a child process: a locked keyring can hang for ever."""
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and text
            # -P: a file named keyring.py where somebody happens to be is not ours to run.
            [sys.executable, "-P", "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def probe_keyring() -> None:
    """Try the keyring, in a child process that does nothing else; its exit status 0 is a yes."""
    import keyring

    if objection(keyring.get_keyring()):
        sys.exit(3)
    service, name = f"{_SERVICE}-probe", f"canary-{os.getpid()}"
    keyring.set_password(service, name, _CANARY)
    good = keyring.get_password(service, name) == _CANARY
    keyring.delete_password(service, name)
    sys.exit(0 if good else 4)


def objection(backend: object) -> str:
    """Tell why a keyring's backend can't be trusted with tokens, or nothing.

    Those of the `keyrings.` packages write plain text or ask for a password at every start.
    """
    for each in type(backend).__mro__:
        module = each.__module__
        if module.startswith("keyrings.") or "plaintext" in each.__name__.lower():
            return f"{module} does not protect what it keeps"
        if module.startswith("keyring.backends.") and module.split(".")[-1] in _KEEPS_NOTHING:
            return f"{module} keeps nothing itself"
    return ""


def read_client_secret(file: Path | None, stdin: IO[str]) -> tuple[str, str]:
    """Read the app's secret from a file, or from stdin for `-`; second, a warning or nothing."""
    warning = ""
    if file is None or str(file) == "-":
        text = stdin.read(_LONGEST_SECRET + 1)
    else:
        try:
            text = file.read_text(encoding="utf-8")
            open_to_others = stat.S_IMODE(file.stat().st_mode) & 0o077
        except (OSError, ValueError):
            raise InputRefused(
                f"the client secret can't be read from {file}", hint="--client-secret-file FILE"
            ) from None
        if open_to_others:
            warning = f"{file} can be read by others on this machine: chmod 600 {file}"
    secret = text.strip()
    if not secret or len(secret) > _LONGEST_SECRET or any(char.isspace() for char in secret):
        raise InputRefused("that is no client secret", hint="One line with nothing else in it.")
    return secret, warning


class FileStore:
    """One 0600 file per connection in a 0700 folder."""

    name = FILE

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        return f"FileStore({str(self._folder)!r})"

    def load(self, connection: str) -> Mapping[str, str] | None:
        """Read the file, unless anybody else could have read or planted it."""
        file = self._file(connection)
        self._refuse_strange_folder()
        try:
            descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise _unusable(file, problem.strerror or "it can't be opened") from None
        with os.fdopen(descriptor, encoding="utf-8") as stream:
            _refuse_shared(file, os.fstat(descriptor))
            try:
                return _strings(json.load(stream))
            except (ValueError, RecursionError):
                raise _unusable(file, "it is damaged") from None

    def save(self, connection: str, secrets: Mapping[str, str]) -> None:
        """Replace the file in one durable step, whatever the umask."""
        file = self._file(connection)
        temporary = file.with_name(f".{file.name}.{os.getpid()}.new")
        try:
            self._own_folder()
            temporary.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(temporary, flags, 0o600), "w", encoding="utf-8") as stream:
                os.fchmod(stream.fileno(), 0o600)
                json.dump(dict(secrets), stream)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(file)
            _sync(self._folder)
        except OSError as problem:
            with suppress(OSError):
                temporary.unlink()
            raise _unusable(file, f"tokens can't be written ({problem.strerror})") from None

    def delete(self, connection: str) -> None:
        """Remove the file."""
        self._refuse_strange_folder()
        self._file(connection).unlink(missing_ok=True)

    def _own_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._refuse_strange_folder()
        if stat.S_IMODE(self._folder.lstat().st_mode) & 0o077:
            self._folder.chmod(0o700)

    def _refuse_strange_folder(self) -> None:
        """Refuse a folder that somebody else could have put in our folder's place."""
        try:
            found = self._folder.lstat()
        except FileNotFoundError:
            return
        if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
            raise _unusable(self._folder, "it is a link or belongs to somebody else")

    def _file(self, connection: str) -> Path:
        return self._folder / f"{_checked(connection)}.json"


class KeyringStore:
    """The desktop's keyring.

    `patience`: how many seconds to wait for it. A locked one asks a person for its password, who
    may not be there, and would keep a run waiting for ever.
    """

    name = KEYRING

    def __init__(self, patience: float = ASKED_SECONDS) -> None:
        self._patience = patience

    def __repr__(self) -> str:
        return "KeyringStore()"

    def load(self, connection: str) -> Mapping[str, str] | None:
        """Read from the keyring."""
        text = self._asked(lambda keyring: keyring.get_password(_SERVICE, _checked(connection)))
        if text is None:
            return None
        try:
            return _strings(json.loads(str(text)))
        except ValueError:
            raise StateUnusable("what the keyring holds for acctsync is damaged") from None

    def save(self, connection: str, secrets: Mapping[str, str]) -> None:
        """Write to the keyring."""
        text = json.dumps(dict(secrets))
        self._asked(lambda keyring: keyring.set_password(_SERVICE, _checked(connection), text))

    def delete(self, connection: str) -> None:
        """Remove from the keyring."""
        if self.load(connection) is not None:
            self._asked(lambda keyring: keyring.delete_password(_SERVICE, _checked(connection)))

    def _asked(self, ask: Callable[..., object]) -> object:
        import keyring

        try:
            refused = objection(keyring.get_keyring())
            if not refused:
                return _within(self._patience, lambda: ask(keyring))
            why = refused
        except TimeoutError:
            why = f"it does not answer within {self._patience:.0f} s: is it locked?"
        except Exception as problem:  # noqa: BLE001 - backends raise what their libraries do
            why = type(problem).__name__
        raise StateUnusable(
            f"the keyring can't be used here ({why})",
            hint="Under cron a desktop's keyring is out of reach: sign in again with "
            "`acctsync connect … --token-store file`.",
        )


class CommandStore:
    """A program of the user's own that keeps secrets; the module's docstring tells its language."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __repr__(self) -> str:
        return f"CommandStore({self._command!r})"

    @property
    def name(self) -> str:
        return f"{COMMAND}{self._command}"

    def load(self, connection: str) -> Mapping[str, str] | None:
        """Ask the program with `get`."""
        said = self._ask("get", {"connection": _checked(connection)})
        if not said.strip():
            return None
        try:
            return _strings(json.loads(said)["secrets"])
        except (ValueError, TypeError, KeyError):
            raise self._failed("get", "its answer is not the JSON that was agreed") from None

    def save(self, connection: str, secrets: Mapping[str, str]) -> None:
        """Tell the program with `store`."""
        self._ask("store", {"connection": _checked(connection), "secrets": dict(secrets)})

    def delete(self, connection: str) -> None:
        """Tell the program with `erase`."""
        self._ask("erase", {"connection": _checked(connection)})

    def _ask(self, verb: str, told: Mapping[str, object]) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the user's own choice of program
                [*shlex.split(self._command), verb],
                input=json.dumps(told),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_HELPER_SECONDS,
                check=False,
                text=True,
                encoding="utf-8",
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as problem:
            raise self._failed(verb, type(problem).__name__) from None
        if done.returncode:
            raise self._failed(verb, f"exit status {done.returncode}")
        return done.stdout

    def _failed(self, verb: str, why: str) -> StateUnusable:
        return StateUnusable(
            f"the token store {self._command!r} failed at {verb!r} ({why})",
            hint="Try it by hand, or sign in again with another --token-store.",
        )


def _within(seconds: float, ask: Callable[[], object]) -> object:
    """Ask in a thread that is left alone when it takes too long: nothing ends such a question."""
    answers: list[object] = []
    failures: list[Exception] = []

    def carry_out() -> None:
        try:
            answers.append(ask())
        except Exception as problem:  # noqa: BLE001 - raised again where somebody waits for it
            failures.append(problem)

    thread = Thread(target=carry_out, name="keyring", daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        raise failures[0]
    if not answers:
        raise TimeoutError
    return answers[0]


def _sentence(store: TokenStore, folder: Path) -> str:
    if isinstance(store, KeyringStore):
        return (
            "Tokens are kept in this desktop's keyring. On Linux cron can't read it: for "
            "unattended runs connect with --token-store file."
        )
    if isinstance(store, FileStore):
        return (
            f"Tokens are kept in {folder}, readable by this user only. Cron jobs of the same user "
            "can use them; protect backups of that folder like passwords."
        )
    return (
        f"Tokens are kept by {store.name.removeprefix(COMMAND)}; cron needs to be able to run it."
    )


def _strings(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise ValueError("no object of texts")
    return value


def _checked(connection: str) -> str:
    if not _CONNECTION.match(connection):
        raise InputRefused(f"{connection!r} can't be a connection's name")
    return connection


def _refuse_shared(file: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        raise _unusable(file, "it belongs to somebody else or is no plain file")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise StateUnusable(
            f"{file} can be read by others on this machine",
            hint=f"chmod 600 {file}; if somebody may have read it, disconnect and connect again.",
        )


def _unusable(file: Path, why: str) -> StateUnusable:
    return StateUnusable(
        f"{file} can't be used as a token file: {why}",
        hint="Put it right or sign in again: acctsync connect.",
    )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
