"""Every refusal of Xero, from the request that meets it to what the bookkeeper reads of it.

What is told is compared as a whole; so are the books, in which nothing half-made may be left, and
what `retry-failed` makes of it once the cause is gone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from acctsync.providers.xero.faults import Class
from tests.providers.conftest import SHARED
from tests.providers.xero.test_faults import KNOWN
from tests.system.xero_bench import XeroBench
from tests.system.xero_shop import a_sale, open_shop, sold

REFERENCE = SHARED.parents[1] / "reference" / "xero.md"
TOLD = Path(__file__).with_name("told_xero.json")
UNHEARD = "Etwas ganz Neues"
# What no person need hear of: it is looked up, and goes again under another key.
REPLAYED = [said for said, kind in KNOWN.items() if kind is Class.REPLAYED]
SAID = (*(said for said in KNOWN if said not in REPLAYED), UNHEARD)
NUMBERS = {said: f"N-{place}" for place, said in enumerate((*SAID, *REPLAYED), 1)}


class Golden:
    """What was read through and found good; `--update-goldens` writes it anew, to be read again."""

    def __init__(self, *, renewing: bool) -> None:
        self._renewing = renewing
        self._told = json.loads(TOLD.read_text(encoding="utf-8")) if TOLD.exists() else {}

    def check(self, name: str, found: object) -> None:
        if self._renewing:
            self._told[name] = found
            text = json.dumps(self._told, indent=1, sort_keys=True, ensure_ascii=False)
            TOLD.write_text(text + "\n", encoding="utf-8")
        assert self._told.get(name) == found


@pytest.fixture(scope="module")
def golden(pytestconfig: pytest.Config) -> Golden:
    return Golden(renewing=pytestconfig.getoption("--update-goldens"))


# ---------------------------------------------------------------------- one document


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[XeroBench, dict[str, Any]]]:
    """Push fifty-odd invoices, each refused for another reason, and one that nothing befalls."""
    rows = [a_sale(number) for number in (*NUMBERS.values(), "GOOD")]
    with open_shop(tmp_path_factory.mktemp("shop"), sold(*rows)) as bench:
        bench.refuse({number: {"Detail": said} for said, number in NUMBERS.items()})
        yield bench, bench.json("push", exit_code=3)


@pytest.mark.parametrize("said", SAID)
def test_a_refused_document_is_told_with_what_to_do(
    refused: tuple[XeroBench, dict[str, Any]], golden: Golden, said: str
) -> None:
    _, envelope = refused
    (problem,) = [each for each in envelope["problems"] if each["document"] == NUMBERS[said]]
    assert problem["provider_code"] == said
    assert problem["line"] == SAID.index(said) + 2
    golden.check(said, [problem["code"], problem["message"], problem["hint"]])


def test_the_others_went_through_and_the_refused_follow_once_mended(
    refused: tuple[XeroBench, dict[str, Any]],
) -> None:
    bench, envelope = refused
    told = {each["document"] for each in envelope["problems"] if each["document"]}
    assert told == {NUMBERS[said] for said in SAID}
    bench.json("retry-failed")
    numbers = [each["InvoiceNumber"] for each in bench.alive("Invoice")]
    assert sorted(numbers) == sorted([*NUMBERS.values(), "GOOD"])
    assert bench.json("push")["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference lies beside the project")
def test_every_row_of_the_reference_is_among_them() -> None:
    table = REFERENCE.read_text(encoding="utf-8").partition("### Messages most met")[2]
    rows = re.findall(r"^\| (.+?) \| \[", table.partition("\nOnly 429")[0], re.MULTILINE)
    assert len(rows) > 25
    beginnings = [_beginning(each) for row in rows for each in row.split(" / ")]
    known = [each.casefold() for each in KNOWN]
    assert [each for each in beginnings if not any(one.startswith(each) for one in known)] == []


def _beginning(shown: str) -> str:
    """Cut a message off where it names something, or is explained."""
    return re.split(r" '?[NCATDXYK]'?(?:[ .]|$)| at D|\(|'[ACTD]'", shown)[0].strip(" .").casefold()


# ---------------------------------------------------------------------- a whole call

_JSON = {"Content-Type": "application/json"}
UNREADABLE = {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": "Invalid Json data"}
UNKNOWN_CALL = {"ErrorNumber": 20, "Type": "ApiMethodNotImplementedException", "Message": "No"}
NO_RIGHT = {"status": 401, "headers": {"WWW-Authenticate": "insufficient_scope"}}
NOT_LINKED = {"type": None, "title": "Forbidden", "status": 403, "detail": "Auth…"}
# What is answered to the writing of an invoice, and how the run ends.
WHOLE: dict[str, tuple[dict[str, object], int]] = {
    "400 unreadable": ({"status": 400, "headers": _JSON, "body": json.dumps(UNREADABLE)}, 3),
    "401 a right is missing": (NO_RIGHT, 4),
    "403": ({"status": 403, "headers": _JSON, "body": json.dumps(NOT_LINKED)}, 4),
    "404": ({"status": 404, "html": True}, 3),
    "412": ({"status": 412, "headers": _JSON, "body": '{"Message": "No TLS 1.0"}'}, 3),
    "429 day": (
        {"status": 429, "headers": {"Retry-After": "40000", "X-Rate-Limit-Problem": "day"}},
        5,
    ),
    "501": ({"status": 501, "headers": _JSON, "body": json.dumps(UNKNOWN_CALL)}, 3),
}
# What is waited out or looked up by the same run, which then ends well.
PASSING: dict[str, dict[str, object]] = {
    "401 expired": {"expire_token": True},
    "429 minute": {"throttled": True, "retry_after": "1"},
    "429 concurrent": {"status": 429, "headers": {"X-Rate-Limit-Problem": "concurrent"}},
    "500": {"status": 500},
    "503": {"status": 503, "body": "The Organisation is offline"},
    "503 after the write": {"status": 503, "processed": True},
}
_INVOICES = {"entity": "Invoice", "operation": "create"}
_fresh = count(1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XeroBench]:
    with open_shop(tmp_path_factory.mktemp("calls"), sold()) as bench:
        yield bench


def one_more(shop: XeroBench) -> str:
    """Write an export of one invoice that nobody has pushed yet."""
    shop.pass_a_minute()
    number = f"W-{next(_fresh)}"
    shop.write(sold(a_sale(number)))
    return number


def times_held(shop: XeroBench, number: str) -> int:
    return [each["InvoiceNumber"] for each in shop.alive("Invoice")].count(number)


@pytest.mark.parametrize("case", WHOLE)
def test_a_refused_call_is_told_and_the_same_command_goes_on(
    shop: XeroBench, golden: Golden, case: str
) -> None:
    answer, exit_code = WHOLE[case]
    number = one_more(shop)
    shop.plant(_INVOICES, **answer)
    (problem,) = [
        each for each in shop.json("push", exit_code=exit_code)["problems"] if each["severity"] == "error"
    ]  # fmt: skip
    message = re.sub(r"Xero-Correlation-Id [\w-]+|until [\d: -]+UTC", "…", problem["message"])
    golden.check(case, [problem["code"], message, problem["hint"]])
    assert times_held(shop, number) == 0
    shop.json("push")
    assert times_held(shop, number) == 1


@pytest.mark.parametrize("case", PASSING)
def test_what_passes_by_itself_is_waited_out_and_nothing_is_there_twice(
    shop: XeroBench, case: str
) -> None:
    number = one_more(shop)
    shop.plant(_INVOICES, **PASSING[case])
    assert [each for each in shop.json("push")["problems"] if each["severity"] == "error"] == []
    assert times_held(shop, number) == 1
