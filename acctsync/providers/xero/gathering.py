"""Payments that we wrote in parts, told as the one payment that they are; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from acctsync.documents import DocumentRef, Kind, RecordedPayment, whole_of
from acctsync.money import ZERO
from acctsync.providers.stamps import stamped_id

_SHARE = re.compile(r"\((?:[0-9]+) of (?:[0-9]+)\) ?")


def is_part(row: Mapping[str, Any]) -> bool:
    """Tell whether a payment is one of several that stand for one of ours, the first included."""
    reference = str(row.get("Reference") or "")
    return bool(_SHARE.match(reference)) and bool(whole_stamp(reference))


def whole_stamp(reference: str) -> str:
    """Tell the id of the exported payment that a reference names, by itself or as a part of it."""
    part = stamped_id(reference, Kind.PAYMENT_PARTS)
    if part:
        return whole_of(DocumentRef(Kind.PAYMENT_PARTS, "", part)).id
    return stamped_id(reference, Kind.PAYMENTS)


def gathered(payments: Iterable[RecordedPayment]) -> tuple[RecordedPayment, ...]:
    """Put the parts of each payment together; each has its payment's stamp already."""
    whole: dict[str, list[RecordedPayment]] = {}
    for each in payments:
        in_parts = bool(_SHARE.match(each.reference)) and bool(each.stamp)
        whole.setdefault(f"of {each.stamp}" if in_parts else each.id, []).append(each)
    return tuple(_one(parts) for parts in whole.values())


def _one(parts: Sequence[RecordedPayment]) -> RecordedPayment:
    """Tell parts as one payment, under the id of the first; void when all of them are."""
    if len(parts) == 1 and not _SHARE.match(parts[0].reference):
        return parts[0]
    ordered = sorted(parts, key=lambda each: (_place(each), each.id))
    first = ordered[0]
    moments = [each.changed_at for each in ordered if each.changed_at is not None]
    return replace(
        first,
        amount=sum((each.amount for each in ordered), ZERO),
        applied=tuple(part for each in ordered for part in each.applied),
        reference=_SHARE.sub("", first.reference, count=1) if first.stamp else first.reference,
        voided=all(each.voided for each in ordered),
        changed_at=max(moments, default=None),
    )


def _place(payment: RecordedPayment) -> int:
    found = re.match(r"\(([0-9]+)", payment.reference)
    return int(found[1]) if found else 0
