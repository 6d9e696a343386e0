"""`retorch check`: run a script and name its silent mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retorch.cli._exits import ExitCode
from retorch.errors import UsageError


def check(
    script: Annotated[
        str | None, typer.Argument(metavar="SCRIPT", help="A .py file; behind -m the name of a module.")
    ] = None,
    args: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS", help="What the script gets as its own arguments.")
    ] = None,
    *,
    module: Annotated[bool, typer.Option("-m", help="Run a module, as python -m does.")] = False,
    steps: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="Watch single operations in N steps of training and validation."),
    ] = 3,
    allow: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Say nothing of a check; repeatable.")
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this check; repeatable.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON, last on stdout.")] = False,
    sarif: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the findings as SARIF 2.1.0, for a host of code.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Run nothing: show the page of a check, or without its name list all.")
    ] = False,
) -> ExitCode:  # fmt: skip
    """Run a script as it is, with its own arguments, and name its silent mistakes.

    Each with file, line, what was seen and what to do. Options of retorch stand before the script. Exit code 1 when
    there are errors.

    \b
    Examples:
      retorch check train.py --epochs 3
      retorch check --strict --json -m package.train --lr 0.1
      retorch check --explain training-in-eval-mode
    """  # noqa: D301 - click looks for the character itself
    from retorch.cli import _checking_script  # noqa: PLC0415 - torch, which no --help needs

    if explain:
        return _checking_script.explain([] if script is None else [script, *(args or [])])
    if script is None:
        raise UsageError("name the script to check, such as `retorch check train.py`; --help shows more")
    return _checking_script.check_and_tell(
        _checking_script.Script(script, args or [], is_module=module),
        steps=steps, allow=allow or [], select=select or None, strict=strict, as_json=json, sarif=sarif,
    )  # fmt: skip
