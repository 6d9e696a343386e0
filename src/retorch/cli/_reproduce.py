"""`retorch reproduce`: do a recorded run again, and say whether it comes out the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retorch.cli._exits import ExitCode


def reproduce(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run folder; nothing is written there.")],
    *,
    start: Annotated[
        int,
        typer.Option("--from", metavar="STEP", min=0, help="Begin at the last checkpoint at or before this step. [0]"),
    ] = 0,
    steps: Annotated[int | None, typer.Option(metavar="N", min=1, help="End after N steps. [the whole run]")] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new folder for it. [RUN with -again behind its name]")
    ] = None,
    current_sources: Annotated[
        bool, typer.Option("--current-sources", help="Run the files as they are now, not as they were recorded.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> ExitCode:
    """Do a run again from its recorded command, configuration and sources, and compare it as it goes.

    It stops at the first difference, with the report of `retorch diff`, and exit code 1; where all comes out the
    same, exit code 0. What the script writes outside its run folder, it writes again.

    \b
    Examples:
      retorch reproduce runs/digits
      retorch reproduce runs/digits --from 400 --steps 10
      retorch reproduce runs/digits --current-sources
    """  # noqa: D301 - click looks for the character itself
    from retorch.cli import _reproducing  # noqa: PLC0415 - torch, which no --help needs

    return _reproducing.reproduce_and_tell(
        run, start=start, steps=steps, into=into, recorded_sources=not current_sources, as_data=json
    )
