"""The mappings on the page about QuickBooks are good ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from acctsync.mapping.load import load

PAGE = Path(__file__).resolve().parents[2] / "docs" / "quickbooks.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
REST = """acctsync: 1
books: {system: quickbooks, company: Acme, currency: USD, timezone: UTC}
sources:
  payment_rows: {files: payments.csv, format: csv}
  payout_rows: {files: payouts.csv, format: csv}
"""


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_taken_as_it_stands(tmp_path: Path, example: str) -> None:
    lacking = [name for name in ("accounting", "push") if f"{name}:" not in example]
    mapping = tmp_path / "acctsync.yaml"
    text = REST + example + "".join(f"{name}: {{}}\n" for name in lacking)
    mapping.write_text(text, encoding="utf-8")
    assert load(mapping).records
