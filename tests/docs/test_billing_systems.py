"""The page about billing systems names every preset, and its example mapping is a good one."""

from __future__ import annotations

import re
from pathlib import Path

from acctsync.mapping.load import load

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "billing-systems.md"
PRESETS = {path.stem for path in (ROOT / "acctsync" / "presets").glob("*.yaml")}


def test_every_preset_has_its_row_in_the_table_and_every_row_its_preset() -> None:
    table = [line for line in _text().splitlines() if line.startswith("| ")]
    named = [name for line in table for name in re.findall(r"`presets/([a-z0-9-]+)`", line)]
    assert sorted(named) == sorted(PRESETS)


def test_every_row_of_the_table_tells_export_shape_quirks_and_how_sure_we_are() -> None:
    rows = [line.strip("|").split("|") for line in _text().splitlines() if "`presets/" in line]
    assert {len(row) for row in rows} == {6}
    assert all(cell.strip() for row in rows for cell in row)
    assert {row[5].strip().split(":")[0].split(";")[0] for row in rows} == {"seen", "in part"}


def test_presets_that_are_named_in_passing_exist() -> None:
    last = _text().split("## Write your own")[1]
    assert set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", last)) - {"acctsync"} <= PRESETS


def test_the_page_links_only_to_what_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", _text())
    assert links
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def test_the_example_mapping_is_taken_as_it_stands(tmp_path: Path) -> None:
    whole, own_name, _ = re.findall(r"```yaml\n(.*?)```", _text(), re.DOTALL)
    (tmp_path / "acctsync.yaml").write_text(f"{whole}{own_name}", encoding="utf-8")
    mapping = load(tmp_path / "acctsync.yaml")
    assert mapping.sources["order_rows"].files == ("exports/orders_*.csv",)
    assert mapping.sources["order_rows"].strip_formula_quotes


def _text() -> str:
    return PAGE.read_text(encoding="utf-8")
