"""metrics.sqlite: its tables, and how it is opened for writing and for reading."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from retorch.errors import RunFolderError

METRICS_FILE = "metrics.sqlite"

# SQLite has no NaN: it stores NULL, and a NULL value is read back as NaN.
# `value` has no type on purpose: a REAL column would turn -0.0 into 0.0 and round integers beyond 2**53.
# `durable` counts the records that the latest commit covers; those beyond it are there for live readers.
_TABLES = """
CREATE TABLE metrics (
    record INTEGER PRIMARY KEY,
    step INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    phase TEXT NOT NULL,
    name TEXT NOT NULL,
    value
);
CREATE TABLE sessions (
    session INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    seen TEXT NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    first_step INTEGER NOT NULL,
    last_step INTEGER,
    ending TEXT
);
CREATE TABLE durable (only_row INTEGER PRIMARY KEY CHECK (only_row = 0), records INTEGER NOT NULL);
INSERT INTO durable VALUES (0, 0);
PRAGMA user_version = 1;
"""
# What the second version added: fingerprints. `entries` holds runs of consecutive steps, `words` as many rows of
# unsigned 64-bit numbers, `ends` (uint32) where the sample ids of each step end in `ids` (int32 or int64). They come
# last in the row, so that reading the words skips their pages. `layouts` are lists of names that states share.
_SECOND = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE entries (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    words BLOB NOT NULL,
    ends BLOB,
    ids BLOB
);
CREATE TABLE layouts (layout INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE);
CREATE TABLE states (
    state INTEGER PRIMARY KEY,
    step INTEGER NOT NULL,
    stage INTEGER NOT NULL,
    number INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    layout INTEGER NOT NULL REFERENCES layouts,
    words BLOB NOT NULL
);
CREATE INDEX states_of_a_step ON states (step);
PRAGMA user_version = 2;
"""
_VERSION = 2


def open_metrics(path: Path) -> sqlite3.Connection:
    """Open the metrics of a run for writing, and make the tables when they are not there yet.

    The connection is in autocommit mode and may be used by several threads, one at a time.

    Raises:
        RunFolderError: the file is damaged, of a newer schema, or cannot be written.
    """
    with sqlite_errors(path):
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            for version, tables in enumerate((_TABLES, _SECOND)):
                if _version(connection, path) == version:
                    # One transaction: a kill leaves all the tables or none.
                    connection.executescript(f"BEGIN IMMEDIATE;{tables}COMMIT;")
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def reading_metrics(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Open the metrics of a run for reading, also while it is written or where nothing may be written.

    Yields:
        A connection, or None when no metric was ever written.

    Raises:
        RunFolderError: the file is damaged, of a newer schema, or cannot be read.
    """
    if not path.exists():
        yield None
        return
    with sqlite_errors(path), _connected(path) as connection:
        yield connection if _version(connection, path) else None


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn an error of SQLite into a `RunFolderError` that names the file."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise RunFolderError(f"{path}: {_advice(error)}") from error


def _advice(error: sqlite3.DatabaseError) -> str:
    text = str(error)
    if "full" in text or "disk I/O" in text:
        return f"{text}. Free some space and start the run again: what was committed before is intact."
    if "not a database" in text or "malformed" in text or "no such" in text:
        return f"the database is damaged ({text}). Put a copy back, or move the run folder away and start afresh."
    if "locked" in text:
        return f"{text}. Another program holds it open for writing; close that one."
    return f"{text}. See whether you may read and write this file and its folder."


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        connection = _connect_read_only(path)
    except sqlite3.OperationalError:
        # A run that was killed leaves a write-ahead log, and SQLite cannot read one where it may not make its
        # shared-memory file. `immutable=1` would skip the log and hide what was committed last.
        with _copied(path) as copy, closing(_connect_read_only(copy)) as connection:
            yield connection
        return
    with closing(connection):
        yield connection


def _connect_read_only(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        # The first look into the file is where SQLite finds that it cannot read it.
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="retorch-") as folder:
        for suffix in ("", "-wal"):
            source = Path(f"{path}{suffix}")
            if source.exists():
                _copy(source, Path(folder))
        yield Path(folder) / path.name


def _copy(source: Path, folder: Path) -> None:
    try:
        shutil.copyfile(source, folder / source.name)
    except OSError as error:
        raise RunFolderError(f"{source} cannot be read: {error.strerror}") from None


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise RunFolderError(
            f"{path} has schema {version} and was written by a newer retorch; this one reads up to {_VERSION}. "
            f"Update retorch to use the run."
        )
    return version


def metrics_file(run: str | os.PathLike[str]) -> Path:
    """Return where the metrics of a run lie."""
    return Path(run) / METRICS_FILE
