"""Amounts of money: exact decimals in a named currency, split without losing a cent."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal

from acctsync.values import dataclass

ZERO = Decimal(0)

# ISO 4217 minor units that are not 2.
_EXPONENTS: dict[str, int] = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}

_QUANTA = {0: Decimal(1), 2: Decimal("0.01"), 3: Decimal("0.001")}

# ISO 4217 codes in circulation.
_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN "
    "BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD "
    "FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY "
    "KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP "
    "MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR "
    "RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT "
    "TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR "
    "ZMW ZWG "
)

CURRENCIES = frozenset(_CODES.split())

# How a currency's own amounts may be marked, besides by its code.
_SYMBOLS: dict[str, tuple[str, ...]] = {
    "AUD": ("AU$", "A$", "$"),
    "BRL": ("R$",),
    "CAD": ("CA$", "C$", "$"),
    "CHF": ("Fr.", "SFr."),
    "CNY": ("CN¥", "¥"),
    "CZK": ("Kč",),
    "DKK": ("kr.", "kr"),
    "EUR": ("€",),
    "GBP": ("£",),
    "HKD": ("HK$", "$"),
    "ILS": ("₪",),
    "INR": ("₹",),
    "JPY": ("JP¥", "¥", "円"),
    "KRW": ("₩",),
    "MXN": ("MX$", "$"),
    "NOK": ("kr",),
    "NZD": ("NZ$", "$"),
    "PHP": ("₱",),
    "PLN": ("zł",),
    "SEK": ("kr",),
    "SGD": ("S$", "$"),
    "THB": ("฿",),
    "TRY": ("₺",),
    "TWD": ("NT$",),
    "UAH": ("₴",),
    "USD": ("US$", "$"),
    "VND": ("₫",),
    "ZAR": ("R",),
}

_DOLLARS = frozenset(code for code, symbols in _SYMBOLS.items() if "$" in symbols)

MINOR_UNITS = "minor_units"

# The closed list of ways to write a number: its decimal mark and the characters that group digits.
_STYLES: dict[str, tuple[str, str]] = {
    "1234.50": (".", ""),
    "1,234.50": (".", ","),
    "1.234,50": (",", "."),
    "1 234,50": (",", " \u00a0\u202f\u2009"),
    "1'234.50": (".", "'\u2019"),
    "1234,50": (",", ""),
    MINOR_UNITS: (".", ""),
}

NUMBER_STYLES = tuple(_STYLES)

# QuickBooks and Xero hold amounts below a hundred billion.
LARGEST = Decimal("99999999999.99")

_CACHE_SIZE = 20_000
_SHORTEST_SENTENCE = 20

# A number that another style would read as one of a thousand times as much, or as little.
_LIKE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_CENTS = 2

# No digits are grouped in fewer characters, and no number is too large in so few.
_SHORT = 4
_LONG = 11

_BLANKS = " \t\u00a0\u202f\u2009"


class NotANumber(ValueError):
    """The text is not a number in the declared style; says why."""


class NumberReader:
    """Reads numbers written in one declared style; guesses nothing.

    The document's own currency symbol or code, one sign, or parentheses are always understood.
    A `wary` reader refuses amounts like 1.234 where cents are meant: no invoice is written so, and
    in another style it is a thousand times as much.
    """

    def __init__(self, style: str, *, wary: bool = False) -> None:
        mark, groups = _STYLES[style]
        self.style = style
        self._wary = wary
        self._mark = mark
        self._groups = groups
        grouped = (
            rf"[0-9]{{1,3}}(?:(?P<mark>[{re.escape(groups)}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*)?"
            if groups
            else ""
        )
        whole = f"(?:{grouped}|[0-9]+)" if groups else "[0-9]+"
        self._scaled = style == MINOR_UNITS
        self._simple = mark == "." and not self._scaled
        self._shape = re.compile(
            rf"(?:{whole}(?:{re.escape(mark)}[0-9]+)?|{re.escape(mark)}[0-9]+)"
        )
        self._seen: dict[str, dict[str, Decimal]] = {}
        self._marked: dict[str, Callable[[str], re.Match[str] | None]] = {}

    def amount(self, text: str, currency: str) -> Decimal:
        """Read an amount of money; in minor units it must be a whole number of them."""
        seen = self._seen.get(currency)
        if seen is None:
            seen = self._start(currency)
        value = seen.get(text)
        if value is None:
            value = self._unseen(text, currency)
            if len(seen) >= _CACHE_SIZE:
                seen.clear()
            seen[text] = value
        return value

    def price(self, text: str, currency: str) -> Decimal:
        """Read a price for one, which may be finer than the currency's smallest unit."""
        if self.style != MINOR_UNITS:
            return self.amount(text, currency)
        return self._plain(text, currency).scaleb(-exponent(currency))

    def _unseen(self, text: str, currency: str) -> Decimal:
        body = text[1:] if text[:1] == "$" and currency in _DOLLARS else text
        if (
            self._simple
            and len(body) < _LONG
            and body.isascii()
            and body[-1:] != "."
            and body.replace(".", "", 1).isdigit()
            and not (self._wary and body[-4:-3] == ".")
        ):
            return Decimal(body)
        return self._scaled_amount(text, currency) if self._scaled else self._plain(text, currency)

    def _start(self, currency: str) -> dict[str, Decimal]:
        """Prepare for a currency: its own symbol may lead a number."""
        symbols = "|".join(re.escape(symbol) for symbol in _SYMBOLS.get(currency, ()))
        lead = f"(?:{symbols})?" if symbols else ""
        self._marked[currency] = re.compile(rf"{lead}({self._shape.pattern})").fullmatch
        return self._seen.setdefault(currency, {})

    def _scaled_amount(self, text: str, currency: str) -> Decimal:
        value = self._plain(text, currency)
        if value != value.to_integral_value() or "." in text:
            raise NotANumber("is no whole number of minor units")
        return value.scaleb(-exponent(currency))

    def _plain(self, text: str, currency: str) -> Decimal:
        if currency not in self._marked:
            self._start(currency)
        match = self._marked[currency](text)
        body, negative = (match[1], False) if match else self._bare(text, currency)
        if self._wary and body[-4:-3] == self._mark:
            self._refuse_thousands(body, currency)
        if len(body) > _SHORT or self._mark == ",":
            for group in self._groups:
                body = body.replace(group, "")
            body = body.replace(self._mark, ".")
        value = Decimal(body)
        if len(body) > _LONG and value > LARGEST:
            raise NotANumber(f"is more than the books can hold ({LARGEST:,} at most)")
        return -value if negative else value

    def _refuse_thousands(self, body: str, currency: str) -> None:
        if _LIKE_THOUSANDS.fullmatch(body) and currency and exponent(currency) == _CENTS:
            few, many = body.replace(self._mark, "."), re.sub("[.,]", "", body)
            raise NotANumber(f"could mean {few} or {many}: three digits follow its {self._mark}")

    def _bare(self, text: str, currency: str) -> tuple[str, bool]:
        """Take everything off that may stand around a number; refuse what is left but a number."""
        body, negative = _unwrapped(text, currency)
        if not self._shape.fullmatch(body):
            raise NotANumber(self._why_not(body, currency))
        return body, negative

    def _why_not(self, body: str, currency: str) -> str:
        for code, symbols in _SYMBOLS.items():
            if code != currency and any(
                symbol in body for symbol in symbols if not symbol.isascii()
            ):
                symbol = next(symbol for symbol in symbols if symbol in body)
                return f"has {symbol}, which is no {currency}"
        words = re.findall(r"[A-Za-z]{3}", body)
        if words and words[0].upper() in CURRENCIES and words[0].upper() != currency:
            return f"is in {words[0].upper()}, not {currency}"
        if "$" in body and "$" not in _SYMBOLS.get(currency, ()):
            return f"has $, which is no {currency}"
        style = "1250 (whole minor units)" if self.style == MINOR_UNITS else self.style
        return f"is not written like {style}"


def plain_number(text: str) -> Decimal:
    """Read a number that the mapping itself states, written like 1234.50; refuse anything else."""
    return _PLAIN.amount(text, "")


def stated_number(text: str, style: str) -> Decimal:
    """Read a number that the mapping states: written like 1234.50, or as its source writes numbers.

    Refuses one that is another number each way.
    """
    found: set[Decimal] = set()
    for reader in (_PLAIN, _PLAIN if style == MINOR_UNITS else NumberReader(style)):
        with suppress(NotANumber):
            found.add(reader.amount(text, ""))
    if len(found) > 1:
        raise NotANumber("is another number in the style of the source")
    return found.pop() if found else plain_number(text)


def known_currency(text: str) -> str | None:
    """Tell the ISO code that a text names, in whatever case; None when there is none."""
    code = text.strip().upper()
    return code if code in CURRENCIES else None


def similar_currency(text: str) -> str:
    """Tell the currency code that was probably meant, or nothing."""
    code = text.strip().upper()
    if len(code) > _SHORTEST_SENTENCE:
        return ""
    turned = [known for known in CURRENCIES if sorted(known) == sorted(code)]
    near = sorted(turned) or difflib.get_close_matches(code, sorted(CURRENCIES), n=1, cutoff=0.6)
    return near[0] if near else ""


def _unwrapped(text: str, currency: str) -> tuple[str, bool]:
    """Take sign, parentheses and the currency's own mark off a number."""
    body = text.strip().replace("\u2212", "-")
    signs, negative, marked = 0, False, False
    while body:
        if signs > 1:
            raise NotANumber("has two signs")
        mark = None if marked else _own_mark(body, currency)
        if body[0] == "(" and body[-1] == ")":
            body, signs, negative = body[1:-1], signs + 1, True
        elif body[0] in "+-":
            body, signs, negative = body[1:], signs + 1, body[0] == "-"
        elif body[-1] in "+-":
            body, signs, negative = body[:-1], signs + 1, body[-1] == "-"
        elif mark is not None:
            body, marked = mark, True
        else:
            break
        body = body.strip(_BLANKS)
    if signs > 1:
        raise NotANumber("has two signs")
    return body, negative


def _own_mark(body: str, currency: str) -> str | None:
    """Cut the currency's symbol or code off one end; None when there is none."""
    if body[0].isdigit() and body[-1].isdigit():
        return None
    for mark in (currency, *_SYMBOLS.get(currency, ())):
        if mark and body[: len(mark)].upper() == mark.upper():
            return body[len(mark) :]
        if mark and body[-len(mark) :].upper() == mark.upper():
            return body[: -len(mark)]
    return None


def exponent(currency: str) -> int:
    """Tell how many decimal places the currency's amounts have."""
    return _EXPONENTS.get(currency, 2)


def quantum(currency: str) -> Decimal:
    """Tell the currency's smallest amount: 0.01 for USD, 1 for JPY."""
    return _QUANTA[exponent(currency)]


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's smallest unit, as invoices do."""
    return amount.quantize(quantum(currency), rounding=ROUND_HALF_UP)


def to_minor(amount: Decimal, currency: str) -> int:
    """Turn an amount into minor units (12.50 USD → 1250); refuse one that does not fit."""
    minor = amount.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        msg = f"{amount} is no whole number of {currency} minor units"
        raise ValueError(msg)
    return int(minor)


def from_minor(minor: int, currency: str) -> Decimal:
    """Turn minor units into an amount (1250 USD → 12.50)."""
    return Decimal(minor).scaleb(-exponent(currency))


def allocate(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split a total by weights so that the parts add up to it, by largest remainder."""
    whole = sum(weights, ZERO)
    if not weights or whole == 0:
        msg = "nothing to split by"
        raise ValueError(msg)
    unit = quantum(currency)
    exact = [total * weight / whole for weight in weights]
    parts = [(share // unit) * unit for share in exact]
    missing = int((total - sum(parts, ZERO)) / unit)
    step = 1 if missing >= 0 else -1
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i]) * step)
    for index in range(abs(missing)):
        parts[order[index % len(order)]] += unit * step
    return parts


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in one currency; refuses floats and mixed currencies."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            msg = f"money is a Decimal, not {type(self.amount).__name__}"
            raise TypeError(msg)

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __str__(self) -> str:
        return f"{rounded(self.amount, self.currency):,} {self.currency}"

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            msg = f"{self.currency} and {other.currency} don't add up"
            raise ValueError(msg)


_PLAIN = NumberReader("1234.50")
