"""`RunSummary`: one run in a line of facts."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from retorch.errors import RunFolderError
from retorch.runs._database import metrics_file, reading_metrics
from retorch.runs._info import RunInfo, read_info
from retorch.runs._lock import find_holder
from retorch.runs._reading import Session, as_number, read_sessions

Standing = Literal["finished", "running", "stopped", "killed", "damaged"]

_FALLING = ("loss", "error", "perplexity", "mse", "mae", "rmse", "nll", "wer", "cer", "bpc", "divergence")
_EXTREMES = """
SELECT latest.phase, latest.name, latest.value, lowest, highest
FROM (SELECT max(record) AS record, min(value) AS lowest, max(value) AS highest FROM metrics GROUP BY phase, name)
JOIN metrics AS latest USING (record) ORDER BY record
"""


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric of a run: its last value, and its extremes with NaN left out.

    `lowest` and `highest` are NaN when the metric never was a number.
    """

    name: str
    last: float
    lowest: float
    highest: float

    @property
    def best(self) -> float:
        """`lowest` for what is better when it falls, as its name tells, else `highest`."""
        return self.lowest if lower_is_better(self.name) else self.highest


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run in a list.

    Attributes:
        path: its folder.
        name: the folder as seen from where the list begins.
        standing: running (somebody holds its lock), finished, stopped (asked to), killed, or damaged.
        recipe: the recipe it was made with, or None.
        created: UTC, ISO 8601.
        seed: its seed.
        steps: steps done, by its records; None before the first. A step's training values are recorded under the
            number it began with, validation under the steps done.
        epochs: epochs begun, by its records; None before the first.
        metrics: under "phase.name".
        duration: time at work, added up over its sessions.
        problem: what is damaged, or None.
    """

    path: Path
    name: str
    standing: Standing
    recipe: str | None = None
    created: str | None = None
    seed: int | None = None
    steps: int | None = None
    epochs: int | None = None
    metrics: Mapping[str, MetricSummary] = field(default_factory=dict)
    duration: timedelta = timedelta()
    problem: str | None = None


def summarize(path: str | os.PathLike[str], *, name: str | None = None) -> RunSummary:
    """Sum up one run; what is damaged is said in the summary and not raised."""
    path = Path(path)
    try:
        return _summarize(path, name or path.name, read_info(path))
    except RunFolderError as error:
        return RunSummary(path, name or path.name, "damaged", problem=str(error))


def lower_is_better(name: str) -> bool:
    """Guess from a metric's name whether it is better when it falls, as losses and errors do.

    >>> lower_is_better("loss"), lower_is_better("accuracy")
    (True, False)
    """
    words = name.lower().replace(".", "_").replace("/", "_").replace("-", "_").split("_")
    return any(word.endswith(("loss", "error")) or word in _FALLING for word in words)


def _summarize(path: Path, name: str, info: RunInfo) -> RunSummary:
    sessions = read_sessions(path)
    steps, epochs, metrics = _read_metrics(path)
    return RunSummary(
        path=path,
        name=name,
        standing=_standing(path, info),
        recipe=info.command.recipe,
        created=info.created,
        seed=info.seed,
        steps=steps,
        epochs=epochs,
        metrics=metrics,
        duration=sum(map(_duration, sessions), timedelta()),
    )


def _standing(path: Path, info: RunInfo) -> Standing:
    if info.status == "finished":
        return "finished"
    if find_holder(path / "run.lock") is not None:
        return "running"
    return "killed" if info.status == "started" else "stopped"


def _read_metrics(path: Path) -> tuple[int | None, int | None, dict[str, MetricSummary]]:
    with reading_metrics(metrics_file(path)) as connection:
        if connection is None:
            return None, None, {}
        steps, epochs = connection.execute(
            "SELECT max(step + (phase = 'train')), max(epoch) + 1 FROM metrics"
        ).fetchone()
        return steps, epochs, _read_extremes(connection)


def _read_extremes(connection: sqlite3.Connection) -> dict[str, MetricSummary]:
    return {
        f"{phase}.{name}": MetricSummary(name, *map(as_number, values))
        for phase, name, *values in connection.execute(_EXTREMES)
    }


def _duration(session: Session) -> timedelta:
    return datetime.fromisoformat(session.seen) - datetime.fromisoformat(session.started)
