"""Which of our kinds an object belongs to, where QuickBooks has one entity for several; pure.

A sales receipt and a retainer are the same there, so are a credit note and a write-off, a fee and a
payout's fee, a payment and what sets a credit off: our stamp tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acctsync.documents import Kind
from acctsync.providers.qbo.payloads import ENTITIES
from acctsync.providers.stamps import stamped_id

# They are part of another document there, and bear its stamp.
_STAMPED_AS_ANOTHER = frozenset({Kind.UNAPPLIED_PAYMENTS, Kind.DELIVERIES})


def is_of_kind(kind: Kind, entity: Mapping[str, Any]) -> bool:
    """Tell whether an object may be of a kind; a stamp of another kind of its entity says no."""
    note = str(entity.get("PrivateNote") or "")
    if kind in _STAMPED_AS_ANOTHER or stamped_id(note, kind):
        return True
    return not any(stamped_id(note, each) for each in _SIBLINGS.get(kind, ()))


_SIBLINGS = {
    kind: tuple(
        other
        for other, its in ENTITIES.items()
        if its == entity and other is not kind and other not in _STAMPED_AS_ANOTHER
    )
    for kind, entity in ENTITIES.items()
}
