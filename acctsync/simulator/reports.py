"""Profit and Loss, reckoned from the documents and shown in the vendor's nested rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import ZERO, money
from acctsync.simulator.exchange import Entity
from acctsync.simulator.lines import sales_details
from acctsync.simulator.refusals import refuse

_SIGNS = {"Invoice": 1, "SalesReceipt": 1, "CreditMemo": -1, "RefundReceipt": -1}
_SECTIONS = (
    ("Income", "Income", {"Income"}),
    ("COGS", "Cost of Goods Sold", {"Cost of Goods Sold"}),
    ("Expenses", "Expenses", {"Expense"}),
    ("OtherIncome", "Other Income", {"Other Income"}),
    ("OtherExpenses", "Other Expenses", {"Other Expense"}),
)
_ALWAYS = {"Income", "Expenses"}


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount that reaches an account of the report; costs count positive."""

    day: str
    account: str
    amount: Decimal
    customer: str = ""
    klass: str = ""
    department: str = ""
    item: str = ""


def profit_and_loss(books: Books, asked: Mapping[str, str]) -> Entity:
    """Answer reports/ProfitAndLoss."""
    year = books.today()[:4]
    start, end = asked.get("start_date") or f"{year}-01-01", asked.get("end_date") or books.today()
    if start > end:
        raise refuse(
            2190, "Invalid date range", f"start_date {start} is after end_date {end}", "start_date"
        )
    basis = (
        asked.get("accounting_method") or str(books.preference("ReportPrefs", "ReportBasis"))
    ).title()
    with books.lock:
        found = [
            one for one in _postings(books, cash_basis=basis == "Cash") if start <= one.day <= end
        ]
    found = [one for one in found if _asked_for(one, asked)]
    by = asked.get("summarize_column_by") or "Total"
    columns = _columns(books, found, by, (start, end))
    return {
        "Header": _header(books, asked, (start, end), basis, by=by, empty=not found),
        "Columns": {"Column": _column_heads(columns, empty=not found)},
        "Rows": {"Row": _rows(books, found, columns)},
    }


def _asked_for(one: Posting, asked: Mapping[str, str]) -> bool:
    for name, value in (
        ("customer", one.customer),
        ("class", one.klass),
        ("department", one.department),
        ("item", one.item),
    ):
        if asked.get(name) and value not in asked[name].split(","):
            return False
    return True


def _header(
    books: Books,
    asked: Mapping[str, str],
    days: tuple[str, str],
    basis: str,
    *,
    by: str,
    empty: bool,
) -> Entity:
    start, end = days
    header: Entity = {
        "Time": books.now(),
        "ReportName": "ProfitAndLoss",
        "ReportBasis": basis,
        "StartPeriod": start,
        "EndPeriod": end,
        "SummarizeColumnsBy": by,
        "Currency": books.identity.currency,
    }
    if asked.get("customer"):
        header["Customer"] = asked["customer"]
    header["Option"] = [
        {"Name": "AccountingStandard", "Value": "GAAP"},
        {"Name": "NoReportData", "Value": str(empty).lower()},
    ]
    return header


# ---------------------------------------------------------------------- what happened


def _postings(books: Books, *, cash_basis: bool) -> Iterator[Posting]:
    for kind, sign in _SIGNS.items():
        for entity in books.entities(kind):
            postings = _sales_postings(books, entity, sign)
            if kind == "Invoice" and cash_basis:
                postings = _as_paid(books, entity, list(postings))
            yield from postings
    for kind in ("Purchase", "Bill"):
        for entity in books.entities(kind):
            yield from _cost_postings(books, entity, -1 if entity.get("Credit") else 1)
    for entity in books.entities("Deposit"):
        yield from _deposit_postings(books, entity)


def _sales_postings(books: Books, entity: Entity, sign: int) -> Iterator[Posting]:
    common = Posting(
        entity["TxnDate"],
        "",
        ZERO,
        _id(entity, "CustomerRef"),
        _id(entity, "ClassRef"),
        _id(entity, "DepartmentRef"),
    )
    for detail, amount in sales_details(entity):
        item = books.find("Item", _id(detail, "ItemRef")) or {}
        account = _id(detail, "ItemAccountRef") or _id(item, "IncomeAccountRef")
        klass = _id(detail, "ClassRef") or common.klass
        yield replace(
            common, account=account, amount=sign * amount, klass=klass, item=item.get("Id", "")
        )
    for line in entity.get("Line", []):
        if "DiscountLineDetail" in line:
            account = _id(line["DiscountLineDetail"], "DiscountAccountRef")
            yield replace(common, account=account, amount=-sign * money(line["Amount"]))


def _as_paid(books: Books, invoice: Entity, postings: list[Posting]) -> Iterator[Posting]:
    total = money(invoice["TotalAmt"])
    for link in invoice["LinkedTxn"]:
        paid = books.find("Payment", link["TxnId"]) if link["TxnType"] == "Payment" else None
        for line in (paid or {}).get("Line", []):
            if total and any(
                one["TxnType"] == "Invoice" and one["TxnId"] == invoice["Id"]
                for one in line["LinkedTxn"]
            ):
                share = money(line["Amount"]) / total
                for one in postings:
                    yield replace(one, day=str((paid or {})["TxnDate"]), amount=one.amount * share)


def _cost_postings(books: Books, entity: Entity, sign: int) -> Iterator[Posting]:
    for line in entity.get("Line", []):
        detail = line.get(line.get("DetailType", ""), {})
        item = books.find("Item", _id(detail, "ItemRef")) or {}
        account = _id(detail, "AccountRef") or _id(item, "ExpenseAccountRef")
        yield Posting(
            entity["TxnDate"],
            account,
            sign * money(line["Amount"]),
            _id(detail, "CustomerRef"),
            _id(detail, "ClassRef"),
            _id(entity, "DepartmentRef"),
            item.get("Id", ""),
        )


def _deposit_postings(books: Books, entity: Entity) -> Iterator[Posting]:
    for line in entity.get("Line", []):
        detail = line.get("DepositLineDetail")
        if detail is None:
            continue
        account = books.find("Account", _id(detail, "AccountRef")) or {}
        sign = 1 if account.get("Classification") == "Revenue" else -1
        yield Posting(
            entity["TxnDate"],
            account.get("Id", ""),
            sign * money(line["Amount"]),
            klass=_id(detail, "ClassRef"),
        )


def _id(entity: Entity, name: str) -> str:
    return str(entity.get(name, {}).get("value", ""))


# ---------------------------------------------------------------------- how it is shown


@dataclass(frozen=True, slots=True)
class Column:
    """A money column: its title, its key, which postings it takes, and its days if it has any."""

    title: str
    key: str
    takes: Callable[[Posting], bool]
    days: tuple[str, str] | None = None


_GROUPS: dict[str, tuple[str, Callable[[Posting], str]]] = {
    "Customers": ("Customer", lambda one: one.customer),
    "Classes": ("Class", lambda one: one.klass),
    "Departments": ("Department", lambda one: one.department),
    "ProductsAndServices": ("Item", lambda one: one.item),
}
_MONTHS = {"Month": 1, "Quarter": 3, "Year": 12}


def _columns(books: Books, found: list[Posting], by: str, days: tuple[str, str]) -> list[Column]:
    total = Column("Total", "total", lambda _: True)
    if by == "Total":
        return [total]
    if by in _MONTHS:
        return [*_periods(*map(date.fromisoformat, days), months=_MONTHS[by]), total]
    if by not in _GROUPS:
        raise refuse(
            2170,
            "Invalid Enumeration",
            f"summarize_column_by {by} is not supported here",
            "summarize_column_by",
        )
    kind, key = _GROUPS[by]
    values = sorted({key(one) for one in found})
    return [*(_column(books, kind, value, key) for value in values), total]


def _column(books: Books, kind: str, value: str, key: Callable[[Posting], str]) -> Column:
    entity = books.find(kind, value) or {}
    title = entity.get("FullyQualifiedName") or entity.get("DisplayName") or "Not Specified"
    return Column(title, value or "not_specified", lambda one: key(one) == value)


def _periods(start: date, end: date, *, months: int) -> Iterator[Column]:
    """Cut the days into months, quarters or years; the first and the last may be cut short."""
    while start <= end:
        first = start.replace(month=start.month - (start.month - 1) % months, day=1)
        after = first
        for _ in range(months):
            after = (after + timedelta(days=31)).replace(day=1)
        last = min(after - timedelta(days=1), end)
        yield _period(start, last, whole=(start, last) == (first, after - timedelta(days=1)))
        start = last + timedelta(days=1)


def _period(start: date, end: date, *, whole: bool) -> Column:
    days = (start.isoformat(), end.isoformat())
    key = f"{start:%b} {end.year}"
    return Column(
        _title(start, end, whole=whole), key, lambda one: days[0] <= one.day <= days[1], days
    )


def _title(start: date, end: date, *, whole: bool) -> str:
    """Call a period as the vendor does: Mar 2025, Jan - Mar 2025, Jul 4 - Dec 31, 2013."""
    if whole and start.month == end.month:
        return f"{start:%b %Y}"
    if whole:
        return f"{start:%b} - {end:%b %Y}"
    first = f"{start:%b} {start.day}"
    last = str(end.day) if start.month == end.month else f"{end:%b} {end.day}"
    return f"{first} - {last}, {end.year}"


def _column_heads(columns: list[Column], *, empty: bool) -> list[Entity]:
    heads: list[Entity] = [
        {"ColTitle": "", "ColType": "Account", "MetaData": [{"Name": "ColKey", "Value": "account"}]}
    ]
    return [*heads, *(_head(column, empty=empty) for column in columns)]


def _head(column: Column, *, empty: bool) -> Entity:
    title = "TOTAL" if empty and column.key == "total" else column.title
    facts = [{"Name": "ColKey", "Value": column.key}]
    if column.days is not None:
        names = ("StartDate", "EndDate")
        facts = [
            *({"Name": name, "Value": day} for name, day in zip(names, column.days, strict=True)),
            *facts,
        ]
    return {"ColTitle": title, "ColType": "Money", "MetaData": facts}


class _Sheet:
    def __init__(self, books: Books, found: list[Posting], columns: list[Column]) -> None:
        self.accounts = {one["Id"]: one for one in books.entities("Account")}
        self.columns = columns
        self.sums: dict[str, list[Decimal]] = {}
        for one in found:
            sums = self.sums.setdefault(one.account, [ZERO] * len(columns))
            for place, column in enumerate(columns):
                if column.takes(one):
                    sums[place] += one.amount

    def children(self, parent: str, types: set[str]) -> list[Entity]:
        return sorted(
            (
                one
                for one in self.accounts.values()
                if one["AccountType"] in types
                and _id(one, "ParentRef") == parent
                and self.moved(one)
            ),
            key=lambda one: str(one["Name"]).casefold(),
        )

    def moved(self, account: Entity) -> bool:
        return any(self.sums.get(account["Id"], ())) or any(
            self.moved(one)
            for one in self.accounts.values()
            if _id(one, "ParentRef") == account["Id"]
        )

    def total(self, account: Entity) -> list[Decimal]:
        sums = self.own(account)
        for one in self.accounts.values():
            if _id(one, "ParentRef") == account["Id"]:
                sums = _plus(sums, self.total(one))
        return sums

    def own(self, account: Entity) -> list[Decimal]:
        return self.sums.get(account["Id"], [ZERO] * len(self.columns))


def _plus(left: list[Decimal], right: list[Decimal], sign: int = 1) -> list[Decimal]:
    return [one + sign * other for one, other in zip(left, right, strict=True)]


def _cells(label: Entity, sums: list[Decimal] | None, width: int) -> Entity:
    shown = [f"{one:.2f}" if one else "" for one in sums] if sums is not None else [""] * width
    return {"ColData": [label, *({"value": one} for one in shown)]}


def _rows(books: Books, found: list[Posting], columns: list[Column]) -> list[Entity]:
    sheet = _Sheet(books, found, columns)
    nothing = [ZERO] * len(columns)
    sections: dict[str, Entity] = {}
    sums: dict[str, list[Decimal]] = {}
    for group, title, types in _SECTIONS:
        top = sheet.children("", types)
        sums[group] = nothing
        for account in top:
            sums[group] = _plus(sums[group], sheet.total(account))
        if top or group in _ALWAYS:
            sections[group] = _section(sheet, (group, title), top, sums[group], types)
    gross = _plus(sums["Income"], sums["COGS"], -1)
    operating = _plus(gross, sums["Expenses"], -1)
    other = _plus(sums["OtherIncome"], sums["OtherExpenses"], -1)
    sections["GrossProfit"] = _summary("GrossProfit", "Gross Profit", gross)
    sections["NetOperatingIncome"] = _summary(
        "NetOperatingIncome", "Net Operating Income", operating
    )
    if "OtherIncome" in sections or "OtherExpenses" in sections:
        sections["NetOtherIncome"] = _summary("NetOtherIncome", "Net Other Income", other)
    sections["NetIncome"] = _summary("NetIncome", "Net Income", _plus(operating, other))
    order = (
        "Income",
        "COGS",
        "GrossProfit",
        "Expenses",
        "NetOperatingIncome",
        "OtherIncome",
        "OtherExpenses",
        "NetOtherIncome",
        "NetIncome",
    )
    return [sections[group] for group in order if group in sections]


def _summary(group: str, title: str, sums: list[Decimal]) -> Entity:
    return {"Summary": _cells({"value": title}, sums, len(sums)), "type": "Section", "group": group}


def _section(
    sheet: _Sheet, heading: tuple[str, str], top: list[Entity], sums: list[Decimal], types: set[str]
) -> Entity:
    group, title = heading
    section: Entity = {"Header": _cells({"value": title}, None, len(sums))}
    if top:
        section["Rows"] = {"Row": [_account(sheet, one, types) for one in top]}
    section["Summary"] = _cells({"value": f"Total {title}"}, sums, len(sums))
    return {**section, "type": "Section", "group": group}


def _account(sheet: _Sheet, account: Entity, types: set[str]) -> Entity:
    children = sheet.children(account["Id"], types)
    label = {"value": account["Name"], "id": account["Id"]}
    own = sheet.own(account)
    if not children:
        return {**_cells(label, own, len(own)), "type": "Data"}
    return {
        "Header": _cells(label, own, len(own)),
        "Rows": {"Row": [_account(sheet, one, types) for one in children]},
        "Summary": _cells({"value": f"Total {account['Name']}"}, sheet.total(account), len(own)),
        "type": "Section",
    }
