"""Lists: which objects a GET gives, in which order, how many at a time, and how much of each.

A list of documents that was not asked for by the page has no lines and stubs of contacts; archived
contacts are left out unless they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from acctsync.simulator.exchange import Answer, Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.contacts import found_by_term
from acctsync.simulator.xero.filters import Language, ordered, where
from acctsync.simulator.xero.refusals import bad_query, problem
from acctsync.simulator.xero.resource import Depth, Resource
from acctsync.simulator.xero.wire import instant

_PAGE_SIZE, _LARGEST_PAGE = 100, 1000
# Query parameters that are compared with a property as they stand.
_EXACT = {
    "Quote": {"quotenumber": "QuoteNumber", "status": "Status", "contactid": "ContactID"},
    "PurchaseOrder": {"status": "Status"},
}
_DATES = {
    "datefrom": ("Date", False),
    "dateto": ("Date", True),
    "expirydatefrom": ("ExpiryDate", False),
    "expirydateto": ("ExpiryDate", True),
}
_SEARCHED = {"Invoice": ("InvoiceNumber", "Reference")}


class BadPrecondition(Exception):
    """If-Modified-Since can't be read."""

    def answer(self) -> Answer:
        """Give the answer."""
        return problem(412, "Precondition Failed", "If-Modified-Since is not a valid date")


@dataclass(frozen=True, slots=True)
class Listing:
    """Part of a list, as it goes into an answer."""

    rows: list[Entity]
    pagination: Entity | None


def listed(
    books: Books, resource: Resource, query: Mapping[str, str], since: str, places: int
) -> Listing:
    """Give a list; the names of `query` are in lower case."""
    rows = _narrowed(books, resource, query, since)
    rows = _sorted(books, resource, rows, query.get("order", ""))
    forced = resource.paging == "always" or bool(query.get("statuses")) or _is(query, "summaryonly")
    if resource.paging == "never" or not (forced or "page" in query):
        depth = Depth.FULL if resource.paging == "never" else Depth.ROW
        return Listing([resource.shown(books, one, depth, places) for one in rows], None)
    depth = Depth.SUMMARY if _is(query, "summaryonly") else Depth.FULL
    page = max(_number(query.get("page", "1"), "page"), 1)
    size = _page_size(resource, query)
    part = rows[(page - 1) * size : page * size]
    pagination = {
        "page": page,
        "pageSize": size,
        "pageCount": -(-len(rows) // size),
        "itemCount": len(rows),
    }
    shown = [resource.shown(books, one, depth, places) for one in part]
    return Listing(shown, pagination if resource.page_sizes else None)


def _page_size(resource: Resource, query: Mapping[str, str]) -> int:
    if not resource.page_sizes or "pagesize" not in query:
        return _PAGE_SIZE
    return min(max(_number(query["pagesize"], "pageSize"), 1), _LARGEST_PAGE)


def _number(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise bad_query(f"{name} must be a number") from None


def _is(query: Mapping[str, str], name: str) -> bool:
    return query.get(name, "").lower() == "true"


# ---------------------------------------------------------------------- narrowing


def _narrowed(
    books: Books, resource: Resource, query: Mapping[str, str], since: str
) -> Sequence[Entity]:
    rows = _chosen(books, resource, query)
    for test in _tests(resource.kind, query):
        rows = [one for one in rows if test(one)]
    if since:
        after = _moment(since)
        inclusive = books.settings.modified_since == "inclusive"
        rows = [
            one
            for one in rows
            if instant(one["Updated"]) > after or (inclusive and instant(one["Updated"]) == after)
        ]
    if query.get("where") and resource.has_where:
        test = where(query["where"], _language(resource))
        rows = [one for one in rows if test(resource.view(books, one))]
    return rows


def _chosen(books: Books, resource: Resource, query: Mapping[str, str]) -> list[Entity]:
    """Start from what the indexes find, where the query names objects."""
    kind = resource.kind
    if query.get("ids"):
        found = (books.find(kind, one) for one in _words(query["ids"]))
        return [one for one in found if one is not None]
    if kind == "Invoice" and query.get("invoicenumbers"):
        words = _words(query["invoicenumbers"])
        return [one for word in words for one in books.by(kind, "InvoiceNumber", word)]
    return books.rows(kind)


def _tests(kind: str, query: Mapping[str, str]) -> Iterable[Callable[[Entity], bool]]:
    if kind == "Contact":
        if not _is(query, "includearchived"):
            yield lambda row: row["ContactStatus"] == "ACTIVE"
        if term := query.get("searchterm"):
            yield lambda row: found_by_term(row, term)
    if kind == "TrackingCategory" and not _is(query, "includearchived"):
        yield lambda row: row["Status"] == "ACTIVE"
    if kind == "BankTransfer" and not _is(query, "includedeleted"):
        yield lambda row: row["Status"] != "DELETED"
    if kind == "Invoice":
        yield from _of_invoices(query)
    for name, stored in _EXACT.get(kind, {}).items():
        if query.get(name):
            yield _equal(stored, query[name])
    if kind in _EXACT:
        yield from _between(query)


def _of_invoices(query: Mapping[str, str]) -> Iterable[Callable[[Entity], bool]]:
    if statuses := _words(query.get("statuses", "")):
        yield lambda row: row["Status"] in statuses
    if contacts := _words(query.get("contactids", "")):
        yield lambda row: row["ContactID"] in contacts
    if term := query.get("searchterm", "").casefold():
        names = _SEARCHED["Invoice"]
        yield lambda row: any(term in str(row.get(name, "")).casefold() for name in names)


def _equal(name: str, wanted: str) -> Callable[[Entity], bool]:
    return lambda row: str(row.get(name, "")).casefold() == wanted.casefold()


def _between(query: Mapping[str, str]) -> Iterable[Callable[[Entity], bool]]:
    for name, (stored, is_end) in _DATES.items():
        if query.get(name):
            yield _on_side(stored, query[name][:10], is_end=is_end)


def _on_side(name: str, limit: str, *, is_end: bool) -> Callable[[Entity], bool]:
    def test(row: Entity) -> bool:
        day = str(row.get(name) or "")
        return bool(day) and (day <= limit if is_end else day >= limit)

    return test


def _words(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except ValueError:
            raise BadPrecondition from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# ---------------------------------------------------------------------- sorting


def _sorted(books: Books, resource: Resource, rows: Sequence[Entity], order: str) -> list[Entity]:
    if resource.paging != "never":
        rows = sorted(rows, key=lambda row: (row["Updated"], row[resource.key]))
    if not order:
        return list(rows)
    views = [{**resource.view(books, one), "": one} for one in rows]
    return [one[""] for one in ordered(views, order, _language(resource))]


def _language(resource: Resource) -> Language:
    return Language(resource.kind, resource.properties, case_matters=resource.case_matters)
