"""Who a row names: a customer or a vendor, as it is written there."""

from __future__ import annotations

from typing import NamedTuple


class Party(NamedTuple):
    """Who a row names, as it is written there."""

    id: str = ""
    name: str = ""
    email: str = ""
    company: str = ""
    phone: str = ""
    tax_number: str = ""
    parent: str = ""
    currency: str = ""

    @property
    def named(self) -> bool:
        return bool(self.id or self.name or self.email or self.company)
