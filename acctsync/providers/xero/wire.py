"""Authorised, paced calls to one organisation."""

from __future__ import annotations

import datetime as dt
from typing import Any

from acctsync.providers.calling import Caller, Failed
from acctsync.providers.encoding import Json
from acctsync.providers.exchange import Answer, Request, Use
from acctsync.providers.port import Throttled
from acctsync.providers.retry import Failure
from acctsync.providers.throttle import Lane
from acctsync.providers.xero.notes import HISTORY
from acctsync.providers.xero.responses import json_or_none
from acctsync.providers.xero.verdicts import MINUTE, support, unusable

IN_FLIGHT = 5  # Xero: limits
KEY_HEADER = "idempotency-key"
_OK, _NOT_FOUND = 200, 404
_REFUSED = frozenset({400, 412, 501})
_JSON = "application/json"
_LANES = (MINUTE,)


def may_go_again(target: str) -> bool:
    """Tell whether the same bytes may go again under their key: only what creates.

    Xero describes keys by what creates; that they hold for an e-mail, an update or a deletion is
    left to a look-up, which costs a pause and can't be wrong (Xero: idempotency). So is a note,
    which nothing but its key would keep from being there twice, for ever.
    """
    return target.startswith("PUT ") and not target.endswith(f"/{HISTORY}")


def lanes() -> list[Lane]:
    """Give Xero's limit by the minute; the day's is told by its answers alone."""
    return [Lane(MINUTE, 60, 60.0)]


class Wire:
    """Calls to one organisation."""

    def __init__(self, *, api: str, tenant: str, caller: Caller) -> None:
        self._api = api
        self._tenant = {"xero-tenant-id": tenant} if tenant else {}
        self._caller = caller

    @property
    def left_today(self) -> int | None:
        """Tell how many calls the day still has, as Xero said last."""
        return self._caller.left_today

    def write(self, target: str, body: bytes, key: str) -> Answer | Throttled:
        """Send once, `target` being method and address; see `Caller.write`.

        Every write bears its key: ours never return, so Xero's warning about keys on updates (one
        that is changed back is taken for the first) does not concern them.
        """
        method, _, path = target.partition(" ")
        request = Request(
            method=method,
            origin=self._api,
            target=path,
            use=Use.WRITE,
            body=body,
            content_type=_JSON,
            headers={**self._tenant, KEY_HEADER: key},
        )
        return self._caller.write(request, _LANES)

    def read(self, target: str, *, since: dt.datetime | None = None) -> Json:
        """Read, patiently; raises ComeBackLater when it can't be had.

        `since`: only what changed after that moment. What is not there is answered with nothing.
        """
        asked = dict(self._tenant)
        if since is not None:
            asked["if-modified-since"] = since.strftime("%Y-%m-%dT%H:%M:%S")
        request = Request(
            method="GET", origin=self._api, target=target, use=Use.READ, headers=asked
        )
        return self._caller.read(request, _LANES, _usable)


def _usable(answer: Answer) -> Json | Failed:
    if answer.status in {_NOT_FOUND, 304}:
        return {}
    if answer.status in _REFUSED:
        raise unusable(f"a question{support(answer)}")
    value: Any = json_or_none(answer) if answer.status == _OK else None
    if not isinstance(value, dict):
        return Failed(Failure.BROKEN, f"an unusable answer, status {answer.status}")
    return value
