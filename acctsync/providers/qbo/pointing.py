"""What QuickBooks means by the ids in its faults: entries of lists, told by the names people know.

Pure. Only the tables' words are relied upon, which stay English in every language (pasted faults:
`Accounts element id 7 not found`, and for a name in use `: Id=1209`), and a plain `account 79`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from acctsync.documents import ListKind

# The name of a list's entry by its id; empty where nothing known has it.
NameOf = Callable[[ListKind, str], str]

_TABLES: dict[str, tuple[str, tuple[ListKind, ...]]] = {
    "account": ("account", (ListKind.ACCOUNTS,)),
    "class": ("class", (ListKind.CLASSES,)),
    "klass": ("class", (ListKind.CLASSES,)),
    "customer": ("customer", (ListKind.CUSTOMERS,)),
    "department": ("location", (ListKind.LOCATIONS,)),
    "dept": ("location", (ListKind.LOCATIONS,)),
    "id": ("customer or vendor", (ListKind.CUSTOMERS, ListKind.VENDORS)),
    "item": ("product or service", (ListKind.ITEMS,)),
    "name": ("customer or vendor", (ListKind.CUSTOMERS, ListKind.VENDORS)),
    "paymentmethod": ("payment method", (ListKind.PAYMENT_METHODS,)),
    "taxcode": ("tax code", (ListKind.TAX_CODES,)),
    "term": ("terms", (ListKind.TERMS,)),
    "vendor": ("vendor", (ListKind.VENDORS,)),
}
_POINTED = re.compile(
    rf"\b({'|'.join(_TABLES)})(?:e?s)?(?: element)? id[ :=]+(\d{{1,19}})\b"
    r"|\b(account) (\d{1,19})\b"
    r"|(?<=: )(Id)=(\d{1,19})\b",
    re.IGNORECASE,
)
_NAME_MOST = 100


def with_names(message: str, name_of: NameOf) -> str:
    """Add to a fault's message what its ids are called, as far as that is known."""
    told = dict.fromkeys(_told(message, name_of))
    return f"{message} ({', '.join(told)})" if told else message


def _told(message: str, name_of: NameOf) -> Iterator[str]:
    for found in _POINTED.finditer(message):
        word, id_ = (part for part in found.groups() if part)
        called, kinds = _TABLES[word.casefold()]
        name = next((name for kind in kinds if (name := name_of(kind, id_))), "")
        if name:
            yield f'{called} id {id_} is "{name[:_NAME_MOST]}"'
