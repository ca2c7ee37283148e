"""Access tokens for one connection: renewed one process at a time, stored before they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Protocol

from acctsync.clock import Clock
from acctsync.errors import ComeBackLater, SignInNeeded
from acctsync.providers.exchange import NotSent, Unclear
from acctsync.providers.oauth import Grant, GrantRefused, from_plain, to_plain
from acctsync.providers.redaction import Secrets

# A write phase gets a token that outlasts it; a read only has to reach the server.
WRITE_SECONDS = 600.0
READ_SECONDS = 60.0
_LOCK_SECONDS = 60.0


class Store(Protocol):
    """What this needs of a token store."""

    def load(self, connection: str) -> Mapping[str, str] | None:
        """Give what is stored of a connection."""
        ...

    def save(self, connection: str, secrets: Mapping[str, str]) -> None:
        """Store durably before returning."""
        ...


@contextmanager
def renewal_lock(lock_file: Path) -> Iterator[None]:
    """Keep other processes from changing the same tokens; raises ComeBackLater after a minute."""
    from filelock import FileLock, Timeout

    lock = FileLock(lock_file, timeout=_LOCK_SECONDS, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise ComeBackLater(
            "another process has been renewing the sign-in for a minute",
            hint="Run the same command again when it has ended.",
        ) from None
    try:
        yield
    finally:
        lock.release()


class AccessTokens:
    """Hands out a connection's access token, renewing it when it must.

    Order of a renewal (I5): file lock, re-read the store, still stale?, mark, renew, store what
    came, only then use it. So a rotated refresh token is never lost to a second process. A renewal
    whose answer was not stored is repeated with the old token: vendors take it for a while yet.

    `idle_days`: after how many days without use the vendor lets a sign-in lapse.
    """

    def __init__(
        self,
        *,
        connection: str,
        store: Store,
        lock_file: Path,
        token_url: str,
        renew: Callable[[Grant], Grant],
        clock: Clock,
        secrets: Secrets,
        sign_in: str,
        idle_days: int,
    ) -> None:
        self._connection = connection
        self._store = store
        self._lock_file = lock_file
        self._token_url = token_url
        self._renew = renew
        self._clock = clock
        self._secrets = secrets
        self._sign_in = sign_in
        self._idle_days = idle_days
        self._lock = Lock()
        self._grant: Grant | None = None

    def access(self, seconds: float = READ_SECONDS) -> str:
        """Give a token that lasts for so long."""
        with self._lock:
            grant = self._grant if self._grant is not None else self._load()
            if not grant.fresh_for(seconds, self._clock.now()):
                grant = self._renewed(lambda found: not found.fresh_for(seconds, self._clock.now()))
            return grant.access_token

    def after_refusal(self, refused: str) -> str:
        """Give another token than the one that was refused."""
        with self._lock:
            if self._grant is not None and self._grant.access_token != refused:
                return self._grant.access_token
            return self._renewed(lambda found: found.access_token == refused).access_token

    def _load(self) -> Grant:
        stored = self._store.load(self._connection)
        if stored is None:
            raise SignInNeeded(
                f"nobody has signed in for the connection {self._connection}",
                hint=f"Run `{self._sign_in}`.",
            )
        grant = from_plain(stored)
        if grant.token_url != self._token_url:
            raise SignInNeeded(
                f"the connection {self._connection} was made for another server",
                hint=f"Use it with the server it was made for, or run `{self._sign_in}`.",
            )
        self._secrets.add(*grant.secrets)
        self._grant = grant
        return grant

    def _renewed(self, stale: Callable[[Grant], bool]) -> Grant:
        with renewal_lock(self._lock_file):
            grant = self._load()
            return self._renew_locked(grant) if stale(grant) else grant

    def _renew_locked(self, grant: Grant) -> Grant:
        interrupted = grant.refreshing
        self._save(replace(grant, refreshing=self._clock.now().isoformat(timespec="seconds")))
        try:
            renewed = self._renew(grant)
        except GrantRefused as refusal:
            return self._rotated_elsewhere(grant) or self._give_up(refusal, interrupted)
        except (NotSent, SignInNeeded) as problem:
            self._save(grant)  # certainly not renewed: take the mark away
            raise problem if isinstance(problem, SignInNeeded) else _later(problem) from None
        except Unclear as problem:
            raise _later(problem) from None
        self._secrets.add(*renewed.secrets)
        self._save(renewed)
        return renewed

    def _rotated_elsewhere(self, grant: Grant) -> Grant | None:
        """Re-read once: a process that does not know our lock may have rotated the token."""
        stored = self._load()
        if stored.refresh_token == grant.refresh_token:
            return None
        return stored if stored.fresh_for(READ_SECONDS, self._clock.now()) else None

    def _give_up(self, refusal: GrantRefused, interrupted: str) -> Grant:
        why = self._secrets.clean(str(refusal))
        told = f' ("{why}")' if why else ""
        before = (
            f" A renewal that began at {interrupted} was cut off before its answer was stored; "
            "that is the likely cause."
            if interrupted
            else ""
        )
        raise SignInNeeded(
            f"the consent for the connection {self._connection} is no longer valid{told}: it was "
            f"withdrawn, has expired ({self._idle_days} days without use), or was renewed from "
            f"another copy of these tokens.{before}",
            hint=f"Run `{self._sign_in}`. Ids and history stay: pushing carries on where it was.",
        ) from None

    def _save(self, grant: Grant) -> None:
        self._store.save(self._connection, to_plain(grant))
        self._grant = grant


def _later(problem: NotSent | Unclear) -> ComeBackLater:
    return ComeBackLater(
        f"the sign-in service can't be reached: {problem}",
        hint="Run the same command again in a few minutes; the sign-in itself is untouched.",
    )


def days_left(grant: Grant, now: datetime) -> int | None:
    """Tell in how many days a person must sign in again, if nothing is done until then."""
    return (grant.refresh_expires - now).days if grant.refresh_expires is not None else None
