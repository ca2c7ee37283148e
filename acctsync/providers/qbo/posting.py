"""Which item posts to which account: sales lines name an item, never an account. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from acctsync.documents import (
    PURCHASES,
    Document,
    Invoice,
    Line,
    ListEntry,
    ListKind,
    Reference,
    Refund,
)
from acctsync.plan.references import Catalog


def posts_by_account(document: Document) -> bool:
    """Tell whether a document that is sold names an account where QuickBooks wants an item."""
    if not isinstance(document, Invoice | Refund) or document.kind in PURCHASES:
        return False
    rounds = isinstance(document, Invoice) and bool(document.rounding)
    return rounds or any(line.account is not None for line in document.lines)


class Posting:
    """The company's items by the account that their income goes to."""

    def __init__(self, items: Sequence[ListEntry], accounts: Sequence[ListEntry]) -> None:
        self._lists = (items, accounts)
        self._catalog = Catalog({ListKind.ITEMS: items, ListKind.ACCOUNTS: accounts})
        self._by_account: dict[str, ListEntry] = {}
        for item in items:
            if item.active and item.usable:
                self._by_account.setdefault(item.detail.get("income_account", ""), item)

    def is_of(self, items: Sequence[ListEntry], accounts: Sequence[ListEntry]) -> bool:
        """Tell whether it was made of these very lists."""
        return self._lists[0] is items and self._lists[1] is accounts

    def item(self, account: Reference | None) -> ListEntry | None:
        """Choose an item whose income goes to an account."""
        if account is None:
            return None
        found = self._catalog.resolve(ListKind.ACCOUNTS, account)
        return self._by_account.get(found.id) if isinstance(found, ListEntry) else None

    def item_of(self, line: Line) -> ListEntry | None:
        """Tell the item that a line goes over with: its own, or one that posts to its account."""
        if line.item is None:
            return self.item(line.account)
        found = self._catalog.resolve(ListKind.ITEMS, line.item)
        return found if isinstance(found, ListEntry) else None

    def elsewhere(self, line: Line) -> ListEntry | None:
        """Tell the item of a line whose income goes to another account than the mapping says."""
        if line.item is None or line.account is None:
            return None
        item = self.item_of(line)
        wanted = self._catalog.resolve(ListKind.ACCOUNTS, line.account)
        if item is None or not isinstance(wanted, ListEntry):
            return None
        return None if item.detail.get("income_account") == wanted.id else item
