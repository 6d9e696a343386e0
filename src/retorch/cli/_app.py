"""All commands together."""

from __future__ import annotations

from typing import Annotated

import typer

from retorch.cli._check import check
from retorch.cli._checkpoint import export, show, verify
from retorch.cli._diff import diff
from retorch.cli._exits import exits
from retorch.cli._inspect import inspect
from retorch.cli._reproduce import reproduce
from retorch.cli._resume import resume
from retorch.cli._runs import runs
from retorch.cli._train import train


def main() -> None:
    """Run the command that was typed, and leave with its exit code."""
    build_app()(prog_name="retorch")


def build_app() -> typer.Typer:
    """Put the commands together. Their help is plain text: it can be piped and pasted."""
    app = _group("PyTorch training you can repeat: kill it, resume it, run it again, the same bits.")
    app.callback()(_options)
    for command in (train, resume, runs, inspect):
        app.command()(exits(command))
    # What stands behind the script is the script's own.
    app.command(context_settings={"allow_interspersed_args": False})(exits(check))
    app.command()(exits(diff))
    app.command()(exits(reproduce))
    app.add_typer(_checkpoint_app(), name="checkpoint")
    return app


def _checkpoint_app() -> typer.Typer:
    app = _group("Look into saved states.")
    for command in (show, verify, export):
        app.command()(exits(command))
    return app


def _group(text: str) -> typer.Typer:
    return typer.Typer(
        help=text,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it with the value
    if asked:
        import retorch  # noqa: PLC0415 - light, and only for this answer

        typer.echo(f"retorch {retorch.__version__}")
        raise typer.Exit


def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    del version
