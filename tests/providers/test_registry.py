from __future__ import annotations

import subprocess
import sys

import pytest

from acctsync.errors import InputRefused
from acctsync.providers.registry import books, folder, review


def test_both_names_of_quickbooks_lead_to_its_folder() -> None:
    assert folder("quickbooks") == folder("qbo") == "acctsync.providers.qbo"
    assert callable(books("qbo").open_books)
    assert callable(review("quickbooks").review)


def test_unknown_books_are_refused_by_name() -> None:
    with pytest.raises(InputRefused, match="unknown books 'sage'"):
        folder("sage")


def test_checking_offline_imports_no_http_client() -> None:
    code = (
        "import sys; from acctsync.providers.registry import review; review('qbo'); "
        "import acctsync.credentials; "
        "print([m for m in ('httpx', 'keyring', 'socket', 'filelock') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
