"""Which properties each object has, what each may hold, and which of them a query may use.

The little language: `Name:kind` with kind t text (t21: at most 21 characters), n number, i whole
number, d date, b true or false, @Type an object, #Type a list of objects, =Enum one of its words,
* anything.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """What one property may hold."""

    kind: str
    most: int
    of: str


ENUMS: dict[str, frozenset[str]] = {
    "Tax": frozenset({"TaxExcluded", "TaxInclusive", "NotApplicable"}),
    "Print": frozenset({"NotSet", "NeedToPrint", "PrintComplete"}),
    "Email": frozenset({"NotSet", "NeedToSend", "EmailSent"}),
    "Payment": frozenset({"Cash", "Check", "CreditCard", "Expense", "Other"}),
    "Estimate": frozenset({"Pending", "Accepted", "Closed", "Rejected", "Converted"}),
    "Order": frozenset({"Open", "Closed"}),
    "Billable": frozenset({"Billable", "NotBillable", "HasBeenBilled"}),
    "Delivery": frozenset({"Print", "Email", "None"}),
    "Item": frozenset({"Service", "NonInventory", "Inventory", "Category", "Group", "Assembly"}),
    "Method": frozenset({"CREDIT_CARD", "NON_CREDIT_CARD"}),
    "Detail": frozenset(
        {
            "SalesItemLineDetail",
            "DiscountLineDetail",
            "SubTotalLineDetail",
            "DescriptionOnly",
            "GroupLineDetail",
            "ItemBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail",
            "DepositLineDetail",
            "TaxLineDetail",
            "PaymentLineDetail",
        }
    ),
}

_ROOT = """Id:t SyncToken:t MetaData:* domain:t sparse:b status:t CustomField:#CustomField
 AttachableRef:*"""
_TXN = f"""{_ROOT} DocNumber:t21 TxnDate:d TxnSubType:t DepartmentRef:@Ref CurrencyRef:@Ref
 ExchangeRate:n PrivateNote:t4000 TxnStatus:t LinkedTxn:#Link Line:#Line TxnTaxDetail:@TaxDetail
 TxnSource:t TaxFormType:t TaxFormNum:t TransactionLocationType:t Tag:* TxnApprovalInfo:*
 RecurDataRef:@Ref RecurringInfo:* ProjectRef:@Ref TotalCostAmount:n HomeTotalCostAmount:n"""
_SALE = f"""{_TXN} AutoDocNumber:b CustomerRef:@Ref CustomerMemo:@Memo BillAddr:@Address
 ShipAddr:@Address FreeFormAddress:b ShipFromAddr:@Address RemitToRef:@Ref ClassRef:@Ref
 SalesTermRef:@Ref DueDate:d SalesRepRef:@Ref PONumber:t15 FOB:t ShipMethodRef:@Ref ShipDate:d
 TrackingNum:t31 GlobalTaxCalculation:=Tax TotalAmt:n HomeTotalAmt:n ApplyTaxAfterDiscount:b
 ShippingTaxIncludedInTotalTax:b TemplateRef:@Ref PrintStatus:=Print EmailStatus:=Email
 BillEmail:@Email BillEmailCc:@EmailCopy BillEmailBcc:@EmailCopy ARAccountRef:@Ref Balance:n
 HomeBalance:n FinanceCharge:b PaymentMethodRef:@Ref PaymentRefNum:t100 PaymentType:=Payment
 CheckPayment:* CreditCardPayment:* DepositToAccountRef:@Ref DeliveryInfo:* DiscountRate:n
 DiscountAmt:n GovtTxnRefIdentifier:t TaxExemptionRef:@Ref"""
_BUY = f"""{_TXN} VendorRef:@Ref APAccountRef:@Ref TotalAmt:n Memo:t4000 GlobalTaxCalculation:=Tax
 SalesTermRef:@Ref DueDate:d VendorAddr:@Address ShipAddr:@Address Balance:n HomeBalance:n
 HomeTotalAmt:n BillEmail:@Email ReplyEmail:@Email"""
_PERSON = f"""{_ROOT} IntuitId:t Organization:b Title:t16 GivenName:t100 MiddleName:t100
 FamilyName:t100 Suffix:t16 FullyQualifiedName:t CompanyName:t100 DisplayName:t500
 PrintOnCheckName:t110 UserId:t Active:b V4IDPseudonym:t PrimaryPhone:@Phone AlternatePhone:@Phone
 Mobile:@Phone Fax:@Phone PrimaryEmailAddr:@Email WebAddr:@Web OtherContactInfo:*
 DefaultTaxCodeRef:@Ref"""
_LIST = f"{_ROOT} Name:t100 Active:b FullyQualifiedName:t ParentRef:@Ref Level:i"

_SPECS: dict[str, str] = {
    "Invoice": f"""{_SALE} Deposit:n AllowIPNPayment:b AllowOnlinePayment:b
 AllowOnlineCreditCardPayment:b AllowOnlineACHPayment:b AllowOnlinePayPalPayment:b
 AllowOnlineAffirmPayment:b EInvoiceStatus:t ECloudStatusTimeStamp:t invoiceStatus:t
 callToAction:t invoiceStatusLog:* InvoiceEx:* LessCIS:n InvoiceLink:t PaymentDetailsMessage:t
 ConvenienceFeeDetail:* InvoiceLinkSecurityCode:t InvoiceLinkExpiryDate:d AutoPayEligible:b
 SchedulePayEligible:b ScheduledPaymentId:t GratuityEnabled:b""",
    "Estimate": f"{_SALE} ExpirationDate:d AcceptedBy:t AcceptedDate:d EstimateEx:*",
    "CreditMemo": f"{_SALE} RemainingCredit:n InvoiceRef:@Ref CreditMemoEx:*",
    "RefundReceipt": f"{_SALE} RemainingCredit:n RefundReceiptEx:*",
    "SalesReceipt": f"{_SALE} SalesReceiptEx:*",
    "Payment": f"""{_TXN} CustomerRef:@Ref RemitToRef:@Ref ARAccountRef:@Ref
 DepositToAccountRef:@Ref PaymentMethodRef:@Ref PaymentRefNum:t21 PaymentType:=Payment
 CheckPayment:* CreditCardPayment:* TotalAmt:n UnappliedAmt:n ProcessPayment:b
 PaymentExtendedType:t PaymentEx:* TaxExemptionRef:@Ref""",
    "PurchaseOrder": f"""{_BUY} TaxCodeRef:@Ref ClassRef:@Ref ReimbursableInfoRef:@Ref
 ExpectedDate:d ShipTo:@Ref DropShipToEntity:@Ref InventorySiteRef:@Ref ShipMethodRef:@Ref FOB:t
 POEmail:@Email TemplateRef:@Ref PrintStatus:=Print EmailStatus:=Email ManuallyClosed:b
 POStatus:=Order PurchaseOrderEx:*""",
    "Bill": f"{_BUY} PayerRef:@Ref RemitToAddr:@Address BillEx:* LessCIS:n IncludeInAnnualTPAR:b",
    "Purchase": f"""{_TXN} AccountRef:@Ref PaymentMethodRef:@Ref PaymentRefNum:t
 PaymentType:=Payment CheckPayment:* CreditCardPayment:* EntityRef:@Ref Credit:b
 RemitToAddr:@Address TotalAmt:n Memo:t4000 PrintStatus:=Print GlobalTaxCalculation:=Tax
 PurchaseEx:* LessCIS:n IncludeInAnnualTPAR:b""",
    "Transfer": f"{_TXN} FromAccountRef:@Ref ToAccountRef:@Ref Amount:n ClassRef:@Ref TransferEx:*",
    "Deposit": f"""{_TXN} DepositToAccountRef:@Ref CashBack:* GlobalTaxCalculation:=Tax TotalAmt:n
 HomeTotalAmt:n DepositEx:*""",
    "Customer": f"""{_PERSON} Taxable:b BillAddr:@Address ShipAddr:@Address OtherAddr:@Address
 ContactName:t AltContactName:t Notes:t2000 Job:b BillWithParent:b RootCustomerRef:@Ref
 ParentRef:@Ref Level:i CustomerTypeRef:@Ref SalesTermRef:@Ref SalesRepRef:@Ref
 TaxGroupCodeRef:@Ref TaxRateRef:@Ref PaymentMethodRef:@Ref CCDetail:* PriceLevelRef:@Ref
 Balance:n OpenBalanceDate:d BalanceWithJobs:n CreditLimit:n AcctNum:t CurrencyRef:@Ref
 OverDueBalance:n TotalRevenue:n TotalExpense:n PreferredDeliveryMethod:=Delivery ResaleNum:t16
 JobInfo:* TDSEnabled:b CustomerEx:* SecondaryTaxIdentifier:t ARAccountRef:@Ref
 PrimaryTaxIdentifier:t TaxExemptionReasonId:t IsProject:b BusinessNumber:t10 GSTIN:t15
 GSTRegistrationType:t15 ClientCompanyId:t ClientEntityId:t Source:t""",
    "Vendor": f"""{_PERSON} ContactName:t AltContactName:t Notes:t2000 BillAddr:@Address
 ShipAddr:@Address OtherAddr:@Address TaxCountry:t TaxIdentifier:t20 TaxIdEffectiveDate:d
 BusinessNumber:t10 ParentRef:@Ref VendorTypeRef:@Ref TermRef:@Ref PrefillAccountRef:@Ref
 Balance:n BillRate:n OpenBalanceDate:d CreditLimit:n AcctNum:t100 Vendor1099:b T4AEligible:b
 T5018Eligible:b CurrencyRef:@Ref TDSEnabled:b TaxReportingBasis:t APAccountRef:@Ref VendorEx:*
 GSTIN:t15 GSTRegistrationType:t15 HasTPAR:b VendorPaymentBankDetail:* Source:t CostRate:n""",
    "Employee": f"""{_PERSON} EmployeeType:t EmployeeNumber:t SSN:t PrimaryAddr:@Address
 OtherAddr:@Address BillableTime:b BillRate:n BirthDate:d Gender:t HiredDate:d ReleasedDate:d
 UseTimeEntry:t EmployeeEx:* CostRate:n Notes:t""",
    "Item": f"""{_LIST} Sku:t100 Description:t4000 SubItem:b Taxable:b SalesTaxIncluded:b
 PercentBased:b UnitPrice:n RatePercent:n Type:=Item PaymentMethodRef:@Ref UOMSetRef:@Ref
 IncomeAccountRef:@Ref PurchaseDesc:t1000 PurchaseTaxIncluded:b PurchaseCost:n
 ExpenseAccountRef:@Ref COGSAccountRef:@Ref AssetAccountRef:@Ref PrefVendorRef:@Ref AvgCost:n
 TrackQtyOnHand:b QtyOnHand:n QtyOnPurchaseOrder:n QtyOnSalesOrder:n ReorderPoint:n ManPartNum:t
 DepositToAccountRef:@Ref SalesTaxCodeRef:@Ref PurchaseTaxCodeRef:@Ref InvStartDate:d BuildPoint:n
 PrintGroupedItems:b SpecialItem:b SpecialItemType:t ItemGroupDetail:* ItemAssemblyDetail:*
 AbatementRate:n ReverseChargeRate:n ServiceType:t ItemCategoryType:t ItemEx:*
 TaxClassificationRef:@Ref UQCDisplayText:t25 UQCId:t ClassRef:@Ref Source:t DeferredRevenue:b""",
    "Account": f"""{_LIST} SubAccount:b Description:t100 AcctNum:t20 Classification:t
 AccountType:t AccountSubType:t AccountAlias:t TxnLocationType:t TaxCodeRef:@Ref CurrencyRef:@Ref
 CurrentBalance:n CurrentBalanceWithSubAccounts:n OpeningBalance:n OpeningBalanceDate:d BankNum:t
 TaxAccount:b OnlineBankingEnabled:b FIName:t""",
    "Class": f"{_LIST} SubClass:b",
    "Department": f"{_LIST} SubDepartment:b Address:@Address",
    "Term": f"""{_ROOT} Name:t31 Active:b Type:t DueDays:i DiscountDays:i DiscountPercent:n
 DayOfMonthDue:i DueNextMonthDays:i DiscountDayOfMonth:i""",
    "PaymentMethod": f"{_ROOT} Name:t31 Active:b Type:=Method",
    "TaxCode": f"""{_ROOT} Name:t100 Description:t Active:b Hidden:b Taxable:b TaxGroup:b
 SalesTaxRateList:* PurchaseTaxRateList:* TaxCodeConfigType:t""",
    "TaxRate": f"""{_ROOT} Name:t100 Description:t Active:b RateValue:n AgencyRef:@Ref
 SpecialTaxType:t DisplayType:t EffectiveTaxRate:* TaxReturnLineRef:@Ref""",
    "CompanyInfo": f"{_ROOT} CompanyName:t1024 LegalName:t1024 Country:t",
    "Preferences": f"{_ROOT} AccountingInfoPrefs:* SalesFormsPrefs:* TaxPrefs:* CurrencyPrefs:*",
    "Ref": "value:t name:t type:t",
    "Memo": "value:t1000 id:t",
    "Link": "TxnId:t TxnType:t TxnLineId:t",
    "Email": "Address:t100 Id:t Default:b Tag:t",
    "EmailCopy": "Address:t200 Id:t Default:b Tag:t",
    "Phone": """FreeFormNumber:t30 Id:t DeviceType:t CountryCode:t AreaCode:t ExchangeCode:t
 Extension:t Default:b Tag:t""",
    "Web": "URI:t1000 Id:t Default:b Tag:t",
    "CustomField": """DefinitionId:t Name:t Type:t StringValue:t31 BooleanValue:b NumberValue:n
 DateValue:d""",
    "Address": """Id:t Line1:t500 Line2:t500 Line3:t500 Line4:t500 Line5:t500 City:t255
 Country:t255 CountryCode:t County:t CountrySubDivisionCode:t255 PostalCode:t30 PostalCodeSuffix:t
 Lat:t Long:t Tag:t Note:t""",
    "Line": """Id:t LineNum:i Description:t4000 Amount:n Received:n LinkedTxn:#Link
 DetailType:=Detail PaymentLineDetail:* DiscountLineDetail:@DiscountLineDetail
 TaxLineDetail:@TaxLineDetail SalesItemLineDetail:@SalesItemLineDetail
 DescriptionLineDetail:@DescriptionLineDetail
 ItemBasedExpenseLineDetail:@ItemBasedExpenseLineDetail
 AccountBasedExpenseLineDetail:@AccountBasedExpenseLineDetail DepositLineDetail:@DepositLineDetail
 GroupLineDetail:@GroupLineDetail SubTotalLineDetail:* CustomField:#CustomField LineEx:*
 ProjectRef:@Ref CostAmount:n HomeCostAmount:n""",
    "SalesItemLineDetail": """ItemRef:@Ref ClassRef:@Ref UnitPrice:n UnitCostPrice:n RatePercent:n
 PriceLevelRef:@Ref MarkupInfo:* Qty:n UOMRef:* ItemAccountRef:@Ref InventorySiteRef:@Ref
 TaxCodeRef:@Ref TaxClassificationRef:@Ref ServiceDate:d TaxInclusiveAmt:n DiscountRate:n
 DiscountAmt:n DeferredRevenue:b""",
    "DiscountLineDetail": """DiscountRef:@Ref PercentBased:b DiscountPercent:n
 DiscountAccountRef:@Ref ServiceDate:d ClassRef:@Ref TaxCodeRef:@Ref""",
    "DescriptionLineDetail": "ServiceDate:d TaxCodeRef:@Ref",
    "GroupLineDetail": "GroupItemRef:@Ref Quantity:n UOMRef:* ServiceDate:d Line:#Line",
    "ItemBasedExpenseLineDetail": """ItemRef:@Ref ClassRef:@Ref UnitPrice:n RatePercent:n
 PriceLevelRef:@Ref MarkupInfo:* Qty:n UOMRef:* ItemAccountRef:@Ref InventorySiteRef:@Ref
 TaxCodeRef:@Ref CustomerRef:@Ref BillableStatus:=Billable TaxInclusiveAmt:n""",
    "AccountBasedExpenseLineDetail": """CustomerRef:@Ref ClassRef:@Ref AccountRef:@Ref
 BillableStatus:=Billable MarkupInfo:* TaxAmount:n TaxCodeRef:@Ref TaxInclusiveAmt:n""",
    "DepositLineDetail": """Entity:@Ref ClassRef:@Ref AccountRef:@Ref PaymentMethodRef:@Ref
 CheckNum:t21 TxnType:t TaxCodeRef:@Ref TaxApplicableOn:t""",
    "TaxDetail": """DefaultTaxCodeRef:@Ref TxnTaxCodeRef:@Ref TotalTax:n TaxReviewStatus:t
 TaxLine:#Line UseAutomatedSalesTax:b""",
    "TaxLineDetail": """TaxRateRef:@Ref PercentBased:b TaxPercent:n NetAmountTaxable:n
 TaxInclusiveAmount:n OverrideDeltaAmount:n ServiceDate:d""",
}


def _rule(kind: str) -> Rule:
    if kind[0] in "@#=":
        return Rule(kind[0], 0, kind[1:])
    return Rule(kind[0], int(kind[1:] or 0), "")


def _rules(spec: str) -> dict[str, Rule]:
    return {name: _rule(kind) for name, _, kind in (word.partition(":") for word in spec.split())}


PROPERTIES: dict[str, dict[str, Rule]] = {kind: _rules(spec) for kind, spec in _SPECS.items()}

SALES_FORMS = frozenset({"Invoice", "Estimate", "CreditMemo", "RefundReceipt", "SalesReceipt"})
PURCHASES = frozenset({"PurchaseOrder", "Bill", "Purchase"})
TRANSACTIONS = SALES_FORMS | PURCHASES | {"Payment", "Transfer", "Deposit"}
PEOPLE = frozenset({"Customer", "Vendor", "Employee"})
LISTS = frozenset({"Item", "Account", "Class", "Department", "Term", "PaymentMethod"})
READ_ONLY = frozenset({"TaxCode", "TaxRate", "CompanyInfo", "Preferences"})
KINDS: dict[str, str] = {
    kind.lower(): kind for kind in sorted(TRANSACTIONS | PEOPLE | LISTS | READ_ONLY)
}

_COMMON = "Id MetaData.CreateTime MetaData.LastUpdatedTime"
_FORM = f"{_COMMON} DocNumber TxnDate CustomerRef"
_NAMED = f"{_COMMON} Name Active"
QUERYABLE: dict[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "Invoice": f"""{_FORM} DueDate Balance TotalAmt SalesTermRef EmailStatus PrintStatus
 DepartmentRef ClassRef""",
        "Estimate": f"{_FORM} TotalAmt TxnStatus ExpirationDate DepartmentRef ClassRef",
        "CreditMemo": f"{_FORM} TotalAmt Balance DepartmentRef ClassRef",
        "RefundReceipt": f"{_FORM} TotalAmt DepartmentRef ClassRef",
        "SalesReceipt": f"{_FORM} TotalAmt DepartmentRef ClassRef",
        "Payment": f"{_COMMON} CustomerRef TxnDate PaymentRefNum ProjectRef",
        "PurchaseOrder": f"{_COMMON} DocNumber TxnDate VendorRef TotalAmt POStatus DueDate",
        "Bill": f"{_COMMON} DocNumber TxnDate VendorRef TotalAmt Balance DueDate",
        "Purchase": f"{_COMMON} DocNumber TxnDate PaymentType AccountRef EntityRef TotalAmt",
        "Transfer": f"{_COMMON} TxnDate",
        "Deposit": f"{_COMMON} DocNumber TxnDate TotalAmt",
        "Customer": f"""{_COMMON} DisplayName GivenName MiddleName FamilyName FullyQualifiedName
 CompanyName PrintOnCheckName PrimaryEmailAddr Active Balance Job""",
        "Vendor": f"""{_COMMON} DisplayName GivenName MiddleName FamilyName CompanyName
 PrintOnCheckName Active Balance""",
        "Employee": f"""{_COMMON} DisplayName GivenName MiddleName FamilyName PrintOnCheckName
 Active""",
        "Item": f"{_NAMED} Sku Type FullyQualifiedName UnitPrice SubItem",
        "Account": f"""{_NAMED} AccountType AccountSubType Classification AcctNum
 FullyQualifiedName SubAccount""",
        "Class": f"{_NAMED} FullyQualifiedName SubClass",
        "Department": f"{_NAMED} FullyQualifiedName SubDepartment",
        "Term": f"{_NAMED} Type",
        "PaymentMethod": f"{_NAMED} Type",
        "TaxCode": _NAMED,
        "TaxRate": _NAMED,
        "CompanyInfo": _COMMON,
        "Preferences": _COMMON,
    }.items()
}
