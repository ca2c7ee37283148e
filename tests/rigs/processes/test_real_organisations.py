"""R2: two organisations of one login share its tokens, which change under both of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.rigs.processes import shop
from tests.rigs.processes.shop import Vendor
from tests.rigs.processes.starter import Started, Strike
from tests.rigs.processes.trial import Trial
from tests.rigs.processes.vendors import FULL
from tests.rigs.processes.xero import XERO

pytestmark = pytest.mark.crash
KILLED = -9
FIRST = "Harbour Commons LLC"
SECOND, TENANT = "Hill Commons LLC", "11111111-2222-4333-8444-555555555555"
# Each write renews the tokens, and the one that was replaced is dead at once.
HARSH = {"token_seconds": "300", "grace_seconds": "0"}

Begin = Callable[..., Trial]


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    """Open a second organisation to the login."""
    file = tmp_path / "organisations.yaml"
    also = f"\nalso: [{{name: {SECOND}, tenant: {TENANT}}}]\n"
    file.write_text(XERO.company.read_text(encoding="utf-8") + also, encoding="utf-8")
    mapping = mapped_to(FIRST, "xero")
    return replace(XERO, company=file, mapping=mapping, sign_in=("--company", FIRST))


def mapped_to(organisation: str, connection: str) -> str:
    said = f"company: {organisation}, connection: {connection}"
    return XERO.mapping.replace(f"company: {FIRST}", said)


def connect_the_second(trial: Trial) -> tuple[str, ...]:
    """Connect the second organisation and map the same export to it; give what selects it."""
    trial.desk.connect("", "--token-store", "file", "--company", SECOND, "--name", "second")
    folder = trial.folder / "second shop"
    shop.write(folder, mapped_to(SECOND, "second"), trial.vendor.first)
    return ("push", "--mapping", str(folder / "acctsync.yaml"))


def both(trial: Trial, second: tuple[str, ...], strike: Strike | None = None) -> list[Started]:
    """Push to both at once; the first may be struck."""
    runs = [trial.desk.start("push", strike=strike), trial.desk.start(*second)]
    return [trial.ended(each) for each in runs]


def compare(trial: Trial, second: tuple[str, ...]) -> None:
    trial.compare(trial.vendor.first_books)
    assert trial.company.books(TENANT) == trial.vendor.first_books
    assert trial.ended(trial.desk.start(*second), 0).out.startswith("Nothing to do")


def test_two_pushes_at_once_renew_one_login_in_turns(begin: Begin) -> None:
    with begin(**HARSH) as trial:
        second = connect_the_second(trial)
        assert [each.code for each in both(trial, second)] == [0, 0]
        assert trial.company.asked(trial.vendor.tokens) > 2 * 4
        compare(trial, second)


MOMENTS = ["sent PUT /Payments 1", "answer here PUT /Invoices 1", "after commit 9"]


@pytest.mark.parametrize("at", MOMENTS if FULL else MOMENTS[:1])
def test_one_that_is_killed_takes_nothing_from_the_other(begin: Begin, at: str) -> None:
    with begin(token_seconds="300") as trial:
        second = connect_the_second(trial)
        codes = [each.code for each in both(trial, second, Strike(at))]
        assert codes == [KILLED, 0]
        trial.settle()
        compare(trial, second)


RENEWALS = ["sent POST /token 2", "answer here POST /token 1", "before saving tokens 2"]


@pytest.mark.parametrize("at", RENEWALS if FULL else RENEWALS[1:2])
def test_a_renewal_that_was_cut_off_is_made_up_for_by_the_other(begin: Begin, at: str) -> None:
    """Within the half hour in which Xero still takes the old refresh token."""
    with begin(token_seconds="300") as trial:
        second = connect_the_second(trial)
        assert trial.desk.run("push", strike=Strike(at)).code == KILLED
        trial.ended(trial.desk.start(*second), 0)
        trial.settle()
        compare(trial, second)
