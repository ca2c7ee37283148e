"""R1's verdict: the books against the export as a whole, and what is wrong with them if they differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from acctsync.documents import Kind, RemoteDocument
from acctsync.engine.results import PushResult, Status
from acctsync.plan.model import Standing
from tests.rigs.virtual_business import Business, QuickStore


@dataclass
class Findings:
    """What is wrong, counted by how bad it is, with a line for a person about each."""

    duplicates: int = 0
    lost: int = 0
    unresolved: int = 0
    wrong: int = 0
    lines: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lines)

    def add(self, word: str, line: str) -> None:
        setattr(self, word, getattr(self, word) + 1)
        self.lines.append(f"{word}: {line}")


def inspect(business: Business, last: PushResult | None, machine: int = 0) -> Findings:
    """Compare everything once nothing is on its way any more; `machine` pushed last."""
    business.wait_until_quiet()
    found = Findings()
    for line in business.ledger.wrongs:
        found.add("wrong", line)
    told = _told(last)
    _customers(business, found)
    _invoices(business, told, found)
    _payments(business, told, found)
    _results(business, last, found)
    for each in range(len(business.machines)):
        _state(business, each, found, latest=each == machine)
    return found


def _told(last: PushResult | None) -> frozenset[str]:
    """Name what the last run told a person about."""
    documents = last.documents if last else ()
    return frozenset(each.number for each in documents if each.problem is not None)


def _customers(business: Business, found: Findings) -> None:
    names = Counter(each.name for each in business.ledger.of(Kind.CUSTOMERS))
    for name, number in names.items():
        if number > 1:
            found.add("duplicates", f"customer {name} is there {number} times")
    wanted = {each.customer for each in business.bills.values() if not each.void}
    # A customer of nothing but contested invoices may be missing with them.
    certain = {
        each.customer
        for each in business.bills.values()
        if not each.void and each.number not in business.contested
    }
    for name in sorted(certain - set(names)):
        found.add("lost", f"customer {name}")
    strangers = set(names) - wanted - {each.customer for each in business.bills.values()}
    for name in sorted(strangers):
        found.add("wrong", f"customer {name} was never billed")


def _by_number(held: list[RemoteDocument]) -> dict[str, list[RemoteDocument]]:
    numbers: dict[str, list[RemoteDocument]] = {}
    for each in held:
        numbers.setdefault(each.number, []).append(each)
    return numbers


def _invoices(business: Business, told: frozenset[str], found: Findings) -> None:
    live = _by_number(business.ledger.live(Kind.INVOICES))
    names = {each.id: each.name for each in business.ledger.of(Kind.CUSTOMERS)}
    expected = {each.number: each for each in business.bills.values() if not each.void}
    for number in sorted(set(live) | set(expected)):
        held, bill = live.get(number, []), expected.get(number)
        if len(held) > 1:
            found.add("duplicates", f"invoice {number} is there {len(held)} times")
        elif number in business.contested:
            agrees = held[0].total == bill.amount if held and bill else not (held or bill)
            _named(business, f"invoice {number}", number, told, found, agrees=agrees)
        elif bill is None:
            found.add("wrong", f"invoice {number} should not be there")
        elif not held:
            found.add("lost", f"invoice {number}")
        else:
            theirs = (held[0].total, held[0].date, names.get(held[0].customer), held[0].balance)
            ours = (bill.amount, bill.date, bill.customer, bill.amount - business.paid(number))
            if theirs[:3] != ours[:3] or (_settled(business, number) and theirs != ours):
                found.add("wrong", f"invoice {number}: {theirs} there, {ours} here")


def _settled(business: Business, number: str) -> bool:
    """Tell whether an invoice's balance must be what the export's payments leave of it."""
    paying = [each.id for each in business.receipts.values() if each.invoice == number]
    return business.contested.isdisjoint(paying)


def _payments(business: Business, told: frozenset[str], found: Findings) -> None:
    live = _by_number(business.ledger.live(Kind.PAYMENTS))
    ids = {each.id: each.number for each in business.ledger.of(Kind.INVOICES)}
    for number in sorted(set(live) | set(business.receipts)):
        held, receipt = live.get(number, []), business.receipts.get(number)
        contested = receipt is not None and {number, receipt.invoice} & business.contested
        if len(held) > 1:
            found.add("duplicates", f"payment {number} is there {len(held)} times")
        elif receipt is None:
            if not number.startswith("by hand"):
                found.add("wrong", f"payment {number} should not be there")
        elif contested:
            _named(business, f"payment {number}", number, told, found, agrees=bool(held))
        elif not held:
            found.add("lost", f"payment {number}")
        else:
            pays = {ids.get(link.remote_id): link.amount for link in held[0].links}
            theirs = (held[0].total, held[0].date, pays)
            ours = (receipt.amount, receipt.date, {receipt.invoice: receipt.amount})
            if theirs != ours:
                found.add("wrong", f"payment {number}: {theirs} there, {ours} here")


def _named(
    business: Business,
    what: str,
    number: str,
    told: frozenset[str],
    found: Findings,
    *,
    agrees: bool,
) -> None:
    """Where people had a hand in it the books may differ; but what we miss there, we say."""
    shown = number not in business.left
    if what.startswith("payment") and shown and not agrees and number not in told:
        found.add("unresolved", f"{what} is missing, and nobody was told")


def _results(business: Business, last: PushResult | None, found: Findings) -> None:
    if last is None:
        found.add("unresolved", "no run came to an end")
        return
    if last.stopped is not None:
        found.add("unresolved", f"the last run stopped: {last.stopped}")
    for each in last.documents:
        if each.status in {Status.DONE, Status.UNCHANGED}:
            continue
        receipt = business.receipts.get(each.number)
        numbers = {each.number, receipt.invoice if receipt else each.number}
        if each.problem is None or each.status in {Status.WAITING, Status.IN_DOUBT}:
            found.add("unresolved", f"{each.ref} is {each.status}, without a word")
        elif not numbers & business.contested:
            found.add("unresolved", f"{each.ref} is {each.status}: {each.problem.message}")


def _state(business: Business, machine: int, found: Findings, *, latest: bool) -> None:
    """See that a machine remembers nothing that the books do not hold.

    The one that pushed last has no doubts left, and knows the totals; others may be behind.
    """
    folder = business.machines[machine]
    with QuickStore.open(folder, company_id="1", clock=business.clock) as store:
        unsettled = len(store.unsettled())
        rows = store.rows("SELECT kind, id, standing, remote_id, total_minor FROM known")
    if latest and unsettled:
        found.add("unresolved", f"{unsettled} writes are still unsettled")
    for row in rows:
        if row["standing"] != Standing.LIVE or row["id"] in business.contested:
            continue
        held = business.ledger.held(row["remote_id"])
        if held is None:
            found.add("wrong", f"{row['kind']} {row['id']} is recorded, but not in the books")
        elif row["id"] in business.left and held.voided:
            # Voided by another machine, or before an old state was put back, and not exported
            # since: this one can't know, and the books are right.
            continue
        elif latest and _differs(row["total_minor"], held):
            found.add("wrong", f"{row['kind']} {row['id']} is recorded with another total")


def _differs(minor: int | None, held: RemoteDocument) -> bool:
    return minor is not None and held.total is not None and Decimal(minor) / 100 != held.total
