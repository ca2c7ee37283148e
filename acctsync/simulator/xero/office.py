"""What a person in the office does and sees: everything at once, and changes past the API."""

from __future__ import annotations

from dataclasses import fields as words_of
from dataclasses import replace

from acctsync.simulator.company import CompanyError
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.allocations import allocated, allocation_shown
from acctsync.simulator.xero.books import KEYS, Books
from acctsync.simulator.xero.lists import organisation_shown
from acctsync.simulator.xero.refusals import Invalid, Refused
from acctsync.simulator.xero.resource import Depth, Reply
from acctsync.simulator.xero.resources import BY_KIND
from acctsync.simulator.xero.seeding import add
from acctsync.simulator.xero.settling import CREDITS

_FINE_PLACES = 4


def snapshot(books: Books) -> Entity:
    """Show every list, by kind, as the API shows it one by one; allocations as they are kept."""
    shown: Entity = {
        kind: [resource.shown(books, one, Depth.FULL, _FINE_PLACES) for one in books.rows(kind)]
        for kind, resource in sorted(BY_KIND.items())
    }
    shown["Allocation"] = books.rows("Allocation")
    shown["Organisation"] = [organisation_shown(books)]
    shown["Note"] = [
        {"kind": kind, "id": key, "details": one.details}
        for (kind, key), notes in books.notes.items()
        for one in notes
    ]
    return shown


def by_hand(books: Books, kind: str, fields: Entity) -> Entity:
    """Add something; with its id, change it, or with `raw` put values past every rule.

    `Organisation` takes the words of the organisation file, such as period_lock_date. An
    `Allocation` names what is set off by its id.
    """
    if kind == "Organisation":
        return _reorganised(books, fields)
    if kind == "Allocation":
        return allocation_shown(books, _set_off(books, fields))
    if kind not in KEYS or kind not in BY_KIND:
        raise CompanyError(f"no kind of object is called {kind}")
    try:
        stored = _stored(books, kind, fields)
    except (Invalid, Refused) as problem:
        raise CompanyError(str(problem)) from problem
    return BY_KIND[kind].shown(books, stored, Depth.FULL, _FINE_PLACES)


def _stored(books: Books, kind: str, fields: Entity) -> Entity:
    old = books.find(kind, str(fields.get(KEYS[kind]) or ""))
    if old is None:
        return add(books, kind, fields)
    if "raw" in fields:
        return books.put(kind, {**old, **fields["raw"]})
    update = BY_KIND[kind].update
    if update is None:
        return books.put(kind, {**old, **fields})
    return update(books, old, fields, Reply(_FINE_PLACES))


def _set_off(books: Books, fields: Entity) -> Entity:
    for kind in CREDITS:
        credit = books.find(kind, fields.get(f"{kind}ID"))
        if credit is not None:
            try:
                return allocated(books, kind, credit, fields)
            except Invalid as problem:
                raise CompanyError(str(problem)) from problem
    raise CompanyError("an allocation needs the id of what is set off")


def _reorganised(books: Books, fields: Entity) -> Entity:
    known = {one.name for one in words_of(books.identity)}
    unknown = set(fields) - known
    if unknown:
        raise CompanyError(f"an organisation has no {', '.join(sorted(unknown))}")
    books.identity = replace(books.identity, **fields)
    return organisation_shown(books)
