"""`suspicions`: what two runs differ in that may be why they part. Likely, not proven."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from retorch.comparison._difference import Comparison
from retorch.comparison._records import Sighting
from retorch.comparison._sources import FileChange, changed_lines
from retorch.replay import Cause
from retorch.runs import read_entries, read_environment, read_info, read_record_facts, read_sample_ids, read_sources

_MOST = 6
_MOST_SAMPLES = 4


def suspicions(plain: Comparison, sighting: Sighting) -> tuple[Cause, ...]:
    """Return what may be why, likeliest first: seeds, sources, configuration, environment."""
    found = [
        *_from_seeds(plain, sighting),
        *_from_streams(plain, sighting),
        *_from_samples(plain, sighting),
        *_from_sources(plain),
        *_from_config(plain),
        *_from_command(plain),
        *_from_environment(plain),
    ]
    return tuple(found[:_MOST])


def source_changes(plain: Comparison) -> tuple[FileChange, ...]:
    """Return in what the sources of the two runs differ."""
    scripts = tuple((read_environment(side.path).get("script") or {}).get("file") for side in (plain.a, plain.b))
    return changed_lines(read_sources(plain.a.path), read_sources(plain.b.path), (scripts[0], scripts[1]))


def samples_differ(plain: Comparison, step: int) -> str | None:
    """Say in which samples the batches of a step differ; None where they are the same ones, or not known."""
    a, b = read_sample_ids(plain.a.path, step), read_sample_ids(plain.b.path, step)
    if a is None or b is None or a == b:
        return None
    places = [place for place, (one, other) in enumerate(zip(a, b, strict=False)) if one != other]
    if len(a) != len(b):
        return f"{len(a)} samples in A, {len(b)} in B"
    if len(places) == 2 and sorted(a) == sorted(b):
        return f"samples {a[places[0]]} and {b[places[0]]} have changed places"
    if sorted(a) == sorted(b):
        return "the same samples in another order"
    few = places[:_MOST_SAMPLES]
    more = f" and {len(places) - len(few)} more" if len(places) > len(few) else ""
    return (
        f"{len(places)} of {len(a)} samples are others: {', '.join(str(a[place]) for place in few)}{more} in A, "
        f"{', '.join(str(b[place]) for place in few)}{more} in B"
    )


def _from_seeds(plain: Comparison, sighting: Sighting) -> Iterator[Cause]:
    if plain.a.seed != plain.b.seed:
        proven = sighting.seen == "samples"
        message = f"the seed is {plain.a.seed} in A and {plain.b.seed} in B, and every random stream follows from it"
        yield Cause("seed", proven, message)


def _from_streams(plain: Comparison, sighting: Sighting) -> Iterator[Cause]:
    """Tell of random streams that were alike at first and stand elsewhere by the step in question."""
    keys = [read_entries(side.path, 0, max(sighting.step, 0) + 1).column("key") for side in (plain.a, plain.b)]
    length = min(map(len, keys))
    unlike = (keys[0][:length] != keys[1][:length]).nonzero()[0]
    if len(unlike) and unlike[0] > 0 and plain.a.seed == plain.b.seed:
        message = f"the random streams part at step {unlike[0]}: one run drew other numbers, or more of them, before it"
        yield Cause("random stream", proven=False, message=message)


def _from_samples(plain: Comparison, sighting: Sighting) -> Iterator[Cause]:
    if sighting.phase == "data" and plain.a.seed == plain.b.seed:
        told = samples_differ(plain, sighting.step)
        if told is not None:
            yield Cause("samples", proven=True, message=f"the batch holds other samples: {told}")
        elif sighting.seen == "batch":
            message = f"{sighting.detail}; what the data set gave for them differs"
            yield Cause("data", proven=True, message=message)


def _from_sources(plain: Comparison) -> Iterator[Cause]:
    for change in source_changes(plain):
        if change.matters:
            name = (change.a or change.b or "").rpartition("/")[2]
            line = f" from line {change.hunks[0].a_line} on" if change.hunks else ""
            there = {"only in a": "only A has it", "only in b": "only B has it"}.get(change.kind, f"it differs{line}")
            yield Cause("source", proven=False, message=f"{name}: {there}")


def _from_config(plain: Comparison) -> Iterator[Cause]:
    a, b = flat(plain.a.config), flat(plain.b.config)
    for name in {**a, **b}:
        if a.get(name) != b.get(name):
            message = f"{name} is {a.get(name, 'not set')} in A and {b.get(name, 'not set')} in B"
            yield Cause(f"config.{name}", proven=False, message=message)
    yield from settings_that_differ(plain)
    threads = [read_info(side.path).threads for side in (plain.a, plain.b)]
    if threads[0] != threads[1]:
        message = f"{threads[0]} logical threads in A and {threads[1]} in B"
        yield Cause("threads", proven=False, message=message)


def settings_that_differ(plain: Comparison) -> Iterator[Cause]:
    """Yield what optimizers and schedulers were made with, where the two runs made them otherwise."""
    a, b = (read_record_facts(side.path).settings for side in (plain.a, plain.b))
    for name in {**a, **b}:
        if a.get(name) != b.get(name):
            message = f"{name} is {a.get(name, 'not set')} in A and {b.get(name, 'not set')} in B"
            yield Cause(name, proven=False, message=message)


def _from_command(plain: Comparison) -> Iterator[Cause]:
    words = [read_info(side.path).command.argv for side in (plain.a, plain.b)]
    only = [[word for word in one if word not in other and "/" not in word] for one, other in (words, words[::-1])]
    if any(only):
        told = [" ".join(one) or "nothing" for one in only]
        message = f"the command lines differ: {told[0]} in A only, {told[1]} in B only"
        yield Cause("command", proven=False, message=message)


def _from_environment(plain: Comparison) -> Iterator[Cause]:
    for one in plain.unlike:
        if one.likelihood == "likely" and one.name != "threads.intra":
            a, b = one.a or "not there", one.b or "not there"
            yield Cause(one.name, proven=False, message=f"{one.name} is {a} in A and {b} in B")


def flat(values: Any, prefix: str = "") -> dict[str, str]:
    """Return nested JSON values as text under dotted names.

    >>> flat({"optimizer": {"lr": 0.1}})
    {'optimizer.lr': '0.1'}
    """
    if not isinstance(values, dict):
        return {prefix: json.dumps(values)}
    found: dict[str, str] = {}
    for name, value in values.items():
        found |= flat(value, f"{prefix}.{name}" if prefix else name)
    return found
