"""Put an organisation file's lists and documents into the books, by the rules a client meets."""

from __future__ import annotations

from collections.abc import Iterable

from acctsync.simulator.company import CompanyError
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.lists import currency_created, tax_rate_created, theme_created
from acctsync.simulator.xero.organisation import CHART, Organisation
from acctsync.simulator.xero.refusals import Invalid, Refused
from acctsync.simulator.xero.resource import Create, Reply
from acctsync.simulator.xero.resources import BY_KIND
from acctsync.simulator.xero.tracking import option_created
from acctsync.simulator.xero.wire import new_id

_FINE_PLACES = 4
# What a file may bring, though the API can't.
_BY_HAND: dict[str, Create] = {
    "BrandingTheme": theme_created,
    "Currency": currency_created,
    "TaxRate": tax_rate_created,
}


def open_books(books: Books, organisation: Organisation, *, whole: bool = True) -> None:
    """Fill empty books; not whole means the lists alone, without contacts and documents."""
    currency_created(books, {"Code": books.identity.currency}, Reply())
    books.put("User", _user(books))
    for kind, rows in organisation.lists.items():
        if whole or kind in CHART:
            _add_all(books, kind, rows)
    if not books.rows("BrandingTheme"):
        theme_created(books, {"Name": "Standard"}, Reply())


def _add_all(books: Books, kind: str, rows: Iterable[Entity]) -> None:
    for row in rows:
        try:
            add(books, kind, row)
        except (Invalid, Refused, KeyError) as problem:
            name = row.get("Name") or row.get("Code") or row.get("InvoiceNumber") or row
            raise CompanyError(f"{kind} {name}: {problem}") from problem


def add(books: Books, kind: str, row: Entity) -> Entity:
    """Add one object as a person in the office would."""
    if kind == "TrackingCategory":
        return _category(books, row)
    create = _BY_HAND.get(kind) or BY_KIND[kind].create
    if create is None:
        raise CompanyError(f"{kind} can't be made by hand")
    return create(books, row, Reply(_FINE_PLACES))


def _category(books: Books, row: Entity) -> Entity:
    create = BY_KIND["TrackingCategory"].create
    assert create is not None
    key = create(books, row, Reply())["TrackingCategoryID"]
    for option in row.get("Options") or []:
        option_created(books, books.get("TrackingCategory", key), {"Name": str(option)})
    return books.get("TrackingCategory", key)


def _user(books: Books) -> Entity:
    first_name, _, last_name = books.settings.user.partition(" ")
    return {
        "UserID": new_id(),
        "EmailAddress": "books@example.com",
        "FirstName": first_name,
        "LastName": last_name,
        "IsSubscriber": True,
        "OrganisationRole": "STANDARD",
    }
