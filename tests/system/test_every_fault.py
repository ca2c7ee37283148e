"""Every fault of QuickBooks, from the request that meets it to what the bookkeeper reads of it.

What is told is compared as a whole; so are the books, in which nothing half-made may be left, and
what `retry-failed` makes of it once the cause is gone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.providers.conftest import SHARED
from tests.system.bench import Bench, at_work
from tests.system.refused import (
    BUSINESS,
    BUSY,
    FILES,
    INVOICES,
    PASSING,
    PLANTED,
    RULES,
    WHOLE,
    Planted,
    voided_while_it_is_deleted,
)

ALL = {"A-1": Decimal(100), "A-2": Decimal(60), "A-3": Decimal(80)}
REFERENCE = SHARED.parents[1] / "reference" / "qbo.md"
TOLD = Path(__file__).with_name("told.json")


class Golden:
    """What was read through and found good; `--update-goldens` writes it anew, to be read again."""

    def __init__(self, *, renewing: bool) -> None:
        self._renewing = renewing
        self._told: dict[str, Any] = json.loads(TOLD.read_text(encoding="utf-8"))

    def check(self, name: str, found: list[Any]) -> None:
        if self._renewing:
            self._told[name] = found
            text = json.dumps(self._told, indent=1, sort_keys=True, ensure_ascii=False)
            TOLD.write_text(text + "\n", encoding="utf-8")
        assert self._told.get(name) == found


@pytest.fixture(scope="module")
def golden(pytestconfig: pytest.Config) -> Golden:
    return Golden(renewing=pytestconfig.getoption("--update-goldens"))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with at_work(tmp_path, FILES) as bench:
        yield bench


def held(bench: Bench) -> dict[str, Decimal]:
    """Tell the invoices that are in the books; two of one number would be a duplicate."""
    listed = [each for each in bench.entities("Invoice") if each["TotalAmt"]]
    found = {each["DocNumber"]: Decimal(str(each["TotalAmt"])) for each in listed}
    assert len(found) == len(listed), "duplicates!"
    return found


def told(envelope: dict[str, Any]) -> list[dict[str, Any]]:
    """List what is said, without what differs from run to run."""
    shown = []
    for problem in envelope["problems"]:
        kept = {name: value for name, value in problem.items() if value is not None}
        if "provider_request" in kept:
            assert re.fullmatch(r"1-[0-9a-f-]+", kept.pop("provider_request"))
        shown.append(kept)
    return shown


def tried_again(bench: Bench) -> None:
    """Once the cause is gone, what failed follows, and then there is nothing left to do."""
    bench.json("retry-failed")
    again = bench.json("push")
    assert again["data"]["calls"]["write"] == 0
    assert {word for word, n in again["data"]["counts"].items() if n} == {"unchanged"}


@pytest.mark.parametrize("code", RULES)
def test_a_rule_that_was_broken_is_told_and_the_rest_goes_on(
    bench: Bench, golden: Golden, code: str
) -> None:
    rule = RULES[code]
    rule.before(bench)
    envelope = bench.json("push", exit_code=3)

    golden.check(code, told(envelope))
    assert [each["document"] for each in envelope["problems"]] == list(rule.refused)
    assert held(bench).items() >= {"A-1": Decimal(100), "A-3": Decimal(80)}.items()
    rule.mend(bench)
    tried_again(bench)


REFUSED = {
    **{code: planted.error(code) for code, planted in PLANTED.items()},
    **{
        f"6000 {name}": Planted(f"Business Validation Error: {detail}").error("6000")
        for name, detail in BUSINESS.items()
    },
}
NUMBERS = {case: f"N-{place}" for place, case in enumerate(REFUSED, 1)}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, dict[str, Any]]]:
    """Push an invoice for every fault that is planted, and one that nothing befalls."""
    rows = [f"{number},Ada,,2025-03-01,pass,60.00,,60.00,open\n" for number in NUMBERS.values()]
    export = INVOICES + "".join(rows)
    with at_work(tmp_path_factory.mktemp("desk"), {**FILES, "invoices.csv": export}) as bench:
        bench.refuse({NUMBERS[case]: error for case, error in REFUSED.items()})
        yield bench, bench.json("push", exit_code=3)


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_document_is_told(
    refused: tuple[Bench, dict[str, Any]], golden: Golden, case: str
) -> None:
    _, envelope = refused
    problems = [each for each in envelope["problems"] if each["document"] == NUMBERS[case]]
    golden.check(case, [{**each, "line": 0} for each in told({"problems": problems})])
    assert [each["line"] for each in problems] == [list(REFUSED).index(case) + 5]


def test_the_rest_goes_on_and_once_mended_the_refused_follow(
    refused: tuple[Bench, dict[str, Any]],
) -> None:
    bench, envelope = refused
    assert [each["document"] for each in envelope["problems"]] == list(NUMBERS.values())
    assert held(bench).keys() >= ALL.keys()
    tried_again(bench)
    assert held(bench) == ALL | dict.fromkeys(NUMBERS.values(), Decimal(60))


def test_610_of_what_was_to_be_voided_means_that_it_is_gone(bench: Bench) -> None:
    voided_while_it_is_deleted(bench)
    assert told(bench.json("push")) == []
    assert held(bench) == {"A-1": Decimal(100), "A-3": Decimal(80)}
    assert bench.json("push")["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


@pytest.mark.parametrize("code", WHOLE)
def test_a_refused_call_is_told_of_each_of_its_documents(
    bench: Bench, golden: Golden, code: str
) -> None:
    bench.plant({"entity": "Invoice", "operation": "create"}, **fault(400, code, WHOLE[code]))
    envelope = bench.json("push", exit_code=3)

    golden.check(code, told(envelope))
    assert held(bench) == {}
    tried_again(bench)
    assert held(bench) == ALL


@pytest.mark.parametrize("detail", PASSING)
def test_what_passes_by_itself_is_waited_out(bench: Bench, detail: str) -> None:
    bench.refuse({"A-2": Planted(f"Business Validation Error: {detail}").error("6000")})
    assert told(bench.json("push")) == []
    assert held(bench) == ALL


@pytest.mark.parametrize("code", ["600", "10000"])
def test_what_may_have_been_carried_out_is_looked_up_and_then_sent_once(
    bench: Bench, code: str
) -> None:
    bench.refuse({"A-2": Planted("System Failure Error").error(code)})
    assert told(bench.json("push")) == []
    assert held(bench) == ALL


def test_3001_is_waited_out(bench: Bench) -> None:
    bench.plant({"entity": "Invoice", "operation": "create"}, throttled=True, retry_after="1")
    envelope = bench.json("push")
    assert (told(envelope), envelope["data"]["calls"]["throttled"]) == ([], 1)
    assert held(bench) == ALL


def test_4002_is_asked_again(bench: Bench) -> None:
    bench.plant({"operation": "query"}, **fault(400, "4002", "Query could not be processed"))
    assert told(bench.json("push")) == []
    assert held(bench) == ALL


def test_3200_renews_the_sign_in(bench: Bench) -> None:
    bench.plant({"entity": "Invoice", "operation": "create"}, expire_token=True)
    assert told(bench.json("push")) == []
    assert held(bench) == ALL


STOPS = {
    "120": 4, "130": 4, "140": 5, "150": 5, "3100": 4, "6190": 5, "7001": 5, "10200": 4,
}  # fmt: skip


@pytest.mark.parametrize("code", STOPS)
@pytest.mark.parametrize("within", [False, True], ids=["the call", "each of its documents"])
def test_what_concerns_the_company_stops_the_run_and_the_same_command_goes_on(
    bench: Bench, golden: Golden, code: str, *, within: bool
) -> None:
    match = {"entity": "Invoice", "operation": "create"}
    if within:
        bench.plant(match, refuse={"code": code, "detail": "their words"})
    else:
        bench.plant(match, **fault({"130": 401, "3100": 403}.get(code, 400), code, "their words"))
    envelope = bench.json("push", exit_code=STOPS[code])

    (problem,) = envelope["problems"]
    status = "200" if within else {"130": "401", "3100": "403"}.get(code, "400")
    message, support = problem["message"].split(" (status ")
    assert re.fullmatch(rf"{status}, code {code}, intuit_tid 1-[0-9a-f-]+\)", support)
    golden.check(f"{code} stops", [message, problem["hint"]])
    assert held(bench) == {}
    assert bench.run("push").code == 0
    assert held(bench) == ALL


def test_3200_that_no_renewal_helps_asks_for_a_new_sign_in(bench: Bench, golden: Golden) -> None:
    bench.plant(
        {"entity": "Invoice", "operation": "create", "times": "always"},
        **fault(401, "3200", "Token expired"),
    )
    envelope = bench.json("push", exit_code=4)
    (problem,) = envelope["problems"]
    message = problem["message"].split(" (status ")[0]
    golden.check("3200 stops", [message, problem["hint"]])
    assert held(bench) == {}


@pytest.mark.parametrize("code", ["4000", "4001"])
def test_a_question_that_is_refused_stops_the_run_before_anything_is_sent(
    bench: Bench, golden: Golden, code: str
) -> None:
    match = {"entity": "", "operation": "query"}
    bench.plant(match, **fault(400, code, "QueryParserError: Encountered"))
    envelope = bench.json("push", exit_code=5)
    (problem,) = envelope["problems"]
    message, support = problem["message"].split(" (status ")
    assert re.fullmatch(rf"400, code {code}, intuit_tid 1-[0-9a-f-]+\)", support)
    golden.check("question", [message, problem["hint"]])
    assert held(bench) == {}
    assert bench.run("push").code == 0
    assert held(bench) == ALL


@pytest.mark.parametrize(("code", "exit_code"), [("10000", 5), ("6000", 5)])
def test_what_does_not_pass_ends_the_run_without_a_loss(
    bench: Bench, code: str, exit_code: int
) -> None:
    match = {"entity": "Invoice", "operation": "create", "document": "A-2", "times": "always"}
    bench.plant(match, refuse={"code": code, "detail": BUSY})
    bench.json("push", exit_code=exit_code)
    assert held(bench) == {"A-1": Decimal(100), "A-3": Decimal(80)}


def test_every_code_of_the_reference_was_provoked() -> None:
    if not REFERENCE.is_file():
        pytest.skip("the reference is not at hand")
    provoked = {
        *RULES, *PLANTED, *WHOLE, *STOPS, "600", "10000", "3001", "4000", "4001", "4002", "3200",
    }  # fmt: skip
    assert provoked == codes_of_the_reference()


def codes_of_the_reference() -> set[str]:
    """Read the first column of the table in section 7.3, ranges written out."""
    listed = [
        each["code"] for each in json.loads((SHARED / "derived/error_codes.json").read_text())
    ]
    section = REFERENCE.read_text(encoding="utf-8").split("### 7.3")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    found: set[str] = set()
    for first, last in re.findall(r"(\d{3,5})(?:–(\d{4}))?(?! *\))", " ".join(map(bare, cells))):
        upto = int(last or first)
        found |= {code for code in listed if int(first) <= int(code) <= upto}
    return found


def bare(cell: str) -> str:
    """Leave out the HTTP status beside a code."""
    return re.sub(r"\(\d{3}\)", "", cell)


def fault(status: int, code: str, detail: str) -> dict[str, Any]:
    error = {"Message": "message", "Detail": detail, "code": code, "element": ""}
    return {"status": status, "body": {"Fault": {"Error": [error], "type": "ValidationFault"}}}
