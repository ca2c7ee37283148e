"""The provider at a simulated company that misbehaves in every way the real one is known for."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import (
    Allocation,
    Customer,
    Document,
    DocumentRef,
    Invoice,
    Kind,
    ListKind,
    Reference,
    RemoteDocument,
    TaxTreatment,
)
from acctsync.errors import AcctsyncError, ComeBackLater, InputRefused, SignInNeeded
from acctsync.plan.model import Action, Change
from acctsync.providers.port import Accepted, Outcome, Refusal, Rejected, Sought, Throttled, Unknown
from acctsync.providers.qbo.endpoints import origin
from acctsync.simulator import Simulator
from tests.providers.conftest import COMPANIES, CONNECTION, KEYS, Desk, OpenDesk, desk_at
from tests.providers.qbo.builders import (
    D,
    a_customer,
    a_line,
    a_payment,
    a_refund,
    an_invoice,
    creating,
)

PASS = Reference(name="Day Pass")


def line(amount: str = "100.00", **changes: Any) -> Any:
    return a_line(amount, **({"item": PASS} | changes))


def invoice(number: str = "CW-1", *lines: Any, **changes: Any) -> Invoice:
    ref = DocumentRef(changes.pop("kind", Kind.INVOICES), "invoices", number)
    return an_invoice(
        *(lines or (line(),)), **{"ref": ref, "number": number, "kind": ref.kind, **changes}
    )


class Clerk:
    """Knows one customer and sends documents for it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.keys = 0
        self.customer_id = self.done(a_customer(currency=desk.books.company().currency)).id

    def send(self, *changes: Change, key: str = "") -> list[Outcome]:
        self.keys += 1
        for change in changes:
            if not isinstance(change.document, Customer) and self.keys > 1:
                self.desk.refs.customers[change.ref] = self.customer_id
        writes = [self.desk.books.render(change, self.desk.refs) for change in changes]
        return list(self.desk.books.send(self.desk.books.pack(writes, key or f"key-{self.keys}")))

    def create(self, *documents: Document) -> list[Outcome]:
        return self.send(*map(creating, documents))

    def done(
        self,
        document: Document,
        action: Action = Action.CREATE,
        remote: RemoteDocument | None = None,
    ) -> RemoteDocument:
        (outcome,) = self.send(Change(action=action, document=document, remote=remote))
        assert isinstance(outcome, Accepted), outcome
        if isinstance(document, Invoice):
            self.desk.refs.invoices[document.number] = outcome.remote.id
        return outcome.remote

    def found(self, document: Document) -> tuple[RemoteDocument, ...]:
        return self.desk.books.find([Sought(ref=document.ref, number=document.number)])[
            document.ref
        ]

    def plant(self, path: str = "/batch", **deed: Any) -> None:
        self.desk.simulator.add_fault({"match": {"path": path}, "do": deed})


@pytest.fixture
def clerk(desk: Desk) -> Clerk:
    return Clerk(desk)


GATEWAY = (
    '{{"fault":{{"error":[{{"code":"{code}","message":"m","detail":"canary"}}],"type":"SERVICE"}}}}'
)

# ------------------------------------------------------------------ writes


@pytest.mark.parametrize(
    "deed",
    [
        {"drop_after": True},
        {"drop_before": True},
        {"status": 500, "processed": True},
        {"status": 502, "body": "<html>"},
        {"status": 503},
        {"status": 504, "processed": True},
        {"html": True, "processed": True},
        {"empty": True, "processed": True},
        {"truncate": True},
        {"wrong_length": True},
        {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
        {"status": 408},
    ],
    ids=" ".join,
)
def test_an_answer_that_tells_nothing_is_unknown_and_is_asked_once(
    clerk: Clerk, deed: dict[str, Any]
) -> None:
    before = clerk.desk.books.calls.write
    clerk.plant(**deed)
    outcomes = clerk.create(invoice("CW-1"), invoice("CW-2"))

    assert [type(each) for each in outcomes] == [Unknown, Unknown]
    assert clerk.desk.books.calls.write == before + 1


def test_an_item_left_out_of_the_answer_is_unknown_alone(clerk: Clerk) -> None:
    clerk.desk.simulator.add_fault(
        {"match": {"document": "CW-2"}, "do": {"omit": True, "reorder": True}}
    )
    outcomes = clerk.create(invoice("CW-1"), invoice("CW-2"), invoice("CW-3"))

    assert [type(each) for each in outcomes] == [Accepted, Unknown, Accepted]
    assert [each.remote.number for each in outcomes if isinstance(each, Accepted)] == [
        "CW-1",
        "CW-3",
    ]


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("6140", Refusal.DUPLICATE),
        ("5010", Refusal.STALE),
        ("610", Refusal.GONE),
        ("2500", Refusal.REFERENCE),
        ("2250", Refusal.INVALID),
    ],
)
def test_a_refused_item_says_why(clerk: Clerk, code: str, refusal: Refusal) -> None:
    clerk.desk.simulator.add_fault(
        {
            "match": {"document": "CW-1"},
            "do": {"refuse": {"code": code, "detail": "Words of theirs"}},
        }
    )
    refused, accepted = clerk.create(invoice("CW-1"), invoice("CW-2"))

    assert isinstance(refused, Rejected)
    assert (refused.refusal, refused.problem.provider_code) == (refusal, code)
    assert refused.problem.provider_request
    assert "Words of theirs" in refused.problem.message
    assert isinstance(accepted, Accepted)


def test_one_name_at_a_time_is_only_a_pause(clerk: Clerk) -> None:
    detail = "You can only add or edit one name at a time, and you are now adding another one."
    clerk.desk.simulator.add_fault(
        {"match": {"entity": "Customer"}, "do": {"refuse": {"code": "6000", "detail": detail}}}
    )
    other = a_customer("Other", ref=DocumentRef(Kind.CUSTOMERS, "s", "other"))

    (outcome,) = clerk.create(other)
    assert isinstance(outcome, Throttled)
    assert outcome.wait == 5.0


@pytest.mark.parametrize(
    ("retry_after", "wait"), [("", 60.0), ("7", 7.0), ("-1", 60.0), ("soon", 60.0)]
)
def test_a_throttled_batch_waits_as_told_and_holds_the_others_back(
    clerk: Clerk, retry_after: str, wait: float
) -> None:
    clerk.plant(throttled=True, **({"retry_after": retry_after} if retry_after else {}))
    outcomes = clerk.create(invoice("CW-1"), invoice("CW-2"))

    assert outcomes == [Throttled(wait=wait, why="QuickBooks' limit on calls was reached")] * 2
    assert (
        clerk.desk.books._wire._caller._throttle._paused_until
        > clerk.desk.clock.monotonic() + wait - 2
    )


def test_a_rehearsal_shortens_the_vendors_waits(open_desk: OpenDesk) -> None:
    clerk = Clerk(open_desk(time_scale=0.01))
    clerk.plant(throttled=True)
    (outcome,) = clerk.create(invoice())

    assert outcome == Throttled(wait=0.6, why="QuickBooks' limit on calls was reached")
    assert clerk.desk.books.limits.quiet_period == 1.5
    assert isinstance(clerk.create(invoice())[0], Accepted)


def test_a_pause_no_run_can_wait_for_ends_it(clerk: Clerk) -> None:
    clerk.plant(throttled=True, retry_after="7200")

    with pytest.raises(ComeBackLater, match="no more calls for 2 hours, until "):
        clerk.create(invoice())


def test_an_expired_token_is_renewed_and_the_same_bytes_are_sent_again(clerk: Clerk) -> None:
    clerk.plant(expire_token=True)
    (outcome,) = clerk.create(invoice())

    assert isinstance(outcome, Accepted)
    sent = [each for each in clerk.desk.simulator.requests if each.path.endswith("/batch")][-2:]
    assert [each.status for each in sent] == [401, 200]
    assert sent[0].body == sent[1].body
    assert sent[0].query == sent[1].query


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, "3200", SignInNeeded),
        (401, "130", SignInNeeded),
        (403, "3100", SignInNeeded),
        (400, "120", SignInNeeded),
        (400, "6190", ComeBackLater),
        (400, "7001", ComeBackLater),
        (400, "150", ComeBackLater),
        (404, "500", InputRefused),
    ],
)
def test_what_concerns_the_whole_connection_stops_the_run(
    clerk: Clerk, status: int, code: str, error: type[AcctsyncError]
) -> None:
    for _ in range(2):
        clerk.plant(status=status, body=GATEWAY.format(code=code))

    with pytest.raises(error) as stop:
        clerk.create(invoice())
    assert "canary" not in f"{stop.value.message} {stop.value.hint}"


def test_a_batch_that_is_refused_as_a_whole_refuses_each(clerk: Clerk) -> None:
    clerk.plant(status=400, body='{"Fault":{"Error":[{"code":"2010","Message":"m"}]}}')

    assert [type(each) for each in clerk.create(invoice("1"), invoice("2"))] == [Rejected] * 2


def test_books_that_are_switched_off_may_come_back_but_not_for_ever(clerk: Clerk) -> None:
    clerk.desk.refs.entry(ListKind.ITEMS, PASS)
    clerk.desk.simulator.stop()
    for _ in range(4):
        (outcome,) = clerk.create(invoice())
        assert isinstance(outcome, Throttled)

    with pytest.raises(ComeBackLater, match="can't be reached"):
        clerk.create(invoice())


def test_a_stop_sends_nothing_more(clerk: Clerk) -> None:
    clerk.desk.refs.entry(ListKind.ITEMS, PASS)
    before = len(clerk.desk.simulator.requests)
    clerk.desk.stop.set()

    assert clerk.create(invoice()) == [Throttled(wait=0.0, why="the run is being stopped")]
    assert len(clerk.desk.simulator.requests) == before


def test_the_same_key_and_bytes_make_one_document(clerk: Clerk) -> None:
    (first,) = clerk.send(creating(invoice()), key="same")
    (second,) = clerk.send(creating(invoice()), key="same")

    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert first.remote == second.remote
    assert len(clerk.found(invoice())) == 1


def test_batches_sent_from_many_threads_all_arrive_once(open_desk: OpenDesk) -> None:
    clerk = Clerk(open_desk())
    clerk.desk.simulator.latency = 0.05
    documents = [invoice(f"CW-{n}") for n in range(24)]
    with ThreadPoolExecutor(24) as pool:
        sent = pool.map(lambda each: clerk.send(creating(each), key=each.number), documents)
        outcomes = [outcome for each in sent for outcome in each]

    assert [type(each) for each in outcomes] == [Accepted] * 24
    assert [len(clerk.found(document)) for document in documents] == [1] * 24


# ------------------------------------------------------------------ documents end to end


def test_a_discounted_taxed_invoice_comes_to_its_total(clerk: Clerk) -> None:
    document = invoice(
        "CW-9",
        line(
            "90.00",
            discount=D("10.00"),
            quantity=D(2),
            unit_price=D("50"),
            tax_code=Reference(name="TAX"),
            tax_amount=D("5.63"),
        ),
        line("33.33", quantity=D(3), unit_price=D("11.10"), class_=Reference(name="Events")),
        discount=D("3.33"),
        discount_account=Reference(name="Discounts given"),
        tax_total=D("5.63"),
        rounding=D("0.01"),
        rounding_account=Reference(name="Rounding"),
        total=D("125.64"),
        location=Reference(name="Boston"),
        memo="Danke – schön",
    )

    assert clerk.desk.books.review(document) == ()
    assert clerk.done(document).total == document.total


@pytest.mark.parametrize(
    "document",
    [
        an_invoice(
            line(tax_code=Reference(name="GST/QST QC - 9.975")),
            tax_total=D("14.98"),
            currency="CAD",
        ),
        an_invoice(
            line("114.98", tax_code=Reference(name="GST/QST QC - 9.975"), tax_amount=D("14.98")),
            tax=TaxTreatment.INCLUSIVE,
            tax_total=D("14.98"),
            total=D("114.98"),
            currency="CAD",
        ),
        an_invoice(line(tax_code=None), tax=TaxTreatment.NONE, currency="CAD"),
        an_invoice(
            line("90", discount=D(10), tax_code=Reference(name="HST ON")),
            discount_account=Reference(name="4900 Discounts"),
            tax_total=D("11.70"),
            currency="CAD",
        ),
        an_invoice(
            line(tax_code=Reference(name="Zero-rated")), kind=Kind.CREDIT_NOTES, currency="CAD"
        ),
        an_invoice(
            line(tax_code=Reference(name="Zero-rated")), kind=Kind.ESTIMATES, currency="CAD"
        ),
    ],
    ids=["exclusive", "inclusive", "untaxed", "discounted", "credit note", "estimate"],
)
def test_canadian_documents_come_to_their_totals(open_desk: OpenDesk, document: Invoice) -> None:
    desk = open_desk("agency-canada")
    clerk = Clerk(desk)
    lines = tuple(replace(each, item=Reference(name="Hosting")) for each in document.lines)
    document = replace(document, lines=lines)

    assert desk.books.review(document) == ()
    remote = clerk.done(document)
    assert (remote.total, remote.stamp, remote.kind) == (
        document.total,
        document.ref.id,
        document.kind,
    )
    assert clerk.found(document) == (remote,)


def test_a_refund_is_made_found_and_taken_back(clerk: Clerk) -> None:
    refund = a_refund("33.33", source_id="re_0123456789012345678901234", lines=(line("33.33"),))
    remote = clerk.done(refund)

    assert (remote.number, remote.stamp, remote.total) == (
        "A-" + remote.number[2:],
        refund.ref.id,
        D("33.33"),
    )
    assert clerk.found(refund) == (remote,)
    assert clerk.done(refund, Action.VOID, remote).voided
    assert clerk.found(refund) == ()


def test_a_customer_is_taken_back_by_making_it_inactive(clerk: Clerk) -> None:
    customer = a_customer("Short Lived", ref=DocumentRef(Kind.CUSTOMERS, "s", "short"))
    remote = clerk.done(customer)
    after = clerk.done(customer, Action.VOID, remote)

    assert (after.active, after.name) == (False, "Short Lived (deleted)")
    found = clerk.desk.books.find([Sought(ref=customer.ref, names=("short lived",))])[customer.ref]
    assert found == (after,)


def test_part_payments_leave_the_rest_open(clerk: Clerk) -> None:
    clerk.done(invoice("CW-1"))
    clerk.done(invoice("CW-2"))
    payment = a_payment(
        "120.00",
        allocations=(
            Allocation(wanted="CW-1", amount=D(100)),
            Allocation(wanted="CW-2", amount=D(15)),
        ),
    )
    paid = clerk.done(payment)

    assert paid.balance == D("5.00")
    assert [clerk.found(invoice(number))[0].balance for number in ("CW-1", "CW-2")] == [
        D(0),
        D("85.00"),
    ]


# ------------------------------------------------------------------ reads


@pytest.mark.parametrize(
    "deed",
    [
        {"throttled": True},
        {"drop_before": True},
        {"status": 503},
        {"html": True},
        {"empty": True},
        {"truncate": True},
        {"wrong_length": True},
    ],
    ids=" ".join,
)
def test_reads_are_patient(open_desk: OpenDesk, deed: dict[str, Any]) -> None:
    desk = open_desk(time_scale=0.01)
    desk.simulator.add_fault({"match": {"path": "/query"}, "do": deed})

    assert [each.name for each in desk.books.pull(ListKind.TERMS)] == [
        "Due on receipt",
        "Net 15",
        "Net 30",
    ]


@pytest.mark.parametrize("deed", [{"status": 503}, {"html": True}, {"empty": True}], ids=" ".join)
def test_books_that_can_not_be_asked_are_never_taken_for_empty(
    clerk: Clerk, deed: dict[str, Any]
) -> None:
    clerk.desk.simulator.add_fault({"match": {"path": "/query", "times": "always"}, "do": deed})

    with pytest.raises(ComeBackLater):
        clerk.found(invoice())


def test_long_lists_are_read_page_by_page(desk: Desk) -> None:
    for number in range(1001):
        desk.simulator.dialect.by_hand("Customer", {"DisplayName": f"Customer {number}"})
    before = desk.books.calls.read
    ref = DocumentRef(Kind.CUSTOMERS, "s", "x")
    found = desk.books.find(
        [
            Sought(ref=ref, names=("customer 1000",)),
            Sought(ref=replace(ref, id="y"), names=("customer 0",)),
        ]
    )

    assert [[each.name for each in remotes] for remotes in found.values()] == [
        ["Customer 1000"],
        ["Customer 0"],
    ]
    assert desk.books.calls.read == before + 2


def test_many_numbers_are_asked_for_by_the_hundreds(clerk: Clerk) -> None:
    clerk.done(invoice("CW-350"))
    before = clerk.desk.books.calls.read
    found = clerk.desk.books.find(
        [Sought(ref=invoice(f"CW-{n}").ref, number=f"CW-{n}") for n in range(401)]
    )

    assert [ref.id for ref, remotes in found.items() if remotes] == ["CW-350"]
    assert clerk.desk.books.calls.read == before + 2


def test_a_question_that_is_refused_for_its_length_is_asked_in_halves(clerk: Clerk) -> None:
    clerk.done(invoice("CW-150"))
    clerk.desk.simulator.add_fault(
        {
            "match": {"path": "/query", "entity": "Invoice"},
            "do": {"status": 414, "body": "too long"},
        }
    )
    found = clerk.desk.books.find(
        [Sought(ref=invoice(f"CW-{n}").ref, number=f"CW-{n}") for n in range(200)]
    )

    assert [ref.id for ref, remotes in found.items() if remotes] == ["CW-150"]


def test_long_numbers_go_by_post(clerk: Clerk) -> None:
    number = "Größe'\\&=#%+ 1234567"
    clerk.done(invoice(number))
    sought = [Sought(ref=invoice(f"ä{n:020}").ref, number=f"ä{n:020}") for n in range(299)]
    wanted = Sought(ref=invoice(number).ref, number=number)
    found = clerk.desk.books.find([*sought, wanted])

    assert [each.number for each in found[wanted.ref]] == [number]
    assert clerk.desk.simulator.requests[-1].method == "POST"


def test_customers_written_meanwhile_are_seen(clerk: Clerk) -> None:
    ref = DocumentRef(Kind.CUSTOMERS, "s", "late")
    asked = [Sought(ref=ref, names=("late comer",))]
    assert clerk.desk.books.find(asked) == {ref: ()}
    clerk.done(a_customer("Late Comer", ref=ref))

    assert [each.name for each in clerk.desk.books.find(asked)[ref]] == ["Late Comer"]


def test_a_company_with_tax_codes_of_its_own_lists_them(open_desk: OpenDesk) -> None:
    names = [each.name for each in open_desk("agency-canada").books.pull(ListKind.TAX_CODES)]

    assert {"GST", "HST ON", "Zero-rated"} <= set(names)
    assert [each.id for each in open_desk().books.pull(ListKind.TAX_CODES)] == ["TAX", "NON"]


def test_every_call_names_the_minor_version_and_asks_for_json(clerk: Clerk) -> None:
    clerk.done(invoice())
    clerk.desk.books.company()
    clerk.found(invoice())
    calls = [each for each in clerk.desk.simulator.requests if each.path.startswith("/v3/")]

    assert {each.query.get("minorversion") for each in calls} == {"75"}


@pytest.mark.parametrize(
    ("environment", "link"),
    [
        ("production", "https://app.qbo.intuit.com/app/invoice?txnId=17"),
        ("sandbox", "https://app.sandbox.qbo.intuit.com/app/invoice?txnId=17"),
    ],
)
def test_people_find_the_document_in_the_app(desk: Desk, environment: str, link: str) -> None:
    desk.books._place = origin(environment)
    remote = RemoteDocument(kind=Kind.INVOICES, id="17", version="0", digest="")

    assert desk.books.link(remote) == link


# ------------------------------------------------------------------ limits and secrets


def test_a_burst_of_calls_is_spread_over_as_many_seconds_as_the_vendor_wants(
    open_desk: OpenDesk,
) -> None:
    # Only the least time can be asserted: a busy machine adds to it as it likes, and lets calls
    # that left in time arrive in a bunch.
    desk = open_desk(limits=True)
    ref = DocumentRef(Kind.INVOICES, "s", "1")
    started = time.monotonic()
    with ThreadPoolExecutor(35) as pool:
        found = list(
            pool.map(lambda n: desk.books.find([Sought(ref=ref, number=f"N-{n}")]), range(35))
        )

    assert [list(each.values()) for each in found] == [[()]] * 35
    assert time.monotonic() - started >= 3
    assert desk.books.calls.read - desk.books.calls.throttled == 35


def test_no_secret_reaches_a_log_an_error_or_the_run_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[object] = []
    with Simulator("qbo", company=COMPANIES / "coworks.yaml", limits=False) as simulator:
        desk = desk_at(simulator, tmp_path)
        clerk = Clerk(desk)
        for deed in (
            {"status": 500},
            {"drop_after": True},
            {"throttled": True, "retry_after": "0"},
        ):
            clerk.plant(**deed)
            shown += clerk.create(invoice())
        token = desk.signed_in.grant.access_token
        clerk.plant(status=403, body=GATEWAY.format(code="3100").replace("canary", token))
        with pytest.raises(SignInNeeded) as stop:
            clerk.create(invoice())
        shown += [
            stop.value,
            stop.value.hint,
            desk.books,
            desk.signed_in,
            desk.store,
            desk.secrets,
            desk.seen,
        ]
        stored = desk.store.load(CONNECTION)
        desk.books.close()
    assert stored is not None
    secrets = [stored["access_token"], stored["refresh_token"], KEYS.client_secret]
    out, err = capfd.readouterr()
    text = " ".join(map(repr, shown)) + caplog.text + out + err

    assert [secret for secret in secrets if secret in text] == []


def test_an_item_that_was_made_inactive_is_found_under_its_former_name(desk: Desk) -> None:
    (item,) = [each for each in desk.books.pull(ListKind.ITEMS) if each.name == "Day Pass"]
    desk.simulator.dialect.by_hand("Item", {"Id": item.id, "Active": False})
    ref = DocumentRef(Kind.ITEMS, "items", "name:day pass")

    (found,) = desk.books.find([Sought(ref=ref, names=("day pass",))])[ref]
    assert (found.id, found.name, found.active) == (item.id, "Day Pass (deleted)", False)


def test_an_item_below_a_category_is_found_by_its_path_alone(desk: Desk) -> None:
    ref = DocumentRef(Kind.ITEMS, "items", "x")
    named = {
        name: [each.name for each in desk.books.find([Sought(ref=ref, names=(name,))])[ref]]
        for name in ("memberships: hot desk", "hot desk", "memberships")
    }
    assert named == {
        "memberships: hot desk": ["Memberships:Hot Desk"],
        "hot desk": [],
        "memberships": ["Memberships"],
    }
