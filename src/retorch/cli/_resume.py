"""`retorch resume`: go on with a run from what its folder says."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retorch.cli._exits import ExitCode, say
from retorch.errors import UsageError

if TYPE_CHECKING:
    from retorch.runs import Command


def resume(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run folder.")],
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress and no table.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> ExitCode:
    """Go on with a run as it was begun.

    A run of a recipe goes on with the options that it recorded; any other by its recorded command, in the folder
    where that was typed.

    \b
    Example:
      retorch resume runs/digits
    """  # noqa: D301 - click looks for the character itself
    from retorch.runs import read_info  # noqa: PLC0415 - pydantic, which no --help needs

    info = read_info(run)
    if info.command.recipe is None:
        if quiet or json:
            raise UsageError(
                f"{run} was made by a script, which decides itself what it shows: leave --quiet and --json"
            )
        start_again(run, info.command)

    from retorch.cli._training import go_on  # noqa: PLC0415 - torch, which no --help needs

    return go_on(run, info, quiet=quiet, as_json=json)


def refuse_another_folder(run: Path) -> None:
    """Refuse a run whose script names another folder, where it would go on or begin anew.

    Raises:
        UsageError: the run was copied, moved or made by `retorch reproduce`.
    """
    from retorch.runs import read_environment  # noqa: PLC0415 - pydantic, which no --help needs

    named = read_environment(run).get("folder")
    if named is not None and Path(named).resolve() != run.resolve():
        raise UsageError(
            f"the script of {run} keeps its run in {named}, and would go on there. Move the folder to that place, or "
            f"change the folder in the script and start it by hand"
        )


def start_again(run: Path, command: Command) -> None:
    """Become the process that the run was made by: same words, same folder, this Python.

    Raises:
        UsageError: those words cannot be run again.
    """
    folder = run.resolve()
    words = words_to_run(command)
    if any("ipykernel" in word or "colab" in word for word in words):
        raise UsageError(
            f"{run} was made in a notebook: open it and run its cells again, they go on where it was saved"
        )
    try:
        os.chdir(command.cwd)
    except OSError as error:
        raise UsageError(
            f"{run} was made in {command.cwd}, which cannot be entered: {error.strerror}. "
            f"Run its script again by hand; it goes on where it was saved"
        ) from None
    refuse_another_folder(folder)
    say(f"retorch: {' '.join(words)}  (in {command.cwd})")
    sys.stdout.flush()
    os.execv(words[0], words)  # noqa: S606 - the very words the user typed, no shell


def words_to_run(command: Command) -> list[str]:
    """Return the recorded words with the current Python in front; they may begin with a Python or with the script."""
    words = list(command.argv)
    if words and Path(words[0]).name.startswith(("python", "pypy")):
        words = words[1:]
    return [sys.executable, *words]
