"""A run folder on disk: the only contract between *during* a run and *after* it. Imports no torch.

    run.json          what the run is: schema, seed, threads, configuration, status, result (`RunInfo`)
    metrics.sqlite    every metric of every step, and the sessions with their times
    environment.json  on what it was computed
    checkpoints/      saved states
    curves.png, .svg  a picture of the curves
    run.lock          held by the process at work

Start at `RunFolder` to work in one, at `read_metrics` and `list_runs` to look. `repeatable_facts` is what a killed and
resumed run shares with an unbroken one: times, sessions and the command line are kept out of it.
"""

from retorch.runs._atomic import write_atomically
from retorch.runs._database import open_metrics, sqlite_errors
from retorch.runs._export import export_metrics_csv, export_runs_csv
from retorch.runs._folder import RunFolder
from retorch.runs._info import Command, RunInfo, Status, read_info, utc_now
from retorch.runs._listing import list_runs
from retorch.runs._lock import Holder, find_holder
from retorch.runs._reading import (
    MetricRow,
    Series,
    Session,
    read_metrics,
    read_series,
    read_sessions,
    repeatable_facts,
)
from retorch.runs._summary import MetricSummary, RunSummary, Standing, lower_is_better, summarize

__all__ = [
    "Command",
    "Holder",
    "MetricRow",
    "MetricSummary",
    "RunFolder",
    "RunInfo",
    "RunSummary",
    "Series",
    "Session",
    "Standing",
    "Status",
    "export_metrics_csv",
    "export_runs_csv",
    "find_holder",
    "list_runs",
    "lower_is_better",
    "open_metrics",
    "read_info",
    "read_metrics",
    "read_series",
    "read_sessions",
    "repeatable_facts",
    "sqlite_errors",
    "summarize",
    "utc_now",
    "write_atomically",
]
