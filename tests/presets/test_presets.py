"""Each preset reads a sample of its system; `--update-goldens` writes the results anew."""

from __future__ import annotations

import pytest

from tests.presets.goldens import HERE, NAMES, PRESETS, golden, keep, plain, reading


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_makes_of_its_sample_what_the_golden_result_says(
    name: str, pytestconfig: pytest.Config
) -> None:
    found = plain(reading(name))
    if pytestconfig.getoption("--update-goldens"):
        keep(name, found)
    assert found == golden(name)


def test_every_sample_belongs_to_a_preset() -> None:
    assert (
        sorted(path.name for path in HERE.iterdir() if (path / "acctsync.yaml").exists()) == NAMES
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_says_at_its_head_where_its_columns_were_seen(name: str) -> None:
    head = (PRESETS / f"{name}.yaml").read_text(encoding="utf-8").split("sources:")[0]
    assert "# Seen in: " in head


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_holds_good_rows_and_one_that_is_refused(name: str) -> None:
    result = golden(name)
    assert result["documents"]
    assert result["refused"]
