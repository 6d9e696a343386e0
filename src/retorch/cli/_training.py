"""Running a recipe in a run folder: what `train` and `resume` share."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from retorch import Result
from retorch.cli._answers import flatten, print_json, short
from retorch.cli._exits import ExitCode, code_of
from retorch.errors import RunFolderError, RunMismatch
from retorch.recipes import Recipe, configure, configure_again, find_recipe, load_recipe, names
from retorch.recorder import usual_level
from retorch.runs import RunInfo, read_info


def start(
    name: str,
    settings: Iterable[str],
    *,
    run: Path | None,
    threads: int | None,
    quiet: bool,
    as_json: bool,
    record: str | None = None,
) -> ExitCode:
    """Train a recipe in its folder; a folder with a run of the same configuration is continued."""
    recipe = load(name)
    config = configure(recipe, settings)
    run = run or Path("runs") / recipe.name
    refuse_other_configuration(run, config)
    with nullcontext() if record is None else usual_level(record):
        return carry_out(recipe, config, run=run, threads=threads, quiet=quiet, as_json=as_json)


def go_on(run: Path, info: RunInfo, *, quiet: bool, as_json: bool) -> ExitCode:
    """Continue a run of a recipe with the configuration that it recorded."""
    recipe = load(recorded_recipe(run, info))
    config = configure_again(recipe, info.config)
    return carry_out(recipe, config, run=run, threads=info.threads, quiet=quiet, as_json=as_json)


def recorded_recipe(run: Path, info: RunInfo) -> str:
    """Return where the recipe of a run is now; a built-in one is known by its name on every machine.

    Raises:
        RunMismatch: its file has gone.
    """
    path = Path(info.command.cwd) / (info.command.recipe or "")
    if path.is_file():
        return str(path)
    if path.parent.parts[-2:] == ("retorch", "recipes") and path.stem in names():
        return path.stem
    raise RunMismatch(
        f"{run} was made with the recipe {path}, which is not there. Put the file back, or give it where it is now: "
        f"retorch train FILE --run {run}"
    )


def load(name: str) -> Recipe:
    """Import a recipe; what a user's own file raises is shown as Python would show it."""
    with code_of(find_recipe(name)):
        return load_recipe(name)


def carry_out(
    recipe: Recipe, config: BaseModel, *, run: Path, threads: int | None, quiet: bool, as_json: bool
) -> ExitCode:
    """Train, then say how it went."""
    authors = nullcontext() if recipe.built_in else code_of(recipe.path)
    # The answer alone goes to stdout: what a recipe prints would not be JSON.
    with authors, redirect_stdout(sys.stderr) if as_json else nullcontext():
        result: Result = recipe.train(config, run=run, threads=threads, quiet=quiet)
    if as_json:
        print_json(facts_of(recipe, result))
    elif not quiet:
        typer.echo(describe(recipe, result))
    return ExitCode.CLEAN


def refuse_other_configuration(run: Path, config: BaseModel) -> None:
    """Refuse a folder whose run has another configuration.

    Raises:
        RunMismatch: names every option that differs, with both values.
    """
    try:
        info = read_info(run)
    except RunFolderError:
        return  # No run yet, or one that cannot be read: whoever opens the folder for work says so.
    if info.command.recipe is None:
        raise RunMismatch(
            f"{run} holds the run of a script ({' '.join(info.command.argv)}), not of a recipe. "
            f"Give the new run a folder of its own with --run DIR"
        )
    recorded = flatten(info.config)
    wanted = flatten(config.model_dump(mode="json"))
    different = [name for name in {**recorded, **wanted} if recorded.get(name) != wanted.get(name)]
    if different:
        lines = "\n".join(
            f"  {name}: {recorded.get(name)} in the folder, {wanted.get(name)} asked" for name in different
        )
        raise RunMismatch(
            f"{run} holds a run with another configuration:\n{lines}\n"
            f"Give the new run a folder of its own with --run DIR, or go on with the old one: retorch resume {run}"
        )


def facts_of(recipe: Recipe, result: Result) -> dict[str, Any]:
    """Return the result as plain values."""
    best = result.best
    return {
        "recipe": recipe.name,
        "run": str(result.run) if result.run else None,
        "reason": result.reason,
        "epochs": result.epochs,
        "steps": result.steps,
        "train": dict(result.train),
        "validation": dict(result.validation),
        "best": best
        and {
            "metric": best.metric,
            "value": best.value,
            "step": best.step,
            "checkpoint": str(best.checkpoint) if best.checkpoint else None,
        },
        "curves": str(curves) if (curves := curves_of(result)) else None,
    }


def describe(recipe: Recipe, result: Result) -> str:
    """Return the result as a small table, with what to do next."""
    lines = {
        recipe.name: f"{result.reason} after {counted(result.epochs, 'epoch')}, {counted(result.steps, 'step')}",
        "train": listed(result.train),
        "validation": listed(result.validation),
        "best": result.best and f"{result.best.metric} {short(result.best.value)} at step {result.best.step:,}",
        "run": result.run and shown(result.run),
        "curves": (curves := curves_of(result)) and shown(curves),
    }
    width = max(map(len, lines))
    table = [f"{name.ljust(width)}  {text}" for name, text in lines.items() if text]
    return "\n".join([*table, *next_steps(result)])


def next_steps(result: Result) -> list[str]:
    """Say what can be done with a run that is finished."""
    if result.run is None:
        return []
    run = shown(result.run)
    return [
        "",
        "The same command gives this result back; --run DIR starts another run beside it.",
        "  retorch runs   compares runs",
        f"  retorch checkpoint export {run} --out model.safetensors   writes the weights to one file",
    ]


def curves_of(result: Result) -> Path | None:
    """Return the picture of the curves, if there is one."""
    picture = result.run / "curves.png" if result.run else None
    return picture if picture and picture.exists() else None


def counted(number: int, noun: str) -> str:
    """Return "1 epoch" or "1,350 steps"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def listed(values: Mapping[str, float]) -> str:
    """Return "loss 0.1234, accuracy 0.9781"."""
    return ", ".join(f"{name} {short(value)}" for name, value in values.items())


def shown(path: Path) -> str:
    """Return a path as seen from where the command was typed."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
