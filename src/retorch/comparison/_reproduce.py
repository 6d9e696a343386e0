"""`reproduce`: a recorded run done again in a new folder, compared as it goes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import decode_source
from itertools import count
from pathlib import Path

from retorch.checkpoints import Checkpoint, Vault, open_checkpoint
from retorch.comparison._difference import Comparison
from retorch.comparison._examine import examine
from retorch.errors import CheckpointError, RunError, UsageError
from retorch.recorder import Level
from retorch.replay import Again, Answer, copy_run, run_again
from retorch.runs import read_entries, read_info, read_metrics, read_record_facts, read_sources

_FOLLOWER = "retorch.comparison._follower:Follower"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How doing a run again ended.

    Attributes:
        run: the recorded run.
        into: the folder of the reproduction.
        first: the steps completed where it began: those of a checkpoint, or 0.
        reached: the steps completed where it ended.
        recorded: the steps that the recorded run has.
        whole: whether it came to the end of the training, as the recorded run did.
        comparison: of the two records, with the place where they part if they do, and both environments.
        changed: recorded source files that are another text on the disk now, or are gone.
        checkpoints: those that both kept, by name, and whether their files are the same bytes.
        notes: what else is to be said, a sentence each.
    """

    run: Path
    into: Path
    first: int
    reached: int
    recorded: int
    whole: bool
    comparison: Comparison
    changed: tuple[str, ...]
    checkpoints: Mapping[str, bool]
    notes: tuple[str, ...]

    @property
    def reproduced(self) -> bool:
        """Whether all that was done again came out the same."""
        return self.comparison.difference is None and all(self.checkpoints.values())


def reproduce(
    run: Path, *, into: Path | None = None, start: int = 0, steps: int | None = None, recorded_sources: bool = True,
    on_progress: Callable[[int], None] | None = None,
) -> Reproduction:  # fmt: skip
    """Do a run again from its recorded command, configuration and sources, and compare it as it goes.

    It ends at the first difference, at the last step that was recorded, or where it is told to.

    Args:
        run: the run folder; nothing is written there.
        into: a new folder; None takes the name of the run with `-again` behind it.
        start: begin at the last checkpoint at or before so many completed steps.
        steps: end so many steps after `start`.
        recorded_sources: whether Python compiles the recorded sources, or those on the disk.
        on_progress: called a few times a second with the steps completed.

    Raises:
        UsageError: `into` is taken, or `start` lies behind the end.
        RunError: it cannot be started again, or its script failed.
    """
    run = Path(os.path.abspath(run))  # noqa: PTH100 - a link to a run stays one
    recorded = steps_of(run)
    end = min(recorded, start + steps) if steps is not None else recorded
    if start >= end:
        raise UsageError(f"{run} has {recorded} steps: there is nothing to be done again from step {start} on")
    into = new_folder(run, into)
    first = copy_run(run, into, step=start, lasting=True) or 0
    finished = read_info(run).status == "finished"
    again = Again(
        into, level=_level(run), stop_after=None if finished and end == recorded else end,
        observers={_FOLLOWER: {"reference": str(run)}}, recorded_sources=recorded_sources, on_progress=on_progress,
    )  # fmt: skip
    answer = _carry_out(run, again, first)
    checkpoints = same_checkpoints(run, into, beyond=first)
    return Reproduction(
        run, into, first, answer.reached or first, recorded,
        whole=finished and answer.how == "ended" and (answer.reached or 0) == recorded,
        comparison=_without_command(examine(run, into)),
        changed=tuple(changed_sources(run)), checkpoints=checkpoints,
        notes=tuple(_notes(run, into, answer, start=start, end=end)),
    )  # fmt: skip


def _without_command(comparison: Comparison) -> Comparison:
    # The recorded one by construction; a recipe is started with its recorded configuration instead of its words.
    kept = tuple(one for one in comparison.unlike if not one.name.startswith("command."))
    return replace(comparison, unlike=kept)


def _carry_out(run: Path, again: Again, first: int) -> Answer:
    try:
        with tempfile.TemporaryDirectory(prefix="retorch-reproduce-") as scratch:
            return run_again(run, again, Path(scratch))
    except RunError:
        if not _holds_steps(again.folder, first):
            shutil.rmtree(again.folder, ignore_errors=True)
        raise


def _holds_steps(folder: Path, first: int) -> bool:
    try:
        return len(read_entries(folder, first).words) > 0
    except RunError:
        return False


def new_folder(run: Path, into: Path | None) -> Path:
    """Return the folder for a reproduction, which holds nothing yet.

    Raises:
        UsageError: what is asked for is taken.
    """
    if into is None:
        names = (f"{run.name}-again{'' if number == 1 else f'-{number}'}" for number in count(1))
        return next(path for path in map(run.with_name, names) if not path.exists())
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError(f"{into} is there already and is not overwritten; name a new folder")
    return Path(os.path.abspath(into))  # noqa: PTH100 - as above


def steps_of(run: Path) -> int:
    """Return how many steps a run recorded; one that recorded only metrics tells by them.

    Raises:
        RunError: it recorded none.
    """
    steps = read_record_facts(run).steps or max((row.step + 1 for row in read_metrics(run)), default=0)
    if not steps:
        raise RunError(f"{run} recorded no step, so there is nothing to compare with")
    return steps


def changed_sources(run: Path) -> list[str]:
    """Return the recorded source files whose text on the disk is another one now, or that are gone."""
    return [file for file, text in read_sources(run).items() if Path(file).is_absolute() and _text_of(file) != text]


def same_checkpoints(run: Path, into: Path, *, beyond: int) -> dict[str, bool]:
    """Compare the checkpoints that both took at the same place after some steps, by the checksums of their files."""
    theirs, ours = (_checkpoints(folder) for folder in (run, into))
    return {
        name: theirs[name].manifest.files == ours[name].manifest.files
        for name in sorted(theirs.keys() & ours.keys())
        if ours[name].position["step"] > beyond
    }


def _checkpoints(run: Path) -> dict[str, Checkpoint]:
    found = {}
    for name in Vault(run / "checkpoints").names():
        with suppress(CheckpointError, FileNotFoundError):
            found[name] = open_checkpoint(run / "checkpoints" / name, verify=False)
    return found


def _level(run: Path) -> Level | None:
    level = read_record_facts(run).level
    return "full" if level == "full" else "light" if level == "light" else None


def _text_of(file: str) -> str | None:
    try:
        return decode_source(Path(file).read_bytes())
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None


def _notes(run: Path, into: Path, answer: Answer, *, start: int, end: int) -> list[str]:
    first, reached, notes = answer.first or 0, answer.reached or 0, []
    if first < start:
        notes.append(f"the last checkpoint before step {start} is at step {first}: it began there")
    if answer.how == "ended" and reached < end:
        notes.append(f"the script ended after {reached} steps, and {run} recorded {end}")
    others = sorted(folder.name for folder in into.parent.glob(f"{into.name}-other-*"))
    if others:
        notes.append(f"the script makes other runs as well; they were kept in {', '.join(others)}")
    return notes
