"""What QuickBooks can't take of a document, said before anything is sent; pure.

Without settings (nobody has asked the company yet) only the rules that need no company are applied.
Errors block the document; warnings tell what will be changed to fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from acctsync.documents import (
    PURCHASES,
    CreditAllocation,
    Customer,
    Delivery,
    Document,
    Fee,
    Invoice,
    Item,
    Kind,
    Label,
    Line,
    Payment,
    Payout,
    Refund,
    TaxTreatment,
    UnappliedPayment,
)
from acctsync.errors import Problem, Severity
from acctsync.money import ZERO
from acctsync.plan.references import bought_on
from acctsync.providers.qbo.company import ClassTracking, Settings, numbers_on
from acctsync.providers.qbo.labels import label_faults
from acctsync.providers.qbo.lines import Form, form, one_class, one_location, total_discount
from acctsync.providers.qbo.objections import no_purchase_orders
from acctsync.providers.qbo.posting import Posting
from acctsync.providers.qbo.retainers import retained, written_off
from acctsync.providers.qbo.text import (
    COMPANY_NAME_MOST,
    DESCRIPTION_MOST,
    EMAIL_MOST,
    ID_MOST,
    ITEM_NAME_MOST,
    MEMO_MOST,
    NAME_MOST,
    NUMBER_MOST,
    PHONE_MOST,
    SKU_MOST,
    VENDOR_MEMO_MOST,
    display_name,
    email_fits,
    foreign,
    has_control,
)

TAXABLE_LINES_MOST = 750
LINES_MOST = 10_000
_AMOUNT_MOST = Decimal(99999999999)
_AMOUNT_DECIMALS = 5

Found = Iterator[Problem]


def review(
    document: Document, known: Settings | None, posting: Posting | None = None
) -> tuple[Problem, ...]:
    """Check one document; a problem names it as the bookkeeper knows it."""
    found = [*_identity(document), *_by_kind(document, known, posting)]
    return tuple(problem.about(document.number, document.kind) for problem in found)


def _by_kind(  # noqa: C901 - one per kind
    document: Document, known: Settings | None, posting: Posting | None
) -> Found:
    match document:
        case Customer():
            yield from _party(document, known)
        case Item():
            yield from _item(document, known)
        case Label():
            yield from label_faults(document, known)
        case Invoice() if document.kind in PURCHASES:
            yield from _purchase(document, known)
        case Invoice():
            yield from _invoice(document, known, posting)
        case Payment():
            yield from _payment(document, known)
        case Refund():
            yield from _refund(document, known, posting)
        case CreditAllocation():
            yield from _in_currency(document, known) if known is not None else ()
        case Fee():
            yield from _fee(document, known)
        case UnappliedPayment() | Delivery():
            return
        case Payout():
            yield from _amount(document.amount)
            yield from _in_currency(document, known) if known is not None else ()


def _identity(document: Document) -> Found:
    if len(document.ref.id) > ID_MOST:
        yield _error("QBO111", f"its id is longer than {ID_MOST} characters", "Map a shorter id.")


def _party(party: Customer, known: Settings | None) -> Found:
    name = display_name(party.name, latin_only=_latin_only(known))
    if not name:
        yield _error("QBO112", "it has no name", "Give it a name in the billing system.")
    if len(name) > NAME_MOST:
        yield _error("QBO113", f"the name is longer than {NAME_MOST} characters", "Shorten it.")
    if ":" in party.name:
        yield _warning("QBO114", "QuickBooks allows no colon in a name: it is written as a dash")
    yield from _latin("name", party.name, known, refuse=True)
    if party.email and not email_fits(party.email):
        yield _warning(
            "QBO115",
            "the e-mail address is left out: QuickBooks takes one plain address of at most "
            f"{EMAIL_MOST} characters",
        )
    yield from _cut("company name", party.company, COMPANY_NAME_MOST)
    yield from _cut("phone number", party.phone, PHONE_MOST)
    if known is not None and not _home(party.currency, known):
        # Documents in that currency are held back by themselves; those in the company's go on.
        yield replace(_no_multicurrency(party.currency, known), severity=Severity.WARNING)


def _item(item: Item, known: Settings | None) -> Found:
    name = display_name(item.own_name, latin_only=_latin_only(known))
    if not name:
        yield _error("QBO112", "it has no name", "Give it a name in the billing system.")
    if len(name) > ITEM_NAME_MOST:
        yield _error(
            "QBO116",
            f"the name of the product or service has {len(name)} characters, QuickBooks takes"
            f" {ITEM_NAME_MOST}",
            "Shorten it, or map the word to an item of a shorter name under accounting.items.",
        )
    yield from _latin("name", name, known, refuse=True, instead="accounting.items")
    yield from _cut("description", item.description, DESCRIPTION_MOST)
    yield from _latin("description", item.description, known, refuse=False)
    yield from _cut("SKU", item.sku, SKU_MOST)
    if item.unit_price is not None:
        yield from _amount(item.unit_price, "its price: ")


def _purchase(purchase: Invoice, known: Settings | None) -> Found:
    yield from _number(purchase.number, known)
    yield from _cut("memo", purchase.memo, VENDOR_MEMO_MOST)
    yield from _latin("memo", purchase.memo, known, refuse=False)
    wanted = form(purchase)
    yield from _counted(wanted)
    for position, line in enumerate(wanted.lines, 1):
        if bought_on(line) is None and line.item is None:
            yield _error(
                "QBO145",
                f"line {position} has neither account nor item",
                "Set accounting.expenses (by_vendor, by_category or default) in the mapping.",
            )
        yield from _line(position, line, known)
    if known is not None:
        if purchase.kind is Kind.PURCHASE_ORDERS and not known.takes_purchase_orders:
            yield no_purchase_orders(known)
        if not known.domestic:
            yield from _tax(wanted, known)
        yield from _places(wanted, known)
        yield from _in_currency(purchase, known)


def _invoice(invoice: Invoice, known: Settings | None, posting: Posting | None) -> Found:
    if invoice.kind is Kind.RETAINERS:
        yield from retained(invoice, posting)
    elif invoice.kind is Kind.WRITE_OFFS:
        yield from written_off(invoice, posting)
    elif invoice.numbered:
        yield from _number(invoice.number, known)
    elif known is not None and known.custom_numbers:
        yield numbers_on()
    yield from _memo(invoice.memo, known)
    if invoice.total < 0:
        yield _error(
            "QBO121",
            f"the total is negative ({invoice.total})",
            "QuickBooks takes no negative invoice: make it a credit note.",
        )
    yield from _form(form(invoice), known, posting)
    if known is not None:
        yield from _in_currency(invoice, known)
        yield from _rounding(invoice, known, posting)


def _payment(payment: Payment, known: Settings | None) -> Found:
    if payment.amount < 0:
        yield _error(
            "QBO122",
            f"the amount is negative ({payment.amount})",
            "Make it a refund in the mapping.",
        )
    yield from _amount(payment.amount)
    applied = sum((part.amount for part in payment.allocations), ZERO)
    if applied > max(payment.amount, ZERO):
        yield _error(
            "QBO123",
            f"{applied} is applied to invoices, but only {payment.amount} was paid",
            "Correct the payment in the billing system.",
        )
    if known is not None:
        yield from _in_currency(payment, known)


def _refund(refund: Refund, known: Settings | None, posting: Posting | None) -> Found:
    if refund.amount < 0:
        yield _error("QBO122", f"the amount is negative ({refund.amount})", "Map it as positive.")
    yield from _memo(refund.memo, known)
    yield from _form(form(refund), known, posting)
    if known is None:
        return
    yield from _in_currency(refund, known)
    if refund.deposit_to is None and not known.undeposited_funds:
        yield _error(
            "QBO124",
            "no account to pay the refund from",
            "Set accounting.payment_methods … deposit_to in the mapping.",
        )


def _fee(fee: Fee, known: Settings | None) -> Found:
    yield from _amount(fee.amount)
    if fee.amount < 0:
        yield _error("QBO125", f"the fee is negative ({fee.amount})", "Map it with absolute: true.")
    if fee.paid_from is None:
        yield _error(
            "QBO126",
            "its fee has no bank account to leave from",
            "Say where its payment goes: accounting.payment_methods … deposit_to, a bank account.",
        )
    if known is not None:
        yield from _in_currency(fee, known)


def _number(number: str, known: Settings | None) -> Found:
    if not number:
        yield _error("QBO131", "it has no number", "Map the document's number.")
    if len(number) > NUMBER_MOST:
        yield _error(
            "QBO132",
            f"the number has {len(number)} characters, QuickBooks takes {NUMBER_MOST}",
            "Map a shorter number (before:, after:, strip_prefix:).",
        )
    if has_control(number):
        yield _error("QBO133", "the number holds invisible characters", "Correct it in the export.")
    yield from _latin("number", number, known, refuse=True)


def _counted(wanted: Form) -> Found:
    if not wanted.lines:
        yield _error("QBO141", "it has no lines", "QuickBooks takes no document without lines.")
    if len(wanted.lines) > LINES_MOST:
        yield _error("QBO142", f"it has more than {LINES_MOST} lines", "Split it.")


def _form(wanted: Form, known: Settings | None, posting: Posting | None) -> Found:
    yield from _counted(wanted)
    for position, line in enumerate(wanted.lines, 1):
        yield from _sold(position, line, posting)
        yield from _line(position, line, known)
    if wanted.tax_total and len(wanted.lines) > TAXABLE_LINES_MOST:
        yield _error(
            "QBO143",
            f"it is taxed and has {len(wanted.lines)} lines; QuickBooks takes {TAXABLE_LINES_MOST}",
            "Split it in the billing system.",
        )
    if known is not None:
        yield from _tax(wanted, known)
        yield from _discount(wanted, known)
        yield from _places(wanted, known)


def _sold(position: int, line: Line, posting: Posting | None) -> Found:
    if line.item is None and line.account is None:
        yield _error(
            "QBO144",
            f"line {position} has no item",
            "Every line in QuickBooks needs one: set accounting.items in the mapping.",
        )
    if posting is None:
        return
    if line.item is None and line.account is not None and posting.item(line.account) is None:
        yield _error(
            "QBO146",
            f"no item posts line {position} to the account {line.account}",
            "Lines in QuickBooks post through items: add a service item whose income account is "
            "that account, or name an item under accounting.items.",
        )
    item = posting.elsewhere(line)
    if item is not None:
        yield _warning(
            "QBO147",
            f"line {position} goes to the account of its item {item.full_name}, "
            f"not to {line.account}",
            "QuickBooks posts through items: change the item's income account there, or name "
            "another item under accounting.items.",
        )


def _line(position: int, line: Line, known: Settings | None) -> Found:
    yield from _amount(line.amount, f"line {position}: ")
    yield from _cut(f"description of line {position}", line.description, DESCRIPTION_MOST)
    yield from _latin(f"description of line {position}", line.description, known, refuse=False)


def _tax(wanted: Form, known: Settings) -> Found:
    if wanted.tax_total and not known.sales_tax:
        yield _error(
            "QBO151",
            f"it has tax ({wanted.tax_total}), but sales tax is off in QuickBooks",
            "Set up Taxes in QuickBooks, or map the tax as a line.",
        )
    if wanted.tax_total and wanted.tax is TaxTreatment.NONE:
        yield _error("QBO152", "it has tax but is mapped as untaxed", "Correct books.tax.")
    if known.domestic or not known.sales_tax or wanted.tax is TaxTreatment.NONE:
        return
    missing = [n for n, line in enumerate(wanted.lines, 1) if line.tax_code is None]
    if missing:
        yield _error(
            "QBO153",
            f"line {missing[0]} has no tax code ({len(missing)} in all)",
            "Every line needs one outside the US: give each tax of the export its code under "
            "accounting.taxes, also `none`, or name accounting.defaults.tax.",
        )


def _discount(wanted: Form, known: Settings) -> Found:
    discount = total_discount(wanted)
    if discount <= 0 or not known.discounts:
        return
    if wanted.discount_account is None and not known.default_discount_account:
        yield _error(
            "QBO154",
            f"no account for the discount ({discount})",
            "Set accounting.defaults.discount_account in the mapping.",
        )


def _places(wanted: Form, known: Settings) -> Found:
    classes = {*(line.class_ for line in wanted.lines), wanted.class_} - {None}
    if classes and known.classes is ClassTracking.OFF:
        yield _warning(
            "QBO161",
            "its class is left out: class tracking is off in QuickBooks",
            "Switch it on (Settings, Advanced, Categories; needs Plus), or drop class: from the "
            "mapping.",
        )
    elif classes and known.classes is ClassTracking.PER_DOCUMENT and one_class(wanted) is None:
        yield _warning(
            "QBO162",
            "its lines have different classes, but QuickBooks keeps one for the whole document: "
            "they are left out",
            "Set class tracking to one per row (Settings, Advanced, Categories).",
        )
    locations = {line.location for line in wanted.lines if line.location} | {wanted.location} - {
        None
    }
    if locations and not known.locations:
        yield _warning(
            "QBO163",
            "its location is left out: location tracking is off in QuickBooks",
            "Switch it on (Settings, Advanced, Categories; needs Plus).",
        )
    elif locations and one_location(wanted) is None:
        yield _warning(
            "QBO164", "its lines have different locations; QuickBooks keeps one: it is left out"
        )


def _in_currency(
    document: Invoice | Payment | Refund | CreditAllocation | Fee | Payout, known: Settings
) -> Found:
    if not _home(document.currency, known):
        yield _no_multicurrency(document.currency, known)


def _rounding(invoice: Invoice, known: Settings, posting: Posting | None) -> Found:
    if not invoice.rounding:
        return
    if posting is not None and posting.item(invoice.rounding_account) is None:
        yield _error(
            "QBO155",
            f"no item posts its rounding difference ({invoice.rounding}) to "
            f"{invoice.rounding_account or 'a rounding account'}",
            "Lines in QuickBooks post through items: add a service item whose income account is "
            "that account.",
        )
    if not known.domestic and known.sales_tax and invoice.tax_total:
        yield _warning("QBO156", "its rounding line carries the first line's tax code")


def _home(currency: str, known: Settings) -> bool:
    return not currency or known.multicurrency or currency == known.home_currency


def _no_multicurrency(currency: str, known: Settings) -> Problem:
    return _error(
        "QBO172",
        f"it is in {currency}, but the company keeps its books in {known.home_currency} only",
        "Switch on Multicurrency in QuickBooks (it can't be switched off again).",
    )


@lru_cache(maxsize=4096)  # prices and quantities come again and again
def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _amount(amount: Decimal, where: str = "") -> Found:
    if abs(amount) > _AMOUNT_MOST or _decimals(amount) > _AMOUNT_DECIMALS:
        yield _error(
            "QBO134",
            f"{where}{amount} has more digits than QuickBooks takes",
            "Correct the amount.",
        )


def _memo(memo: str, known: Settings | None) -> Found:
    yield from _cut("memo", memo, MEMO_MOST)
    yield from _latin("memo", memo, known, refuse=False)


def _cut(what: str, text: str, most: int) -> Found:
    if len(text) > most:
        yield _warning("QBO135", f"the {what} is cut to {most} characters")


def _latin(
    what: str,
    text: str,
    known: Settings | None,
    *,
    refuse: bool,
    instead: str = "accounting.customers.fixed",
) -> Found:
    if text.isascii() or not _latin_only(known):
        return
    odd = foreign(text)
    if not odd:
        return
    if refuse:
        yield _error(
            "QBO136",
            f"the {what} holds characters a US company in QuickBooks can't keep: {odd[:20]}",
            f"Write it in Latin letters, or pair it by hand under {instead}.",
        )
    else:
        yield _warning(
            "QBO137",
            f"the {what} holds characters QuickBooks can't keep ({odd[:20]}): they become ?",
        )


def _latin_only(known: Settings | None) -> bool:
    return known is not None and known.domestic


def _error(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, message=message, hint=hint)


def _warning(code: str, message: str, hint: str = "") -> Problem:
    return Problem(code=code, message=message, hint=hint, severity=Severity.WARNING)
