"""Writes what a person fills in: the words of the exports, and what the books call them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from acctsync.documents import Kind
from acctsync.mapping.lookups import key_of
from acctsync.mapping.outlined.sheet import Sheet
from acctsync.mapping.quoting import quoted
from acctsync.mapping.recognition.finding import CONFIRM, FALSE, TRUE, Literal, Shape

_BLANKS = {
    "items": "{item: ?}",
    "locations": "?",
    "classes": "?",
    "taxes": "{code: ?}",
    "payment_methods": "{method: ?, deposit_to: ?}",
}
# The table in which each sort of word is looked up.
TABLES = {
    "item": "items",
    "location": "locations",
    "class": "classes",
    "tax": "taxes",
    "payment_method": "payment_methods",
}
_MOST = 100
_LONGEST_KEY = 200
_PURCHASES = frozenset((Kind.PURCHASE_ORDERS, Kind.BILLS))


def write_accounting(
    sheet: Sheet, words: Mapping[str, Counter[str]], parties: Mapping[str, tuple[str, ...]]
) -> None:
    """Write the accounting half: keys to fill in as remarks, so that nothing half-done counts."""
    sheet.plain("")
    with sheet.section("accounting"):
        sheet.remark(
            "What the books call things: fill in each ?, and take the # of its line and of"
        )
        sheet.remark(
            "its table away. The names are shown by: acctsync lists items (accounts, ...)."
        )
        sheet.remark('One key may stand for several, with a *, as in "Membership: *".')
        for table, blank in _BLANKS.items():
            _write_table(sheet, table, blank, words.get(table, Counter()))
        sheet.remark("fees: {account: ?, vendor: ?}                # of payments, from the payout")
        sheet.remark("defaults: {income_account: ?, discount_account: ?, rounding_account: ?}")
        for table, ways in parties.items():
            values: Shape = {"match": ways, "missing": "create", "ambiguous": "error"}
            sheet.entry(table, values, "missing: create or error")
        policies = {"item": "error", "location": "error", "tax": "error", "payment_method": "error"}
        about = "error holds such documents back; item: create makes new ones"
        sheet.entry("unmapped", policies | {"class": "warn"}, about)


def write_checks(sheet: Sheet) -> None:
    """Write the strictest checks."""
    sheet.plain("")
    with sheet.section("checks"):
        strict: Shape = {"tolerance": Literal("0.00"), "mismatch": "error"}
        sheet.entry("totals", strict, "or: warn, rounding_line")
        sheet.entry("payment_over_invoice", "error")
        sheet.entry("refund_over_payment", "error")


def write_push(sheet: Sheet, kinds: Mapping[Kind, str]) -> None:
    """Write which kinds are pushed: those that nobody has doubts about."""
    people = {Kind.VENDORS if each in _PURCHASES else Kind.CUSTOMERS for each in kinds}
    wanted = dict.fromkeys(sorted(people - set(kinds)), "") | dict(kinds)
    sheet.plain("")
    with sheet.section("push"):
        for kind, doubt in wanted.items():
            note = f"{CONFIRM}: true when records.{kind} is complete" if doubt else ""
            sheet.entry(str(kind), FALSE if doubt else TRUE, note)
        sheet.entry("void", FALSE, "true: voids follow; unapply: paid ones too")
        sheet.entry("numbers", "keep", "or assign: the books number documents")
        sheet.entry("send_email", "never", "or when_created: the books e-mail new invoices")


def _write_table(sheet: Sheet, table: str, blank: str, words: Counter[str]) -> None:
    if not words:
        return
    sheet.remark(f"{table}:")
    kept = [(word, count) for word, count in words.most_common() if len(word) <= _LONGEST_KEY]
    for word, count in kept[:_MOST]:
        times = "once" if count == 1 else f"{count:,} times"
        sheet.remark_whole(f"  {quoted(key_of(word))}: {blank}", times)
    if len(words) > len(kept[:_MOST]):
        sheet.remark(f"  and {len(words) - len(kept[:_MOST])} more: acctsync check lists them all")
