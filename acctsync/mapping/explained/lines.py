"""Tells of one line what made each of its values: cells, rules and entries of the books."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from acctsync.documents import Line, Reference, TaxTreatment
from acctsync.mapping.choices import Look, percent
from acctsync.mapping.explained.fields import Path, Spot, Tracer, added, attempted
from acctsync.mapping.explained.origins import Origins
from acctsync.mapping.explained.values import Cell, Entry, Explained
from acctsync.mapping.lines import LONGEST_DESCRIPTION, Head, LineBuilder
from acctsync.mapping.meaning import AMOUNTS
from acctsync.mapping.model import TaxRule
from acctsync.mapping.taxes import Taxes
from acctsync.money import ZERO

# The order in which a line's values are told.
_ORDER = (
    "id", "item", "description", "quantity", "unit_price", "discount_percent", "discount", "amount",
    "taxes", "tax_code", "tax_amount", "total_with_tax", "account", "expense_account", "class",
    "location", "category", "service_date",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAt:
    """One line in its place: who builds it, from which cells, and what came of it.

    `line` is the document's own, None when it could not be built; `path` leads to its rules in the
    mapping, `taxes` are those rules that name its taxes. `shared` are the document's taxes, of
    which a line gets its share, with the entry that chose their code.
    """

    builder: LineBuilder
    spot: Spot
    head: Head
    line: Line | None
    path: Path
    taxes: Sequence[TaxRule]
    shared: tuple[Taxes, Entry | None] | None = None


class LineTracer:
    """Explains the values of one line."""

    def __init__(self, at: LineAt, tracer: Tracer, origins: Origins) -> None:
        self._at = at
        self._line = at.line
        self._tracer = tracer
        self._origins = origins
        self._read = at.builder.getters
        self._fields = at.builder.fields
        self._look = self._seen()
        self._entries = origins.properties(self._look)
        self._taxes: Taxes | None = self._try(
            lambda: at.builder.taxes.read(at.spot.cells, at.head.currency)
        )

    def fields(self) -> tuple[Explained, ...]:
        """Explain every value that the line has, or that the mapping reads for it."""
        told = {each.field: each for each in self._told()}
        return tuple(told[name] for name in _ORDER if name in told)

    def _told(self) -> Iterator[Explained]:
        special: dict[str, Callable[[], Explained | None]] = {
            "item": self._item,
            "description": self._description,
            "quantity": self._quantity,
            "unit_price": self._unit_price,
            "discount": self._discount,
            "amount": self._amount,
            "taxes": self._tax_list,
            "tax_code": self._tax_code,
            "tax_amount": self._tax_amount,
            "account": self._account,
            "expense_account": self._expense_account,
            "class": lambda: self._listed("class", "class_", "classes"),
            "location": lambda: self._listed("location", "location", "locations"),
            "category": self._category,
        }
        for name in _ORDER:
            if name in special:
                told = special[name]()
                if told is not None:
                    yield told
            elif name in self._fields:
                yield self._traced(name)

    def _traced(self, name: str) -> Explained:
        field = self._fields[name]
        return self._tracer.explain(
            name, field, (*self._at.path, name), self._at.spot, lambda: self._value(name)
        )

    def _value(self, name: str) -> Any:
        cells, read = self._at.spot.cells, self._read[name]
        return read(cells, self._at.head.currency) if name in AMOUNTS else read(cells)

    def _try(self, read: Callable[[], Any]) -> Any:
        return attempted(read)[0]

    def _word(self, name: str) -> str:
        return self._try(lambda: self._value(name)) or "" if name in self._fields else ""

    def _seen(self) -> Look:
        head = self._at.head
        return Look(
            item=self._word("item"),
            location=self._word("location") or head.location,
            category=self._word("category") or head.category,
            description=self._word("description"),
            party=head.party,
            kind=head.kind,
        )

    def _item(self) -> Explained | None:
        entry = self._entries.get("item")
        if "item" not in self._fields:
            return _from_entry("item", entry)
        # The entry may give accounts and classes only: it was looked up by this word all the same.
        if entry is None and not self._word("account"):
            entry = self._origins.item(self._look)
        return _with_entry(self._traced("item"), entry)

    def _description(self) -> Explained | None:
        if "description" not in self._fields:
            return None
        told = self._traced("description")
        if self._line is None or told.value == self._line.description:
            return told
        rule = added(told.rule, f"cut at {LONGEST_DESCRIPTION:,} characters")
        return replace(told, value=self._line.description, rule=rule)

    def _quantity(self) -> Explained | None:
        line = self._line
        if "quantity" in self._fields:
            return self._as_kept(self._traced("quantity"), line.quantity if line else None)
        if line is None or line.quantity is None:
            return None
        return Explained(
            field="quantity", value=line.quantity, rule="1, because no quantity is mapped"
        )

    def _unit_price(self) -> Explained | None:
        if "unit_price" not in self._fields:
            return None
        kept = self._line.unit_price if self._line else None
        return self._as_kept(self._traced("unit_price"), kept)

    def _as_kept(self, told: Explained, kept: Decimal | None) -> Explained:
        """Say why a figure that was read is not in the line: the amount is told without it."""
        if self._line is None or told.problem or told.value == kept:
            return told
        reason = "left out, because it does not make up the amount by itself"
        return replace(told, value=kept, rule=added(told.rule, reason))

    def _discount(self) -> Explained | None:
        line = self._line
        told = self._traced("discount") if "discount" in self._fields else None
        if line is None or (told is not None and told.problem):
            return told
        if told is not None and (told.value is not None or not line.discount):
            return replace(told, value=line.discount)
        return self._percentage(line) if line.discount else None

    def _percentage(self, line: Line) -> Explained:
        rate = self._try(lambda: self._value("discount_percent"))
        return Explained(
            field="discount",
            value=line.discount,
            cells=self._cells_of("discount_percent"),
            rule=f"{percent(rate)} of {line.gross_amount:,}",
            place=self._fields["discount_percent"].place,
        )

    def _amount(self) -> Explained | None:
        line, product = self._line, self._product()
        if "amount" in self._fields:
            told = self._traced("amount")
            if line is None or told.problem:
                return told
            if told.value is None:
                return replace(told, value=line.amount, rule=added(told.rule, product))
            rule = added(told.rule, f"{product} agrees") if product else told.rule
            return replace(told, value=line.amount, rule=rule)
        if line is None or "unit_price" not in self._fields:
            return None
        cells = (
            cell
            for name in ("quantity", "unit_price", "discount", "discount_percent")
            for cell in self._cells_of(name)
        )
        return Explained(
            field="amount",
            value=line.amount,
            cells=tuple(cells),
            rule=f"{product}, rounded half up",
            place=self._fields["unit_price"].place,
        )

    def _product(self) -> str:
        """Write the line's sum: 3 × 10.00 − 1.50; empty where the amount is no product."""
        line = self._line
        if line is None or line.quantity is None or line.unit_price is None:
            return ""
        less = f" − {line.discount:,}" if line.discount else ""
        return f"{line.quantity:,} × {line.unit_price:,}{less}"

    def _tax_list(self) -> Explained | None:
        if not self._at.taxes:
            return None
        cells, currency = self._at.spot.cells, self._at.head.currency
        return tax_list(
            "taxes",
            self._at.taxes,
            lambda: self._at.builder.taxes.read(cells, currency),
            tax_cells(self._at.taxes, self._at.spot, self._tracer),
        )

    def _tax_code(self) -> Explained | None:
        if self._at.shared is not None:
            taxes, entry = self._at.shared
            rule = f'the taxes of the document make the key "{taxes.key}"'
            return _with_entry(Explained(field="tax_code", value=None, rule=rule), entry)
        taxes_here = self._taxes
        if taxes_here is None:
            return None
        if taxes_here.each:
            entry = self._origins.tax(taxes_here.key)
            rule = f'its taxes make the key "{taxes_here.key}"'
            return _with_entry(Explained(field="tax_code", value=None, rule=rule), entry)
        return self._untaxed()

    def _untaxed(self) -> Explained | None:
        """Explain the code of a line that names no tax."""
        if self._at.head.tax is TaxTreatment.NONE:
            return None
        own = self._entries.get("tax")
        if own is not None:
            return _from_entry("tax_code", self._origins.named_tax(own))
        if self._line is not None and self._line.tax_amount:
            rule = "the line has a tax that the export does not name"
            return Explained(field="tax_code", value=None, rule=rule)
        rule = 'no tax is named: the key is "none"'
        entry = self._origins.tax("none")
        return _with_entry(Explained(field="tax_code", value=None, rule=rule), entry)

    def _tax_amount(self) -> Explained | None:
        line = self._line
        if line is not None and self._at.shared is not None:
            return self._tax_share(line, self._at.shared[0])
        if "tax_amount" in self._fields:
            told = self._traced("tax_amount")
            if line is None or told.problem:
                return told
            if line.tax_amount is None or told.value not in {None, ""}:
                return replace(told, value=line.tax_amount)
        if line is None or line.tax_amount is None:
            return None
        return Explained(
            field="tax_amount",
            value=line.tax_amount,
            cells=tax_cells(self._at.taxes, self._at.spot, self._tracer),
            rule=self._tax_sum(line.amount),
            place=self._at.taxes[0].name.place if self._at.taxes else None,
        )

    def _tax_share(self, line: Line, taxes: Taxes) -> Explained:
        whole = sum((tax.amount for tax in taxes.each if tax.amount), ZERO)
        own = self._cells_of("tax_amount")
        rule = f"its share of the document's taxes ({whole:,})"
        return Explained(field="tax_amount", value=line.tax_amount, cells=own, rule=rule)

    def _tax_sum(self, amount: Decimal) -> str:
        each = self._taxes.each if self._taxes else ()
        if self._at.builder.taxes.has_amounts:
            return "the sum of its taxes' amounts"
        rates = " + ".join(percent(tax.rate) for tax in each if tax.rate is not None)
        entry = self._origins.tax(self._taxes.key) if self._taxes else None
        stated = f"the rate of accounting.taxes {entry.key}" if entry else ""
        return f"{rates or stated} of {amount:,}, each rounded half up"

    def _account(self) -> Explained | None:
        if self._word("account"):
            told = self._traced("account")
            return replace(told, value=Reference(name=self._word("account")))
        return self._by_item("account", "account")

    def _expense_account(self) -> Explained | None:
        return _from_entry("expense_account", self._entries.get("expense_account"))

    def _listed(self, name: str, attribute: str, table: str) -> Explained | None:
        """Explain a class or location: its own word, or what the item says."""
        word = self._word(name)
        entry = self._origins.listed(table, word)
        if entry is not None and entry.value is not None:
            return _with_entry(self._traced(name), entry)
        if entry is not None and attribute not in self._entries:
            return _with_entry(self._traced(name), entry)
        return self._by_item(name, attribute)

    def _by_item(self, name: str, attribute: str) -> Explained | None:
        entry = self._entries.get(attribute)
        if entry is None:
            return replace(self._traced(name), value=None) if name in self._fields else None
        return _from_entry(name, entry)

    def _category(self) -> Explained | None:
        if self._word("category") or not self._look.category:
            return self._traced("category") if "category" in self._fields else None
        rule = "the document's own category"
        return Explained(field="category", value=self._look.category, rule=rule)

    def _cells_of(self, name: str) -> tuple[Cell, ...]:
        return self._traced(name).cells if name in self._fields else ()


def tax_cells(rules: Sequence[TaxRule], spot: Spot, tracer: Tracer) -> tuple[Cell, ...]:
    """Tell the cells that taxes are read from: of a tax that has no name, only where that was."""
    told: list[Cell] = []
    for rule in rules:
        names = tracer.cells_of(rule.name, spot)
        told += names
        if not names or any(cell.text for cell in names):
            rest = (each for each in (rule.rate, rule.amount) if each)
            told += (cell for each in rest for cell in tracer.cells_of(each, spot))
    return tuple(dict.fromkeys(told))


def tax_list(
    name: str, rules: Sequence[TaxRule], read: Callable[[], Taxes], cells: tuple[Cell, ...]
) -> Explained:
    """Explain which taxes are named, and the key that they make together."""
    taxes, problem = attempted(read)
    each, key = taxes if isinstance(taxes, Taxes) else ((), "")
    return Explained(
        field=name,
        value=each,
        cells=cells,
        rule=f'they make the key "{key}"' if key else "can't be read",
        place=rules[0].name.place,
        problem=problem,
    )


def _with_entry(told: Explained, entry: Entry | None) -> Explained:
    return replace(told, value=entry.value if entry else None, entry=entry)


def _from_entry(name: str, entry: Entry | None) -> Explained | None:
    if entry is None:
        return None
    rule = f"set by {entry.table}"
    return Explained(field=name, value=entry.value, rule=rule, place=entry.place, entry=entry)
