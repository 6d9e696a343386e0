"""`reasons`: why two runs part, from the experiments and from what both did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as changed

from retorch.comparison._difference import Comparison, First
from retorch.comparison._records import Sighting
from retorch.comparison._replays import Replays
from retorch.comparison._suspicions import settings_that_differ, source_changes, suspicions
from retorch.replay import Cause, Experiment, Operation, Parting, Trace, causes

# Causes that only say what the two did differently.
_READ_OFF = ("argument", "operation", "random", "layout")


def reasons(
    plain: Comparison, sighting: Sighting, replays: Replays, first: First, tried: tuple[Experiment, ...]
) -> Iterator[Cause]:
    """Yield why two runs part: what experiments prove, what can be read off what both did, then what is likely."""
    tested = causes(tried, plain.a.environment, plain.b.environment)
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


def settings_behind(plain: Comparison, parting: Parting) -> Iterator[Cause]:
    """Yield the settings of an optimizer or a scheduler whose two values are those of the argument."""
    for one in settings_that_differ(plain):
        values = one.message.partition(" is ")[2].removesuffix(" in B").split(" in A and ")
        if parting.phase == "optimizer" and all(value in parting.detail for value in values):
            yield changed(one, proven=True)


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
        yield from settings_behind(plain, parting)
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
    name = parting.tensor or "a tensor"
    message = f"the data differ: {name} has other values, and nothing that the two runs computed made them"
    return Cause("data", proven=True, message=message)


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
