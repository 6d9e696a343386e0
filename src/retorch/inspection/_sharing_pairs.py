"""Say in words how pairs of names lie to each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from retorch.errors import UsageError
from retorch.memory import MemoryMap

# So many modules, optimizers and containers are all compared with each other, also those that share nothing.
_FEW = 4
# A card compares some dozens of pairs, so it counts bytes only where that takes a few milliseconds.
_MOST_RUNS = 100_000


_TRAINED = ("module", "optimizer", "container", "member")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names on one block.

    Attributes:
        left: the name that was given first.
        right: the other.
        overlaps: whether they have an element in common; None where that could not be decided.
        common_bytes: how many bytes they have in common; None where they could not be counted.
    """

    left: str
    right: str
    overlaps: bool | None
    common_bytes: int | None


def pairs_of(memory: MemoryMap, names: Sequence[str]) -> list[Pair]:
    """Compare each of some names with each other; names whose memory cannot be asked for are left out."""
    asked = [name for name in names if memory.members[name].reason is None]
    return [_pair(memory, left, right) for left, right in combinations(asked, 2)]


def _pair(memory: MemoryMap, left: str, right: str) -> Pair:
    try:
        overlaps: bool | None = memory.overlaps(left, right)
    except UsageError:
        overlaps = None
    return Pair(
        left, right, overlaps, memory.common_bytes(left, right) if overlaps else 0 if overlaps is False else None
    )


def pair_lines(pairs: Sequence[Pair], size: int | None) -> Iterator[str]:
    """Say which pairs overlap, which only share, and of which it is not known.

    Args:
        pairs: all pairs of some names.
        size: the bytes that the first of the names takes, each once; None where they could not be counted.
    """
    answers = {pair.overlaps for pair in pairs}
    if answers == {False}:
        yield "no two of them have an element in common" if len(pairs) > 1 else "they have no element in common"
    elif size is not None and len(pairs) > 1 and all(pair.common_bytes == size for pair in pairs):
        yield f"all of them have the same {size:,} bytes in common"
    else:
        yield from _listed(pairs)


def _listed(pairs: Sequence[Pair]) -> Iterator[str]:
    for title, answer in (("overlap", True), ("no common element", False), ("too hard to decide", None)):
        chosen = [_words(pair) for pair in pairs if pair.overlaps is answer]
        if chosen:
            yield f"{title}: {', '.join(chosen)}"


def _words(pair: Pair) -> str:
    names = f"{pair.left} and {pair.right}"
    if not pair.overlaps:
        return names
    return f"{names} ({pair.common_bytes:,} bytes)" if pair.common_bytes is not None else names


def given_lines(memory: MemoryMap, most: int) -> Iterator[str]:
    """Say for pairs of modules, optimizers and containers how many tensors of one are memory of the other.

    With more than a few of them, only pairs that share memory get a line, and at most `most`.
    """
    holders = [name for name, kind in memory.given.items() if kind != "member"]
    pairs = combinations(holders, 2) if len(holders) <= _FEW else _sharing_pairs(memory)
    for first, second in islice(pairs, most):
        # What trains is what the other aliases, whichever was named first.
        turn = _TRAINED.index(memory.given[second]) < _TRAINED.index(memory.given[first])
        yield _aliasing(memory, first, second) if turn else _aliasing(memory, second, first)
    if any(True for _ in pairs):
        yield "and more pairs like these"


def _sharing_pairs(memory: MemoryMap) -> Iterator[tuple[str, str]]:
    """Yield the pairs of modules, optimizers and containers with names in one group, each once."""
    seen: set[tuple[str, str]] = set()
    for group in memory.groups:
        givens = dict.fromkeys(memory.members[name].given for name in group)
        for pair in combinations([name for name in givens if memory.given[name] != "member"], 2):
            if pair not in seen:
                seen.add(pair)
                yield pair


def _aliasing(memory: MemoryMap, inner: str, outer: str) -> str:
    names, kind = memory.names_in(inner), memory.given[inner]
    weights, gradients = _weights_and_gradients(memory, outer)
    found = memory.aliases(names, weights)
    of = f"of {found.total:,} tensors"
    if found.overlapping:
        count = f"{'at least ' if found.unknown else ''}{found.overlapping:,} {of}"
        verb = "holds" if kind == "optimizer" else "aliases"
        remedy = ", so training changes it; copy.deepcopy keeps a copy" if kind == "container" else ""
        if memory.given[outer] == "module":
            return f"{inner} {verb} the live weights of {outer}: {count}{remedy}"
        if memory.given[outer] == "optimizer" != kind:
            return f"{inner} aliases what {outer} holds: {count}{remedy}"
        return f"{inner} aliases {outer}: {count}"
    on_gradients = memory.aliases(names, gradients).overlapping
    if on_gradients:
        return f"{inner} aliases the gradients of {outer}: {on_gradients:,} {of}"
    if found.unknown:
        return f"{inner} shares memory with {outer}: {found.unknown:,} {of}; which overlap, there are too many to say"
    if found.beside:
        return f"{inner} shares memory with {outer}, not one element: {found.beside:,} {of}"
    return f"{inner} shares no memory with {outer}"


def _weights_and_gradients(memory: MemoryMap, name: str) -> tuple[list[str], list[str]]:
    """Tell parameters, buffers and anything else from gradients, which are called after their parameter."""
    every = memory.names_in(name)
    gradients = {member for member in every if member.removesuffix(".grad") != member and member[:-5] in memory.members}
    return [member for member in every if member not in gradients], list(gradients)
