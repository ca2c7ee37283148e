"""The lines of a document, and names that stand for entries of the books."""

from __future__ import annotations

import datetime as dt
from dataclasses import field
from decimal import Decimal

from acctsync.money import ZERO
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry of a list in the books, as the mapping names it: by exact id, or by name.

    A name may be a path through parents, `Parent:Child`; a `word` of the export is one name,
    whatever stands in it.
    """

    name: str | None = None
    id: str | None = None
    word: bool = field(default=False, compare=False, repr=False)

    def __str__(self) -> str:
        return self.name if self.name is not None else f"id {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """One tax on a line or a document, as billed."""

    name: str
    rate: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a document.

    `amount` is what the line adds to the document before tax (or with tax, when the document's
    prices include it), after `discount`. Without discount it equals quantity × unit_price rounded
    once, wherever both are given. `tax_code` is the books' code that the mapping chose for the
    line's taxes; `tax_amount` the tax as billed.
    """

    amount: Decimal
    item: Reference | None = None
    description: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    discount: Decimal = ZERO
    tax_code: Reference | None = None
    tax_amount: Decimal | None = None
    taxes: tuple[Tax, ...] = ()
    class_: Reference | None = None
    location: Reference | None = None
    account: Reference | None = None
    expense_account: Reference | None = None
    category: str = ""
    service_date: dt.date | None = None

    @property
    def gross_amount(self) -> Decimal:
        """Tell the amount before the line's discount."""
        return self.amount + self.discount
