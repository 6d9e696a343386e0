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

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from retorch.runs._atomic import write_atomically
from retorch.runs._database import metrics_file, open_metrics, reading_metrics, sqlite_errors
from retorch.runs._environment import (
    DATA_FILE,
    DATA_SCHEMA,
    ENVIRONMENT_SCHEMA,
    SOURCES_FILE,
    SOURCES_SCHEMA,
    DamagedFile,
    SourceSet,
    read_data,
    read_data_entries,
    read_environment,
    read_environment_entries,
    read_environments,
    read_git_diff,
    read_source_sets,
    read_sources,
)
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

if TYPE_CHECKING:
    from retorch.runs._record import (
        COLUMNS,
        STAGES,
        RecordedState,
        RecordFacts,
        StepEntries,
        read_entries,
        read_record_facts,
        read_sample_ids,
        read_states,
    )

__all__ = [
    "COLUMNS",
    "DATA_FILE",
    "DATA_SCHEMA",
    "ENVIRONMENT_SCHEMA",
    "SOURCES_FILE",
    "SOURCES_SCHEMA",
    "STAGES",
    "Command",
    "DamagedFile",
    "Holder",
    "MetricRow",
    "MetricSummary",
    "RecordFacts",
    "RecordedState",
    "RunFolder",
    "RunInfo",
    "RunSummary",
    "Series",
    "Session",
    "SourceSet",
    "Standing",
    "Status",
    "StepEntries",
    "export_metrics_csv",
    "export_runs_csv",
    "find_holder",
    "list_runs",
    "lower_is_better",
    "metrics_file",
    "open_metrics",
    "read_data",
    "read_data_entries",
    "read_entries",
    "read_environment",
    "read_environment_entries",
    "read_environments",
    "read_git_diff",
    "read_info",
    "read_metrics",
    "read_record_facts",
    "read_sample_ids",
    "read_series",
    "read_sessions",
    "read_source_sets",
    "read_sources",
    "read_states",
    "reading_metrics",
    "repeatable_facts",
    "sqlite_errors",
    "summarize",
    "utc_now",
    "write_atomically",
]


def __getattr__(name: str) -> Any:
    # Loaded on first use: reading fingerprints takes NumPy, and listing runs shall not wait for that.
    if name in __all__:
        return getattr(import_module("retorch.runs._record"), name)
    raise AttributeError(f"module 'retorch.runs' has no attribute {name!r}")
