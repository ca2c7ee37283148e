"""Find out in which form the books have a payment: as a payment, or as a receipt kept for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from acctsync.documents import DocumentRef, Held, Invoice, Kind, Payment, Reference, Stub
from acctsync.engine.facts import Facts
from acctsync.engine.job import Job
from acctsync.mapping.model import Retainers
from acctsync.plan.drafting import Policy
from acctsync.plan.model import Action, Change
from acctsync.plan.retaining import (
    Forms,
    RetainerRule,
    in_form,
    is_live,
    other_form,
    settle_form,
)
from acctsync.providers.port import Findings, Sought
from acctsync.values import dataclass

_RETAINED = "retainer"
_ANY = "SELECT 1 FROM known WHERE kind = 'retainers' LIMIT 1"


def put_in_form(job: Job, chosen: Sequence[Held]) -> tuple[tuple[Held, ...], Forms]:
    """Put payments into the form that the state remembers, or else the mapping wants.

    Where neither says anything of retainers, money that settles no invoice may still have been kept
    by an earlier mapping whose state was lost: it is looked for in that form, too.
    """
    retainers = job.mapping.accounting.retainers
    heeded = retainers is not None or _has_any(job)
    payments = [
        each.ref
        for each in chosen
        if isinstance(each, Payment) and (heeded or not each.allocations)
    ]
    if not payments or Kind.RETAINERS not in job.kinds:
        return tuple(chosen), Forms()
    refs = [*payments, *(other_form(ref) for ref in payments)]
    known = job.store.known(refs) if job.store is not None else {}
    formed, forms = in_form(chosen, _rule(retainers), known)
    wanted = frozenset(refs)
    forms.others = {ref: other for ref, other in forms.others.items() if ref in wanted}
    return tuple(formed), forms


@dataclass(frozen=True, slots=True)
class Standings:
    """In which form the books have money, as far as we know: as payments, or kept as retainers.

    `receipts` are the payments that we know to be kept, `payments` those that are known as such.
    Of others the mapping decides. Where nothing was ever kept so, nobody `asks` for it.
    """

    receipts: frozenset[DocumentRef] = frozenset()
    payments: frozenset[DocumentRef] = frozenset()
    wanted: bool = False
    asks: bool = False

    def form_of(self, document: Held) -> DocumentRef:
        """Name a document in the form that it has, or is to have, in the books."""
        ref = document.ref
        if ref.kind is not Kind.PAYMENTS or not isinstance(document, Payment | Stub):
            return ref
        new = ref not in self.payments and self.wanted and not document.allocations
        kept = ref in self.receipts or (new and document.customer is not None)
        return other_form(ref) if kept else ref

    def kinds_of(self, kind: Kind) -> tuple[Kind, ...]:
        """Name the kinds that documents of a kind may be of in the books."""
        return (kind, Kind.RETAINERS) if kind is Kind.PAYMENTS and self.asks else (kind,)


def standings(job: Job, every: Iterable[Held]) -> Standings:
    """Recall in which form the books have the export's payments."""
    retainers = job.mapping.accounting.retainers
    if Kind.RETAINERS not in job.kinds or not (retainers or _has_any(job)):
        return Standings()
    refs = [each.ref for each in every if isinstance(each, Payment | Stub)]
    paid = [ref for ref in refs if ref.kind is Kind.PAYMENTS]
    known = job.store.known([*paid, *map(other_form, paid)]) if job.store is not None else {}
    live = {ref for ref, each in known.items() if is_live(each)}
    return Standings(
        receipts=frozenset(ref for ref in paid if other_form(ref) in live),
        payments=frozenset(ref for ref in paid if ref in live),
        wanted=_rule(retainers).wanted,
        asks=True,
    )


def sought_otherwise(changes: Sequence[Change], facts: Facts) -> list[Sought]:
    """Say how to look for the other form of what nobody remembers in either."""
    return [
        Sought(
            ref=other.ref,
            number=other.number,
            stamp=other.ref.id,
            date=other.date if isinstance(other, Payment | Invoice) else None,
        )
        for change in changes
        if change.action.writes and (other := facts.forms.others.get(change.ref)) is not None
    ]


def in_one_form(
    changes: Sequence[Change], facts: Facts, policy: Policy, findings: Findings
) -> list[Change]:
    """Write nothing whose other form is in the books: that would be the same money twice."""
    decided: list[Change] = []
    for change in changes:
        other = facts.forms.others.get(change.ref)
        if other is None or not _is_unknown(change):
            decided.append(change)
            continue
        found = settle_form(
            change,
            other,
            findings.get(other.ref, ()),
            facts.remote_customer(other),
            voids=policy.voids,
        )
        _note(found, change.ref, facts)
        decided += found
    return decided


def _note(found: Sequence[Change], ref: DocumentRef, facts: Facts) -> None:
    """Note what was learned of the other form; what is new of its own is still to be remembered."""
    others = [each for each in found if each.ref != ref]
    facts.documents |= {each.ref: each.document for each in others}
    facts.known |= {each.ref: each.known for each in others if each.known is not None}


def _is_unknown(change: Change) -> bool:
    """Tell whether neither our memory nor the books hold it in the form that is wanted."""
    if change.known is not None and change.known.remote_id:
        return False
    return change.action is Action.CREATE or (
        change.action is Action.UNCHANGED and change.known is not None
    )


def _has_any(job: Job) -> bool:
    """Tell whether money was ever kept so: the mapping may say nothing of it any more."""
    return job.store is not None and bool(job.store.rows(_ANY))


def _rule(retainers: Retainers | None) -> RetainerRule:
    if retainers is None:
        return RetainerRule(wanted=False)
    item = Reference(name=retainers.item) if retainers.item else None
    wanted = retainers.unapplied_payments == _RETAINED
    return RetainerRule(account=retainers.account, item=item, wanted=wanted)
