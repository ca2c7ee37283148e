"""What goes over the wire, pinned: played back without a server, byte for byte.

Record anew, against the simulated company, after a change that was meant:

    ACCTSYNC_RECORD=1 python -m pytest tests/providers/qbo/test_cassettes.py

and read the difference before committing it. Signing in happens outside the tape and authorization
is left out of it, so that no token is ever recorded.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import yaml
from vcr.config import VCR
from vcr.errors import CannotOverwriteExistingCassetteException

from acctsync.credentials import FileStore
from acctsync.documents import Allocation, DocumentRef, Kind, ListKind, Reference
from acctsync.plan.model import Action, Change
from acctsync.providers.oauth import AppKeys, Grant, to_plain
from acctsync.providers.port import Accepted, Sought
from acctsync.providers.qbo.provider import QuickBooks, open_books
from acctsync.simulator import Simulator
from tests.fakes import FakeClock
from tests.providers.conftest import COMPANIES, CONNECTION, Desk, FoundRefs, desk_at
from tests.providers.qbo.builders import D, a_customer, a_line, a_payment, a_refund, an_invoice

CASSETTES = Path(__file__).parent / "cassettes"
RECORDING = bool(os.environ.get("ACCTSYNC_RECORD"))
NOWHERE = "http://127.0.0.1:9"
REALM = "9130350000000001"


def same_bytes(one: Any, other: Any) -> None:
    assert (one.body or b"") == (other.body or b"")


def slim(response: Any) -> Any:
    """Keep of an answer's headers what the client looks at."""
    kept = {"content-type", "intuit_tid", "intuit-tid", "retry-after", "content-length"}
    response["headers"] = {k: v for k, v in response["headers"].items() if k.lower() in kept}
    return response


def tape(name: str) -> Any:
    recorder = VCR(  # type: ignore[no-untyped-call]
        cassette_library_dir=str(CASSETTES),
        record_mode="all" if RECORDING else "none",
        match_on=["method", "path", "query", "same bytes"],
        filter_headers=["authorization", "host", "user-agent", "accept-encoding", "connection"],
        before_record_response=slim,
    )
    recorder.register_matcher("same bytes", same_bytes)  # type: ignore[no-untyped-call]
    if RECORDING:
        (CASSETTES / name).unlink(missing_ok=True)
    return recorder.use_cassette(name)  # type: ignore[no-untyped-call]


def played_back(folder: Path) -> QuickBooks:
    """Open books at nowhere, with a made-up token that is always fresh."""
    clock = FakeClock()
    store = FileStore(folder)
    grant = Grant(
        keys=AppKeys(client_id="app", client_secret="made-up"),
        token_url=f"{NOWHERE}/oauth2/v1/tokens/bearer",
        refresh_token="made-up-refresh",
        access_token="made-up-access",
        expires=clock.now().replace(year=2100),
    )
    store.save(CONNECTION, to_plain(grant))
    return open_books(
        environment="loopback",
        url=NOWHERE,
        company_id=REALM,
        connection=CONNECTION,
        store=store,
        lock_file=folder / "lock",
        clock=clock,
        random=lambda: 0.5,
        stop=Event(),
    )


@contextmanager
def books_at(folder: Path) -> Iterator[QuickBooks]:
    if not RECORDING:
        books = played_back(folder)
        yield books
        books.close()
        return
    with Simulator("qbo", company=COMPANIES / "coworks.yaml", limits=False) as simulator:
        desk: Desk = desk_at(simulator, folder)
        yield desk.books
        desk.books.close()


def a_month(books: QuickBooks) -> list[str]:
    """Do what a month's push does; tell what became of it."""
    refs, told = FoundRefs(books), []
    customer = a_customer("Lantern & Co: North", email="books@lantern.example")
    invoice = an_invoice(
        a_line(
            "540.00",
            item=Reference(name="Memberships:Hot Desk"),
            description="Hot desk – March",
            quantity=D(2),
            unit_price=D("300.00"),
            discount=D("60.00"),
            class_=Reference(name="Memberships"),
            tax_code=Reference(name="TAX"),
            tax_amount=D("33.75"),
        ),
        a_line(
            "25.00",
            item=Reference(name="Day Pass"),
            description="Guest",
            quantity=D(1),
            unit_price=D(25),
        ),
        tax_total=D("33.75"),
        discount_account=Reference(name="Discounts given"),
        location=Reference(name="Halifax"),
        memo="Coworks CW-10241",
    )
    payment = a_payment(
        "598.75",
        source_id="pay_91KQ",
        allocations=(Allocation(wanted="CW-10241", amount=D("598.75")),),
        method=Reference(name="Credit Card"),
        deposit_to=Reference(name="Stripe Clearing"),
    )
    refund = a_refund("25.00", lines=(invoice.lines[1],), memo="No show")

    def send(key: str, action: Action, document: Any, remote: Any = None) -> Any:
        change = Change(action=action, document=document, remote=remote)
        (outcome,) = books.send(books.pack([books.render(change, refs)], key))
        assert isinstance(outcome, Accepted), outcome
        done = outcome.remote
        told.append(
            f"{action} {document.kind} {done.number}: {done.total} open {done.balance} void {done.voided}"
        )
        return done

    told.append(books.company().name)
    told.append(str(len(list(books.pull(ListKind.ACCOUNTS)))))
    party = Sought(ref=customer.ref, names=(customer.name,), emails=(customer.email,))
    told.append(str(len(books.find([party])[customer.ref])))
    who = send("month-1", Action.CREATE, customer)
    refs.customers = dict.fromkeys((invoice.ref, payment.ref, refund.ref), who.id)
    stranger = Sought(ref=DocumentRef(Kind.INVOICES, "invoices", "x"), number="O'Neil\\ & 100%")
    nothing = books.find([Sought(ref=invoice.ref, number=invoice.number), stranger])
    told.append(str(list(nothing.values())))
    made = send("month-2", Action.CREATE, invoice)
    refs.invoices = {"CW-10241": made.id}
    paid = send("month-3", Action.CREATE, payment)
    send("month-4", Action.CREATE, refund)
    by_id = Sought(ref=invoice.ref, remote_id=made.id)
    (now,) = books.find([by_id])[invoice.ref]
    told.append(f"{now.number} open {now.balance}, digest kept {now.digest == made.digest}")
    send("month-5", Action.VOID, payment, paid)
    (now,) = books.find([by_id])[invoice.ref]
    changed = send("month-6", Action.UPDATE, invoice, now)
    send("month-7", Action.VOID, invoice, changed)
    return told


EXPECTED = [
    "Harbour Commons LLC",
    "13",
    "0",
    "create customers Lantern & Co- North: None open 0 void False",
    "[(), ()]",
    "create invoices CW-10241: 598.75 open 598.75 void False",
    "create payments pay_91KQ: 598.75 open 0 void False",
    "create refunds re_1: 25.00 open 0 void False",
    "CW-10241 open 0, digest kept True",
    "void payments pay_91KQ: 0 open 0 void True",
    "update invoices CW-10241: 598.75 open 598.75 void False",
    "void invoices CW-10241: 0 open 0 void True",
]


def test_a_months_requests_are_these_bytes_and_no_others(tmp_path: Path) -> None:
    with books_at(tmp_path) as books, tape("a_month.yaml") as cassette:
        assert a_month(books) == EXPECTED
        assert RECORDING or cassette.all_played


def test_another_request_is_not_played_back(tmp_path: Path) -> None:
    if RECORDING:
        pytest.skip("only when playing back")
    with books_at(tmp_path) as books, tape("a_month.yaml"):
        change = Change(action=Action.CREATE, document=a_customer("Somebody Else"))
        write = books.render(change, FoundRefs(books))
        with pytest.raises(CannotOverwriteExistingCassetteException):
            books.send(books.pack([write], "month-1"))


SECRET: Callable[[str], list[str]] = re.compile(
    r"(?i)(authorization|bearer|SIMACCESS|SIMREFRESH|SIMCODE|client_secret|refresh_token|access_token)"
).findall


@pytest.mark.parametrize("file", sorted(CASSETTES.glob("*")), ids=lambda file: file.name)
def test_no_tape_holds_a_token(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert SECRET(text) == []
    assert yaml.safe_load(text)["interactions"]
