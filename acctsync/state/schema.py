"""The state's tables and their migrations; loaded only when a file is made or is behind.

Money is stored as whole minor units beside its currency. `operations` and `exchanges` are the
outbox; `audit` is append-only and chained by hashes; `pulls` and `pulled` are what was read back.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from acctsync.state.version import APPLICATION_ID, SCHEMA_VERSION

migrations = Migrations("acctsync")

_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    """CREATE TABLE known (
        kind TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        standing TEXT NOT NULL CHECK (standing IN ('live', 'void', 'absent')),
        remote_id TEXT NOT NULL, remote_version TEXT NOT NULL, remote_digest TEXT NOT NULL,
        remote_customer TEXT NOT NULL, number TEXT NOT NULL,
        total_minor INTEGER, currency TEXT NOT NULL, run TEXT NOT NULL, changed_at TEXT NOT NULL,
        PRIMARY KEY (kind, source, id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX known_by_number ON known (kind, number)",
    "CREATE INDEX known_by_id ON known (kind, id)",
    """CREATE TABLE aliases (
        kind TEXT NOT NULL, alias TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL,
        PRIMARY KEY (kind, alias)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE exchanges (
        key TEXT PRIMARY KEY, run TEXT NOT NULL, target TEXT NOT NULL, body BLOB NOT NULL,
        sent_at TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE operations (
        seq INTEGER PRIMARY KEY, exchange TEXT NOT NULL REFERENCES exchanges (key),
        position INTEGER NOT NULL, run TEXT NOT NULL,
        kind TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL,
        action TEXT NOT NULL, fingerprint TEXT NOT NULL, detail TEXT NOT NULL,
        phase TEXT NOT NULL CHECK (phase IN
            ('sending', 'in_doubt', 'done', 'refused', 'released', 'conflict')),
        problem TEXT, why TEXT NOT NULL DEFAULT '', request TEXT NOT NULL DEFAULT '',
        UNIQUE (exchange, position)
    ) STRICT""",
    """CREATE UNIQUE INDEX one_unsettled_per_document ON operations (kind, source, id)
        WHERE phase IN ('sending', 'in_doubt')""",
    "CREATE INDEX operations_by_document ON operations (kind, id)",
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, command TEXT NOT NULL, started TEXT NOT NULL, finished TEXT,
        exit_code INTEGER, counts TEXT NOT NULL DEFAULT '{}',
        whole INTEGER NOT NULL CHECK (whole IN (0, 1))
    ) STRICT""",
    """CREATE TABLE results (
        run TEXT NOT NULL REFERENCES runs (id),
        kind TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, number TEXT NOT NULL,
        action TEXT, status TEXT NOT NULL, remote_id TEXT NOT NULL,
        amount_minor INTEGER, currency TEXT NOT NULL, problem TEXT,
        PRIMARY KEY (run, kind, source, id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX results_by_document ON results (kind, id)",
    """CREATE TABLE audit (
        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, run TEXT NOT NULL, actor TEXT NOT NULL,
        action TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL,
        detail TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX audit_by_document ON audit (kind, id)",
    """CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
    """CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
)


@migrations()
def first_release(db: Database) -> None:
    """Create the tables of version 1."""
    for statement in _TABLES:
        db.conn.execute(statement)
    db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.conn.execute("PRAGMA user_version = 1")


_READ_BACK = (
    """CREATE TABLE pulls (
        kind TEXT PRIMARY KEY, until TEXT NOT NULL, began TEXT NOT NULL, first_date TEXT
    ) STRICT""",
    """CREATE TABLE pulled (
        kind TEXT NOT NULL, remote_id TEXT NOT NULL, told TEXT NOT NULL,
        PRIMARY KEY (kind, remote_id)
    ) STRICT, WITHOUT ROWID""",
)


@migrations()
def read_back(db: Database) -> None:
    """Create the tables of version 2: how far the books were read back, and what was told."""
    for statement in _READ_BACK:
        db.conn.execute(statement)
    db.conn.execute("PRAGMA user_version = 2")


@migrations()
def recorded_heads(db: Database) -> None:
    """Add what version 3 knows of a run: the audit trail's head hash when it ended."""
    db.conn.execute("ALTER TABLE runs ADD COLUMN head TEXT NOT NULL DEFAULT ''")
    db.conn.execute("PRAGMA user_version = 3")


# Few documents are void or owed, and few results are bad: finding them goes through no others.
_RARE = (
    "CREATE INDEX known_not_live ON known (kind, standing) WHERE standing <> 'live'",
    """CREATE INDEX results_not_well ON results (run)
        WHERE status IN ('failed', 'blocked', 'in_doubt', 'waiting')""",
)


@migrations()
def rare_rows(db: Database) -> None:
    """Create the indexes of version 4: of what is not live, and of what did not go well."""
    for statement in _RARE:
        db.conn.execute(statement)
    db.conn.execute("PRAGMA user_version = 4")


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a state file up to date, each migration in a transaction of its own."""
    migrations.apply(Database(connection, execute_plugins=False))
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    assert version == SCHEMA_VERSION, "a migration forgot to say its version"
