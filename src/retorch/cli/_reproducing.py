"""What `retorch reproduce` does, once torch is there: do the run again, show how far it is, tell how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.console import Console

from retorch.cli._answers import print_json
from retorch.cli._exits import ExitCode, say
from retorch.comparison import Reproduction, Unlike, as_json, describe, new_folder, reproduce, steps_of

T = TypeVar("T")

_MOST_NAMED = 5


def reproduce_and_tell(
    run: Path, *, start: int, steps: int | None, into: Path | None, recorded_sources: bool, as_data: bool
) -> ExitCode:
    """Do a run again; CLEAN where it comes out the same, FOUND where not."""
    total, into = steps_of(run), new_folder(run.absolute(), into)
    say(f"retorch: doing {run} again in {_shown(into)}")
    try:
        with _progress(min(total, start + (steps or total))) as show:
            done = reproduce(
                run, into=into, start=start, steps=steps, recorded_sources=recorded_sources, on_progress=show
            )
    except KeyboardInterrupt:
        say(
            f"retorch: interrupted. {_shown(into)} holds what was done: `retorch diff {run} {_shown(into)}` compares "
            f"it. Another `retorch reproduce {run}` begins anew in another folder"
        )
        raise typer.Exit(130) from None
    if as_data:
        print_json(facts_of(done, recorded_sources=recorded_sources))
    else:
        typer.echo("\n".join(lines_of(done, recorded_sources=recorded_sources)))
    return ExitCode.CLEAN if done.reproduced else ExitCode.FOUND


def facts_of(done: Reproduction, *, recorded_sources: bool) -> dict[str, Any]:
    """Return all of it as plain values."""
    return {
        "run": str(done.run),
        "into": str(done.into),
        "reproduced": done.reproduced,
        "whole": done.whole,
        "first": done.first,
        "reached": done.reached,
        "recorded": done.recorded,
        "checkpoints": dict(done.checkpoints),
        "environment": [
            {"name": one.name, "a": one.a, "b": one.b, "likelihood": one.likelihood, "why": one.why}
            for one in done.comparison.unlike
        ],
        "sources": {"recorded": recorded_sources, "changed": list(done.changed)},
        "notes": list(done.notes),
        "comparison": as_json(done.comparison),
    }


def lines_of(done: Reproduction, *, recorded_sources: bool) -> list[str]:
    """Return the answer for a reader: the verdict, then what it rests on."""
    facts = {
        "run": _shown(done.run),
        "again": _shown(done.into),
        "checkpoints": _checkpoints(done),
        "environment": _environment(done.comparison.unlike),
        "sources": _sources(done.changed, recorded=recorded_sources),
    }
    width = max(map(len, facts))
    rows = [f"  {name.ljust(width)}  {text}" for name, text in facts.items() if text]
    notes = [f"  {'note'.ljust(width)}  {note}" for note in done.notes]
    report = ["", describe(done.comparison)] if done.comparison.difference is not None else []
    return [_verdict(done), *rows, *notes, *report]


def _verdict(done: Reproduction) -> str:
    if done.comparison.difference is not None:
        return f"Not reproduced: it came out differently, and was ended after step {done.reached:,}."
    if not done.reproduced:
        return "Not reproduced: the records agree, and the states saved in the checkpoints differ."
    if done.whole and done.first == 0:
        return f"Reproduced: all {done.recorded:,} steps came out the same, bit by bit, to the end of the training."
    last = f"of {done.recorded:,}" + (", and the end of the training" if done.whole else "")
    return f"Reproduced: steps {done.first:,} to {done.reached - 1:,} {last} came out the same, bit by bit."


def _checkpoints(done: Reproduction) -> str:
    if not done.checkpoints:
        return "none that both took at the same place"
    unequal = [name for name, equal in done.checkpoints.items() if not equal]
    if unequal:
        return f"{', '.join(unequal)} differ"
    count = len(done.checkpoints)
    return f"{count} taken at the same place, equal byte by byte"


def _environment(unlike: Sequence[Unlike]) -> str:
    if not unlike:
        return "the same"
    named = "; ".join(
        f"{one.name} {one.a or 'none'}, now {one.b or 'none'} ({one.likelihood})" for one in _most(unlike)
    )
    return f"differs in {named}" + _rest(unlike)


def _sources(changed: Sequence[str], *, recorded: bool) -> str:
    if not changed:
        return "as they are on the disk"
    named = ", ".join(_shown(Path(file)) for file in _most(changed)) + _rest(changed)
    used = "those that were recorded" if recorded else "those on the disk now"
    return f"{used}; since then these have changed: {named}"


def _most(several: Sequence[T]) -> Sequence[T]:
    return several[:_MOST_NAMED]


def _rest(several: Sequence[Any]) -> str:
    more = len(several) - _MOST_NAMED
    return f" and {more} more" if more > 0 else ""


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None] | None]:
    """Show on a terminal how far it is; elsewhere nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with console.status("starting") as status:
        yield lambda step: status.update(f"step {step:,} of {total:,}, equal so far")


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
