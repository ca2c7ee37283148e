"""Packs what is kept of documents into bytes, and back: small, fast, and for this process only."""

from __future__ import annotations

import datetime as dt
import marshal
from decimal import Decimal
from typing import Any

from acctsync.documents import Allocation, DocumentRef, Kind, State, Stub
from acctsync.mapping.register import NoDocument

_STUB, _NO_DOCUMENT, _REF, _REFS, _NUMBER, _NOTHING = range(6)

# Far faster than asking the enumerations.
_KINDS = {kind.value: kind for kind in Kind}
_STATES = {state.value: state for state in State}

_Packed = tuple[Any, ...]


def pack(value: object) -> bytes | None:
    """Pack a stub, a reference, a number or nothing; None for what is kept whole."""
    if isinstance(value, Stub):
        return marshal.dumps((_STUB, _stub(value)))
    if isinstance(value, DocumentRef):
        return marshal.dumps((_REF, _ref(value)))
    if isinstance(value, NoDocument):
        return marshal.dumps((_NO_DOCUMENT, (_ref(value.ref), value.number, value.skipped)))
    if isinstance(value, Decimal):
        return marshal.dumps((_NUMBER, str(value)))
    if isinstance(value, list):
        return marshal.dumps((_REFS, tuple(map(_ref, value))))
    return marshal.dumps((_NOTHING, ())) if value is None else None


def unpack(packed: bytes) -> Any:
    """Give back what was packed. The bytes are our own: marshal must see no others."""
    what, told = marshal.loads(packed)  # noqa: S302 - never from outside
    if what == _STUB:
        return _whole_stub(told)
    if what == _REF:
        return _whole_ref(told)
    if what == _NO_DOCUMENT:
        return NoDocument(_whole_ref(told[0]), told[1], told[2])
    if what == _NUMBER:
        return Decimal(told)
    return [_whole_ref(each) for each in told] if what == _REFS else None


def _ref(ref: DocumentRef) -> _Packed:
    return ref.kind.value, ref.source, ref.id


def _whole_ref(packed: _Packed) -> DocumentRef:
    kind, source, id_ = packed
    return DocumentRef(_KINDS[kind], source, id_)


def _stub(stub: Stub) -> _Packed:
    return (
        _ref(stub.ref),
        stub.number,
        stub.date.toordinal(),
        stub.currency,
        str(stub.total),
        _ref(stub.customer) if stub.customer is not None else None,
        stub.file,
        stub.line,
        stub.state.value,
        str(stub.tax_total),
        _text(stub.exchange_rate),
        tuple(map(_allocation, stub.allocations)),
        _text(stub.fee),
        stub.remote_id,
        stub.remote_customer,
    )


def _whole_stub(packed: _Packed) -> Stub:
    (
        ref,
        number,
        day,
        currency,
        total,
        customer,
        file,
        line,
        state,
        tax,
        rate,
        allocations,
        *rest,
    ) = packed
    fee, remote_id, remote_customer = rest
    return Stub(
        ref=_whole_ref(ref),
        number=number,
        date=dt.date.fromordinal(day),
        currency=currency,
        total=Decimal(total),
        customer=_whole_ref(customer) if customer is not None else None,
        file=file,
        line=line,
        state=_STATES[state],
        tax_total=Decimal(tax),
        exchange_rate=_number(rate),
        allocations=tuple(map(_whole_allocation, allocations)),
        fee=_number(fee),
        remote_id=remote_id,
        remote_customer=remote_customer,
    )


def _allocation(allocation: Allocation) -> _Packed:
    invoice = allocation.invoice
    return (
        allocation.wanted,
        str(allocation.amount),
        _ref(invoice) if invoice is not None else None,
    )


def _whole_allocation(packed: _Packed) -> Allocation:
    wanted, amount, invoice = packed
    return Allocation(
        wanted=wanted,
        amount=Decimal(amount),
        invoice=_whole_ref(invoice) if invoice is not None else None,
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
