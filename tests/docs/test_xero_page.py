"""The page about Xero says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from acctsync.providers.xero.endpoints import SCOPE
from acctsync.providers.xero.payloads import BATCH_MOST
from acctsync.providers.xero.signin import IDLE_DAYS, WAYS
from acctsync.providers.xero.wire import IN_FLIGHT, lanes
from tests.docs.problem_codes import used

PAGE = Path(__file__).resolve().parents[2] / "docs" / "xero.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_redirect_addresses_to_register_are_those_that_are_used() -> None:
    told = [line for line in TEXT.splitlines() if line.startswith("http://localhost")]
    assert tuple(told) == WAYS.redirects


def test_the_rights_are_those_that_are_asked_for() -> None:
    rights = re.findall(r"`(accounting\.[a-z.]+|offline_access|openid)`", TEXT.split("###")[0])
    assert sorted(each for each in rights if not each.endswith("tracking_category")) == sorted(
        SCOPE.split()
    )


def test_the_limits_are_those_that_are_kept() -> None:
    (minute,) = lanes()
    assert f"| {minute.calls} calls a minute |" in TEXT
    assert f"| {IN_FLIGHT} calls at once |" in TEXT
    assert f"| {BATCH_MOST} documents a call |" in TEXT
    assert f"After {IDLE_DAYS} days" in TEXT


def test_every_code_that_is_named_exists() -> None:
    assert set(re.findall(r"`([A-Z]+\d{3})`", TEXT)) <= used()


def test_the_page_links_only_to_what_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert [link for link in links if not (PAGE.parent / link).exists()] == []
