"""A file of SQLite that several processes and threads write, in transactions whole and as durable as asked."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from imagenspec.errors import ToolError
from imagenspec.render.ledger.schema import connect, connect_to_look

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class LedgerFile:
    """A connection to a ledger's file. Statements run inside ``with file.writing():`` or ``with file.reading():``."""

    def __init__(self, path: Path, *, looking: bool = False) -> None:
        """Open the file.

        Args:
            path: Where it is; made where there is none.
            looking: Only read it, where there is one; nothing is made.

        Raises:
            ToolError: It cannot be opened, or is no ledger that this version understands.
        """
        if path.is_symlink():
            raise ToolError(f"{path} is a link; a ledger is where it is, and nowhere else")
        self._path = path
        self._mutex = threading.RLock()
        with _translated(path):
            self._connection = connect_to_look(path) if looking else connect(path)

    def close(self) -> None:
        """Close the connection; what was committed stays."""
        with self._mutex:
            self._connection.close()

    def run(self, statement: str, *values: Any) -> int:
        """Run a statement and return how many rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def run_each(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement for each row of values."""
        self._connection.executemany(statement, rows)

    def row(self, query: str, *values: Any) -> Any:
        """Return the first row that a query finds, or nothing."""
        return self._connection.execute(query, values).fetchone()

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Return the rows that a query finds."""
        return self._connection.execute(query, values).fetchall()

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[None]:
        """Do all or nothing; inside another transaction, a part of it that can be undone alone.

        Args:
            durable: Outlast a power cut, not only a crash; that costs one wait for the disk.
        """
        with self._mutex, _translated(self._path):
            inside = self._connection.in_transaction
            if not inside:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            try:
                self._connection.execute("SAVEPOINT part" if inside else "BEGIN IMMEDIATE")
                yield
                self._connection.execute("RELEASE part" if inside else "COMMIT")
            except BaseException:
                self._undo(inside=inside)
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the file, whatever others write meanwhile."""
        with self._mutex, _translated(self._path):
            inside = self._connection.in_transaction
            if not inside:
                self._connection.execute("BEGIN")
            try:
                yield
            finally:
                if not inside:
                    self._undo(inside=False)

    def _undo(self, *, inside: bool) -> None:
        if not self._connection.in_transaction:
            return
        if inside:
            self._connection.execute("ROLLBACK TO part")
            self._connection.execute("RELEASE part")
        else:
            self._connection.execute("ROLLBACK")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a file that it cannot use into words for people; mistakes of ours stay what they are."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise ToolError(f"{path} cannot be used: {error}", str(error)) from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise
        advice = "it knows what was paid for, so mend it or move it away rather than delete it"
        raise ToolError(f"{path} is damaged: {error}; {advice}", str(error)) from error
