"""Reading what a run recorded besides its metrics: the entry of each step, and states. Takes no lock."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retorch.runs._database import metrics_file, reading_metrics
from retorch.runs._info import read_info

Words = NDArray[np.uint64]

COLUMNS = ("place", "batch", "samples", "key", "loss", "values")
"""What the entry of a step holds, each an unsigned number of 64 bits; 0 where nothing was recorded.

`place` is the epoch in the upper 32 bits and the number of the step's first batch in the lower; `batch` the fingerprint
of the batch, `samples` of the ids of its samples, `key` the key of the step's random streams, `loss` the fingerprint of
the losses that were differentiated, `values` of the metrics that were logged.
"""

STAGES = ("start", "step", "checkpoint", "validation starts", "validation ends", "forward", "backward", "optimizer")
"""When a state was taken: see docs/run-folder.md."""


@dataclass(frozen=True, slots=True)
class StepEntries:
    """The entries of consecutive steps.

    Attributes:
        first: the number of the first step.
        words: uint64 [steps, len(COLUMNS)].
    """

    first: int
    words: Words

    def column(self, name: str) -> Words:
        """Return one column, [steps]; a view."""
        column: Words = self.words[:, COLUMNS.index(name)]
        return column


class RecordedState(NamedTuple):
    """Named fingerprints at one moment.

    `step` counts the steps completed, `number` the states of one stage since the step before. `names` and
    `fingerprints` (uint64) are of one length. A name may stand there twice: two calls of a module.
    """

    step: int
    stage: str
    number: int
    epoch: int
    names: tuple[str, ...]
    fingerprints: Words

    def by_name(self) -> dict[str, int]:
        """Return the fingerprints by their names."""
        return dict(zip(self.names, self.fingerprints.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What is known of a record before any of it is read.

    Attributes:
        level: "off", "light" or "full": the level of the latest session.
        algorithm: how the fingerprints were made; those of two algorithms cannot be compared.
        every: a state is taken every so many steps.
        steps: how many entries there are.
        settings: what optimizers and schedulers were made with, such as "optimizer.eps", as text.
    """

    level: str
    algorithm: str
    every: int
    steps: int
    settings: dict[str, str] = field(default_factory=dict)


def read_record_facts(path: str | os.PathLike[str]) -> RecordFacts:
    """Say what a run recorded.

    Raises:
        RunFolderError: there is no run, or its record is damaged.
    """
    with _reading(path) as database:
        if database is None:
            return RecordFacts("off", "", 0, 0)
        facts = dict(database.execute("SELECT name, value FROM facts"))
        steps: int = database.execute("SELECT coalesce(max(first + count), 0) FROM entries").fetchone()[0]
    return RecordFacts(
        facts.get("level", "off"),
        facts.get("algorithm", ""),
        int(facts.get("every", 0)),
        steps,
        json.loads(facts.get("settings", "{}")),
    )


def read_entries(path: str | os.PathLike[str], first: int = 0, end: int | None = None) -> StepEntries:
    """Read the entries of the steps from number `first` up to `end`, without it. About 50 bytes a step.

    Raises:
        RunFolderError: there is no run, or its record is damaged.
    """
    query = "SELECT first, words FROM entries WHERE first + count > ? AND first < ? ORDER BY first"
    with _reading(path) as database:
        rows = [] if database is None else database.execute(query, (first, end or 2**62)).fetchall()
    if not rows:
        return StepEntries(first, np.zeros((0, len(COLUMNS)), np.uint64))
    begins = rows[0][0]
    words = _joined(rows)
    kept = words[max(first - begins, 0) : None if end is None else max(end - begins, 0)]
    return StepEntries(max(first, begins), kept)


def read_sample_ids(path: str | os.PathLike[str], step: int) -> tuple[int, ...] | None:
    """Return the ids of the samples in the batch of a step, None where they were not known.

    Raises:
        RunFolderError: there is no run, or its record is damaged.
    """
    query = "SELECT first, ends, ids FROM entries WHERE first <= ? AND first + count > ?"
    with _reading(path) as database:
        row = None if database is None else database.execute(query, (step, step)).fetchone()
    if row is None or row[1] is None:
        return None
    ends = np.frombuffer(row[1], "<u4")
    at = step - row[0]
    # Ids beyond 31 bits are rare, so all of a row are stored in four bytes each where they fit.
    every = np.frombuffer(row[2], "<i4" if len(row[2]) == 4 * int(ends[-1]) else "<i8")
    return tuple(every[int(ends[at - 1]) if at else 0 : int(ends[at])].tolist()) or None


def read_states(path: str | os.PathLike[str], first: int = 0, end: int | None = None) -> Iterator[RecordedState]:
    """Walk over the states from `first` steps completed up to `end`, without it, in the order in which they were taken.

    Raises:
        RunFolderError: there is no run, or its record is damaged.
    """
    query = "SELECT step, stage, number, epoch, layout, words FROM states WHERE step >= ? AND step < ? ORDER BY state"
    with _reading(path) as database:
        if database is None:
            return
        names = {
            layout: tuple(json.loads(text)) for layout, text in database.execute("SELECT layout, names FROM layouts")
        }
        for step, stage, number, epoch, layout, words in database.execute(query, (first, end or 2**62)):
            yield RecordedState(step, STAGES[stage], number, epoch, names[layout], np.frombuffer(words, "<u8"))


def _joined(rows: list[tuple[int, bytes]]) -> Words:
    """Put chunks together; steps that nobody recorded between two of them are rows of zeros."""
    pieces: list[Words] = []
    end = rows[0][0]
    for first, blob in rows:
        if first > end:
            pieces.append(np.zeros((first - end, len(COLUMNS)), np.uint64))
        pieces.append(np.frombuffer(blob, "<u8").reshape(-1, len(COLUMNS)))
        end = first + len(pieces[-1])
    return np.concatenate(pieces)


@contextmanager
def _reading(path: str | os.PathLike[str]) -> Iterator[sqlite3.Connection | None]:
    """Open the record; None where the run was made by a retorch that recorded metrics only."""
    read_info(path)
    with reading_metrics(metrics_file(path)) as database:
        old = database is not None and database.execute("PRAGMA user_version").fetchone()[0] < 2
        yield None if old else database
