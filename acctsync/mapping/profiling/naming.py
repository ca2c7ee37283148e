"""A column's name in plain words: spelling, case, stars, punctuation and accents don't count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBER_SIGN = re.compile(r"\b[nN][°º]|#(?![0-9]+\Z)")
_E_MAIL = re.compile(r"\be email\b")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 200
_SPELLINGS = {
    "no": "number", "num": "number", "nr": "number", "nbr": "number", "numero": "number",
    "nummer": "number", "mail": "email", "org": "organization", "organisation": "organization",
    "amt": "amount", "qte": "quantity", "qty": "quantity", "desc": "description",
}  # fmt: skip


@lru_cache(maxsize=4096)
def words(name: str) -> str:
    """Write a name as plain words: `*InvoiceNo` and `Invoice #` are both `invoice number`."""
    text = _NUMBER_SIGN.sub(" number ", name[:_LONGEST]).replace("%", " percent ")
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each)
    )
    found = [each.casefold() for each in _WORD.findall(_CAMEL.sub(" ", plain))]
    spelled = [_SPELLINGS.get(each, each) for each in found]
    return _E_MAIL.sub("email", " ".join(spelled))


def forms(name_words: str, prefixes: Sequence[str]) -> Iterator[str]:
    """List what a name says of a thing whose kind it may name first: `invoice date`, `date`."""
    yield name_words
    rest, stripped = name_words, True
    while stripped:
        stripped = False
        for prefix in prefixes:
            if rest.startswith(f"{prefix} "):
                rest, stripped = rest.removeprefix(f"{prefix} "), True
                yield rest
