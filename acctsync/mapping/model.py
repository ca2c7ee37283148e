"""The mapping as values: what the exports mean, and what the books should get."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as Dict
from dataclasses import field
from decimal import Decimal
from pathlib import Path

from acctsync.documents import Kind, Reference, TaxTreatment
from acctsync.errors import Location
from acctsync.exports.records import Condition, Source
from acctsync.money import ZERO
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Where a value comes from, and how it is changed on the way."""

    name: str
    place: Location
    column: str | None = None
    value: str | None = None
    text: str | None = None
    first_of: tuple[str, ...] = ()
    sum_of: tuple[str, ...] = ()
    map: Dict[str, str] | None = None
    if_empty: str | None = None
    when_filled: str | None = None
    before: str | None = None
    after: str | None = None
    strip_prefix: str | None = None
    strip_suffix: str | None = None
    split_on: str | None = None
    part: int = 0
    absolute: bool = False
    negate: bool = False
    dates: tuple[str, ...] = ()
    timezone: str = ""
    currency: str = ""
    add_days: int = 0

    @property
    def shown(self) -> str:
        """Tell the column or columns it reads, for messages."""
        return self.column_shown or self.text or self.value or ""

    @property
    def column_shown(self) -> str:
        """Tell the column or columns it reads, if it just reads some."""
        names = (self.column,) if self.column else self.first_of or self.sum_of
        return " or ".join(name for name in names if name)


Fields = Dict[str, Field]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRule:
    """One tax of a line or a document."""

    name: Field
    rate: Field | None = None
    amount: Field | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Lines spread sideways over numbered columns."""

    until_empty: str
    place: Location
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesRule:
    """Where a document's lines stand, and what each of them is."""

    fields: Fields
    place: Location
    taxes: tuple[TaxRule, ...] = ()
    where: tuple[Condition, ...] = ()
    each: str = ""
    source: str = ""
    match: Dict[str, str] = field(default_factory=dict)
    repeat: Repeat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraLine:
    """A line made of an amount that stands at the head of the document."""

    fields: Fields
    taxes: tuple[TaxRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRule:
    """How rows of a source become documents of one kind."""

    kind: Kind
    source: str
    place: Location
    document: Fields
    party: Fields = field(default_factory=dict)
    where: tuple[Condition, ...] = ()
    expect: tuple[Condition, ...] = ()
    group_by: tuple[str, ...] = ()
    group_place: Location | None = None
    lines: LinesRule | None = None
    extra_lines: tuple[ExtraLine, ...] = ()
    document_taxes: tuple[TaxRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The books that the documents go to."""

    system: str
    company: str
    currency: str
    timezone: str
    connection: str | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    tax: TaxTreatment = TaxTreatment.EXCLUSIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRule:
    """What the books get for an item: each property only where it is set."""

    item: Reference | None = None
    account: Reference | None = None
    expense_account: Reference | None = None
    class_: Reference | None = None
    tax: str = ""
    location: Reference | None = None
    per_campus: Dict[str, ItemRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRule:
    """What lines of a certain look get instead of what their item says."""

    when: Dict[str, str]
    set: ItemRule


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxCode:
    """The books' code for a tax, and the rate it is expected to have."""

    code: Reference
    rate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """What the books call a way of paying, and where its money goes."""

    method: Reference | None = None
    deposit_to: Reference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """Where the payment processor's fees are booked."""

    account: Reference
    place: Location
    vendor: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retainers:
    """Where money that is not earned yet is kept."""

    account: Reference
    item: str = ""
    unapplied_payments: str = "retainer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payouts:
    """The accounts between which a payment processor's payouts move money."""

    clearing: Reference | None = None
    bank: Reference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expenses:
    """Which account a purchase goes to: vendor beats category beats default."""

    by_vendor: Dict[str, Reference] = field(default_factory=dict)
    by_category: Dict[str, Reference] = field(default_factory=dict)
    default: Reference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What is taken where nothing else says."""

    item: Reference | None = None
    income_account: Reference | None = None
    expense_account: Reference | None = None
    discount_account: Reference | None = None
    shipping_account: Reference | None = None
    rounding_account: Reference | None = None
    deposit_to: Reference | None = None
    tax: Reference | None = None
    branding_theme: Reference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A name that stands for nobody in particular."""

    name: str
    use_email_as_name: bool = False
    fallback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRules:
    """How customers or vendors are recognised, and what is done to those in the books already."""

    match: tuple[str, ...] = ("email", "name")
    create_missing: bool = True
    first_if_ambiguous: bool = False
    overwrite_existing: bool = False
    guest: Guest | None = None
    parent: str = ""
    fixed: Dict[str, Reference] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """The accounting half: source words to entries of the books."""

    items: Dict[str, ItemRule] = field(default_factory=dict)
    line_rules: tuple[LineRule, ...] = ()
    locations: Dict[str, Reference] = field(default_factory=dict)
    tracking_category: str = ""
    classes: Dict[str, Reference] = field(default_factory=dict)
    taxes: Dict[str, TaxCode] = field(default_factory=dict)
    payment_methods: Dict[str, PaymentMethod] = field(default_factory=dict)
    fees: Fees | None = None
    written_off: Reference | None = None
    retainers: Retainers | None = None
    payouts: Payouts | None = None
    expenses: Expenses = field(default_factory=Expenses)
    defaults: Defaults = field(default_factory=Defaults)
    customers: PartyRules = field(default_factory=PartyRules)
    vendors: PartyRules = field(default_factory=lambda: PartyRules(match=("name",)))
    unmapped: Dict[str, str] = field(default_factory=dict)

    @property
    def clearing_account(self) -> Reference | None:
        """Tell the account that payouts leave: the one named for them, else where payments go."""
        if self.payouts is not None and self.payouts.clearing is not None:
            return self.payouts.clearing
        usual = self.defaults.deposit_to
        return None if self.payouts is not None and usual == self.payouts.bank else usual

    def policy(self, what: str) -> str:
        """Tell what becomes of a value of this sort that is not mapped."""
        return self.unmapped.get(what, "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTotal:
    """A column's sum that was noted when the export was made."""

    source: str
    column: str
    equals: str
    place: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """How strictly the export's own figures are checked."""

    tolerance: Decimal = ZERO
    mismatch: str = "error"
    payment_over_invoice: str = "error"
    refund_over_payment: str = "error"
    control_totals: tuple[ControlTotal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PushPolicy:
    """What is pushed, and how."""

    kinds: frozenset[Kind] = frozenset()
    void: str = "false"
    closed_books: str = "refuse"
    updates: str = "true"
    drafts: bool = False
    numbers: str = "keep"
    send_email: str = "never"
    history_notes: str = "false"
    xero_status: str = "authorised"
    online_payment: bool = False

    @property
    def notes(self) -> bool:
        """Tell whether created documents get a note in their history."""
        return self.history_notes == "when_created"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole mapping file, includes and all.

    `places` tells where every key stands, by its path; items of a list are counted from "0".
    """

    path: Path
    books: Books
    sources: Dict[str, Source]
    records: Dict[Kind, RecordRule]
    accounting: Accounting
    checks: Checks
    push: PushPolicy
    places: Dict[tuple[str, ...], Location] = field(default_factory=dict, repr=False, compare=False)
