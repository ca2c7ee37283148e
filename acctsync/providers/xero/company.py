"""The organisation's settings, as far as they decide what can be written; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from acctsync.providers.port import Company
from acctsync.providers.xero.dates import day
from acctsync.providers.xero.endpoints import DEMO, PRODUCTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What payloads and checks need to know of the organisation.

    `closed_until` is the later of both lock dates: nothing is written up to that day. `code` is
    what links to the organisation's pages begin with.
    """

    id: str
    name: str
    country: str
    currency: str
    demo: bool
    pays_tax: bool
    closed_until: dt.date | None
    code: str


def settings(tenant: str, facts: Mapping[str, Any]) -> Settings:
    """Read Organisation; a setting that is absent is off."""
    locks = [day(facts.get(name)) for name in ("PeriodLockDate", "EndOfYearLockDate")]
    return Settings(
        id=tenant,
        name=str(facts.get("Name") or ""),
        country=str(facts.get("CountryCode") or ""),
        currency=str(facts.get("BaseCurrency") or ""),
        demo=facts.get("IsDemoCompany") is True,
        pays_tax=facts.get("PaysTax") is not False,
        closed_until=max((each for each in locks if each is not None), default=None),
        code=str(facts.get("ShortCode") or ""),
    )


def company(known: Settings) -> Company:
    """Say who the organisation is."""
    return Company(
        id=known.id,
        name=known.name,
        country=known.country,
        currency=known.currency,
        environment=DEMO if known.demo else PRODUCTION,
        closed_until=known.closed_until,
    )
