"""`explain`: the operation and the line at which two runs part, from replays, and the experiments with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from torch import Tensor

from retorch.comparison._difference import Comparison, Difference, First, Line
from retorch.comparison._reasons import reasons, settings_behind
from retorch.comparison._records import Sighting
from retorch.comparison._replays import Replays, capture_both, replay_both, step_of
from retorch.comparison._suspicions import samples_differ, suspicions
from retorch.replay import Captured, Experiment, Parting, Place, Size, experiments, size_of
from retorch.runs import read_entries

# Where the operation itself is in question, and not what it was given.
_TRIED = ("output", "random", "argument")


def explain(plain: Comparison, sighting: Sighting) -> Comparison:
    """Do the step in question again in both runs, and say what was found.

    Raises:
        RunError: one of them cannot be started again.
    """
    replays = replay_both(plain.a.path, plain.b.path, sighting)
    parting = replays.parting
    if parting is None:
        return _unrepeated(plain, sighting, replays)
    with tempfile.TemporaryDirectory(prefix="retorch-diff-") as name:
        # An operation that only one of them did has nothing to be compared with.
        both = parting.a is not None and parting.b is not None
        captured = capture_both(plain.a.path, plain.b.path, replays, Path(name)) if both else (None, None)
        tried = _experiments(plain, parting, captured, Path(name))
        size = _size(parting, captured)
    first = _first(plain, sighting, replays, size)
    return changed(
        plain,
        difference=Difference(first, tuple(reasons(plain, sighting, replays, first, tried)), tried),
        modules=_modules(replays, first.step),
        notes=(*plain.notes, *replays.notes, *parting.notes),
    )


def _unrepeated(plain: Comparison, sighting: Sighting, replays: Replays) -> Comparison:
    """The records part and the replays do not."""
    note = (
        f"done again here, the two give the same bits in steps {replays.window.start} to {replays.window.stop - 1}: "
        f"what made them differ is not in their sources and settings but in where and when they ran, such as the "
        f"machine, a library, or files that have changed since"
    )
    difference = Difference(sighting.first(), suspicions(plain, sighting))
    return changed(plain, difference=difference, notes=(*plain.notes, *replays.notes, note))


def _first(plain: Comparison, sighting: Sighting, replays: Replays, size: Size | None) -> First:
    parting = replays.parting
    assert parting is not None
    a, b = parting.a, parting.b
    shown = a or b
    step = max(step_of((a, b), sighting), 0)
    of_data = parting.phase == "data" and sighting.phase == "data"
    return First(
        step=step,
        epoch=_epoch(plain, step, sighting),
        phase=parting.phase,
        detail=(samples_differ(plain, step) or sighting.detail) if of_data else _detail(plain, parting),
        tensor=parting.tensor,
        module=shown.module if shown else None,
        operation=shown.name if shown else None,
        other_operation=b.name if a and b and b.name != a.name else None,
        a=_line(a.place if a else None),
        b=_line(b.place if b else None),
        size=size,
        exact=True,
    )


def _detail(plain: Comparison, parting: Parting) -> str:
    """Say it in the words of the user's own settings, where they are behind it."""
    behind = next(settings_behind(plain, parting), None) if parting.kind == "argument" else None
    return parting.detail if behind is None else behind.message


def _epoch(plain: Comparison, step: int, sighting: Sighting) -> int:
    words = read_entries(plain.a.path, step, step + 1).words
    return int(words[0, 0]) >> 32 if len(words) else sighting.epoch


def _line(place: Place | None) -> Line | None:
    return None if place is None else Line(place.file, place.line, place.text)


def _size(parting: Parting, captured: tuple[Captured | None, Captured | None]) -> Size | None:
    a, b = captured
    if a is None or b is None:
        return None
    pairs = (a.args, b.args) if parting.kind == "input" else (a.outputs, b.outputs)
    for one, other in _tensor_pairs(zip(*pairs, strict=False)):
        found = size_of(one, other)
        if found is not None and found.different:
            return found
    return None


def _tensor_pairs(values: Any) -> Iterator[tuple[Tensor, Tensor]]:
    """Walk over corresponding tensors in nested lists and tuples of arguments."""
    for one, other in values:
        if isinstance(one, Tensor) and isinstance(other, Tensor):
            yield one, other
        elif isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
            yield from _tensor_pairs(zip(one, other, strict=False))


def _experiments(
    plain: Comparison, parting: Parting, captured: tuple[Captured | None, Captured | None], folder: Path
) -> tuple[Experiment, ...]:
    if parting.kind not in _TRIED or captured[0] is None or parting.a is None or parting.b is None:
        return ()
    outputs = [[value.fingerprint for value in one.outputs] for one in (parting.a, parting.b)]
    if len(outputs[0]) != len(captured[0].outputs) or len(outputs[1]) != len(outputs[0]):
        return ()
    return experiments(
        folder / "a.pt",
        outputs[0],
        outputs[1],
        plain.a.environment,
        plain.b.environment,
        captured_b=None if captured[1] is None else folder / "b.pt",
    )


def _modules(replays: Replays, step: int) -> tuple[tuple[str, str, bool | None], ...]:
    a, b = (dict(trace.modules(step)) for trace in replays.traces)
    return tuple((name, "", a[name] == b[name] if name in a and name in b else None) for name in {**a, **b})
