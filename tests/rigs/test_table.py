from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rigs.table import COUNTED, main, sums_of


def a_line(rig: str = "R2", **counts: float) -> str:
    return json.dumps({"rig": rig, **dict.fromkeys((*COUNTED, "seconds"), 0), **counts})


def written(folder: Path, *lines: str) -> Path:
    file = folder / "report"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def test_the_lines_of_one_rig_are_added_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [a_line(kills=700, seconds=1.4), a_line(kills=800), a_line("R1", documents=1_000_000)]
    assert sums_of(lines)["R2"]["kills"] == 1500
    assert main(written(tmp_path, *lines)) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [[cell.strip() for cell in row.split("│")[1:-1]] for row in rows if "│" in row] == [
        ["R1", "0", "1,000,000", "0", "0", "0", "0", "0"],
        ["R2", "0", "0", "1,500", "0", "0", "0", "1"],
    ]


@pytest.mark.parametrize("found", ["duplicates", "lost", "unresolved"])
def test_one_that_must_not_be_is_a_failure(tmp_path: Path, found: str) -> None:
    assert main(written(tmp_path, a_line("R2", **{found: 1}), a_line())) == 1


def test_no_report_is_a_failure(tmp_path: Path) -> None:
    assert main(tmp_path / "report") == 1
    assert main(written(tmp_path)) == 1
