from __future__ import annotations

import os
from pathlib import Path

import pytest

from acctsync.cli import outfile
from acctsync.errors import InputRefused


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "payments.csv"


def test_a_file_appears_whole_and_alone(file: Path) -> None:
    outfile.write(file, "a,b\nÜ\n")
    assert file.read_bytes() == "a,b\nÜ\n".encode()
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_came_to_be_meanwhile_is_left_alone(file: Path) -> None:
    outfile.check(file, "--out", (".csv",))
    file.write_text("theirs", encoding="utf-8")
    with pytest.raises(InputRefused, match="exists already"):
        outfile.write(file, "ours")
    assert file.read_text(encoding="utf-8") == "theirs"
    assert list(file.parent.iterdir()) == [file]


def test_a_dangling_link_counts_as_a_file(file: Path) -> None:
    file.symlink_to(file.with_name("nowhere.csv"))
    with pytest.raises(InputRefused, match="exists already"):
        outfile.check(file, "--out", (".csv",))
    with pytest.raises(InputRefused, match="exists already"):
        outfile.write(file, "ours")
    assert not file.with_name("nowhere.csv").exists()


@pytest.mark.parametrize("there", [True, False])
def test_a_file_system_without_links_does_as_well(
    file: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    if there:
        file.write_text("theirs", encoding="utf-8")
        with pytest.raises(InputRefused, match="exists already"):
            outfile.write(file, "ours")
    else:
        outfile.write(file, "ours")
    assert file.read_text(encoding="utf-8") == ("theirs" if there else "ours")
    assert list(file.parent.iterdir()) == [file]


def test_an_ending_is_read_in_any_case(file: Path) -> None:
    outfile.check(file.with_suffix(".CSV"), "--out", (".csv",))
    with pytest.raises(InputRefused, match=r"ends in none of .csv, .json"):
        outfile.check(file.with_suffix(""), "--out", (".csv", ".json"))
