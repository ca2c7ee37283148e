"""The lines of a sales form: what each may be, amounts, ids, the discount and the subtotal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import ZERO, cash, cents
from acctsync.simulator.exchange import Entity
from acctsync.simulator.refusals import Refusal, bad_reference, business, missing, refuse
from acctsync.simulator.taxes import domestic, line_code, percent

_SPECIAL_ITEMS = {"SHIPPING_ITEM_ID": "AllowShipping", "GRATUITY_ITEM_ID": "AllowGratuity"}
_MOST_LINES = 10_000
_HUNDRED = Decimal(100)


@dataclass(slots=True)
class Numbering:
    """Line ids: known ones stay, new lines count on."""

    known: set[str]
    last: int

    @classmethod
    def after(cls, old: Entity | None) -> Numbering:
        """Count on from a stored document's lines."""
        ids = [line["Id"] for line in (old or {}).get("Line", []) if "Id" in line]
        return cls(set(ids), max(map(int, ids), default=0))

    def give(self, sent: str | None) -> str:
        """Keep a known id, or count a new one."""
        if sent in self.known and sent is not None:
            self.known.discard(sent)
            return sent
        self.last += 1
        return str(self.last)


@dataclass(slots=True)
class Reckoning:
    """A form's lines as replies show them, and what they come to."""

    day: str
    mode: str
    numbering: Numbering

    lines: list[Entity] = field(default_factory=list)
    nets: list[tuple[str, Decimal]] = field(default_factory=list)
    subtotal: Decimal = ZERO
    discount: Decimal = ZERO


def reckon(
    books: Books, form: Entity, sent: list[Entity], old: Entity | None, mode: str
) -> Reckoning:
    """Turn sent lines into stored ones."""
    if not sent:
        raise refuse(2250, "No lines", "At least one line is required in the request", "Line")
    if len(sent) > _MOST_LINES:
        raise business(f"A transaction can have at most {_MOST_LINES} lines.")
    done = Reckoning(form["TxnDate"], mode, Numbering.after(old))
    discounts = [line for line in sent if _detail_type(line) == "DiscountLineDetail"]
    for line in sent:
        if line["DetailType"] not in {"SubTotalLineDetail", "DiscountLineDetail"}:
            _add(books, done, line)
    done.lines.append(
        {
            "Amount": cash(done.subtotal),
            "DetailType": "SubTotalLineDetail",
            "SubTotalLineDetail": {},
        }
    )
    if discounts:
        _discount(books, done, discounts)
    return done


def _detail_type(line: Entity) -> str:
    kind = line.get("DetailType")
    if not kind:
        raise Refusal([missing("Line.DetailType")])
    return str(kind)


def _add(books: Books, done: Reckoning, line: Entity) -> None:
    own = done.numbering.give(line.get("Id"))
    head: Entity = {"Id": own, "LineNum": len(done.lines) + 1}
    if line.get("Description"):
        head["Description"] = line["Description"]
    match line["DetailType"]:
        case "SalesItemLineDetail":
            head.update(_sales_line(books, done, line))
        case "GroupLineDetail":
            head.update(_group_line(books, done, line))
        case "DescriptionOnly":
            head["DetailType"] = "DescriptionOnly"
            head["DescriptionLineDetail"] = line.get("DescriptionLineDetail", {})
        case other:
            raise refuse(
                2170, "Invalid Enumeration", f"{other} cannot stand on this form", "DetailType"
            )
    if line.get("LinkedTxn"):
        head["LinkedTxn"] = line["LinkedTxn"]
    done.lines.append(head)


def _sales_line(books: Books, done: Reckoning, line: Entity) -> Entity:
    sent = line.get("SalesItemLineDetail")
    if sent is None:
        raise Refusal([missing("SalesItemLineDetail")])
    if line.get("Amount") is None:
        raise Refusal([missing("Amount")])
    if not sent.get("ItemRef"):
        # Without an item the line is a remark and its amount does not count.
        return {"DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}
    amount = cents(line["Amount"])
    check_product(sent, amount)
    detail = {**sent, "ItemRef": _item(books, sent["ItemRef"], done.day)}
    _set_class(books, detail)
    code = line_code(books, sent, done.mode)
    detail.pop("TaxCodeRef", None)
    if code is not None:
        detail["TaxCodeRef"] = code
    _set_gross(books, detail, amount, done.mode)
    done.subtotal += amount
    done.nets.append((code["value"] if code else "", amount))
    return {
        "Amount": cash(amount),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }


def check_product(detail: Entity, amount: Decimal) -> None:
    """Refuse an amount that is not quantity times price."""
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity is None or price is None or (not quantity and not price):
        return
    if cents(quantity * price) != amount:
        message = "Amount calculation incorrect in the request"
        detail_text = f"{message}. Amount is not equal to UnitPrice * Qty. Supplied value:{amount}"
        raise refuse(6070, message, detail_text, "Line.Amount")


def _item(books: Books, ref: Entity, day: str) -> Entity:
    key = str(ref.get("value", ""))
    if key in _SPECIAL_ITEMS and books.preference("SalesFormsPrefs", _SPECIAL_ITEMS[key]):
        return {"value": key}
    shown, item = books.refer("Item", ref, "ItemRef")
    if item["Type"] in {"Category", "Group"}:
        raise bad_reference("Items", key, "ItemRef")
    if item["Type"] == "Inventory" and day < item.get("InvStartDate", ""):
        detail = "Transaction date is prior to start date for inventory item"
        raise refuse(6270, "Invalid transaction date", detail, "TxnDate")
    return shown


def _set_class(books: Books, detail: Entity) -> None:
    # At the wrong level a class is dropped without a word.
    if not books.preference("AccountingInfoPrefs", "ClassTrackingPerTxnLine"):
        detail.pop("ClassRef", None)
    elif detail.get("ClassRef"):
        detail["ClassRef"] = books.refer("Class", detail["ClassRef"], "ClassRef")[0]


def _set_gross(books: Books, detail: Entity, amount: Decimal, mode: str) -> None:
    if mode != "TaxInclusive" or "TaxCodeRef" not in detail or domestic(books):
        detail.pop("TaxInclusiveAmt", None)
    elif detail.get("TaxInclusiveAmt") is None:
        rate = percent(books, detail["TaxCodeRef"]["value"])
        detail["TaxInclusiveAmt"] = cents(amount * (1 + rate / _HUNDRED))


def _group_line(books: Books, done: Reckoning, line: Entity) -> Entity:
    detail = line.get("GroupLineDetail") or {}
    before = done.subtotal
    inner: list[Entity] = []
    for one in detail.get("Line", []):
        head = {"Id": done.numbering.give(one.get("Id")), "LineNum": len(inner) + 1}
        inner.append({**head, **_sales_line(books, done, one)})
    shown = {**detail, "Line": inner}
    return {
        "Amount": cash(done.subtotal - before),
        "DetailType": "GroupLineDetail",
        "GroupLineDetail": shown,
    }


def _discount(books: Books, done: Reckoning, discounts: list[Entity]) -> None:
    if not books.preference("SalesFormsPrefs", "AllowDiscount"):
        raise business("Discounts are switched off for this company's sales forms.")
    if len(discounts) > 1:
        raise business("A transaction can have only one discount line.")
    line = discounts[0]
    detail = {**(line.get("DiscountLineDetail") or {})}
    amount = _discount_amount(done, line, detail)
    detail["DiscountAccountRef"] = _discount_account(books, detail)
    _set_class(books, detail)
    done.discount = amount
    done.lines.append(
        {"Amount": cash(amount), "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
    )


def _discount_amount(done: Reckoning, line: Entity, detail: Entity) -> Decimal:
    detail["PercentBased"] = detail.get("PercentBased", False)
    wanted = detail.get("DiscountPercent") if detail["PercentBased"] else line.get("Amount")
    if wanted is None:
        message = "Discount amount or percent missing"
        raise refuse(
            6090, message, "A discount line needs an amount or a percentage", "DiscountLineDetail"
        )
    if detail["PercentBased"]:
        return cents(done.subtotal * Decimal(wanted) / _HUNDRED)
    detail.pop("DiscountPercent", None)
    return cents(wanted)


def _discount_account(books: Books, detail: Entity) -> Entity:
    if detail.get("DiscountAccountRef"):
        return books.refer("Account", detail["DiscountAccountRef"], "DiscountAccountRef")[0]
    for account in books.entities("Account"):
        if account.get("AccountSubType") == "DiscountsRefundsGiven":
            return {"value": account["Id"], "name": account["FullyQualifiedName"]}
    raise Refusal([missing("DiscountAccountRef")])


def sales_details(entity: Entity) -> Iterator[tuple[Entity, Decimal]]:
    """Walk the item lines of a stored form, bundles opened, with their amounts."""
    for line in entity.get("Line", []):
        for one in line.get("GroupLineDetail", {}).get("Line", []) or [line]:
            if "SalesItemLineDetail" in one:
                yield one["SalesItemLineDetail"], Decimal(one["Amount"])
