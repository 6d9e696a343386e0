"""Entries and states as rows of the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from retorch.recorder._entries import Chunk
from retorch.runs import COLUMNS, STAGES

_ROW_BYTES = 8 * len(COLUMNS)
_AT_CHECKPOINTS = STAGES.index("checkpoint")


class WrittenState(NamedTuple):
    """A state on its way into the file; `words` are little-endian uint64."""

    step: int
    stage: str
    number: int
    epoch: int
    names: tuple[str, ...]
    words: bytes


def append_entries(database: sqlite3.Connection, chunk: Chunk) -> None:
    """Add entries."""
    database.execute(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?)", (chunk.first, chunk.count, chunk.words, chunk.ends, chunk.ids)
    )


def cut_entries(database: sqlite3.Connection, end: int) -> None:
    """Delete the entries of the steps from number `end` on; the chunk in which it lies is shortened."""
    database.execute("DELETE FROM entries WHERE first >= ?", (end,))
    last = database.execute("SELECT first, count, words, ends, ids FROM entries ORDER BY first DESC LIMIT 1").fetchone()
    if last is None or last[0] + last[1] <= end:
        return
    first, _, words, ends, ids = last
    kept = end - first
    if ends is not None:
        size = len(ids) // max(int(np.frombuffer(ends, "<u4")[-1]), 1)
        ends = ends[: 4 * kept]
        ids = ids[: size * int(np.frombuffer(ends, "<u4")[-1])]
    database.execute(
        "UPDATE entries SET count = ?, words = ?, ends = ?, ids = ? WHERE first = ?",
        (kept, words[: _ROW_BYTES * kept], ends, ids, first),
    )


def count_states(database: sqlite3.Connection) -> int:
    """Count the states that the steps decide on. Those at checkpoints fall due by the clock: another run has others."""
    query = "SELECT count(*) FROM states WHERE stage != ?"
    count: int = database.execute(query, (_AT_CHECKPOINTS,)).fetchone()[0]
    return count


def cut_states(database: sqlite3.Connection, end: int, step: int, point: int) -> None:
    """Keep the first `end` states, and of those at checkpoints the ones up to safe point `point` after `step` steps."""
    query = "SELECT state FROM states WHERE stage != ? ORDER BY state LIMIT 1 OFFSET ?"
    first = database.execute(query, (_AT_CHECKPOINTS, end)).fetchone()
    if first is not None:
        database.execute("DELETE FROM states WHERE stage != ? AND state >= ?", (_AT_CHECKPOINTS, first[0]))
    database.execute(
        "DELETE FROM states WHERE stage = ? AND (step > ? OR (step = ? AND number > ?))",
        (_AT_CHECKPOINTS, step, step, point),
    )


def append_states(database: sqlite3.Connection, states: Sequence[WrittenState]) -> None:
    """Add states; their names are kept once."""
    for state in states:
        names = json.dumps(state.names, separators=(",", ":"))
        database.execute("INSERT OR IGNORE INTO layouts (names) VALUES (?)", (names,))
        database.execute(
            "INSERT INTO states VALUES ((SELECT coalesce(max(state) + 1, 0) FROM states), ?, ?, ?, ?, "
            "(SELECT layout FROM layouts WHERE names = ?), ?)",
            (state.step, STAGES.index(state.stage), state.number, state.epoch, names, state.words),
        )
