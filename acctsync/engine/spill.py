"""Tables by key that stay small in memory, however much they hold: the rest stands on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, ValuesView
from contextlib import contextmanager
from heapq import merge
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from acctsync.errors import StateUnusable

if TYPE_CHECKING:
    import sqlite3

V = TypeVar("V")

Pack = Callable[[object], "bytes | None"]
Unpack = Callable[[bytes], V]

# A bit for each of so many places that the hash of a key may lead to: 1 MB a table.
_PLACES = 1 << 23
_SETTINGS = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000; BEGIN;"


class Scratch:
    """Room on disk for the tables of one run: a file without a name, gone when it is let go."""

    def __init__(self) -> None:
        """Take no room yet."""
        self._connection: sqlite3.Connection | None = None
        self._numbers = count()

    def table(self) -> _Disk:
        """Make room for one more table."""
        return _Disk(self, f"t{next(self._numbers)}")

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Give the database; raises StateUnusable when there is no room for it."""
        import sqlite3  # few exports are so large

        try:
            if self._connection is None:
                self._connection = sqlite3.connect("", isolation_level=None)
                self._connection.executescript(_SETTINGS)
            yield self._connection
        except sqlite3.Error as error:
            raise StateUnusable(
                f"there is no room for temporary files ({error})",
                hint="Free some disk space, or name a folder with room in SQLITE_TMPDIR.",
            ) from error


class _Disk:
    """A table on disk: a position, a key and packed bytes in each row."""

    def __init__(self, scratch: Scratch, name: str) -> None:
        self._scratch = scratch
        self._name = name
        self._marks = bytearray(_PLACES // 8)
        with scratch.open() as connection:
            connection.execute(
                f"CREATE TABLE {name} (position INTEGER PRIMARY KEY, key BLOB UNIQUE, packed BLOB)"
            )

    def find(self, key: str) -> tuple[int, bytes] | None:
        """Find an entry; for nearly all that are not there the disk need not be asked."""
        place = hash(key) % _PLACES
        if not self._marks[place >> 3] & (1 << (place & 7)):
            return None
        select = f"SELECT position, packed FROM {self._name} WHERE key = ?"  # noqa: S608 - our name
        with self._scratch.open() as connection:
            found: tuple[int, bytes] | None = connection.execute(select, (_bytes(key),)).fetchone()
        return found

    def put(self, rows: list[tuple[int, str, bytes]]) -> None:
        insert = f"INSERT INTO {self._name} VALUES (?, ?, ?)"  # noqa: S608 - our name
        with self._scratch.open() as connection:
            connection.executemany(insert, [(at, _bytes(key), packed) for at, key, packed in rows])
        for _, key, _ in rows:
            place = hash(key) % _PLACES
            self._marks[place >> 3] |= 1 << (place & 7)

    def remove(self, position: int) -> None:
        delete = f"DELETE FROM {self._name} WHERE position = ?"  # noqa: S608 - our name
        with self._scratch.open() as connection:
            connection.execute(delete, (position,))

    def rows(self) -> Iterator[tuple[int, str, bytes]]:
        columns = "position, key, packed"
        select = f"SELECT {columns} FROM {self._name} ORDER BY position"  # noqa: S608 - our name
        with self._scratch.open() as connection:
            for position, key, packed in connection.execute(select):
                yield position, key.decode(errors="surrogatepass"), packed


class Spill(MutableMapping[str, V]):
    """A dictionary in order, of which no more than `most` entries or so stay in memory.

    What can't be packed stays there, and stays the object that it was.
    """

    def __init__(self, scratch: Scratch, pack: Pack, unpack: Unpack[V], most: int = 20_000) -> None:
        """Start in memory."""
        self._scratch, self._pack, self._unpack = scratch, pack, unpack
        self._most = self._limit = most
        self._recent: dict[str, tuple[int, V]] = {}
        self._disk: _Disk | None = None
        self._positions = count()
        self._count = 0

    def __getitem__(self, key: str) -> V:
        found = self._recent.get(key)
        if found is not None:
            return found[1]
        row = self._disk.find(key) if self._disk is not None else None
        if row is None:
            raise KeyError(key)
        return self._unpack(row[1])

    def __setitem__(self, key: str, value: V) -> None:
        found = self._recent.get(key)
        if found is not None:
            self._recent[key] = found[0], value
            return
        position = self._taken_off(key)
        if position is None:
            position = next(self._positions)
            self._count += 1
        self._recent[key] = position, value
        if len(self._recent) >= self._limit:
            self._let_go()

    def __delitem__(self, key: str) -> None:
        if self._recent.pop(key, None) is None and self._taken_off(key) is None:
            raise KeyError(key)
        self._count -= 1

    def __contains__(self, key: object) -> bool:
        if key in self._recent:
            return True
        return self._disk is not None and self._disk.find(str(key)) is not None

    def __iter__(self) -> Iterator[str]:
        return (key for _, key, _ in self._ordered(lambda packed: packed))

    def __len__(self) -> int:
        return self._count

    def values(self) -> ValuesView[V]:
        """Give the values in their order, each time anew."""
        return _Values(self)

    def each(self) -> Iterator[V]:
        """Give the values once: each is unpacked as it is reached."""
        return (value for _, _, value in self._ordered(self._unpack))

    def _ordered(self, unpack: Callable[[bytes], Any]) -> Iterator[tuple[int, str, Any]]:
        recent = ((at, key, value) for key, (at, value) in self._recent.items())
        ordered = sorted(recent, key=itemgetter(0))
        if self._disk is None:
            return iter(ordered)
        stored = ((at, key, unpack(packed)) for at, key, packed in self._disk.rows())
        return merge(stored, ordered, key=itemgetter(0))

    def _taken_off(self, key: str) -> int | None:
        """Take an entry off the disk; tell where it stood."""
        row = self._disk.find(key) if self._disk is not None else None
        if row is None or self._disk is None:
            return None
        self._disk.remove(row[0])
        return row[0]

    def _let_go(self) -> None:
        packed = [
            (position, key, bytes_)
            for key, (position, value) in self._recent.items()
            if (bytes_ := self._pack(value)) is not None
        ]
        if packed and self._disk is None:
            self._disk = self._scratch.table()
        if self._disk is not None:
            self._disk.put(packed)
        for _, key, _ in packed:
            del self._recent[key]
        self._limit = len(self._recent) + self._most


class _Values(ValuesView[V]):
    """The values of a table, without looking each of them up."""

    _mapping: Spill[V]

    def __iter__(self) -> Iterator[V]:
        return self._mapping.each()


def _bytes(key: str) -> bytes:
    return key.encode(errors="surrogatepass")
