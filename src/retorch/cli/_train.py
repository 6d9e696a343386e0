"""`retorch train`: start a training, or go on with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retorch.cli._exits import ExitCode
from retorch.errors import UsageError


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="digits, mnist, or the path of a .py file.")],
    *,
    run: Annotated[Path | None, typer.Option(metavar="DIR", help="The run folder. [runs/<recipe>]")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Short for --set seed=N.")] = None,
    epochs: Annotated[int | None, typer.Option(metavar="N", help="Short for --set epochs=N.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Set an option of the recipe; repeatable.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress and no table.")] = False,
    copy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the recipe to FILE, to make it your own; train nothing.")
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Logical CPU threads: part of the run. [those it began with]"),
    ] = None,
    record: Annotated[
        str | None,
        typer.Option(metavar="LEVEL", help="What `retorch diff` can compare later: light, full or off. [light]"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> ExitCode:
    """Train a recipe: a built-in one or a file of your own.

    The same command again goes on where the run was saved last, or gives a finished run's result back.

    \b
    Examples:
      retorch train digits
      retorch train digits --epochs 60 --set optimizer.lr=0.005 --run runs/longer
      retorch train digits --copy my.py
      retorch train my.py
    """  # noqa: D301 - click looks for the character itself
    settings = [*(settings or []), *_short_for("seed", seed), *_short_for("epochs", epochs)]
    if copy is not None:
        if settings or run or threads or record:
            raise UsageError("--copy only writes the file; give the other options when you train it")
        return _copy(recipe, copy)

    from retorch.cli._training import start  # noqa: PLC0415 - torch, which no --help needs

    return start(recipe, settings, run=run, threads=threads, quiet=quiet, as_json=json, record=record)


def _short_for(name: str, value: int | None) -> list[str]:
    return [] if value is None else [f"{name}={value}"]


def _copy(recipe: str, target: Path) -> ExitCode:
    from retorch.recipes import copy  # noqa: PLC0415 - torch, which no --help needs

    file = copy(recipe, target)
    typer.echo(f"{file} is yours now. Train it: retorch train {file}")
    return ExitCode.CLEAN
