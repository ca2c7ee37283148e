"""People and lists: customers, vendors, employees, items, accounts, classes, locations, terms."""

from __future__ import annotations

from decimal import Decimal

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import cash, money
from acctsync.simulator.exchange import Entity
from acctsync.simulator.properties import LISTS
from acctsync.simulator.refusals import (
    Refusal,
    bad_length,
    bad_text,
    business,
    error,
    missing,
    refuse,
)

DELETED = " (deleted)"
_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_DEEPEST = 5
_AP_NAME_LENGTH = 100
_REVENUE = {"Income", "Other Income", "Other Current Liability"}
_CLASSIFICATIONS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
}
# Intuit, help, write off bad debt: a non-inventory item sells onto the expense account.
_WRITTEN_OFF_TO = {"Expense", "Other Expense"}
_ITEM_ACCOUNTS = {
    "IncomeAccountRef": _REVENUE,
    "ExpenseAccountRef": {"Cost of Goods Sold", "Expense", "Other Expense"},
    "AssetAccountRef": {"Other Current Asset"},
}


def person(books: Books, kind: str, fields: Entity, old: Entity | None) -> Entity:
    """Make a customer, vendor or employee out of what was sent."""
    made = {**fields}
    made["DisplayName"] = _display_name(books, kind, made, old)
    made.setdefault("PrintOnCheckName", made.get("CompanyName") or made["DisplayName"])
    if kind == "Vendor" and len(made["PrintOnCheckName"]) > _AP_NAME_LENGTH:
        raise bad_length("PrintOnCheckName", _AP_NAME_LENGTH, len(made["PrintOnCheckName"]))
    made["Active"] = fields.get("Active", True)
    match kind:
        case "Customer":
            return _customer(books, made, old)
        case "Vendor":
            return _vendor(books, made, old)
        case _:
            made.setdefault("BillableTime", False)
            return made


def _display_name(books: Books, kind: str, made: Entity, old: Entity | None) -> str:
    for part in (*_NAME_PARTS, "DisplayName", "PrintOnCheckName"):
        if any(letter in str(made.get(part, "")) for letter in ":\t\n"):
            raise bad_text(part, "has a colon, a tab or a new line")
    words = [made[part] for part in _NAME_PARTS if made.get(part)]
    name = str(made.get("DisplayName") or " ".join(words)).strip()
    if not name:
        detail = "At least one part of a name, or a display name, is required"
        raise refuse(6080, "At least one name is required", detail)
    name = _shelved(name, active=made.get("Active", True), old=old)
    holder = books.person_named(name)
    if holder is not None and (old is None or (kind, old["Id"]) != (holder[0], holder[1]["Id"])):
        raise _taken(books, holder[1]["Id"])
    return name


def _shelved(name: str, *, active: bool, old: Entity | None) -> str:
    # A name made inactive gives its plain name free again; one that comes back loses the mark.
    if not active and old is not None and not name.endswith(DELETED):
        return name + DELETED
    if active and old is not None and old.get("Active") is False:
        return name.removesuffix(DELETED)
    return name


def _taken(books: Books, id: str) -> Refusal:
    ending = {
        "null": "null",
        "id": f"Id={id}",
        "text": "Another customer, vendor or employee is already using this name. "
        "Please use a different name.",
    }[books.settings.duplicate_name]
    detail = f"The name supplied already exists. : {ending}"
    return refuse(6240, "Duplicate Name Exists Error", detail)


def _customer(books: Books, made: Entity, old: Entity | None) -> Entity:
    made["FullyQualifiedName"] = made["DisplayName"]
    parent: Entity | None = None
    if made.get("ParentRef"):
        made["ParentRef"], parent = books.refer("Customer", made["ParentRef"], "ParentRef")
        made["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{made['DisplayName']}"
        made["Level"] = _level(parent)
    made.setdefault("Taxable", True)
    made.setdefault("Job", parent is not None)
    made.setdefault("BillWithParent", False)
    made.setdefault("PreferredDeliveryMethod", "Print")
    _refer_all(
        books,
        made,
        {
            "SalesTermRef": "Term",
            "PaymentMethodRef": "PaymentMethod",
            "DefaultTaxCodeRef": "TaxCode",
        },
    )
    for name in ("Balance", "BalanceWithJobs"):
        made[name] = old[name] if old else 0
    return _with_currency(books, made, old)


def _vendor(books: Books, made: Entity, old: Entity | None) -> Entity:
    made.pop("FullyQualifiedName", None)
    made.setdefault("Vendor1099", False)
    if made.get("TaxIdentifier"):
        made["TaxIdentifier"] = "XXXXXX" + made["TaxIdentifier"][-4:]
    _refer_all(books, made, {"TermRef": "Term", "APAccountRef": "Account"})
    made["Balance"] = old["Balance"] if old else 0
    return _with_currency(books, made, old)


def _with_currency(books: Books, made: Entity, old: Entity | None) -> Entity:
    home = books.identity.currency
    code = (
        made.get("CurrencyRef", {}).get("value")
        or (old or {}).get("CurrencyRef", {}).get("value")
        or home
    )
    if old is not None and code != old["CurrencyRef"]["value"]:
        raise business("The currency of a name cannot be changed once it is used.")
    if code != home and not books.preference("CurrencyPrefs", "MultiCurrencyEnabled"):
        raise business("Multi Currency should be enabled to perform this operation.")
    made["CurrencyRef"] = books.currency(code)
    return made


def _refer_all(books: Books, made: Entity, refs: dict[str, str]) -> None:
    for name, kind in refs.items():
        if made.get(name):
            made[name] = books.refer(kind, made[name], name)[0]


def _level(parent: Entity) -> int:
    level = int(parent.get("Level", 0)) + 1
    if level >= _DEEPEST:
        raise refuse(6180, "Too many levels", "Names may be nested at most five levels deep.")
    return level


def listed(books: Books, kind: str, fields: Entity, old: Entity | None) -> Entity:
    """Make an item, account, class, location, term or payment method out of what was sent."""
    made = {**fields}
    made["Name"] = _list_name(made, old)
    made["Active"] = fields.get("Active", True)
    if kind in {"Item", "Account", "Class", "Department"}:
        _place(books, kind, made)
    _check_free(books, kind, made, old)
    match kind:
        case "Item":
            return _item(books, made, old)
        case "Account":
            return _account(books, made, old)
        case "Class":
            made["SubClass"] = "ParentRef" in made
        case "Department":
            made["SubDepartment"] = "ParentRef" in made
        case "Term":
            _term(made)
        case _:
            made.setdefault("Type", "NON_CREDIT_CARD")
    return made


def _list_name(made: Entity, old: Entity | None) -> str:
    name = str(made.get("Name") or "").strip()
    if not name:
        raise Refusal([missing("Name")])
    if ":" in name:
        raise bad_text("Name", "has a colon")
    return _shelved(name, active=made.get("Active", True), old=old)


def _place(books: Books, kind: str, made: Entity) -> None:
    made["FullyQualifiedName"] = made["Name"]
    made.pop("Level", None)
    if not made.get("ParentRef"):
        made.pop("ParentRef", None)
        if kind == "Item" and made.pop("SubItem", False):
            raise Refusal([missing("ParentRef")])
        return
    made["ParentRef"], parent = books.refer(kind, made["ParentRef"], "ParentRef")
    made["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{made['Name']}"
    if kind == "Item":
        if parent["Type"] != "Category":
            raise business("The parent of a product or service must be a category.")
        made["SubItem"] = True
    made["Level"] = _level(parent)


def _check_free(books: Books, kind: str, made: Entity, old: Entity | None) -> None:
    path = "FullyQualifiedName" if "FullyQualifiedName" in made else "Name"
    for holder in books.indexed(kind, path, [made[path]]) or ():
        if old is None or holder["Id"] != old["Id"]:
            raise _taken(books, holder["Id"])


def _item(books: Books, made: Entity, old: Entity | None) -> Entity:
    made.setdefault("Type", old["Type"] if old else "Service")
    if made["Type"] == "Category":
        return made
    made.setdefault("Taxable", False)
    made["UnitPrice"] = made.get("UnitPrice", 0)
    made["PurchaseCost"] = made.get("PurchaseCost", 0)
    made["TrackQtyOnHand"] = made["Type"] == "Inventory"
    _check_item(made)
    for name, types in _ITEM_ACCOUNTS.items():
        if made.get(name):
            made[name], account = books.refer("Account", made[name], name)
            if account["AccountType"] not in types | _allowed_besides(made["Type"], name):
                raise wrong_account(name)
    _refer_all(
        books,
        made,
        {"ClassRef": "Class", "SalesTaxCodeRef": "TaxCode", "PurchaseTaxCodeRef": "TaxCode"},
    )
    return made


def _allowed_besides(kind: str, name: str) -> set[str]:
    """Tell what types of account a kind of item may sell onto besides."""
    return _WRITTEN_OFF_TO if (kind, name) == ("NonInventory", "IncomeAccountRef") else set()


def _check_item(made: Entity) -> None:
    needed = {
        "Service": ["IncomeAccountRef"],
        "NonInventory": [],
        "Inventory": [
            "QtyOnHand",
            "InvStartDate",
            "IncomeAccountRef",
            "ExpenseAccountRef",
            "AssetAccountRef",
        ],
    }.get(made["Type"], [])
    if made["Type"] in {"Service", "NonInventory"} and made.get("ExpenseAccountRef"):
        needed = []
    elif made["Type"] == "NonInventory":
        needed = ["IncomeAccountRef"]
    absent = [name for name in needed if made.get(name) is None]
    if absent:
        raise Refusal([missing(name) for name in absent])


def wrong_account(element: str) -> Refusal:
    """Refuse an account of a type that cannot stand there."""
    return refuse(
        6430,
        "Invalid account type",
        "Invalid account type: select a different type of account",
        element,
    )


def _account(books: Books, made: Entity, old: Entity | None) -> Entity:
    if any(letter in made["Name"] for letter in '":'):
        raise bad_text("Name", "has a quotation mark or a colon")
    longest = 7 if books.identity.country == "US" else 20
    if len(made.get("AcctNum", "")) > longest:
        raise bad_length("AcctNum", longest, len(made["AcctNum"]))
    if not made.get("AccountType") and not made.get("AccountSubType"):
        raise refuse(
            6010, "Account type required", "Account type or account sub type must be given."
        )
    made.setdefault("AccountType", made.get("AccountSubType"))
    made["Classification"] = _CLASSIFICATIONS.get(made["AccountType"], "Asset")
    made.setdefault("AccountSubType", made["AccountType"].replace(" ", ""))
    made["SubAccount"] = "ParentRef" in made
    for name in ("CurrentBalance", "CurrentBalanceWithSubAccounts"):
        made[name] = old[name] if old else cash(money(made.get(name)))
    return _with_currency(books, made, old)


def _term(made: Entity) -> None:
    made["Type"] = "DATE_DRIVEN" if made.get("DayOfMonthDue") else "STANDARD"
    if made["Type"] == "STANDARD":
        made.setdefault("DueDays", 0)
        made.setdefault("DiscountDays", 0)
    made.setdefault("DiscountPercent", 0)
    ranges = {
        "DueDays": 999,
        "DiscountDays": 999,
        "DueNextMonthDays": 999,
        "DiscountPercent": 100,
        "DayOfMonthDue": 31,
        "DiscountDayOfMonth": 31,
    }
    errors = [
        error(2240, "Invalid Number", f"{name} must lie between 0 and {most}", name)
        for name, most in ranges.items()
        if not 0 <= Decimal(made.get(name, 0)) <= most
    ]
    if errors:
        raise Refusal(errors)


def rename_children(books: Books, kind: str, parent: Entity) -> None:
    """Carry a new full name down to the children.

    Whether the vendor counts that as a change of theirs is nowhere said; here it doesn't, which is
    the harder case for whoever keeps a list.
    """
    for child in books.entities(kind):
        if child.get("ParentRef", {}).get("value") == parent["Id"]:
            own = child.get("DisplayName") or child["Name"]
            full_name = f"{parent['FullyQualifiedName']}:{own}"
            renamed = books.put(kind, {**child, "FullyQualifiedName": full_name})
            rename_children(books, kind, renamed)


def check_unused(kind: str) -> None:
    """Refuse to delete a name: lists and people are only made inactive."""
    if kind in LISTS or kind in {"Customer", "Vendor", "Employee"}:
        raise refuse(500, "Unsupported Operation", f"Operation delete on {kind} is not supported.")
