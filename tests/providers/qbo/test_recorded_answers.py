"""Every recorded or documented answer about a kind of ours is read, with what it says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from acctsync.documents import LABELS, PARTIES, Kind
from acctsync.providers.encoding import decode
from acctsync.providers.exchange import Answer
from acctsync.providers.port import Accepted, Rejected
from acctsync.providers.qbo.faults import faults_in_xml
from acctsync.providers.qbo.payloads import ENTITIES
from acctsync.providers.qbo.responses import outcomes, remote_document
from tests.providers.conftest import SHARED
from tests.providers.qbo.xsd import Schema

KINDS = {entity: kind for kind, entity in reversed(ENTITIES.items())}
NUMBERS = {Kind.PAYMENTS: "PaymentRefNum"}
TOTALS = {Kind.PAYOUTS: "Amount"}
Found = tuple[str, str, dict[str, Any]]


def json_bodies() -> Iterator[tuple[str, Any]]:
    """Read what was recorded as JSON, and Intuit's documented answers."""
    for path in sorted((SHARED / "minimul-qbo_api").rglob("*.yml")):
        for each in yaml.safe_load(path.read_text(encoding="utf-8"))["http_interactions"]:
            yield path.name, decoded(each["response"]["body"]["string"])
    for path in sorted((SHARED / "intuit-doc-samples-voska").glob("*.json")):
        for each in decode(path.read_bytes()):
            if each["kind"] != "request":
                yield f"{path.name} {each['section']}", each["body"]


def decoded(text: str) -> Any:
    try:
        return decode(text.encode())
    except ValueError:
        return None


def xml_bodies() -> Iterator[tuple[str, bytes]]:
    """Read what was recorded as XML."""
    for path in sorted((SHARED / "ruckus-quickbooks-ruby").rglob("*.xml")):
        yield path.name, path.read_bytes()
    for path in sorted((SHARED / "flowlink-quickbooks_integration").glob("*.json")):
        for each in json.loads(path.read_text(encoding="utf-8"))["interactions"]:
            yield path.name, each["response_body"].encode()


def entities(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Find the objects of our kinds in an answer, however deep."""
    if isinstance(value, list):
        for each in value:
            yield from entities(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in KINDS:
                for one in each if isinstance(each, list) else [each]:
                    if isinstance(one, dict) and "Id" in one:
                        yield name, one
            else:
                yield from entities(each)


def recorded(schema: Schema) -> Iterator[Found]:
    for source, body in json_bodies():
        for name, entity in entities(body):
            yield source, name, entity
    for source, text in xml_bodies():
        for element in elements(text):
            name = element.tag.rpartition("}")[2]
            if name in KINDS and any(child.tag.endswith("}Id") for child in element):
                yield source, name, schema.as_json(name, element)


def elements(text: bytes) -> Iterator[ET.Element]:
    try:
        yield from ET.fromstring(text).iter()  # noqa: S314 - recordings
    except ET.ParseError:
        return


@pytest.fixture(scope="module")
def found() -> list[Found]:
    folder = SHARED / "intuit-php-sdk-xsd" / "src" / "XSD"
    if not folder.is_dir():
        pytest.skip("the recordings are not at hand")
    return list(recorded(Schema(folder)))


def test_every_recorded_object_of_our_kinds_is_read(found: list[Found]) -> None:
    for source, name, entity in found:
        kind = KINDS[name]
        document = remote_document(kind, entity)
        said = (source, name, entity)
        assert document.id == entity["Id"], said
        assert document.version == entity.get("SyncToken", ""), said
        if kind in PARTIES:
            assert document.name == entity.get("DisplayName", ""), said
            continue
        if kind in {Kind.ITEMS, *LABELS}:
            assert document.name == entity.get("FullyQualifiedName", entity.get("Name", "")), said
            continue
        assert document.total == amount(entity, TOTALS.get(kind, "TotalAmt")), said
        assert document.number == entity.get(NUMBERS.get(kind, "DocNumber"), ""), said
        assert str(document.date or "") == entity.get("TxnDate", "")[:10], said
        assert document.currency == entity.get("CurrencyRef", {}).get("value", ""), said
        assert document.voided == is_void(entity), said


def amount(entity: dict[str, Any], name: str) -> Decimal | None:
    return Decimal(str(entity[name])) if name in entity else None


def is_void(entity: dict[str, Any]) -> bool:
    note = entity.get("PrivateNote", "")
    return entity.get("status") == "Deleted" or (
        not entity.get("TotalAmt") and note.startswith("Voided")
    )


def test_there_are_recordings_of_every_kind(found: list[Found]) -> None:
    counted = Counter(name for _, name, _ in found)
    assert set(counted) == set(ENTITIES.values())


def test_what_was_voided_or_deleted_there_is_seen(found: list[Found]) -> None:
    void = {name for _, name, entity in found if remote_document(KINDS[name], entity).voided}
    assert void >= {"Invoice", "Payment", "SalesReceipt"}


def test_a_recorded_answer_to_a_single_write_is_its_document(found: list[Found]) -> None:
    """Each object, in the shape of an answer, is accepted as the document it is."""
    for source, name, entity in found:
        body = json.dumps({name: entity, "time": ""}, default=float).encode()
        (outcome,) = outcomes(Answer(status=200, body=body), [KINDS[name]], batch=False)
        assert isinstance(outcome, Accepted), (source, outcome)
        assert outcome.remote.id == entity["Id"]


def test_every_recorded_fault_in_xml_is_a_refusal_with_its_code() -> None:
    if not SHARED.is_dir():
        pytest.skip("the recordings are not at hand")
    codes = Counter(fault.code for _, body in xml_bodies() for fault in faults_in_xml(body))
    assert set(codes) >= {"2030", "3001", "4000", "4001", "6240", "6270"}


def test_every_recorded_fault_in_json_is_a_refusal() -> None:
    if not SHARED.is_dir():
        pytest.skip("the recordings are not at hand")
    faulty = [
        (name, body) for name, body in json_bodies() if isinstance(body, dict) and "Fault" in body
    ]
    assert faulty
    for name, body in faulty:
        answer = Answer(status=400, body=json.dumps(body, default=float).encode())
        (outcome,) = outcomes(answer, [Kind.INVOICES], batch=False)
        assert isinstance(outcome, Rejected), name
        assert outcome.problem.provider_code
