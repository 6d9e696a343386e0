"""CSV for spreadsheets and for pandas."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from retorch.errors import RunFolderError
from retorch.runs._atomic import write_atomically
from retorch.runs._reading import MetricRow, read_metrics
from retorch.runs._summary import RunSummary

_FACTS = ("name", "standing", "recipe", "seed", "created", "steps", "epochs")


def export_metrics_csv(path: str | os.PathLike[str], out: str | os.PathLike[str]) -> None:
    """Write every record of a run to the CSV file `out`: record, step, epoch, phase, name, value.

    Values are written so that reading them back gives the same floats; NaN and infinity as `nan` and `inf`.
    A file that is there is replaced.

    Raises:
        RunFolderError: there is no run, it is damaged, or `out` cannot be written.
    """
    _write(out, MetricRow._fields, read_metrics(path))


def export_runs_csv(runs: Sequence[RunSummary], out: str | os.PathLike[str]) -> None:
    """Write the table of runs to the CSV file `out`: a line a run, and for each metric its last and best value.

    A file that is there is replaced; what a run does not have stays empty.

    Raises:
        RunFolderError: `out` cannot be written.
    """
    metrics = sorted({name for run in runs for name in run.metrics})
    columns = (*_FACTS, "seconds", *(f"{name} ({which})" for name in metrics for which in ("last", "best")))
    _write(out, columns, [_row(run, metrics) for run in runs])


def _row(run: RunSummary, metrics: Sequence[str]) -> list[Any]:
    row = [getattr(run, fact) for fact in _FACTS]
    row.append(run.duration.total_seconds())
    for name in metrics:
        metric = run.metrics.get(name)
        row.extend((None, None) if metric is None else (metric.last, metric.best))
    return row


def _write(out: str | os.PathLike[str], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    text = StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    try:
        write_atomically(out, text.getvalue().encode())
    except OSError as error:
        raise RunFolderError(
            f"{Path(out)} cannot be written: {error.strerror}. Name a file in a folder you may write to."
        ) from error
