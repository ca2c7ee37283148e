"""What the books keep in a list: it has no date, no money and nobody on the other side."""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal

from acctsync.documents.kinds import DocumentRef, Kind
from acctsync.documents.lines import Reference
from acctsync.errors import Location
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer or vendor, from a record of its own or from the documents that name it.

    `aliases` are what it may be recognised by, in the mapping's order of `match`, each written
    `email:…`, `name:…` or `id:…` in folded form; `fixed` is a pair made by hand in the mapping;
    `own_record` says that contact data come from a customers record.
    """

    ref: DocumentRef
    name: str
    email: str = ""
    company: str = ""
    phone: str = ""
    tax_number: str = ""
    parent: str = ""
    currency: str = ""
    aliases: tuple[str, ...] = ()
    fixed: Reference | None = None
    create_missing: bool = True
    first_if_ambiguous: bool = False
    own_record: bool = False
    place: Location | None = field(default=None, compare=False)

    @property
    def number(self) -> str:
        return self.name

    @property
    def kind(self) -> Kind:
        return self.ref.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A product or service: one with a record of its own, or one that documents name.

    `account` is where its income goes, `expense_account` what it is bought on. A name may be a path
    through parents, `Parent:Child`.
    """

    ref: DocumentRef
    name: str
    account: Reference | None = None
    expense_account: Reference | None = None
    description: str = ""
    sku: str = ""
    unit_price: Decimal | None = None
    place: Location | None = field(default=None, compare=False)

    @property
    def number(self) -> str:
        return self.name

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def parent(self) -> str:
        """Tell the path that it stands under; empty where it stands by itself."""
        return self.name.rpartition(":")[0].strip()

    @property
    def own_name(self) -> str:
        """Tell its name below its parent."""
        return self.name.rpartition(":")[2].strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A class or location that documents are told apart by, and that the books lack.

    `name` is the full one: a path through parents, `Parent:Child`. `named`: documents name it
    itself, it does not only stand above others.
    """

    ref: DocumentRef
    name: str
    named: bool = field(default=True, compare=False)
    place: Location | None = field(default=None, compare=False)

    @property
    def number(self) -> str:
        return self.name

    @property
    def kind(self) -> Kind:
        return self.ref.kind

    @property
    def parent(self) -> str:
        """Tell the path that it stands under; empty where it stands by itself."""
        return self.name.rpartition(":")[0]

    @property
    def own_name(self) -> str:
        """Tell its name below its parent."""
        return self.name.rpartition(":")[2]

    @property
    def depth(self) -> int:
        """Tell how many others stand above it."""
        return self.name.count(":")


def one_name(word: str) -> str:
    """Write a word of the export as one name: its colons part no parents, its spaces are single."""
    return " ".join(word.replace(":", "-").split())


# What the books keep in a list: it has no date, no money and nobody on the other side.
Listed = Customer | Item | Label
