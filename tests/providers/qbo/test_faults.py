from __future__ import annotations

import json
import re

import pytest

from acctsync.providers.encoding import decode
from acctsync.providers.exchange import Answer
from acctsync.providers.qbo.faults import (
    MEANINGS,
    Class,
    Fault,
    decisive,
    faults_in,
    faults_in_xml,
    meaning,
    problem,
)
from tests.providers.conftest import SHARED
from tests.providers.qbo.recordings import pasted_fault, recorded

# What these concern is never sent: time sheets, budgets, attachments, journal entries, purchases.
_NEVER_MET = {
    "0", "2260", "2270", "6020", "6030", "6040", "6041", "6050", "6060", "6290", "6300", "6320", "6330", "6340",
    "6350", "6360", "6370", "6380", "6390", "6400", "6490", "6500", "6510", "6520", "6530",
}  # fmt: skip
_SAME_CLASS = {
    "duplicate": {Class.DUPLICATE},
    "conflict": {Class.STALE},
    "idempotency": {Class.REPLAYED},
    "bug": {Class.BUG, Class.DATA},
    "data": {
        Class.DATA,
        Class.REFERENCE,
        Class.GONE,
        Class.DUPLICATE,
        Class.BUG,
        Class.BUSINESS,
    },
    "business": {Class.BUSINESS},
    "auth": {Class.SIGN_IN},
    "env": {Class.SIGN_IN, Class.COMPANY, Class.LATER, Class.BUSINESS},
    "transient": {Class.TRANSIENT, Class.LATER, Class.UNCLEAR},
    "unknown": {Class.UNCLEAR},
}


def test_every_code_that_can_be_met_is_in_plain_words() -> None:
    path = SHARED / "derived" / "error_codes.json"
    if not path.is_file():
        pytest.skip("the list of codes is not at hand")
    listed = {each["code"]: each["class"] for each in json.loads(path.read_text())}

    assert set(listed) - set(MEANINGS) == _NEVER_MET
    wrong = [
        code for code, found in MEANINGS.items() if found.kind not in _SAME_CLASS[listed[code]]
    ]
    assert wrong == []


def test_every_refusal_says_what_to_do() -> None:
    silent = [
        code for code, found in MEANINGS.items() if found.kind is Class.DATA and not found.todo
    ]
    assert silent == []
    assert all(
        re.fullmatch(r"[^A-Z].*[^.]|QuickBooks.*[^.]", found.words) for found in MEANINGS.values()
    )


@pytest.mark.parametrize("code", ["9999", "", "6"])
def test_an_unknown_code_is_a_refusal_with_quickbooks_own_words(code: str) -> None:
    found = problem([Fault(code, "Strange", "Something new")], "1-tid")

    assert (found.code, found.provider_code, found.provider_request) == (
        "QBO202",
        code or None,
        "1-tid",
    )
    assert found.message == 'QuickBooks refuses it; QuickBooks says: "Something new"'


def faults_of(answer: Answer) -> tuple[Fault, ...]:
    return faults_in(decode(answer.body))


def test_the_services_shape_is_read() -> None:
    assert [each.code for each in faults_of(recorded("error/400_json.yml"))] == ["2010"]
    assert [each.code for each in faults_of(recorded("error/validation.yml"))] == ["6240"]


def test_the_gateways_shape_is_read() -> None:
    (fault,) = faults_of(recorded("error/401.yml"))

    assert (fault.code, meaning(fault).kind) == ("3200", Class.SIGN_IN)
    assert [each.code for each in faults_of(pasted_fault("gateway_403_wrong_environment"))] == [
        "3100"
    ]


@pytest.mark.parametrize(
    ("name", "code"), [("throttle_429_xml", "3001"), ("wrong_cluster_401_xml", "130")]
)
def test_xml_is_read_although_json_was_asked_for(name: str, code: str) -> None:
    assert [each.code for each in faults_in_xml(pasted_fault(name).body)] == [code]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("business_validation_transient", Class.TRANSIENT),
        ("business_validation_ar_customer", Class.BUSINESS),
        ("deleted_list_element", Class.BUSINESS),
        ("duplicate_name_with_id", Class.DUPLICATE),
        ("duplicate_doc_with_txnid", Class.DUPLICATE),
        ("duplicate_doc_french_locale", Class.DUPLICATE),
        ("us_line_taxcode", Class.DATA),
        ("closed_period", Class.BUSINESS),
    ],
)
def test_what_people_met_is_understood_in_any_language(name: str, kind: Class) -> None:
    assert meaning(faults_of(pasted_fault(name))[0]).kind is kind


def test_a_fault_to_fix_weighs_more_than_a_duplicate_beside_it() -> None:
    duplicate, incomplete, failed = Fault("6140"), Fault("2020"), Fault("10000")

    assert decisive([duplicate, incomplete]) == incomplete
    assert decisive([duplicate, incomplete, failed]) == failed
    assert decisive([duplicate]) == duplicate


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ()),
        ([], ()),
        ({"Fault": "text"}, ()),
        ({"Fault": {}}, (Fault(""),)),
        ({"Fault": {"Error": []}}, (Fault(""),)),
        ({"Fault": {"Error": [{"code": 6140}]}}, (Fault("6140"),)),
        (
            {"fault": {"error": [{"message": "errorCode=003001; x", "code": "0"}]}},
            (Fault("3001", "errorCode=003001; x"),),
        ),
    ],
)
def test_odd_shapes_break_nothing(value: object, expected: tuple[Fault, ...]) -> None:
    assert faults_in(value) == expected


@pytest.mark.parametrize("body", [b"", b"<a", b"{}", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'])
def test_xml_that_is_none_or_hostile_holds_no_faults(body: bytes) -> None:
    assert faults_in_xml(body) == ()
