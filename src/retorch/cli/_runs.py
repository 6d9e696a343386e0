"""`retorch runs`: list and compare runs, export their metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retorch.cli._answers import flatten, print_json, print_table, short
from retorch.cli._exits import ExitCode, say
from retorch.errors import RunFolderError

if TYPE_CHECKING:
    from retorch.runs import RunSummary

VALIDATION = "validation."


def runs(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with runs, or one run.")] = Path("runs"),
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the runs as JSON.")] = False,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the table to FILE; for one run, every metric that it recorded."),
    ] = None,
) -> ExitCode:
    """List and compare runs.

    Shows how they stand, their last and best metrics, and the options in which they differ.

    \b
    Examples:
      retorch runs
      retorch runs runs/digits --csv metrics.csv
      retorch runs --json
    """  # noqa: D301 - click looks for the character itself
    from retorch.runs import list_runs  # noqa: PLC0415 - pydantic, which no --help needs

    found = list_runs(directory)
    if csv is not None:
        _export(directory, found, csv)
    if json:
        print_json([facts_of(run) for run in found])
    elif csv is None and found:
        print_runs(found)
    elif not found:
        say(f"no runs in {directory}")
    return ExitCode.FOUND if any(run.standing == "damaged" for run in found) else ExitCode.CLEAN


def print_runs(found: Sequence[RunSummary]) -> None:
    """Print a line a run; what is damaged is said on stderr too."""
    options = differing([configuration_of(run) for run in found])
    metrics = metrics_to_show(found)
    header = ["run", "status", "epochs", "steps", *(f"{name} (best)" for name in metrics)]
    print_table([*header, *(f"{name}=" for name in options)], [_row(run, metrics, options) for run in found])
    for run in found:
        if run.problem:
            say(f"retorch: {run.problem}")


def facts_of(run: RunSummary) -> dict[str, Any]:
    """Return a run as plain values."""
    return {
        "run": run.name,
        "path": str(run.path),
        "status": run.standing,
        "recipe": run.recipe,
        "created": run.created,
        "seed": run.seed,
        "epochs": run.epochs,
        "steps": run.steps,
        "seconds": run.duration.total_seconds(),
        "metrics": {name: {"last": metric.last, "best": metric.best} for name, metric in run.metrics.items()},
        "config": configuration_of(run),
        "problem": run.problem,
    }


def configuration_of(run: RunSummary) -> dict[str, Any]:
    """Return the options of a run by their dotted names; none for a damaged one."""
    from retorch.runs import read_info  # noqa: PLC0415 - pydantic, which no --help needs

    try:
        return flatten(read_info(run.path).config)
    except RunFolderError:
        return {}


def differing(configurations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the options in which runs differ, in the order of their first appearance."""
    names = dict.fromkeys(name for configuration in configurations for name in configuration)
    known = [configuration for configuration in configurations if configuration]
    return [name for name in names if len({repr(configuration.get(name)) for configuration in known}) > 1]


def metrics_to_show(found: Sequence[RunSummary]) -> list[str]:
    """Return the validation metrics, or those of training where no run has any."""
    names = list(dict.fromkeys(name for run in found for name in run.metrics))
    validation = [name for name in names if name.startswith(VALIDATION)]
    return validation or [name for name in names if name.startswith("train.")]


def _row(run: RunSummary, metrics: Sequence[str], options: Sequence[str]) -> list[str]:
    configuration = configuration_of(run)
    numbers = ["-" if number is None else f"{number:,}" for number in (run.epochs, run.steps)]
    shown = [run.metrics.get(name) for name in metrics]
    scores = ["-" if metric is None else f"{short(metric.last)} ({short(metric.best)})" for metric in shown]
    return [run.name, run.standing, *numbers, *scores, *(str(configuration.get(name, "-")) for name in options)]


def _export(directory: Path, found: Sequence[RunSummary], file: Path) -> None:
    from retorch.runs import export_metrics_csv, export_runs_csv  # noqa: PLC0415 - pydantic, which no --help needs

    if (directory / "run.json").exists():
        export_metrics_csv(directory, file)
    else:
        export_runs_csv(found, file)
    say(f"wrote {file}")
