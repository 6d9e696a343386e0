"""`examine`: the whole answer about two runs.

First the records alone (`_records`): where they part, or that they agree. Then, unless that is not wanted or cannot be
had, the step in question is done again in both runs (`_replays`), which names the operation and the line, and the
operation is done again under other settings (`_causes`), which names the cause.
"""

from __future__ import annotations

import os
from dataclasses import replace as changed
from datetime import datetime
from pathlib import Path

from retorch.comparison._difference import Comparison, Difference, Side, Unlike
from retorch.comparison._environments import unlike
from retorch.comparison._records import Reading, Sighting, read_together
from retorch.comparison._sides import side_of
from retorch.comparison._sources import imported_modules
from retorch.errors import RunError, UsageError
from retorch.runs import read_sessions, read_sources

_PATIENCE_S = 600.0


def compare(a: str | os.PathLike[str], b: str | os.PathLike[str], *, replay: bool | None = None) -> Difference | None:
    """Find the first place where two runs part, and why. None when they agree in everything that both recorded.

    Args:
        a: a run folder.
        b: another one.
        replay: whether the step in question is done again in both runs, in processes of their own, to find the
            operation, the line and the cause. None does so where it takes less than ten minutes.

    Raises:
        RunFolderError: one of them is no run, or is damaged.
        UsageError: they have no recorded step in common.

    >>> import tempfile, torch, retorch
    >>> folders = [tempfile.mkdtemp() for _ in range(2)]
    >>> for folder in folders:
    ...     _ = retorch.seed_everything(7)
    ...     model = torch.nn.Linear(2, 1)
    ...     run = retorch.Run(folder, seed=7, model=model)
    ...     for epoch in run.epochs(1):
    ...         for inputs in run.steps([torch.zeros(4, 2), torch.ones(4, 2)]):
    ...             run.log(mean=model(inputs).mean())
    ...     run.close()
    >>> compare(*folders) is None
    True
    """
    comparison = examine(Path(a), Path(b), replay=replay)
    if comparison.difference is None and not comparison.compared_steps:
        raise UsageError(f"{a} and {b} have no step in common that both recorded, so nothing can be said of them")
    return comparison.difference


def examine(a: Path, b: Path, *, replay: bool | None = None) -> Comparison:
    """Return all that is found about two runs; see `compare`.

    Raises:
        RunFolderError: one of them is no run, or is damaged.
        UsageError: both are the same folder.
    """
    if a.resolve() == b.resolve():
        raise UsageError(f"{a} and {b} are the same folder; give two runs to compare")
    reading = read_together(a, b)
    sides = side_of(a, reading.facts[0]), side_of(b, reading.facts[1])
    plain = Comparison(
        a=sides[0],
        b=sides[1],
        difference=None,
        compared_steps=reading.compared,
        strip=reading.strip,
        unlike=_unlike(sides),
        notes=reading.notes,
    )
    if reading.parting is None:
        return plain
    return _explained(plain, reading, reading.parting, replay=replay)


def _explained(plain: Comparison, reading: Reading, sighting: Sighting, *, replay: bool | None) -> Comparison:
    refusal = _refusal(plain, sighting, replay=replay)
    if refusal is None:
        # They take torch, which a comparison of records alone does not wait for.
        from retorch.comparison._explaining import explain  # noqa: PLC0415

        try:
            return explain(plain, sighting)
        except RunError as error:
            refusal = f"the step could not be done again, so the operation is not known: {error}"
    from retorch.comparison._suspicions import suspicions  # noqa: PLC0415 - as above

    difference = Difference(sighting.first(), suspicions(plain, sighting))
    return changed(plain, difference=difference, notes=(*reading.notes, refusal))


def _unlike(sides: tuple[Side, Side]) -> tuple[Unlike, ...]:
    sources = [read_sources(side.path) for side in sides]
    used = imported_modules(sources[0]) | imported_modules(sources[1])
    return unlike(sides[0].environment, sides[1].environment, used)


def _refusal(plain: Comparison, sighting: Sighting, *, replay: bool | None) -> str | None:
    """Say why nothing is replayed; None where it is."""
    if replay is False:
        return "the step was not done again, so the operation and its line are not known; --replay does it"
    seconds = sum(_seconds_to(side.path, max(sighting.step, 0)) for side in (plain.a, plain.b))
    if replay is None and seconds > _PATIENCE_S:
        return (
            f"no checkpoint lies near step {sighting.step}: doing it again takes about {seconds / 60:.0f} minutes, so "
            f"the operation and its line are not known; --replay does it all the same"
        )
    return None


def _seconds_to(run: Path, step: int) -> float:
    """Estimate how long it takes to come to a step from the nearest checkpoint before it."""
    names = [entry.name for entry in (run / "checkpoints").glob("[0-9]*")] if (run / "checkpoints").is_dir() else []
    before = max((at for name in names if (at := int(name.partition(".")[0])) <= step), default=0)
    took = steps = 0.0
    for session in read_sessions(run):
        took += (datetime.fromisoformat(session.seen) - datetime.fromisoformat(session.started)).total_seconds()
        steps += max((session.last_step or session.first_step) + 1 - session.first_step, 1)
    return (step - before) * took / steps if steps else 0.0
