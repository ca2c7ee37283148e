"""Every kind of write, of every sample's documents, against Intuit's own schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from acctsync.documents import (
    LABELS,
    Allocation,
    Document,
    DocumentRef,
    Kind,
    Label,
    Link,
    ListEntry,
    Payout,
    Reference,
    RemoteDocument,
    State,
    UnappliedPayment,
)
from acctsync.engine.reading import read_documents
from acctsync.mapping.load import load
from acctsync.plan.model import Action, Change
from acctsync.plan.parts import FeeRule, parts_of
from acctsync.plan.retaining import RetainerRule, receipt_of
from acctsync.plan.writing_off import BadDebts, measure, write_offs_of
from acctsync.providers.qbo.company import Settings
from acctsync.providers.qbo.payloads import ENTITIES, Context, write
from acctsync.providers.qbo.posting import Posting
from tests.providers.conftest import ROOT, SHARED
from tests.providers.qbo.builders import (
    CANADA,
    SETTINGS,
    D,
    KnownRefs,
    a_payment,
    an_invoice,
    an_item,
)
from tests.providers.qbo.xsd import Schema
from tests.reading import SHARED as EXPORTS
from tests.reading import TODAY
from tests.system.test_other_documents import BILLS, MAPPING, ORDERS, SALES, VENDORS

CASSETTES = Path(__file__).parent / "cassettes"
DOCUMENTED = SHARED / "intuit-doc-samples-voska"
XSD = SHARED / "intuit-php-sdk-xsd" / "src" / "XSD"
FEES = FeeRule(
    account=Reference(name="Fees"), processor=DocumentRef(Kind.VENDORS, "processors", "Stripe")
)


class Everywhere(Posting):
    """Some item posts to whatever account."""

    def item(self, account: Reference | None) -> ListEntry | None:
        return ListEntry(id="9", name="Any", full_name="Any")


# The schema calls this internal property required; Intuit documents transfers without it.
DEMANDED_IN_VAIN = {"Transfer: TransferEx is missing"}
# What is written in one way only; a mail has no body at all.
ONCE = {
    Kind.ITEMS: "create",
    **dict.fromkeys(LABELS, "create"),
    Kind.WRITE_OFFS: "create",
    Kind.WRITE_OFF_ALLOCATIONS: "create",
    Kind.UNAPPLIED_PAYMENTS: "update",
    Kind.DELIVERIES: "",
}
ALL = {
    (kind, action)
    for kind in ENTITIES
    for action in ("create", "update", "void")
    if ONCE.get(kind, action) == action
}


@pytest.fixture(scope="module")
def schema() -> Schema:
    if not XSD.is_dir():
        pytest.skip("Intuit's schema is not at hand")
    return Schema(XSD)


def samples(folder: Path) -> Iterator[Document]:
    """Read the documents of every sample, and what is written beside them."""
    mappings = [(path, path.parent) for path in sorted(ROOT.glob("sample-config/*/acctsync.yaml"))]
    mappings += [(path, EXPORTS / "samples") for path in sorted(EXPORTS.glob("mappings/**/*.yaml"))]
    texts = {
        "acctsync.yaml": MAPPING, "sales.csv": SALES, "orders.csv": ORDERS, "bills.csv": BILLS,
        "vendors.csv": VENDORS,
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    mappings.append((folder / "acctsync.yaml", folder))
    for mapping, data in mappings:
        for document in read_documents(load(mapping), data, TODAY).documents:
            yield document
            yield from parts_of(document, FEES)
    given = Allocation(wanted="CW-10241", amount=D(30))
    yield from parts_of(an_invoice(kind=Kind.CREDIT_NOTES, applies_to=given), FEES)
    bad = replace(an_invoice(), state=State.WRITTEN_OFF)
    debts = BadDebts(account=Reference(name="Bad debts"), day=TODAY)
    for part in write_offs_of(bad, debts):
        # What is written off is measured when it is written.
        yield measure(Change(action=Action.CREATE, document=part), D(30), None).document
    retainer = RetainerRule(account=Reference(name="Retainers"))
    yield receipt_of(replace(a_payment(), allocations=()), retainer)
    yield an_item("Spa:Sauna", description="An hour", sku="S-1", unit_price=D("25.005"))
    for kind in sorted(LABELS):
        yield Label(ref=DocumentRef(kind, "labels", "name:east:north"), name="East:North")
    payout = Payout(
        ref=DocumentRef(Kind.PAYOUTS, "payouts", "po_1"),
        number="po_1",
        date=TODAY,
        currency="USD",
        amount=D("80.00"),
        fee=D("3.20"),
        clearing=Reference(name="Stripe Clearing"),
        bank=Reference(name="Checking"),
        memo="STRIPE",
    )
    yield payout
    yield from parts_of(payout, FEES)
    yield UnappliedPayment(
        ref=DocumentRef(Kind.UNAPPLIED_PAYMENTS, "", "12"),
        number="p1",
        date=TODAY,
        currency="USD",
        amount=D(1),
        invoices=("70",),
    )


def written(document: Document, action: Action, known: Settings) -> dict[str, Any]:
    """Give one write as it stands in a batch; those that travel alone, as they would."""
    remote = (
        None
        if action is Action.CREATE
        else RemoteDocument(
            kind=document.ref.kind,
            id="12",
            version="3",
            digest="",
            customer="58",
            total=D(95),
            links=(
                Link(Kind.INVOICES, "70", "Invoice", D(60)),
                Link(Kind.INVOICES, "71", "Invoice", D(35)),
            ),
        )
    )
    context = Context(refs=KnownRefs(), known=known, posting=Everywhere((), ()))
    made = write(Change(action=action, document=document, remote=remote), context)
    body: dict[str, Any] = json.loads(made.body, parse_float=D)
    return {"operation": "void", ENTITIES[document.ref.kind]: body} if made.alone else body


def against(schema: Schema, item: dict[str, Any]) -> Iterator[str]:
    """List what the schema has against an item of a batch."""
    (entity,) = set(item) - {"operation", "bId"}
    yield from schema.problems("OperationEnum", item["operation"], "operation")
    yield from schema.problems(entity, item[entity], entity)


@pytest.mark.parametrize("known", [SETTINGS, CANADA], ids=["US", "CA"])
def test_every_write_is_what_intuits_schema_allows(
    schema: Schema, tmp_path: Path, known: Settings
) -> None:
    seen: set[tuple[Kind, str]] = set()
    found: dict[str, str] = {}
    for document in samples(tmp_path):
        for action in (Action.CREATE, Action.UPDATE, Action.VOID):
            if (document.ref.kind, str(action)) not in ALL:
                continue
            body = written(document, action, known)
            seen.add((document.ref.kind, str(action)))
            for problem in against(schema, body):
                found.setdefault(problem, f"{action} {document.ref}")
    assert set(found) <= DEMANDED_IN_VAIN
    assert seen == ALL


def test_what_the_cassettes_hold_is_what_intuits_schema_allows(schema: Schema) -> None:
    found = [problem for item in taped() for problem in against(schema, item)]
    assert found == []


def taped() -> Iterator[dict[str, Any]]:
    """Read the writes of the tapes."""
    for file in sorted(CASSETTES.glob("*.yaml")):
        for each in yaml.safe_load(file.read_text(encoding="utf-8"))["interactions"]:
            body = each["request"]["body"]
            if "BatchItemRequest" in (body or ""):
                yield from json.loads(body, parse_float=D)["BatchItemRequest"]


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("Invoice", {"Foo": 1}, "Foo: Invoice has no such property"),
        ("Invoice", {"Line": {}}, "Line: a list expected"),
        ("Invoice", {"DocNumber": ["1"]}, "DocNumber: no list expected"),
        ("Invoice", {"DocNumber": 1}, "DocNumber: 1 is no string"),
        ("Invoice", {"TxnDate": "1 March"}, "TxnDate: '1 March' is no date"),
        ("Invoice", {"CustomerRef": "58"}, "CustomerRef: ReferenceType must be an object"),
        ("Invoice", {"CustomerRef": {"name": "Acme"}}, "CustomerRef: value is missing"),
        ("Invoice", {"sparse": "true"}, "sparse: 'true' is no boolean"),
        ("Invoice", {"Line": [{"Amount": "1.00"}]}, "Line[0].Amount: '1.00' is no decimal"),
        ("Payment", {"TotalAmt": True}, "TotalAmt: True is no decimal"),
        (
            "Line",
            {"SalesItemLineDetail": {}, "DiscountLineDetail": {}},
            ": DiscountLineDetail and SalesItemLineDetail exclude each other",
        ),
    ],
)
def test_the_check_sees_what_is_wrong(
    schema: Schema, kind: str, value: dict[str, Any], problem: str
) -> None:
    assert list(schema.problems(kind, value)) == [problem]


@pytest.mark.parametrize("entity", sorted(set(ENTITIES.values()) - {"Purchase", "Transfer"}))
def test_the_check_has_nothing_against_intuits_own_samples(schema: Schema, entity: str) -> None:
    text = (DOCUMENTED / f"{entity.lower()}.json").read_text(encoding="utf-8")
    samples = json.loads(text, parse_float=D)
    requests = [s for s in samples if s["kind"] == "request" or s["section"] == "Request Body"]
    assert requests
    assert [p for each in requests for p in schema.problems(entity, each["body"])] == []
