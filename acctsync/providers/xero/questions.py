"""What is asked of Xero, as addresses; pure (Xero: requests and responses, filters).

Only parameters that Xero answers from an index are used: ids and numbers of invoices, days of the
rest. Everything a filter brings is compared again here, since quotes in values have no rule there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote, urlencode

from acctsync.documents import ASSIGNABLE
from acctsync.providers.port import Sought
from acctsync.providers.xero.endpoints import API_PATH
from acctsync.providers.xero.notes import HISTORY
from acctsync.providers.xero.text import NUMBER_MOST

PAGE = 1000  # Xero: paging: pageSize
_MOST_AT_ONCE = 200
_LONGEST = 4000  # of one parameter: addresses beyond some 8,000 characters are cut off on their way
_FINE = {"Invoices", "CreditNotes", "Items", "BankTransactions"}
# Xero: quotes and purchase orders know no `where`.
_BY_DAYS = {"Quotes", "PurchaseOrders"}
_UNPAGED = {"BankTransfers"}

WITH_ARCHIVED = {"includeArchived": "true"}

# What Xero numbered is found by our stamp, wherever somebody dated it to meanwhile: within a year
# and more, since no filter of Xero's finds a stamp that stands behind other words.
STAMPED_DAYS = 400

T = TypeVar("T")


def address(resource: str, asked: Mapping[str, str] | None = None) -> str:
    """Write the address of a resource, every value encoded."""
    values = dict(asked or {})
    if resource.partition("/")[0] in _FINE:
        values["unitdp"] = "4"
    query = urlencode(values, quote_via=quote, safe="")
    return f"{API_PATH}/{resource}?{query}" if query else f"{API_PATH}/{resource}"


def history(resource: str, id_: str) -> str:
    """Ask for what happened to one document."""
    return f"{API_PATH}/{resource}/{id_}/{HISTORY}"


def page(resource: str, number: int, asked: Mapping[str, str] | None = None) -> str:
    """Ask for one page; invoices and contacts that are not paged lack half of what they hold."""
    values = {**(asked or {}), "page": str(number)}
    if resource != "Quotes":
        values["pageSize"] = str(PAGE)
    return address(resource, values)


def page_size(resource: str) -> int:
    """Tell how many elements a full page has; 0: everything comes at once."""
    if resource in _UNPAGED:
        return 0
    return 100 if resource == "Quotes" else PAGE


def since_day(resource: str, first: dt.date) -> dict[str, str]:
    """Ask for what is dated from a day on; there may be more of it than there was asked for."""
    if resource in _BY_DAYS:
        return {"DateFrom": first.isoformat()}
    return {"where": f"Date>=DateTime({first.year},{first.month:02d},{first.day:02d})"}


def chunks(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Cut values into lists that one address can hold."""
    part: list[str] = []
    length = 0
    for value in values:
        size = len(quote(value, safe="")) + 3
        if part and (len(part) == _MOST_AT_ONCE or length + size > _LONGEST):
            yield tuple(part)
            part, length = [], 0
        part.append(value)
        length += size
    if part:
        yield tuple(part)


def askable(number: str) -> bool:
    """Tell whether a number can stand in a list: a comma would make two of it."""
    return (
        bool(number) and "," not in number and number.isprintable() and len(number) <= NUMBER_MOST
    )


def listed(name: str, values: Sequence[str]) -> dict[str, str]:
    """Ask for several at once."""
    return {name: ",".join(values)}


def is_unnumbered(sought: Sought) -> bool:
    """Tell whether a form is sought that brought no number of its own."""
    named = sought.remote_id or sought.number
    return sought.ref.kind in ASSIGNABLE and not named
