"""The tables of a ledger, and a connection to them that several processes can have at once."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from imagenspec.errors import ToolError
from imagenspec.render.ledger.tasks import STATES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FORM = 1
"""The form of the tables; a newer one is not touched."""
_PATIENCE = 60.0
"""Seconds that a transaction waits for those of other processes."""
_WORDS = ", ".join(f"'{state}'" for state in STATES)

_TABLES = (
    f"""
    CREATE TABLE task (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        model TEXT NOT NULL,
        digest TEXT NOT NULL,
        recipe TEXT NOT NULL,
        case_id TEXT NOT NULL,
        samples INTEGER NOT NULL CHECK (samples > 0),
        project TEXT NOT NULL,
        location TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'planned' CHECK (state IN ({_WORDS})),
        owner TEXT CHECK ((owner IS NOT NULL) = (state IN ('leased', 'sent'))),
        lease_end REAL CHECK ((lease_end IS NOT NULL) = (state = 'leased')),
        not_before REAL NOT NULL DEFAULT 0,
        attempt INTEGER NOT NULL DEFAULT 0,
        sent INTEGER NOT NULL DEFAULT 0,
        why TEXT NOT NULL DEFAULT '',
        CHECK (state IN ('planned', 'leased') OR sent > 0)
    )
    """,
    "CREATE INDEX task_by_state ON task (state, number)",
    "CREATE INDEX task_by_owner ON task (owner) WHERE owner IS NOT NULL",
    """
    CREATE TABLE sample (
        key TEXT NOT NULL REFERENCES task (key),
        place INTEGER NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('image', 'filtered', 'missing')),
        sha256 TEXT,
        size INTEGER,
        media_type TEXT,
        width INTEGER,
        height INTEGER,
        pixels TEXT,
        gcs TEXT,
        reason TEXT NOT NULL,
        codes TEXT NOT NULL,
        details TEXT,
        CHECK ((outcome = 'image') = (sha256 IS NOT NULL OR gcs IS NOT NULL)),
        PRIMARY KEY (key, place)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE bucket (
        name TEXT PRIMARY KEY,
        per_minute REAL NOT NULL,
        burst REAL NOT NULL,
        tokens REAL NOT NULL,
        moment REAL NOT NULL,
        share REAL NOT NULL,
        slowed REAL NOT NULL
    ) WITHOUT ROWID
    """,
    f"PRAGMA user_version = {_FORM}",
)
_ADDED = (
    ("task", "data", "TEXT NOT NULL DEFAULT ''"),
    ("task", "lost", "INTEGER NOT NULL DEFAULT 0"),
    ("sample", "unlike", "INTEGER NOT NULL DEFAULT 0"),
)
"""Columns that ledgers did not have at first: the table, the name, and what they are."""
_NOT_WRITABLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def connect(path: Path) -> sqlite3.Connection:
    """Open a ledger's file, made where there is none.

    Raises:
        sqlite3.Error: It cannot be opened, or is no file of SQLite.
        ToolError: It is a ledger that this version does not understand.
    """
    return _opened(str(path), path, _prepare)


def connect_to_look(path: Path) -> sqlite3.Connection:
    """Open a ledger's file to read it, also where nothing can be written; where there is none, one in memory.

    Where it can be written, SQLite tidies up its log on closing only if it may; so that is tried first.

    Raises:
        sqlite3.Error: It cannot be opened, or is no file of SQLite.
        ToolError: It is a ledger that this version does not understand, or one that has to be written first.
    """
    if not path.is_file():
        return _opened(":memory:", path, _prepare)
    try:
        return connect(path)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _NOT_WRITABLE:
            raise
    address = path.absolute().as_uri()
    try:
        return _opened(f"{address}?mode=ro", path, _prepare_to_look)
    except sqlite3.OperationalError:
        log = path.with_name(f"{path.name}-wal")
        if log.is_file() and log.stat().st_size:
            raise
    return _opened(f"{address}?immutable=1", path, _prepare_to_look)


def _opened(address: str, path: Path, prepare: Callable[[sqlite3.Connection, Path], None]) -> sqlite3.Connection:
    is_uri = address.startswith("file:")
    connection = sqlite3.connect(address, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, uri=is_uri)
    try:
        prepare(connection, path)
        connection.execute("CREATE TEMP TABLE wanted (key TEXT PRIMARY KEY) WITHOUT ROWID")
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare_to_look(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA temp_store = MEMORY")
    _check_form(connection, path)
    if _lacking(connection):
        raise ToolError(f"{path} was written by an older imagenspec; run this where the file can be written")


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    _write_ahead(connection)
    for setting in ("synchronous = NORMAL", "foreign_keys = ON", "temp_store = MEMORY", "fullfsync = ON"):
        connection.execute(f"PRAGMA {setting}")
    if _form(connection) == 0:
        connection.execute("BEGIN IMMEDIATE")
        if _form(connection) == 0:
            for statement in _TABLES:
                connection.execute(statement)
        connection.execute("COMMIT")
    _check_form(connection, path)
    _add_columns(connection)


def _check_form(connection: sqlite3.Connection, path: Path) -> None:
    if _form(connection) != _FORM:
        raise ToolError(f"{path} was written by a newer imagenspec; use that, or move the file away")


def _add_columns(connection: sqlite3.Connection) -> None:
    if not _lacking(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    for table, column, kind in _lacking(connection):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    connection.execute("COMMIT")


def _lacking(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    query = "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
    return [added for added in _ADDED if connection.execute(query, added[:2]).fetchone() is None]


def _form(connection: sqlite3.Connection) -> int:
    with closing(connection.execute("PRAGMA user_version")) as cursor:
        return int(cursor.fetchone()[0])


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; SQLite does not wait for others there, so this does."""
    last_try = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > last_try:
                raise
            time.sleep(0.01)
        else:
            return
