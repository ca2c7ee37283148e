"""Xero's own OpenAPI file, made strict: every request that our client sends is held against it.

`tests/conftest.py` has that done in every test; for processes of their own see `tests/rigs/processes`.
"""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from acctsync.providers.http import Http

ROOT = Path(__file__).resolve().parents[3]
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


def complaints_about(request: httpx.Request) -> list[str]:
    """Hold one request to the API against the specification; tell what does not conform."""
    known = checker()
    if known is None or not request.url.path.startswith("/api.xro/"):
        return []
    wrong = [] if _only_deletes_money(request) else known.check(request)
    return [f"{request.method} {request.url.path}: {each}" for each in wrong]


@contextmanager
def every_client_watched() -> Iterator[list[str]]:
    """Check every request of every client that is built from now on; give what was wrong so far."""
    found: list[str] = []
    build = Http.__init__

    def watched(http: Http, *arguments: Any, **options: Any) -> None:
        build(http, *arguments, **options)
        http._client.event_hooks["request"].append(check)

    def check(request: httpx.Request) -> None:
        found.extend(complaints_about(request))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Http, "__init__", watched)
        yield found
