"""Which items get money to an account that is no income account, said beforehand; pure."""

from __future__ import annotations

from collections.abc import Iterator

from acctsync.documents import Invoice
from acctsync.errors import Problem
from acctsync.providers.qbo.posting import Posting

_MADE = "with accounting.unmapped: {item: create} an item named there is created"


def retained(receipt: Invoice, posting: Posting | None) -> Iterator[Problem]:
    """Say why no item gets the money to its account: it must never become income."""
    for line in receipt.lines if posting is not None else ():
        if line.item is None and posting is not None and posting.item(line.account) is None:
            yield Problem(
                code="QBO212",
                message=f"no item posts to the account for retainers, {line.account}",
                hint="Add a service item there whose income account is that account, or name one"
                f" under accounting.retainers.item; {_MADE}.",
            )
        item = posting.elsewhere(line) if posting is not None else None
        if item is not None:
            yield Problem(
                code="QBO213",
                message=f"the item {item.full_name} does not post to the account for retainers,"
                f" {line.account}: the money would become income",
                hint="Change the item's income account in QuickBooks, or name another item under"
                " accounting.retainers.item.",
            )


def written_off(credit: Invoice, posting: Posting | None) -> Iterator[Problem]:
    """Say that no item gets what is written off to its account."""
    for line in credit.lines if posting is not None else ():
        if posting is not None and posting.item(line.account) is None:
            yield Problem(
                code="QBO214",
                message=f"it can't be written off: no item posts to the account {line.account}",
                hint="Add a non-inventory item there whose income account is that account, as"
                " QuickBooks' help on bad debts says, then push again.",
            )
