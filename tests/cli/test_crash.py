from __future__ import annotations

import datetime as dt
from pathlib import Path

from acctsync.cli.crash import write_crash
from acctsync.providers.redaction import Secrets

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)


def crash(folder: Path, error: Exception, *known: str) -> str:
    secrets = Secrets()
    secrets.add(*known)
    try:
        raise error
    except type(error) as caught:
        return write_crash(folder, caught, secrets=secrets, now=NOW).read_text(encoding="utf-8")


def test_a_report_keeps_its_lines_and_nothing_that_moves_a_terminal(tmp_path: Path) -> None:
    text = crash(tmp_path, RuntimeError("Invoice \x1b[2J\u202e\x00\r of\nAda"))
    assert text.splitlines()[:2] == [text.splitlines()[0], "Traceback (most recent call last):"]
    assert text.splitlines()[-2:] == ["RuntimeError: Invoice \\x1b[2J\\u202e\\x00\\r of", "Ada"]


def test_a_secret_is_gone_even_where_a_long_line_is_cut(tmp_path: Path) -> None:
    token = "canary-" + "t" * 500
    text = crash(tmp_path, ValueError("x " * 1900 + token), token)
    assert "canary" not in text


def test_a_report_never_follows_a_link(tmp_path: Path) -> None:
    first = write_crash(tmp_path, ValueError("one"), secrets=Secrets(), now=NOW)
    target = tmp_path / "target"
    target.write_text("untouched", encoding="utf-8")
    first.unlink()
    first.symlink_to(target)
    try:
        write_crash(tmp_path, ValueError("two"), secrets=Secrets(), now=NOW)
    except OSError:
        assert target.read_text(encoding="utf-8") == "untouched"
    else:
        raise AssertionError("it was followed")
