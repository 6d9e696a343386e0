"""`MetricsFile`: the rows and sessions of one run in metrics.sqlite, in transactions."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from retorch.errors import UsageError
from retorch.recorder._buffer import WrittenRow
from retorch.recorder._entries import Chunk
from retorch.recorder._rows import WrittenState, append_entries, append_states, count_states, cut_entries, cut_states
from retorch.runs import STAGES, open_metrics, sqlite_errors, utc_now


class MetricsFile:
    """Open for writing from construction to `close`; one thread at a time.

    Every method raises `RunFolderError` when the file cannot be written, and then nothing of it was.

    Attributes:
        path: the SQLite file.
        session: the number of the session that goes on, or None.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.session: int | None = None
        self._database: sqlite3.Connection | None = open_metrics(path)

    def count_records(self) -> int:
        """Return the number that the next record gets."""
        with sqlite_errors(self.path):
            count: int = self._connection.execute("SELECT coalesce(max(record) + 1, 0) FROM metrics").fetchone()[0]
        return count

    def append(
        self, rows: Sequence[WrittenRow], chunk: Chunk | None, states: Sequence[WrittenState], *, durable: bool
    ) -> None:
        """Add rows and note that the session is alive. Without `durable` a power loss may take them."""
        with self._transaction(durable=durable) as database:
            database.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
            if chunk is not None:
                append_entries(database, chunk)
            append_states(database, states)
            last_step = rows[-1][1] if rows else chunk.first + chunk.count - 1 if chunk else None
            database.execute(
                "UPDATE sessions SET seen = ?, last_step = coalesce(?, last_step) WHERE session = ?",
                (utc_now(), last_step, self.session),
            )
            if durable:
                # SQLite syncs only a transaction that wrote something, and rows may have been appended before
                # without a sync: this one always writes.
                database.execute("UPDATE durable SET records = (SELECT coalesce(max(record) + 1, 0) FROM metrics)")

    def count_entries(self) -> int:
        """Return the number of the step whose entry comes next."""
        with sqlite_errors(self.path):
            count: int = self._connection.execute("SELECT coalesce(max(first + count), 0) FROM entries").fetchone()[0]
        return count

    def count_states(self) -> int:
        """Return how many states there are, those at checkpoints aside."""
        with sqlite_errors(self.path):
            return count_states(self._connection)

    def count_stages(self, step: int) -> dict[str, int]:
        """Count the states of each stage that were taken after `step` steps."""
        query = "SELECT stage, count(*) FROM states WHERE step = ? GROUP BY stage"
        with sqlite_errors(self.path):
            return {STAGES[stage]: count for stage, count in self._connection.execute(query, (step,))}

    def cut(self, end: int, steps: int, states: int, point: int) -> None:
        """Delete metrics from number `end` on, entries from step `steps` on, and states as `cut_states` does."""
        with self._transaction(durable=True) as database:
            database.execute("DELETE FROM metrics WHERE record >= ?", (end,))
            database.execute("UPDATE durable SET records = min(records, ?)", (end,))
            cut_states(database, states, steps, point)
            cut_entries(database, steps)

    def note(self, **facts: str) -> None:
        """Keep facts of the record under their names; the latest count."""
        with self._transaction(durable=False) as database:
            database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def start_session(self, first_step: int) -> int:
        """Begin the next session; one that never ended was killed, and is noted as such."""
        now = utc_now()
        with self._transaction(durable=True) as database:
            database.execute("UPDATE sessions SET ending = 'killed' WHERE ending IS NULL")
            number: int = database.execute("SELECT count(*) FROM sessions").fetchone()[0]
            database.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)",
                (number, now, now, os.getpid(), socket.gethostname(), first_step),
            )
        self.session = number
        return number

    def end_session(self, ending: str) -> None:
        """Note how the session ended."""
        with self._transaction(durable=True) as database:
            database.execute(
                "UPDATE sessions SET ending = ?, seen = ? WHERE session = ?", (ending, utc_now(), self.session)
            )
        self.session = None

    def close(self) -> None:
        """Fold the write-ahead log into the file, so that it reads from a read-only folder too, and close it."""
        if self._database is None:
            return
        # A live reader keeps the log in use; then it stays, and the last to close folds it.
        with suppress(sqlite3.DatabaseError):
            self._database.execute("PRAGMA busy_timeout = 0")
            self._database.execute("PRAGMA journal_mode = DELETE")
        self._database.close()
        self._database = None

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._database is None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._database is None:
            raise UsageError(f"the recorder of {self.path.parent} is closed; open the run again to log into it")
        return self._database

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        database = self._connection
        with sqlite_errors(self.path):
            # FULL is what a power loss takes; a SIGKILL loses nothing either way.
            database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back after some errors, a full disk among them.
                with suppress(sqlite3.DatabaseError):
                    database.execute("ROLLBACK")
                raise
