from __future__ import annotations

from acctsync.documents import DocumentRef, Kind, RemoteDocument
from acctsync.providers.port import Sought
from acctsync.providers.qbo.matching import Entries, Parties, by_id, by_number, merged


def remote(remote_id: str, **fields: object) -> RemoteDocument:
    return RemoteDocument(kind=Kind.CUSTOMERS, id=remote_id, version="0", digest="", **fields)  # type: ignore[arg-type]


def sought(source_id: str, kind: Kind = Kind.INVOICES, **fields: object) -> Sought:
    return Sought(ref=DocumentRef(kind, "s", source_id), **fields)  # type: ignore[arg-type]


def party(*names: str, emails: tuple[str, ...] = ()) -> Sought:
    return sought("x", Kind.CUSTOMERS, names=names, emails=emails)


ACME = remote("1", name="Acme- North", email="Books@Acme.example, other@acme.example")
OLD = remote("2", name="Umbrella (deleted)", active=False)
SAME = remote("3", name="Someone", email="books@acme.example")
KNOWN = Parties([ACME, OLD, SAME])


def test_names_compare_without_case_spaces_and_marks() -> None:
    for name in ("acme: north", " ACME:  NORTH ", "acme- north", "Acme\u200b: North"):
        assert KNOWN.candidates(party(name)) == [ACME]
    assert KNOWN.candidates(party("acme north")) == []


def test_every_bearer_of_an_address_is_a_candidate_once() -> None:
    assert KNOWN.candidates(party("Acme: North", emails=("BOOKS@acme.example",))) == [ACME, SAME]
    assert KNOWN.candidates(party(emails=("other@acme.example",))) == [ACME]


def test_an_inactive_name_is_found_under_its_former_name() -> None:
    assert KNOWN.candidates(party("umbrella")) == [OLD]


def test_numbers_compare_without_case_and_payments_by_their_short_form() -> None:
    invoice, other = sought("a", number="cw-1"), sought("b", number="CW-2")
    payment = sought("pay_0123456789012345678901234", Kind.PAYMENTS, number="ignored")
    found = [remote("1", number="CW-1"), remote("2", number="A-9A27C1E178EB3D1CED6")]

    assert by_number([invoice, other], found) == {invoice.ref: [found[0]], other.ref: []}
    assert by_number([payment], found) == {payment.ref: [found[1]]}


def test_ids_lead_to_exactly_one() -> None:
    here, gone = sought("a", remote_id="1"), sought("b", remote_id="9")

    assert by_id([here, gone], [ACME, OLD]) == {here.ref: [ACME], gone.ref: []}


def test_findings_are_put_together_without_doubles() -> None:
    ref = sought("a").ref

    assert merged([{ref: ()}, {ref: [ACME]}, {ref: [ACME, OLD]}]) == {ref: (ACME, OLD)}


def test_items_compare_by_their_whole_path() -> None:
    flat, below, asleep = (
        remote("1", name="Spa- Sauna"),
        remote("2", name="Spa:Sauna"),
        remote("3", name="Spa:Pool (deleted)", active=False),
    )
    items = Entries([flat, below, asleep])

    assert items.candidates(sought("x", Kind.ITEMS, names=("spa:  sauna ",))) == [below]
    assert items.candidates(sought("x", Kind.ITEMS, names=("Spa- Sauna",))) == [flat]
    assert items.candidates(sought("x", Kind.ITEMS, names=("SPA:POOL",))) == [asleep]
    assert items.candidates(sought("x", Kind.ITEMS, names=("Sauna",))) == []
