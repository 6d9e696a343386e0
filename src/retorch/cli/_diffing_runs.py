"""What `retorch diff` does with two runs: look, tell on stdout, write the page."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from retorch.cli._answers import print_json
from retorch.cli._exits import ExitCode, say
from retorch.comparison import Comparison, as_json, comparison_page, describe, examine, sections
from retorch.errors import UsageError
from retorch.pictures import write_page
from retorch.runs import read_info


def diff_runs(a: Path, b: Path, *, replay: bool | None, as_data: bool, html: Path | None) -> ExitCode:
    """Compare two runs and tell; CLEAN where they agree, FOUND where they part, WRONG_USE where nothing can be told."""
    _require_two_runs(a, b)
    if html is not None:
        _require_place_for(html)
    comparison = examine(a, b, replay=replay)
    if as_data:
        print_json(as_json(comparison))
    else:
        _print(comparison)
    if html is not None:
        _write(comparison, html)
    if comparison.difference is not None:
        return ExitCode.FOUND
    return ExitCode.CLEAN if comparison.compared_steps else ExitCode.WRONG_USE


def _require_two_runs(a: Path, b: Path) -> None:
    for path in (a, b):
        if not path.is_dir():
            raise UsageError(f"there is no run folder {path}; name two run folders, or two models as FILE.py:NAME")
        read_info(path)
    if a.samefile(b):
        raise UsageError(f"{a} and {b} are the same folder, and a run agrees with itself; name two runs")


def _require_place_for(html: Path) -> None:
    """Refuse before the runs are looked at, which may take minutes."""
    if html.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{html} ends in {html.suffix!r}; name a file that ends in .html")
    if not html.parent.is_dir():
        raise UsageError(f"cannot write {html}: there is no folder {html.parent}; make it first, or name another")


def _print(comparison: Comparison) -> None:
    if not sys.stdout.isatty():
        typer.echo(describe(comparison))
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    colour = "red" if comparison.difference else "green" if comparison.compared_steps else "yellow"
    for number, section in enumerate(sections(comparison)):
        if number:
            console.print()
        console.print(Text(section.heading, style="bold" if number else f"bold {colour}"))
        console.print(Text("\n".join(section.lines)), end="\n" if section.lines else "")


def _write(comparison: Comparison, html: Path) -> None:
    try:
        write_page(comparison_page(comparison), html)
    except OSError as error:  # no room, no right to write, a folder of that name
        raise UsageError(f"cannot write the file: {error.strerror}: {error.filename2 or error.filename}") from None
    say(f"written: {html}")
