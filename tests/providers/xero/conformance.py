"""Xero's own OpenAPI file, made strict: every request that our client sends is held against it."""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx

from tests.providers.conftest import ROOT

_FOLDER = ROOT.parent / "shared" / "data" / "xero" / "conformance"


@cache
def checker() -> Any:
    """Load the checker; None where the vendors' data are not at hand."""
    file = _FOLDER / "xero_conformance.py"
    if not file.exists():
        return None
    spec = importlib.util.spec_from_file_location("xero_conformance", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with warnings.catch_warnings():
        # It leaves closing its file to Python.
        warnings.simplefilter("ignore", ResourceWarning)
        return module.Checker(str(_FOLDER / "xero_accounting.strict.json"))


def _only_deletes_money(request: httpx.Request) -> bool:
    """Tell a deletion of bank transactions: what the specification requires is for creating them.

    Their lines and account are no part of it, and naming them could only change them.
    """
    if request.method != "POST" or "/BankTransactions" not in request.url.path:
        return False
    sent = json.loads(request.content)
    return all(
        each.keys() <= {"BankTransactionID", "Status"} and each["Status"] == "DELETED"
        for each in sent.get("BankTransactions", [sent])
    )


def held_to_the_specification(client: httpx.Client) -> Callable[[], list[str]]:
    """Check every request of a client from now on; what does not conform is told by the result."""
    found: list[str] = []
    known = checker()

    def check(request: httpx.Request) -> None:
        if known is not None and request.url.path.startswith("/api.xro/"):
            wrong = [] if _only_deletes_money(request) else known.check(request)
            found.extend(f"{request.method} {request.url.path}: {each}" for each in wrong)

    client.event_hooks["request"].append(check)
    return lambda: found
