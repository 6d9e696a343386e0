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
