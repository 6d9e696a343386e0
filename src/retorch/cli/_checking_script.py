"""What `retorch check` does, once torch is there."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from retorch.checks import Findings, Script, all_rules, check_script, named, overview, page, show_crash, to_sarif
from retorch.cli._answers import print_json
from retorch.cli._exits import ExitCode, say
from retorch.errors import RunInterrupted, UsageError

__all__ = ["Script", "check_and_tell", "explain"]


def explain(names: Sequence[str]) -> ExitCode:
    """Print the pages of some checks, or a list of all."""
    pages = [page(rule) for rule in named(all_rules(), names)]
    typer.echo("\n\n".join(pages) if pages else overview(all_rules()))
    return ExitCode.CLEAN


def check_and_tell(
    script: Script, *, steps: int, allow: Sequence[str], select: Sequence[str] | None, strict: bool, as_json: bool,
    sarif: Path | None,
) -> ExitCode:  # fmt: skip
    """Run a script under the checker, say how it ended, and tell what was found."""
    # The script may go to another folder.
    sarif = sarif and _writable(sarif.absolute())
    checked = check_script(script, steps=steps, allow=allow, select=select)
    code = _say_how_it_ended(script, checked.error)
    _tell(checked.findings, as_json=as_json, sarif=sarif)
    if checked.findings.errors or (strict and checked.findings.warnings):
        return ExitCode.FOUND
    if code:
        raise typer.Exit(code)
    return ExitCode.CLEAN


def _writable(file: Path) -> Path:
    try:
        file.write_text("", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    return file


def _say_how_it_ended(script: Script, error: BaseException | None) -> int:
    """Return the exit code with which Python would have ended."""
    match error:
        case None:
            return 0
        case SystemExit(code=None | 0):
            return 0
        case SystemExit(code=int(code)):
            say(f"retorch: {script.target} left with sys.exit({code})")
            return code
        case SystemExit(code=words):
            say(str(words))
            return 1
        case RunInterrupted(signal_number=number):
            say(f"retorch: {error}")
            return 128 + number
        case KeyboardInterrupt():
            say(f"retorch: {script.target} was interrupted; this is what was found until then")
            return 130
        case _:
            show_crash(error)
            return 1


def _tell(findings: Findings, *, as_json: bool, sarif: Path | None) -> None:
    if sarif is not None:
        sarif.write_text(json.dumps(to_sarif(findings, all_rules()), indent=2) + "\n", encoding="utf-8")
    sys.stderr.flush()
    if as_json:
        print_json(findings.to_dict())
    else:
        typer.echo(f"\n{findings}")
