"""`explain`: the operation, the line and the cause of a difference, from replays and experiments."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from torch import Tensor

from retorch.comparison._difference import Comparison, Difference, First, Line
from retorch.comparison._records import Sighting
from retorch.comparison._replays import Replays, capture_both, replay_both, step_of
from retorch.comparison._suspicions import samples_differ, settings_that_differ, source_changes, suspicions
from retorch.replay import Captured, Cause, Experiment, Operation, Parting, Place, Size, Trace, experiments, size_of
from retorch.replay import causes as causes_of
from retorch.runs import read_entries

# Where the operation itself is in question, and not what it was given.
_TRIED = ("output", "random", "argument")

# Causes that only say what the two did differently.
_READ_OFF = ("argument", "operation", "random", "layout")


def explain(plain: Comparison, sighting: Sighting) -> Comparison:
    """Do the step in question again in both runs, and say what was found.

    Raises:
        RunError: one of them cannot be started again.
    """
    replays = replay_both(plain.a.path, plain.b.path, sighting)
    if replays.parting is None:
        return _unrepeated(plain, sighting, replays)
    with tempfile.TemporaryDirectory(prefix="retorch-diff-") as name:
        captured = capture_both(plain.a.path, plain.b.path, replays, Path(name))
        tried = _experiments(plain, replays.parting, captured, Path(name))
        size = _size(replays.parting, captured)
    first = _first(plain, sighting, replays, size)
    return changed(
        plain,
        difference=Difference(
            first,
            tuple(_causes(plain, sighting, replays, first, tried)),
            tried,
        ),
        modules=_modules(replays, first.step),
        notes=(*plain.notes, *replays.notes, *replays.parting.notes),
    )


def _unrepeated(plain: Comparison, sighting: Sighting, replays: Replays) -> Comparison:
    """The records part and the replays do not."""
    from retorch.comparison._examine import first_of  # noqa: PLC0415 - it imports this file in turn

    note = (
        f"done again here, the two give the same bits in steps {replays.window.start} to {replays.window.stop - 1}: "
        f"what made them differ is not in their sources and settings but in where and when they ran, such as the "
        f"machine, a library, or files that have changed since"
    )
    difference = Difference(first_of(sighting), suspicions(plain, sighting))
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
    behind = next(_settings_behind(plain, parting), None) if parting.kind == "argument" else None
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


def _causes(
    plain: Comparison, sighting: Sighting, replays: Replays, first: First, tried: tuple[Experiment, ...]
) -> Iterator[Cause]:
    """Yield what is proven, then what is likely."""
    tested = tuple(_from_experiments(plain, tried))
    known = {one.setting for one in tested}
    found = [*(one for one in _read_off(plain, replays, first) if one.setting not in known), *tested]
    yield from found
    known |= {one.setting for one in found}
    if known & {"samples", "data"}:
        known |= {"samples", "data"}  # the record's words for the same
    # What lies behind another operation or argument is worth telling: a line, an option, another library. Where an
    # experiment shows the setting, the surroundings are not.
    settled = any(one.proven and not one.setting.startswith(_READ_OFF) for one in found)
    surroundings = {one.name for one in plain.unlike} if settled else set()
    for one in suspicions(plain, sighting):
        if one.setting not in known and one.setting not in surroundings:
            yield one


def _from_experiments(plain: Comparison, tried: tuple[Experiment, ...]) -> Iterator[Cause]:
    yield from causes_of(tried, plain.a.environment, plain.b.environment)


def _read_off(plain: Comparison, replays: Replays, first: First) -> Iterator[Cause]:
    """Yield what needs no experiment: the two did something else."""
    parting, traces = replays.parting, replays.traces
    assert parting is not None
    yield from _changed_source(plain, first)
    yield from _precision(parting)
    if parting.kind == "input" and parting.phase == "data":
        yield _other_data(parting, traces)
    if parting.kind == "operation":
        yield Cause("operation", proven=True, message=_did(parting))
    elif parting.kind == "argument":
        yield from _settings_behind(plain, parting)
        setting = parting.detail.partition(" is ")[0].partition(":")[0] or "argument"
        yield Cause(f"argument {setting}", proven=True, message=f"{_called(parting.a)}: {parting.detail}")
    elif parting.kind == "random":
        message = "the operation drew from another place of the random stream: another seed, key, or number of draws"
        yield Cause("random stream", proven=True, message=message)


def _other_data(parting: Parting, traces: tuple[Trace, Trace]) -> Cause:
    """Tell of values that came from outside: from the data set, its files, or whoever chose the samples."""
    a, b = (_given_alike(one, trace) for one, trace in zip((parting.a, parting.b), traces, strict=True))
    places = [place for place, (one, other) in enumerate(zip(a, b, strict=False)) if one != other]
    if len(places) > 1 and sorted(a) == sorted(b):
        where = (
            f"{places[0]} and {places[1]} have changed places" if len(places) == 2 else f"{len(places)} of them moved"
        )
        return Cause("samples", proven=True, message=f"the same samples come in another order: {where}")
    made = "values that nothing which the two runs computed has made"
    return Cause(
        "data", proven=True, message=f"the data differ: {parting.tensor or 'a tensor'} has other values, {made}"
    )


def _given_alike(one: Operation | None, trace: Trace) -> list[int]:
    """Return the fingerprints that an operation was given, each time that its line did it in the step, in order."""
    if one is None:
        return []
    alike = [each for each in trace.operations
             if (each.step, each.name, each.place) == (one.step, one.name, one.place)]  # fmt: skip
    return [value.fingerprint for each in alike for value in each.inputs]


def _precision(parting: Parting) -> Iterator[Cause]:
    """Yield the dtypes, where one of the two computes in another one from here on."""
    here, there = (_float_dtypes(one) for one in (parting.a, parting.b))
    if parting.a is None or parting.b is None:
        # Only one of them did it: what it was given is what the other went on with.
        one = parting.a or parting.b
        given = {value.form.dtype for value in one.inputs if "float" in value.form.dtype} if one else set()
        here, there = (here, given) if parting.a is not None else (given, there)
    if here and there and here != there:
        message = f"A computes in {', '.join(sorted(here))} and B in {', '.join(sorted(there))} from here on"
        yield Cause("precision", proven=True, message=message)


def _float_dtypes(one: Operation | None) -> set[str]:
    return {value.form.dtype for value in one.outputs if "float" in value.form.dtype} if one else set()


def _settings_behind(plain: Comparison, parting: Parting) -> Iterator[Cause]:
    """Yield the settings of an optimizer or a scheduler whose two values are those of the argument."""
    for one in settings_that_differ(plain):
        values = one.message.partition(" is ")[2].removesuffix(" in B").split(" in A and ")
        if parting.phase == "optimizer" and all(value in parting.detail for value in values):
            yield changed(one, proven=True)


def _changed_source(plain: Comparison, first: First) -> Iterator[Cause]:
    for change in source_changes(plain):
        in_a = first.a is not None and first.a.file == change.a and change.covers(first.a.line)
        in_b = first.b is not None and first.b.file == change.b and change.covers(first.b.line, of_b=True)
        if in_a or in_b:
            texts = [f"{line.file.rpartition('/')[2]}:{line.line} is {line.text!r} in {name}"
                     for name, line in (("A", first.a), ("B", first.b)) if line is not None]  # fmt: skip
            yield Cause("source", proven=True, message=f"the source of the operation differs: {', '.join(texts)}")
            return


def _did(parting: Parting) -> str:
    told = [f"{name} did {_called(one)}" for name, one in (("A", parting.a), ("B", parting.b)) if one is not None]
    return f"{' and '.join(told)}: {parting.detail}"


def _called(one: Operation | None) -> str:
    if one is None:
        return "nothing"
    place = f" at {one.place.file.rpartition('/')[2]}:{one.place.line}" if one.place else ""
    return f"{one.name}{place}"


def _modules(replays: Replays, step: int) -> tuple[tuple[str, str, bool | None], ...]:
    a, b = (dict(trace.modules(step)) for trace in replays.traces)
    return tuple((name, "", a[name] == b[name] if name in a and name in b else None) for name in {**a, **b})
