"""What a user should be told about a loader, one sentence or two each."""

from __future__ import annotations

from collections.abc import Iterable

from retorch.data._delivery import Workers
from retorch.data._generators import find_generators, kind_of
from retorch.data._iterated import Memory


def on_generators(owner: str, root: object, workers: int, tracked: Iterable[object]) -> tuple[str, ...]:
    """Name each random object of the user's that no key reaches, unless the run tracks it and reads here."""
    known = set() if workers else {id(generator) for generator in tracked}
    return tuple(
        _on_generator(f"{owner}'s `{path}`", kind_of(generator) or "", workers)
        for path, generator in find_generators(root)
        if id(generator) not in known
    )


def on_order(workers: Workers) -> tuple[str, ...]:
    """Say what `in_order=False` costs."""
    if workers.in_order or workers.count < 2:
        return ()
    sentence = (
        "the DataLoader has in_order=False: which batch comes next depends on which worker is faster, so neither a "
        "second run nor a resume sees the same order. Leave in_order at True for runs that can be repeated."
    )
    return (sentence,)


def on_sampler(sampler: object, dataset: object) -> str:
    """Say what resuming under a user's own sampler costs."""
    return (
        f"the sampler {type(sampler).__name__} is not one of torch's own, so a resume walks it again from its first "
        f"pass; no skipped sample of {type(dataset).__name__} is read for that. What it is fed from outside during "
        f"training (losses, say) is not there when it is walked again."
    )


def on_iterable(what: str, memory: Memory, workers: int) -> str:
    """Say what resuming an iterable costs."""
    again = "the pass" if memory is Memory.NONE else "its first pass, all earlier passes included,"
    number = f" Resume with {workers} workers too: they share out the batches." if workers else ""
    return (
        f"{what} can only be walked from its start, so a resume reads {again} again up to where it was, which takes "
        f"as long as the first time.{number} A map-style data set in retorch.Loader resumes at once."
    )


def _on_generator(place: str, kind: str, workers: int) -> str:
    copies = "each worker draws from a copy of it and " if workers else ""
    return (
        f"{place} is a private {kind}: {copies}a resume cannot place it. Draw from the global generators of torch, "
        f"NumPy or random instead (they are keyed by batch), or make it with run.rng() and read with workers=0."
    )
