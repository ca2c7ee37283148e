from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from acctsync.state.logfile import LogFile

WRITER = """
import sys
from pathlib import Path
from acctsync.state.logfile import LogFile
log = LogFile(Path(sys.argv[1]), most=2000, kept=200)
for number in range(300):
    assert log.append(f"{sys.argv[2]}-{number:03} " + "x" * 40)
"""
# A disk that is full after a thousand bytes.
FULL = """
import resource, sys
from pathlib import Path
from acctsync.state.logfile import LogFile
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
log = LogFile(Path(sys.argv[1]))
print([log.append(str(number) * 300) for number in range(6)])
"""


def lines(folder: Path) -> list[str]:
    return [line for file in folder.iterdir() for line in file.read_text("utf-8").splitlines()]


def test_lines_are_kept_in_order_and_belong_to_their_owner_alone(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "qbo.ndjson")
    assert [log.append("one"), log.append("two")] == [True, True]
    assert (tmp_path / "qbo.ndjson").read_text(encoding="utf-8") == "one\ntwo\n"
    assert (tmp_path / "qbo.ndjson").stat().st_mode & 0o777 == 0o600


def test_a_full_log_makes_room_and_the_oldest_is_let_go(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log", most=10, kept=3)
    for number in range(5):
        log.append(f"{number} {number} {number}")
    assert {file.name: file.read_text("utf-8") for file in tmp_path.iterdir()} == {
        "log": "4 4 4\n", "log.1": "3 3 3\n", "log.2": "2 2 2\n",
    }  # fmt: skip


def test_a_line_longer_than_a_whole_log_is_written_all_the_same(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log", most=10)
    assert log.append("x" * 50)
    assert (tmp_path / "log").read_text("utf-8") == "x" * 50 + "\n"


def test_processes_that_write_and_rotate_at_once_lose_and_break_no_line(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "log"), name])
        for name in ("push", "status", "doctor")
    ]
    assert [each.wait(60) for each in writers] == [0, 0, 0]
    wanted = {
        f"{name}-{number:03} " + "x" * 40
        for name in ("push", "status", "doctor")
        for number in range(300)
    }
    found = lines(tmp_path)
    assert (len(found), set(found)) == (900, wanted)
    assert max(file.stat().st_size for file in tmp_path.iterdir()) <= 2000


def test_a_full_disk_costs_lines_and_never_half_of_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "log")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[True, True, True, False, False, False]\n", "")
    assert lines(tmp_path) == ["0" * 300, "1" * 300, "2" * 300]


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("untouched", encoding="utf-8")
    (tmp_path / "log").symlink_to(tmp_path / "target")
    assert not LogFile(tmp_path / "log").append("one")
    assert (tmp_path / "target").read_text(encoding="utf-8") == "untouched"


def test_a_folder_that_is_missing_or_a_log_that_is_a_folder_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    assert [LogFile(tmp_path / "log").append("x"), LogFile(tmp_path / "no" / "log").append("x")] == [
        False, False,
    ]  # fmt: skip


def test_a_log_that_somebody_opened_to_others_is_closed_again(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("", encoding="utf-8")
    file.chmod(0o644)
    LogFile(file).append("one")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["half \ud800 a character", "é"])
def test_any_text_can_be_written(tmp_path: Path, text: str) -> None:
    assert LogFile(tmp_path / "log").append(json.dumps(text, ensure_ascii=False))
    assert len(lines(tmp_path)) == 1
