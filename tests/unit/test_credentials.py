from __future__ import annotations

import io
import json
import os
import stat
import sys
import threading
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from acctsync.credentials import (
    AUTO,
    CommandStore,
    FileStore,
    KeyringStore,
    choose_store,
    keyring_works,
    open_store,
    read_client_secret,
)
from acctsync.errors import InputRefused, StateUnusable

SECRETS = {"refresh_token": "canary-refresh", "client_secret": "canary-secret"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_keeps_secrets_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = FileStore(tmp_path / "tokens")
        store.save("books", SECRETS)
    finally:
        os.umask(before)

    assert store.load("books") == SECRETS
    assert (mode(tmp_path / "tokens"), mode(tmp_path / "tokens" / "books.json")) == (0o700, 0o600)
    assert [each.name for each in (tmp_path / "tokens").iterdir()] == ["books.json"]


def test_saving_replaces_what_was_there_and_deleting_forgets(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.save("books", SECRETS)
    store.save("books", {"refresh_token": "new"})
    assert store.load("books") == {"refresh_token": "new"}

    store.delete("books")
    store.delete("books")
    assert store.load("books") is None


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_can_read_or_write_is_refused(tmp_path: Path, bits: int) -> None:
    store = FileStore(tmp_path)
    store.save("books", SECRETS)
    (tmp_path / "books.json").chmod(bits)

    with pytest.raises(StateUnusable) as problem:
        store.load("books")
    assert "can be read by others" in problem.value.message
    assert "canary" not in str(problem.value)


def test_a_link_in_the_files_place_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "target.json"
    target.write_text(json.dumps(SECRETS), encoding="utf-8")
    target.chmod(0o600)
    (tmp_path / "books.json").symlink_to(target)

    with pytest.raises(StateUnusable, match="can't be used as a token file"):
        FileStore(tmp_path).load("books")


def test_a_link_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "tokens").symlink_to(tmp_path / "real")

    with pytest.raises(StateUnusable, match="is a link"):
        FileStore(tmp_path / "tokens").save("books", SECRETS)


def test_saving_over_a_link_replaces_the_link_and_not_its_target(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("untouched", encoding="utf-8")
    store = FileStore(tmp_path / "tokens")
    store.save("other", {})
    (tmp_path / "tokens" / "books.json").symlink_to(target)

    store.save("books", SECRETS)

    assert (target.read_text(encoding="utf-8"), store.load("books")) == ("untouched", SECRETS)


def test_an_open_folder_is_closed_again(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    FileStore(tmp_path).save("books", SECRETS)

    assert mode(tmp_path) == 0o700


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', "null", "[" * 100_000])
def test_a_damaged_file_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    store = FileStore(tmp_path)
    store.save("books", SECRETS)
    (tmp_path / "books.json").write_text(content, encoding="utf-8")

    with pytest.raises(StateUnusable, match="it is damaged"):
        store.load("books")


def test_a_folder_that_can_t_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("a file", encoding="utf-8")

    with pytest.raises(StateUnusable, match="tokens can't be written"):
        FileStore(tmp_path / "tokens").save("books", SECRETS)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a" * 65, "a\n"])
def test_a_connections_name_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputRefused):
        FileStore(tmp_path).load(name)


HELPER = """
import json, pathlib, sys
verb, told = sys.argv[1], json.load(sys.stdin)
file = pathlib.Path(__file__).with_suffix(".kept")
kept = json.loads(file.read_text()) if file.exists() else {}
if verb == "store":
    kept[told["connection"]] = told["secrets"]
elif verb == "erase":
    kept.pop(told["connection"], None)
elif told["connection"] in kept:
    json.dump({"secrets": kept[told["connection"]]}, sys.stdout)
file.write_text(json.dumps(kept))
sys.exit(7 if told["connection"] == "broken" else 0)
"""


@pytest.fixture
def helper(tmp_path: Path) -> CommandStore:
    script = tmp_path / "vault.py"
    script.write_text(HELPER, encoding="utf-8")
    return CommandStore(f"'{sys.executable}' '{script}'")


def test_a_program_keeps_secrets_by_get_store_and_erase(helper: CommandStore) -> None:
    assert helper.load("books") is None
    helper.save("books", SECRETS)
    assert helper.load("books") == SECRETS
    helper.delete("books")
    assert helper.load("books") is None


def test_a_failing_program_is_told_with_its_exit_status(helper: CommandStore) -> None:
    with pytest.raises(StateUnusable, match=r"failed at 'get' \(exit status 7\)"):
        helper.load("broken")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("/no/such/program", "FileNotFoundError"),
        ("echo hello", "not the JSON"),
        ("'", "ValueError"),
    ],
)
def test_a_program_that_is_none_is_told(command: str, why: str) -> None:
    with pytest.raises(StateUnusable, match=why):
        CommandStore(command).load("books")


def test_auto_takes_the_keyring_only_when_it_works(tmp_path: Path) -> None:
    works = choose_store(AUTO, tmp_path, lambda: True)
    fails = choose_store(AUTO, tmp_path, lambda: False)

    assert (works.store.name, fails.store.name) == ("keyring", "file")
    assert "cron can't read it" in works.sentence
    assert "Cron jobs of the same user can use them" in fails.sentence


def test_a_keyring_that_was_asked_for_and_does_not_work_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no keyring works here"):
        choose_store("keyring", tmp_path, lambda: False)


def test_a_store_is_opened_by_the_name_it_has(tmp_path: Path) -> None:
    for name in ("file", "keyring", "command:pass-helper --quick"):
        assert open_store(name, tmp_path).name == name
    for name in ("", "auto", "command:", "vault"):
        with pytest.raises(InputRefused, match="unknown token store"):
            open_store(name, tmp_path)


@pytest.mark.parametrize("backend", ["fail", "null", "chainer"])
def test_a_keyring_that_keeps_nothing_does_not_count(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = {"fail": "fail.Keyring", "null": "null.Keyring", "chainer": "chainer.ChainerBackend"}
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"keyring.backends.{name[backend]}")

    assert not keyring_works(timeout=30)


def backend_at(folder: Path, module: str, body: str) -> str:
    package = folder.joinpath(*module.split("."))
    package.parent.mkdir(parents=True, exist_ok=True)
    package.with_suffix(".py").write_text(body, encoding="utf-8")
    return f"{module}.Keyring"


MEMORY = """
import time
from keyring.backend import KeyringBackend
class Keyring(KeyringBackend):
    priority = 1
    kept = {}
    def set_password(self, service, name, password): self.kept[name] = password
    def get_password(self, service, name): return self.kept.get(name)
    def delete_password(self, service, name): del self.kept[name]
"""
HANGING = MEMORY.replace("self.kept[name] = password", "time.sleep(60)")


@pytest.mark.parametrize(
    ("module", "body", "timeout", "works"),
    [
        ("desktop", MEMORY, 30, True),
        ("keyrings.plain", MEMORY, 30, False),
        ("locked", HANGING, 1, False),
    ],
    ids=["a working one", "one that writes plain text", "one that waits for a person"],
)
def test_the_probe_tells_a_keyring_that_can_be_relied_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    body: str,
    timeout: float,
    works: bool,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend_at(tmp_path, module, body))

    assert keyring_works(timeout) is works


def test_the_probe_runs_nothing_of_the_folder_it_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("keyring.py", "json.py", "sitecustomize.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    keyring_works(timeout=30)

    assert not (tmp_path / "ran").exists()


class Waiting(KeyringBackend):
    """A locked keyring of a desktop where nobody sits."""

    priority = -1  # never chosen by keyring itself

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.released = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.released.wait(60)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.released.wait(60)


class PlaintextKeyring(Waiting):
    """One that writes into a file, like that of keyrings.alt."""


def put_in_place(patch: pytest.MonkeyPatch, backend: KeyringBackend) -> None:
    patch.setattr(keyring.core, "_keyring_backend", backend)


def test_a_keyring_that_waits_for_somebody_does_not_hold_a_run_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend = Waiting()
    put_in_place(monkeypatch, backend)
    store = KeyringStore(patience=0.2)
    with pytest.raises(StateUnusable, match="it does not answer within 0 s: is it locked"):
        store.load("books")
    with pytest.raises(StateUnusable, match="it does not answer within 0 s: is it locked"):
        store.save("books", SECRETS)
    backend.released.set()


@pytest.mark.parametrize(
    ("backend", "why"),
    [
        (PlaintextKeyring(), "does not protect what it keeps"),
        (null.Keyring(), "keyring.backends.null keeps nothing itself"),  # type: ignore[no-untyped-call]
        (chainer.ChainerBackend(), "keyring.backends.chainer keeps nothing itself"),  # type: ignore[no-untyped-call]
    ],
    ids=["plain text", "null", "chainer"],
)
def test_a_keyring_that_changed_into_one_without_protection_gets_and_gives_nothing(
    monkeypatch: pytest.MonkeyPatch, backend: KeyringBackend, why: str
) -> None:
    put_in_place(monkeypatch, backend)
    with pytest.raises(StateUnusable, match=why):
        KeyringStore().load("books")
    with pytest.raises(StateUnusable, match=why):
        KeyringStore().save("books", SECRETS)


def test_auto_asks_the_keyring_at_connect_alone_and_says_why_it_took_a_file(
    tmp_path: Path,
) -> None:
    fails = choose_store(AUTO, tmp_path, lambda: False)
    assert fails.sentence.startswith("No keyring that can be relied on answers here. Tokens are")
    asked = choose_store("file", tmp_path, lambda: pytest.fail("nobody wanted a keyring"))
    assert asked.sentence.startswith("Tokens are kept in ")


def test_a_folder_of_somebody_elses_or_a_link_is_refused_before_anything_is_read(
    tmp_path: Path,
) -> None:
    FileStore(tmp_path / "real").save("books", SECRETS)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    store = FileStore(tmp_path / "link")
    with pytest.raises(StateUnusable, match="it is a link or belongs to somebody else"):
        store.load("books")
    with pytest.raises(StateUnusable, match="it is a link or belongs to somebody else"):
        store.delete("books")
    assert FileStore(tmp_path / "real").load("books") == SECRETS


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("given", ["tokens", "tokens/books.json"])
def test_tokens_that_belong_to_another_user_are_refused(tmp_path: Path, given: str) -> None:
    store = FileStore(tmp_path / "tokens")
    store.save("books", SECRETS)
    os.chown(tmp_path / given, 65534, 65534)
    with pytest.raises(StateUnusable, match="belongs to somebody else"):
        store.load("books")


def test_a_keyring_out_of_reach_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = fail.Keyring()  # type: ignore[no-untyped-call]
    monkeypatch.setattr(keyring.core, "_keyring_backend", keeper)
    with pytest.raises(StateUnusable) as problem:
        KeyringStore().load("books")
    assert "NoKeyringError" in problem.value.message
    assert "--token-store file" in problem.value.hint


def test_a_client_secret_comes_from_a_file_or_from_stdin(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("canary-secret\n", encoding="utf-8")
    file.chmod(0o600)

    assert read_client_secret(file, io.StringIO()) == ("canary-secret", "")
    assert read_client_secret(None, io.StringIO("canary-secret\n")) == ("canary-secret", "")
    file.chmod(0o644)
    assert read_client_secret(file, io.StringIO())[1].endswith(f"chmod 600 {file}")


@pytest.mark.parametrize("text", ["", "\n", "two words", "x" * 5000])
def test_what_is_no_client_secret_is_refused(text: str) -> None:
    with pytest.raises(InputRefused):
        read_client_secret(None, io.StringIO(text))


def test_no_repr_of_a_store_shows_what_it_keeps(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.save("books", SECRETS)

    assert "canary" not in repr([store, KeyringStore(), CommandStore("vault")])
