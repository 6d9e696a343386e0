"""`retorch checkpoint`: look into saved states, check their sums, write one to a single file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from retorch.cli._exits import ExitCode

Where = Annotated[Path, typer.Argument(metavar="PATH", help="A checkpoint, or a run: its newest one.")]
Best = Annotated[bool, typer.Option("--best", help="Of a run, the best checkpoint instead of the newest.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


def show(path: Where, *, best: Best = False, json: AsJson = False) -> ExitCode:
    """Show what a checkpoint holds: parts, tensors, position, versions.

    \b
    Example:
      retorch checkpoint show runs/digits
    """  # noqa: D301 - click looks for the character itself
    from retorch.cli import _states  # noqa: PLC0415 - torch, which no --help needs

    return _states.show(path, label=_label(best), as_json=json)


def verify(path: Where, *, best: Best = False, json: AsJson = False) -> ExitCode:
    """Check all checksums of a checkpoint.

    Exits 1 with the damaged file named when one is wrong.

    \b
    Example:
      retorch checkpoint verify runs/digits
    """  # noqa: D301 - click looks for the character itself
    from retorch.cli import _states  # noqa: PLC0415 - torch, which no --help needs

    return _states.verify(path, label=_label(best), as_json=json)


def export(
    path: Where,
    *,
    best: Best = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The file to write. [<part>.<form>]")] = None,
    form: Annotated[
        Literal["safetensors", "pt"] | None, typer.Option(help="The form of the file. [the ending of --out]")
    ] = None,
    part: Annotated[str, typer.Option(metavar="NAME", help="The part to write.")] = "model",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> ExitCode:
    """Write one part of a checkpoint to one file.

    Other programs read it: as safetensors, or with torch.load.

    \b
    Examples:
      retorch checkpoint export runs/digits --best --out digits.safetensors
      retorch checkpoint export runs/digits --part optimizer --form pt
    """  # noqa: D301 - click looks for the character itself
    from retorch.cli import _states  # noqa: PLC0415 - torch, which no --help needs

    return _states.export(path, label=_label(best), out=out, form=form, part=part, force=force)


def _label(best: bool) -> str | None:  # noqa: FBT001 - an option of the command line
    return "best" if best else None
