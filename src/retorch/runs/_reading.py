"""Reading what a run recorded: rows, series, sessions. Takes no lock and works while the run goes on."""

from __future__ import annotations

import os
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from retorch.runs._database import metrics_file, reading_metrics
from retorch.runs._info import read_info


class MetricRow(NamedTuple):
    """One record: a metric at a step.

    `record` counts from 0 without gaps. `value` is exactly the float or integer that was logged.
    """

    record: int
    step: int
    epoch: int
    phase: str
    name: str
    value: float


class Session(NamedTuple):
    """One start of a run; all times are UTC, ISO 8601.

    `seen` is when it last wrote, which for a session that has ended is its end. `ending` says how it ended and is
    None while it goes on, or when it was killed and the run was not started since.
    """

    session: int
    started: str
    seen: str
    pid: int
    host: str
    first_step: int
    last_step: int | None
    ending: str | None


@dataclass(frozen=True, slots=True)
class Series:
    """One metric over the run, in the order of its records: int64 steps and epochs, float64 values."""

    steps: array[int] = field(default_factory=lambda: array("q"))
    epochs: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))


def read_metrics(path: str | os.PathLike[str], *, besides: str | None = None) -> list[MetricRow]:
    """Read every record of a run, in order.

    Args:
        path: the run folder.
        besides: a phase whose records are left out, such as "train": the others of a long run are few.

    Raises:
        RunFolderError: there is no run, or its metrics are damaged.
    """
    query = "SELECT record, step, epoch, phase, name, value FROM metrics {} ORDER BY record"
    rows = _rows(
        path, query.format("" if besides is None else "WHERE phase != ?"), () if besides is None else (besides,)
    )
    return [MetricRow._make(row if row[5] is not None else (*row[:5], as_number(None))) for row in rows]


def read_series(path: str | os.PathLike[str]) -> dict[str, Series]:
    """Read the metrics of a run as series for drawing, each under "phase.name" such as "train.loss".

    About 1 us a record; values become float64.

    Raises:
        RunFolderError: there is no run, or its metrics are damaged.
    """
    series: dict[tuple[str, str], Series] = {}
    query = "SELECT phase, name, step, epoch, value FROM metrics ORDER BY record"
    for phase, name, step, epoch, value in _rows(path, query):
        one = series.get((phase, name)) or series.setdefault((phase, name), Series())
        one.steps.append(step)
        one.epochs.append(epoch)
        one.values.append(as_number(value))
    return {f"{phase}.{name}": one for (phase, name), one in series.items()}


def read_sessions(path: str | os.PathLike[str]) -> list[Session]:
    """Read when and by whom a run was worked on, in order.

    Raises:
        RunFolderError: there is no run, or its metrics are damaged.
    """
    return [Session(*row) for row in _rows(path, "SELECT * FROM sessions ORDER BY session")]


def repeatable_facts(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Return all that must be equal between an unbroken run and one that was killed and resumed.

    Left out are facts about the occasion: when it was made and by which words in which folder, the sessions, the
    environment. Values are given as `float.hex()` text, so that NaN equals NaN and 0.0 differs from -0.0. The
    checkpoints are compared by their own room.

    Returns:
        {"info": what run.json says, "metrics": a tuple of rows (record, step, epoch, phase, name, value as text),
        "entries": the bytes of all entries and sample ids, "states": all but those that the clock decided on}.

    Raises:
        RunFolderError: there is no run, or it is damaged.
    """
    from retorch.runs._record import read_entries, read_sample_ids, read_states  # noqa: PLC0415 - NumPy, for this alone

    info = read_info(path).model_dump_json(by_alias=True, exclude={"created": True, "command": {"argv", "cwd"}})
    rows = tuple((*row[:5], _exact_text(row.value)) for row in read_metrics(path))
    entries = read_entries(path)
    ids = tuple(read_sample_ids(path, entries.first + number) for number in range(len(entries.words)))
    states = tuple(
        (state.step, state.stage, state.number, state.names, state.fingerprints.tobytes())
        for state in read_states(path)
        if state.stage != "checkpoint"
    )
    return {"info": info, "metrics": rows, "entries": (entries.words.tobytes(), ids), "states": states}


def as_number(value: float | None) -> float:
    """Turn what SQLite gives back into the number that was logged."""
    return float("nan") if value is None else value


def _rows(path: str | os.PathLike[str], query: str, values: tuple[str | None, ...] = ()) -> list[tuple[Any, ...]]:
    read_info(path)
    with reading_metrics(metrics_file(path)) as connection:
        return [] if connection is None else connection.execute(query, values).fetchall()


def _exact_text(value: float) -> str:
    return value.hex() if isinstance(value, float) else str(value)
