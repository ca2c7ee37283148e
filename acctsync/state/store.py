"""The state file: every write to it is one explicit, durable transaction.

SQL is plain sqlite3: rollback journal, `synchronous=EXTRA`, `BEGIN IMMEDIATE`, opened only where
it exists. One thread owns a store.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from acctsync.clock import Clock
from acctsync.documents import DocumentRef, Kind, RecordedPayment, note_of
from acctsync.money import from_minor
from acctsync.plan.model import Known, Mark, Standing
from acctsync.plan.news import PullMemory
from acctsync.plan.outbox import MOVES, Operation, Outstanding, Phase, Settlement
from acctsync.state import backups, proof
from acctsync.state.entries import (
    Sent,
    assigned,
    end_detail,
    known_row,
    learnt,
    operation_row,
    sent_from,
)
from acctsync.state.files import (
    STATE_FILE,
    connect,
    create_file,
    damaged,
    flaw_of,
    no_copy,
    unusable,
)
from acctsync.state.rows import (
    memory_from,
    operation_from,
    payment_from,
    payment_text,
    problem_text,
)
from acctsync.state.trail import Entry, Trail, Verdict

_PUT_KNOWN = """
INSERT INTO known VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, source, id) DO UPDATE SET
    fingerprint = excluded.fingerprint, standing = excluded.standing,
    remote_id = excluded.remote_id, remote_version = excluded.remote_version,
    remote_digest = excluded.remote_digest, remote_customer = excluded.remote_customer,
    number = excluded.number, total_minor = excluded.total_minor, currency = excluded.currency,
    run = excluded.run, changed_at = excluded.changed_at
"""
_PUT_ALIAS = """
INSERT INTO aliases VALUES (?, ?, ?, ?)
ON CONFLICT (kind, alias) DO UPDATE SET source = excluded.source, id = excluded.id
"""
_MARKS_OF = """
SELECT known.id, fingerprint, standing, remote_id, remote_customer
FROM json_each(:ids) AS wanted
CROSS JOIN known ON known.kind = :kind AND known.source = :source AND known.id = wanted.value
"""
_LIVE_OF = f"{_MARKS_OF} AND known.standing = 'live'"
# CROSS JOIN fixes the order: SQLite would else go through the whole list once for every row.
_KNOWN_OF = """
SELECT known.* FROM json_each(:ids) AS wanted
CROSS JOIN known ON known.kind = :kind AND known.source = :source AND known.id = wanted.value
"""
_KNOWN_BY_ALIAS = """
SELECT aliases.alias, known.* FROM json_each(:aliases) AS wanted
CROSS JOIN aliases ON aliases.kind = :kind AND aliases.alias = wanted.value
CROSS JOIN known ON known.kind = aliases.kind AND known.source = aliases.source
    AND known.id = aliases.id
"""
_KNOWN_AS = """
SELECT * FROM known WHERE kind = :kind AND id = :wanted
UNION SELECT * FROM known WHERE kind = :kind AND number = :wanted
"""
_KNOWN_IN_BOOKS = """
SELECT * FROM known WHERE kind = :kind AND remote_id IN (SELECT value FROM json_each(:ids))
"""
_TOLD = """
SELECT pulled.* FROM json_each(:ids) AS wanted
CROSS JOIN pulled ON pulled.kind = :kind AND pulled.remote_id = wanted.value
"""
_PUT_PULL = """
INSERT INTO pulls VALUES (?, ?, ?, ?)
ON CONFLICT (kind) DO UPDATE SET
    until = excluded.until, began = excluded.began, first_date = excluded.first_date
"""
_PUT_TOLD = """
INSERT INTO pulled VALUES (?, ?, ?)
ON CONFLICT (kind, remote_id) DO UPDATE SET told = excluded.told
"""
_PUT_OPERATION = """
INSERT INTO operations (exchange, position, run, kind, source, id, action, fingerprint, detail,
    phase) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'sending')
"""
_CLAIMED = "SELECT seq FROM operations WHERE exchange = ? ORDER BY position"
_TO_SETTLE = """
SELECT seq, phase, action, kind, source, operations.id,
    json_extract(detail, '$.aliases') AS aliases, json_extract(detail, '$.remote_id') AS remote_id
FROM json_each(:seqs) AS wanted CROSS JOIN operations ON operations.seq = wanted.value
"""
_MOVE = "UPDATE operations SET phase = ?, problem = ?, why = ?, request = ? WHERE seq = ?"
# Of what is not live there is little; of a kind there may be very many.
_OWED = """
SELECT * FROM known INDEXED BY known_not_live
WHERE kind = :kind AND standing <> 'live' AND standing = 'absent' AND remote_id != ''
"""
_FORGET = "DELETE FROM known WHERE kind = ? AND source = ? AND id = ?"
_FORGET_OWED = """
DELETE FROM known WHERE kind = 'deliveries' AND source = ? AND id = ? AND standing = 'absent'
"""
# What certainly did not go out doesn't count.
_SENT_SINCE = """
SELECT count(*) FROM operations JOIN exchanges ON exchanges.key = operations.exchange
WHERE kind = :kind AND phase NOT IN ('released', 'refused') AND sent_at > :moment
"""
# A broken constraint is no fault of the file's: restoring a backup would not mend it.
_BUGS = (sqlite3.IntegrityError, sqlite3.ProgrammingError)
_STANDINGS = {str(standing): standing for standing in Standing}
# Left to itself SQLite goes through all operations that ever were, since they stand in this order.
_UNSETTLED = """
SELECT * FROM operations INDEXED BY one_unsettled_per_document
WHERE phase IN ('sending', 'in_doubt') ORDER BY seq
"""


class Store:
    """One company's state, open."""

    def __init__(self, connection: sqlite3.Connection, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self._db = connection
        self._clock = clock
        self._trail = Trail(connection)
        self._checked: dt.datetime | None = None
        self._trusts = False
        self._version = self._data_version()
        self._joined = False
        self.facts = dict(connection.execute("SELECT name, value FROM meta").fetchall())

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        company_id: str,
        company_name: str,
        system: str,
        environment: str,
        origin: str,
        clock: Clock,
    ) -> Store:
        """Make a new state bound to a company; refuse where one exists."""
        facts = {
            "company_id": company_id,
            "company_name": company_name,
            "system": system,
            "environment": environment,
            "origin": origin,
            "created": clock.now().isoformat(timespec="seconds"),
        }
        return cls(create_file(folder, facts), folder, clock)

    @classmethod
    def open(cls, folder: Path, *, company_id: str, clock: Clock, quickly: bool = False) -> Store:
        """Open an existing state after checking it; never create one.

        Where it may be opened `quickly`, one that was found sound lately is not read whole again;
        `prove` has to be called before anything is sent. Raises StateUnusable when it is missing,
        empty, damaged, newer than this program or another company's.
        """
        now = clock.now()
        checked = proof.checked(folder / STATE_FILE, now) if quickly else None
        proven = checked is not None
        store = cls(connect(folder, company_id, proven=proven), folder, clock)
        store._checked, store._trusts = checked or now, proven
        return store

    def prove(self) -> None:
        """Look through the whole file, if that was not done yet; raises StateUnusable."""
        if not self._trusts:
            return
        file, checked = self.folder / STATE_FILE, self._clock.now()
        self._checked = None
        proof.withdraw(file)
        try:
            flaw = flaw_of(self._db)
        except sqlite3.DatabaseError as error:
            raise unusable(self.folder, error) from error
        if flaw:
            raise damaged(file, flaw)
        self._checked, self._trusts = checked, False

    def close(self) -> None:
        """Let go of the file; the next to open it may take it for sound, if only we wrote to it."""
        version = self._data_version()
        self._db.close()
        if self._checked is not None and version is not None and version == self._version:
            proof.put_down(self.folder / STATE_FILE, self._checked)

    def back_up(self, name: str, *, asked: bool = False) -> Path:
        """Copy the state into the connection's backups, and prove the copy sound."""
        self.prove()
        try:
            return backups.make(self._db, self.folder, name, asked=asked)
        except (sqlite3.Error, OSError) as error:
            raise no_copy(self.folder, error) from error

    def copy_to(self, file: Path) -> None:
        """Copy the state into a new file, and prove the copy sound."""
        try:
            backups.copy(self._db, file, file.with_name(f".{file.name}.new"))
        except (sqlite3.Error, OSError) as error:
            raise no_copy(file.parent, error) from error

    def prune_backups(self) -> None:
        """Let go of the oldest copies that were made before pushes."""
        backups.prune(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # What is known of the books

    def known(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, Known]:
        """Recall what is known of documents."""
        found: dict[DocumentRef, Known] = {}
        ordered = sorted(refs, key=lambda ref: (ref.kind, ref.source))
        for (kind, source), group in groupby(ordered, key=lambda ref: (ref.kind, ref.source)):
            ids = json.dumps([ref.id for ref in group])
            rows = self._rows(_KNOWN_OF, {"kind": kind, "source": source, "ids": ids})
            found |= {known.ref: known for known in map(_known, rows)}
        return found

    def marks(self, kind: Kind, source: str, ids: Iterable[str]) -> dict[str, Mark]:
        """Recall by their ids what tells whether anything is to be done about documents."""
        values = {"kind": kind, "source": source, "ids": json.dumps(list(ids))}
        return {
            id_: Mark(fingerprint, _STANDINGS[standing], remote_id, customer)
            for id_, fingerprint, standing, remote_id, customer in self._rows(
                _MARKS_OF, values, plainly=True
            )
        }

    def live_as(
        self, kind: Kind, source: str, wanted: Sequence[tuple[str, str]]
    ) -> list[tuple[str, str]] | None:
        """Tell the ids in the books of documents (id, fingerprint), and of their customers.

        None unless every one of them is there, live, and with just that fingerprint.
        """
        values = {"kind": kind, "source": source, "ids": json.dumps([id_ for id_, _ in wanted])}
        rows = self._rows(_LIVE_OF, values, plainly=True).fetchall()
        if [row[:2] for row in rows] != wanted:
            return None
        return [(remote_id, customer) for *_, remote_id, customer in rows]

    def known_by_alias(self, kind: Kind, aliases: Iterable[str]) -> dict[str, Known]:
        """Recall parties by anything they were recognised by before."""
        rows = self._rows(
            _KNOWN_BY_ALIAS, {"kind": kind, "aliases": json.dumps(sorted(set(aliases)))}
        )
        return {row["alias"]: _known(row) for row in rows}

    def known_as(self, kind: Kind, wanted: str) -> list[Known]:
        """Recall documents whose id or number this is."""
        return [_known(row) for row in self._rows(_KNOWN_AS, {"kind": kind, "wanted": wanted})]

    def remember(
        self, run: str, action: str, known: Sequence[tuple[Known, tuple[str, ...]]]
    ) -> None:
        """Remember documents (with their aliases) that needed no write, in one transaction."""
        with self._writing():
            self._put_known(run, known)
            self._log(
                run,
                [
                    (action, each.ref, {"remote_id": each.remote_id, "standing": each.standing})
                    for each, _ in known
                ],
            )

    def forget(self, run: str, action: str, refs: Iterable[DocumentRef]) -> None:
        """Forget documents that are no longer in the books, in one transaction: as never pushed."""
        refs = tuple(refs)
        with self._writing():
            for ref in refs:
                self._forget(ref)
            self._log(run, [(action, ref, {}) for ref in refs])

    def known_in_books(self, kind: Kind, remote_ids: Iterable[str]) -> dict[str, Known]:
        """Recall documents by their ids in the books."""
        values = {"kind": kind, "ids": json.dumps(sorted(set(remote_ids)))}
        return {row["remote_id"]: _known(row) for row in self._rows(_KNOWN_IN_BOOKS, values)}

    def owed(self, kind: Kind) -> list[Known]:
        """Recall what documents that we created still owe: e-mails, or notes."""
        return [_known(row) for row in self._rows(_OWED, {"kind": kind})]

    # What was read back

    def pull_memory(self, kind: Kind) -> PullMemory | None:
        """Recall how far a kind was read back from the books."""
        rows = self.rows("SELECT * FROM pulls WHERE kind = :kind", {"kind": kind})
        return memory_from(rows[0]) if rows else None

    def pulled_ids(self, kind: Kind) -> set[str]:
        """Recall the ids in the books of everything that was told and is still there."""
        rows = self.rows("SELECT remote_id FROM pulled WHERE kind = :kind", {"kind": kind})
        return {row["remote_id"] for row in rows}

    def pulled_payments(self, ids: Iterable[str]) -> dict[str, RecordedPayment]:
        """Recall what was told of payments."""
        values = {"kind": Kind.PAYMENTS, "ids": json.dumps(sorted(ids))}
        return {row["remote_id"]: payment_from(row["told"]) for row in self._rows(_TOLD, values)}

    def remember_pull(
        self, memory: PullMemory, told: Iterable[RecordedPayment], gone: Iterable[str]
    ) -> None:
        """Remember how far payments were read back and what was told, in one transaction."""
        first = memory.first_date.isoformat() if memory.first_date else None
        with self._writing():
            self._db.execute(
                _PUT_PULL,
                (Kind.PAYMENTS, memory.until.isoformat(), memory.began.isoformat(), first),
            )
            self._db.executemany(
                _PUT_TOLD, [(Kind.PAYMENTS, each.id, payment_text(each)) for each in told]
            )
            self._db.executemany(
                "DELETE FROM pulled WHERE kind = ? AND remote_id = ?",
                [(Kind.PAYMENTS, each) for each in gone],
            )

    # The outbox

    def claim(
        self, run: str, key: str, target: str, body: bytes, operations: Sequence[Operation]
    ) -> tuple[int, ...]:
        """Commit an exchange and its operations as SENDING; only then may it be sent."""
        with self._writing():
            sent_at = self._now()
            self._db.execute(
                "INSERT INTO exchanges VALUES (?, ?, ?, ?, ?)", (key, run, target, body, sent_at)
            )
            self._db.executemany(
                _PUT_OPERATION,
                [
                    operation_row(run, key, position, each)
                    for position, each in enumerate(operations)
                ],
            )
            self._log(
                run,
                [("sending", each.ref, {"action": each.action, "key": key}) for each in operations],
            )
            return tuple(seq for (seq,) in self._db.execute(_CLAIMED, (key,)))

    def settle(self, run: str, settlements: Iterable[Settlement]) -> None:
        """Move operations on, and remember what is now known, in one transaction."""
        settlements = tuple(settlements)
        with self._writing():
            ends = list(zip(self._moved(settlements), settlements, strict=True))
            self._put_known(
                run,
                [pair for operation, settlement in ends for pair in learnt(operation, settlement)],
            )
            for operation, settlement in ends:
                if operation.undoes and settlement.phase is Phase.DONE:
                    self._forget(operation.ref)
            self._log(
                run,
                [
                    (each.phase, operation.ref, end_detail(operation, each))
                    for operation, each in ends
                ],
            )

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make one durable transaction of several; none of them lasts before it ends."""
        with self._transaction():
            self._joined = True
            try:
                yield
            finally:
                self._joined = False

    def unsettled(self) -> list[Outstanding]:
        """List the operations that nobody knows the end of."""
        return [_outstanding(row) for row in self._rows(_UNSETTLED, {})]

    def exchange(self, key: str) -> tuple[str, bytes]:
        """Recall an exchange's target and exact bytes."""
        row = self._db.execute(
            "SELECT target, body FROM exchanges WHERE key = ?", (key,)
        ).fetchone()
        return row["target"], row["body"]

    def sent_since(self, kind: Kind, moment: dt.datetime) -> int:
        """Count what of a kind was sent after a moment, what may have been included."""
        values = {"kind": kind, "moment": moment.isoformat(timespec="milliseconds")}
        (number,) = self._rows(_SENT_SINCE, values).fetchone()
        return int(number)

    def attempts(self, ref: DocumentRef) -> int:
        """Count how often a document was sent."""
        (number,) = self._db.execute(
            "SELECT count(*) FROM operations WHERE kind = ? AND source = ? AND id = ?",
            (ref.kind, ref.source, ref.id),
        ).fetchone()
        return int(number)

    # Runs

    def begin_run(self, run: str, command: str, *, whole: bool) -> None:
        """Record that a run began, and whether it is about the whole export."""
        with self._writing():
            self._db.execute(
                "INSERT INTO runs (id, command, started, whole) VALUES (?, ?, ?, ?)",
                (run, command, self._now(), whole),
            )
            self._log(run, [("run started", None, {"command": command, "whole": whole})])

    def end_run(
        self,
        run: str,
        *,
        exit_code: int,
        counts: Mapping[str, int],
        results: Iterable[Mapping[str, object]],
    ) -> str:
        """Record how a run ended and what became of its documents; tell the trail's head hash."""
        with self._writing():
            self._db.execute(
                "UPDATE runs SET finished = ?, exit_code = ?, counts = ? WHERE id = ?",
                (self._now(), exit_code, json.dumps(counts), run),
            )
            self._db.executemany(
                """INSERT INTO results VALUES (:run, :kind, :source, :id, :number, :action,
                    :status, :remote_id, :amount_minor, :currency, :problem)""",
                [{"run": run, **result} for result in results],
            )
            told = {"exit_code": exit_code, "counts": dict(counts)}
            self._log(run, [("run ended", None, told)])
            self._db.execute("UPDATE runs SET head = ? WHERE id = ?", (self._trail.sealed, run))
        return self._trail.head

    def rows(self, sql: str, values: Mapping[str, object] | None = None) -> list[sqlite3.Row]:
        """Read rows for a report."""
        return list(self._rows(sql, values or {}))

    def verify_trail(self) -> Verdict:
        """Check the audit trail from its first entry to its last; linear, and holds no entries."""
        try:
            return self._trail.verify()
        except sqlite3.DatabaseError as error:
            raise unusable(self.folder, error) from error

    def trail_holds(self, head: str) -> bool:
        """Tell whether a head hash that a run told once is still in the audit trail."""
        return self._trail.holds(head)

    def damage(self) -> str:
        """Tell what is wrong with the file from end to end, indexes included; empty when sound."""
        (verdict,) = self._rows("PRAGMA integrity_check(1)", {}).fetchone()
        return "" if verdict == "ok" else str(verdict)

    # Inside

    def _data_version(self) -> int | None:
        """Tell a number that is another one once anybody else wrote to the file."""
        try:
            (version,) = self._db.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            return None
        return int(version)

    def _writing(self) -> AbstractContextManager[None]:
        """Begin a transaction, or take part in the one that several make together."""
        return nullcontext() if self._joined else self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            self._undo()
            if isinstance(error, sqlite3.Error) and not isinstance(error, _BUGS):
                raise unusable(self.folder, error) from error
            raise
        self._trail.committed()

    def _undo(self) -> None:
        self._trail.forget()
        if self._db.in_transaction:
            try:
                self._db.execute("ROLLBACK")
            except sqlite3.Error:
                # The file is in trouble; its journal rolls it back when it is opened again.
                return

    def _rows(
        self, sql: str, values: Mapping[str, object], *, plainly: bool = False
    ) -> sqlite3.Cursor:
        """Ask for rows; where there are very many, tuples do."""
        try:
            cursor = self._db.cursor()
            cursor.row_factory = None if plainly else sqlite3.Row
            return cursor.execute(sql, values)
        except sqlite3.DatabaseError as error:
            raise unusable(self.folder, error) from error

    def _moved(self, settlements: Sequence[Settlement]) -> list[Sent]:
        """Move operations on; refuse a move that isn't legal. Tell what they were."""
        seqs = json.dumps([each.seq for each in settlements])
        rows = self._rows(_TO_SETTLE, {"seqs": seqs}, plainly=True)
        found = {seq: (Phase(phase), sent_from(told)) for seq, phase, *told in rows}
        for each in settlements:
            phase, sent = found.get(each.seq, (None, None))
            if phase is None or sent is None or each.phase not in MOVES[phase]:
                msg = f"operation {each.seq} can't become {each.phase}"
                raise ValueError(msg)
            found[each.seq] = each.phase, sent
        self._db.executemany(
            _MOVE,
            [
                (each.phase, problem_text(each.problem), each.why, each.request, each.seq)
                for each in settlements
            ],
        )
        return [found[each.seq][1] for each in settlements]

    def _forget(self, ref: DocumentRef) -> None:
        """Forget a document, its note, and the e-mail that it owes.

        An e-mail that went out stays remembered; a note is gone with its document.
        """
        for each in (ref, note_of(ref)):
            self._db.execute(_FORGET, (each.kind, each.source, each.id))
        if ref.kind is Kind.INVOICES:
            self._db.execute(_FORGET_OWED, (ref.source, ref.id))

    def _put_known(self, run: str, known: Sequence[tuple[Known, Sequence[str]]]) -> None:
        """Remember documents, and what each may be recognised by."""
        now = self._now()
        self._db.executemany(_PUT_KNOWN, [(*known_row(each), run, now) for each, _ in known])
        self._db.executemany(
            _PUT_ALIAS,
            [
                (each.ref.kind, alias, each.ref.source, each.ref.id)
                for each, aliases in known
                for alias in (*aliases, *assigned(each))
            ],
        )

    def _log(
        self, run: str, events: Iterable[tuple[str, DocumentRef | None, Mapping[str, object]]]
    ) -> None:
        now = self._now()
        self._trail.extend(
            Entry(at=now, run=run, action=str(action), ref=ref, detail=detail)
            for action, ref, detail in events
        )

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds")


def _known(row: sqlite3.Row) -> Known:
    minor, currency = row["total_minor"], row["currency"]
    return Known(
        ref=DocumentRef(Kind(row["kind"]), row["source"], row["id"]),
        fingerprint=row["fingerprint"],
        standing=Standing(row["standing"]),
        remote_id=row["remote_id"],
        remote_version=row["remote_version"],
        remote_digest=row["remote_digest"],
        remote_customer=row["remote_customer"],
        number=row["number"],
        total=None if minor is None else from_minor(minor, currency),
        currency=currency,
    )


def _outstanding(row: sqlite3.Row) -> Outstanding:
    return Outstanding(
        seq=row["seq"],
        exchange=row["exchange"],
        phase=Phase(row["phase"]),
        operation=operation_from(row),
    )
