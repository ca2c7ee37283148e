"""Rewrites the user's mapping file: in one step, keeping its rights and what others wrote."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from acctsync.errors import InputRefused
from acctsync.settings import sync_folder


class MappingText:
    """The text of a mapping file as it was read."""

    def __init__(self, path: Path) -> None:
        # A link stays a link: what it leads to is rewritten.
        self._path = path.resolve()
        self._shown = path
        self._bytes = self._read()

    @property
    def text(self) -> str:
        return self._bytes.decode("utf-8")

    def must_be_writable(self) -> None:
        """Refuse before anybody answers questions in vain."""
        if not (os.access(self._path, os.W_OK) and os.access(self._path.parent, os.W_OK)):
            raise InputRefused(
                f"{self._shown} can't be written by this user",
                hint="Make the file and its folder writable, then run acctsync init again.",
            )

    def replace(self, text: str, prove: Callable[[Path], object]) -> None:
        """Put a new text in the file's place; `prove` reads it first and may raise.

        Raises InputRefused, with the file as it is, when it was changed since it was read.
        """
        temporary = self._beside(text)
        try:
            prove(temporary)
            self._must_be_as_it_was()
            temporary.replace(self._path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(self._path.parent)

    def _must_be_as_it_was(self) -> None:
        if self._read() != self._bytes:
            raise InputRefused(
                f"{self._shown} was changed by somebody else meanwhile; nothing was written",
                hint="Run acctsync init again; it asks for what the file then lacks.",
            )

    def _read(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError as error:
            raise InputRefused(f"{self._shown} can't be read: {error.strerror}") from error

    def _beside(self, text: str) -> Path:
        """Write a text durably beside the file, with the file's rights."""
        descriptor, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(self._path, name)
        return Path(name)
