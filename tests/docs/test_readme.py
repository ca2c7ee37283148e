"""Every transcript of the README is run as it stands; `--update-transcripts` writes it anew."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
CHANGING = (
    (re.compile(r"/[^ ]*/state/tokens"), "~/.local/state/acctsync/tokens"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC"), "2025-04-01 09:00 UTC"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "0123abcd"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "0123abcd" * 8),
    (re.compile(r"\b\d+\.\d s\b"), "0.0 s"),
    (re.compile(r", \d+ throttled"), ""),
    (re.compile(r"\b\d+ reads?\b"), "9 reads"),
)


PORT = "8465"


def free_port() -> str:
    """Find a port that nobody listens on: another run of these tests may be under way."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


class Shell:
    """A shell that remembers its folder and stops what it started in the background."""

    def __init__(self, home: Path) -> None:
        self.folder = home
        self.port = free_port()
        self.running: list[subprocess.Popen[str]] = []
        browser = home / "browser"
        browser.write_text(
            f"#!{sys.executable}\nimport sys, urllib.request\n"
            "opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))\n"
            "opener.open(sys.argv[1]).read()\n",
            encoding="utf-8",
        )
        browser.chmod(0o755)
        self.environment = {
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ACCTSYNC_STATE_DIR": str(home / "state"),
            "ACCTSYNC_TIME_SCALE": "0.01",
            "BROWSER": str(browser),
            "COLUMNS": "100",
            "NO_COLOR": "1",
        }

    def run(self, command: str) -> str:
        return self._run(command.replace(PORT, self.port)).replace(self.port, PORT)

    def _run(self, command: str) -> str:
        if command.startswith("cd "):
            self.folder /= command[3:]
            return ""
        if command.endswith("&"):
            return self._start(command[:-1])
        time.sleep(1.1)  # the simulated company counts real seconds, as we do
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False,
        )  # fmt: skip
        return done.stdout

    def _start(self, command: str) -> str:
        process = subprocess.Popen(
            command.split(), cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.running.append(process)
        assert process.stdout is not None
        return process.stdout.readline()

    def close(self) -> None:
        for process in self.running:
            process.terminate()
            process.wait(timeout=20)
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shutil.copytree(ROOT / "sample-config", tmp_path / "sample-config")
    company = (tmp_path / "sample-config/companies/coworks.yaml").read_text(encoding="utf-8")
    without = re.sub(r"^.*One-off Charge.*\n", "", company, flags=re.MULTILINE)
    assert without != company
    (tmp_path / "sample-config/coworks/broken.yaml").write_text(without, encoding="utf-8")
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def transcript(block: str, shell: Shell) -> str:
    """Run a block's commands; give the block as it should be."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{tidy(shell.run(command))}" for command in commands)


def tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines()]
    told = "\n".join(lines).strip("\n")
    for pattern, constant in CHANGING:
        told = pattern.sub(constant, told)
    return f"{told}\n" if told else ""


def test_every_transcript_of_the_readme_is_true(shell: Shell, pytestconfig: pytest.Config) -> None:
    text = README.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) >= 4
    true = [transcript(block, shell) for block in blocks]
    if pytestconfig.getoption("--update-transcripts"):
        fresh = iter(true)
        README.write_text(
            BLOCK.sub(lambda _: f"```console\n{next(fresh)}```", text), encoding="utf-8"
        )
    else:
        assert blocks == true


def test_the_readme_names_only_files_that_exist() -> None:
    named = re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
