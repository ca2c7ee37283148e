"""What the books hold, as they tell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from acctsync.documents.kinds import Kind, Mailed
from acctsync.documents.values import value


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One entry of a list in the books. `full_name` holds its parents, `Parent:Child`."""

    id: str
    name: str
    full_name: str
    active: bool = True
    type: str = ""
    email: str = ""
    currency: str = ""
    usable: bool = True
    detail: Mapping[str, str] = field(default_factory=dict)


class Link(NamedTuple):
    """Something in the books that a document is linked to.

    `kind` is None for what we have no word for, `word` is what the books call it. `amount` is what
    a payment settles of it, or what a credit note gives; None where the books don't tell.
    """

    kind: Kind | None
    remote_id: str
    word: str
    amount: Decimal | None = None


@value
class RemoteDocument:
    """A document as the books hold it, in our words.

    `version` is the vendor's token for the next update. `digest` covers the fields that we own: as
    long as it stays what our last write answered, nobody has touched them. `stamp` is the source
    id that we left in the document, if any. `total` and `balance` are in the document's currency.
    `real_date` is its date in the export, where we dated it otherwise. `links` are of invoices and
    of payments; `deposited` payments lie in a bank deposit, and can't be changed. `mailed` is told
    of invoices. `customer` is the other side's id; of a transfer it names `both_accounts`.
    """

    kind: Kind
    id: str
    version: str
    digest: str
    number: str = ""
    stamp: str = ""
    date: dt.date | None = None
    customer: str = ""
    currency: str = ""
    total: Decimal | None = None
    balance: Decimal | None = None
    voided: bool = False
    active: bool = True
    name: str = ""
    email: str = ""
    company: str = ""
    phone: str = ""
    real_date: dt.date | None = None
    links: tuple[Link, ...] = ()
    deposited: bool = False
    mailed: Mailed = Mailed.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedPart:
    """The part of a recorded payment that settles one document in the books.

    `kind` is None for what we have no word for. `amount` is in the payment's currency; what a
    credit note gives counts negative.
    """

    kind: Kind | None
    remote_id: str
    number: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPayment:
    """A payment as the books recorded it, whoever did; `id` is its id there.

    `stamp` is the source id that we left in it, if we pushed it; `memo` is without the stamp.
    `amount` is what the applied parts and `unapplied` come to. Moments are the books' own.
    """

    id: str
    currency: str
    amount: Decimal
    unapplied: Decimal
    date: dt.date | None = None
    customer: str = ""
    customer_name: str = ""
    method: str = ""
    reference: str = ""
    deposit_to: str = ""
    applied: tuple[AppliedPart, ...] = ()
    memo: str = ""
    voided: bool = False
    stamp: str = ""
    created_at: dt.datetime | None = None
    changed_at: dt.datetime | None = None
