"""Put a company file's lists and documents into the books, by the rules a client meets."""

from __future__ import annotations

from acctsync.simulator.books import Books
from acctsync.simulator.company import Company, CompanyError, Preferences
from acctsync.simulator.exchange import Entity
from acctsync.simulator.refusals import Refusal
from acctsync.simulator.writes import create

_REFERENCES = {
    "CustomerRef": "Customer",
    "VendorRef": "Vendor",
    "ItemRef": "Item",
    "ClassRef": "Class",
    "DepartmentRef": "Department",
    "SalesTermRef": "Term",
    "TermRef": "Term",
    "PaymentMethodRef": "PaymentMethod",
    "TaxCodeRef": "TaxCode",
    "TxnTaxCodeRef": "TaxCode",
    "DefaultTaxCodeRef": "TaxCode",
    "SalesTaxCodeRef": "TaxCode",
    "AccountRef": "Account",
    "IncomeAccountRef": "Account",
    "ExpenseAccountRef": "Account",
    "AssetAccountRef": "Account",
    "DepositToAccountRef": "Account",
    "APAccountRef": "Account",
    "FromAccountRef": "Account",
    "ToAccountRef": "Account",
    "DiscountAccountRef": "Account",
}
_PSEUDO_CODES = (("TAX", True), ("NON", False), ("CustomSalesTax", True))


def open_books(books: Books, company: Company) -> None:
    """Fill empty books with a company."""
    books.put("CompanyInfo", _company_info(books))
    books.put("Preferences", _preferences(books, company.preferences))
    if company.identity.country == "US":
        for name, taxable in _PSEUDO_CODES:
            _tax_code(books, {"Id": name, "Name": name, "Taxable": str(taxable)})
    for kind, rows in company.lists.items():
        for row in rows:
            _add(books, kind, row)


def _add(books: Books, kind: str, row: Entity) -> None:
    try:
        if kind == "TaxRate":
            _tax_rate(books, row)
        elif kind == "TaxCode":
            _tax_code(books, row)
        else:
            _create(books, kind, row)
    except Refusal as refusal:
        raise CompanyError(
            f"{kind} {row.get('Name') or row.get('DisplayName') or row}: {refusal}"
        ) from refusal


def _create(books: Books, kind: str, row: Entity) -> None:
    fields = resolved(books, kind, row)
    wanted = fields.pop("Id", None)
    if wanted is not None and books.find(kind, wanted) is not None:
        raise CompanyError(f"{kind} Id {wanted} is taken: give explicit ids first")
    create(books, kind, fields, any_number=True, wanted=wanted)


def resolved(books: Books, kind: str, value: Entity) -> Entity:
    """Replace names standing for references by ids, all the way down."""
    return {name: _resolved(books, kind, name, part) for name, part in value.items()}


def _resolved(books: Books, kind: str, name: str, value: object) -> object:
    if isinstance(value, list):
        return [_resolved(books, kind, name, one) for one in value]
    if isinstance(value, dict):
        if str(value.get("TxnId", "")).startswith("#"):
            return {**value, "TxnId": _named(books, str(value["TxnType"]), str(value["TxnId"])[1:])}
        return resolved(books, kind, value)
    if name.endswith("Ref") and isinstance(value, str):
        return _reference(books, kind, name, value)
    return value


def _reference(books: Books, kind: str, name: str, value: str) -> Entity:
    if name == "CurrencyRef":
        return {"value": value}
    if name == "EntityRef":
        holder = books.person_named(value)
        if holder is None:
            raise CompanyError(f"no name {value!r}")
        return {"value": holder[1]["Id"], "type": holder[0]}
    target = kind if name == "ParentRef" else _REFERENCES.get(name)
    return {"value": _named(books, target, value) if target else value}


def _named(books: Books, kind: str, name: str) -> str:
    found = books.named(kind, name)
    if found is None:
        raise CompanyError(f"no {kind} is called {name!r}")
    return str(found["Id"])


def _system(books: Books, id: str) -> Entity:
    moment = books.now()
    return {
        "domain": "QBO",
        "sparse": False,
        "Id": id,
        "SyncToken": "0",
        "MetaData": {"CreateTime": moment, "LastUpdatedTime": moment},
    }


def _tax_rate(books: Books, row: Entity) -> None:
    fields = books.schema.normal("TaxRate", row)
    own = books.new_id("TaxRate", fields.pop("Id", None))
    shown = {
        "Active": True,
        "Description": fields["Name"],
        "AgencyRef": {"value": "1"},
        "SpecialTaxType": "NONE",
        "DisplayType": "ReadOnly",
    }
    books.put("TaxRate", {**_system(books, own), **shown, **fields})


def _tax_code(books: Books, row: Entity) -> None:
    names = list(row.get("rates") or [])
    fields = books.schema.normal(
        "TaxCode", {name: value for name, value in row.items() if name != "rates"}
    )
    own = books.new_id("TaxCode", fields.pop("Id", None))
    details = [
        {
            "TaxRateRef": {"value": _named(books, "TaxRate", name), "name": name},
            "TaxTypeApplicable": "TaxOnAmount",
            "TaxOrder": 0,
        }
        for name in names
    ]
    shown = {
        "Active": True,
        "Description": fields["Name"],
        "Taxable": bool(names),
        "TaxGroup": bool(names),
        "SalesTaxRateList": {"TaxRateDetail": details},
        "PurchaseTaxRateList": {"TaxRateDetail": details},
    }
    books.put("TaxCode", {**_system(books, own), **shown, **fields})


def _company_info(books: Books) -> Entity:
    identity = books.identity
    address = {"Id": "1", "Line1": "1 Wharf Street", "City": "Harbour", "Country": identity.country}
    features = {
        "NeoEnabled": "true",
        "SubscriptionStatus": "PAID",
        "OfferingSku": identity.edition,
        "PayrollFeature": "false",
        "AccountantFeature": "false",
        "QBOIndustryType": "Other",
    }
    return {
        **_system(books, "1"),
        "CompanyName": identity.name,
        "LegalName": identity.name,
        "CompanyAddr": address,
        "CustomerCommunicationAddr": address,
        "LegalAddr": address,
        "PrimaryPhone": {},
        "CompanyStartDate": "2020-01-01",
        "FiscalYearStartMonth": "January",
        "Country": identity.country,
        "Email": {"Address": "books@example.com"},
        "WebAddr": {},
        "SupportedLanguages": "en",
        "NameValue": [{"Name": name, "Value": value} for name, value in features.items()],
    }


def _preferences(books: Books, wanted: Preferences) -> Entity:
    accounting: Entity = {
        "UseAccountNumbers": wanted.account_numbers,
        "TrackDepartments": wanted.departments,
        "DepartmentTerminology": "Location",
        "ClassTrackingPerTxn": wanted.classes == "transaction",
        "ClassTrackingPerTxnLine": wanted.classes == "line",
        "FirstMonthOfFiscalYear": wanted.fiscal_year_start,
        "TaxYearMonth": "January",
        "CustomerTerminology": "Customers",
    }
    if wanted.books_closed_until:
        accounting["BookCloseDate"] = wanted.books_closed_until
    taxes: Entity = {"UsingSalesTax": wanted.sales_tax != "off"}
    if wanted.sales_tax != "manual" and books.identity.country == "US":
        taxes["PartnerTaxEnabled"] = wanted.sales_tax == "automated"
    number_rule = "VendorAndPurchasesPrefs.UseCustomTxnNumbers"
    return {
        **_system(books, "1"),
        "AccountingInfoPrefs": accounting,
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": True,
        },
        "SalesFormsPrefs": _sales_preferences(wanted),
        "VendorAndPurchasesPrefs": {"TrackingByCustomer": False, "BillableExpenseTracking": False},
        "TimeTrackingPrefs": {
            "UseServices": False,
            "BillCustomers": False,
            "WorkWeekStartDate": "Monday",
        },
        "TaxPrefs": taxes,
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": wanted.multicurrency,
            "HomeCurrency": {"value": books.identity.currency},
        },
        "ReportPrefs": {"ReportBasis": wanted.report_basis, "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {
            "NameValue": [
                {"Name": number_rule, "Value": str(wanted.purchase_order_numbers).lower()}
            ]
        },
    }


def _sales_preferences(wanted: Preferences) -> Entity:
    shown: Entity = {
        "CustomTxnNumbers": wanted.custom_numbers,
        "AllowDiscount": wanted.discounts,
        "AllowShipping": wanted.shipping,
        "AllowDeposit": wanted.deposits,
        "AllowEstimates": wanted.estimates,
        "AllowServiceDate": True,
        "AutoApplyCredit": wanted.auto_apply_credit,
        "AutoApplyPayments": wanted.auto_apply_payments,
        "EmailCopyToCompany": False,
        "IPNSupportEnabled": False,
        "DefaultCustomerMessage": "",
    }
    if wanted.default_terms:
        shown["DefaultTerms"] = {"value": wanted.default_terms}
    return shown
