"""Which tensor of one call stands beside which of the other, and how two tensors can be laid on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from torch import Tensor

from retorch.comparison.models._facts import Fit
from retorch.comparison.models._outputs import Shape, Value

# Moving the channels from first to last and back, for sequences, images and volumes.
_LAYOUTS: dict[int, tuple[tuple[int, ...], ...]] = {
    2: ((1, 0),),
    3: ((0, 2, 1), (1, 0, 2)),
    4: ((0, 2, 3, 1), (0, 3, 1, 2), (0, 2, 1, 3)),
    5: ((0, 2, 3, 4, 1), (0, 4, 1, 2, 3)),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """Two tensors that are taken for the same, and how well their shapes fit."""

    a: Value
    b: Value
    fit: Fit


def lay_beside(ours: Sequence[Value], theirs: Sequence[Value]) -> tuple[Beside, ...] | None:
    """Pair the tensors of two calls; None where one of the side that has fewer finds no place.

    By path where both have the same paths, else in order, each with the next one of a shape that fits,
    or the first one where none follows.
    """
    if not ours or not theirs:
        return None
    pairs = _by_path(ours, theirs) or _in_order(ours, theirs)
    return tuple(pairs) if len(pairs) == min(len(ours), len(theirs)) else None


def _by_path(ours: Sequence[Value], theirs: Sequence[Value]) -> list[Beside]:
    named = {value.path: value for value in theirs}
    if len(ours) < 2 or {value.path for value in ours} != named.keys():
        return []
    pairs = [Beside(value, named[value.path], fit_of(value.tensor, named[value.path].tensor)) for value in ours]
    return pairs if all(pair.fit != "other" for pair in pairs) else []


def _in_order(ours: Sequence[Value], theirs: Sequence[Value]) -> list[Beside]:
    swapped = len(ours) > len(theirs)
    few, many = (theirs, ours) if swapped else (ours, theirs)
    pairs, free, start = [], list(range(len(many))), 0
    for value in few:
        for place in sorted(free, key=lambda place: (place < start, place)):
            one, other = (many[place], value) if swapped else (value, many[place])
            fit = fit_of(one.tensor, other.tensor)
            if fit != "other":
                pairs.append(Beside(one, other, fit))
                free.remove(place)
                start = place + 1
                break
    return pairs


def fit_of(one: Tensor, other: Tensor) -> Fit:
    """Say how the shapes of two tensors fit."""
    return _fit(tuple(one.shape), tuple(other.shape))


@lru_cache(maxsize=65536)
def _fit(one: Shape, other: Shape) -> Fit:
    if one == other:
        return "same"
    if [size for size in one if size != 1] == [size for size in other if size != 1]:
        return "squeezed"
    if len(one) == len(other) and sorted(one) == sorted(other) and one[0] == other[0]:
        return "permuted"
    if len(one) == len(other) == 3 and sorted(one) == sorted(other):
        return "permuted"
    return "other"


def permutations_between(a: Tensor, b: Tensor) -> list[tuple[int, ...]]:
    """Return the usual orders of dimensions in which B has the shape of A."""
    orders = _LAYOUTS.get(a.dim(), ()) if a.dim() == b.dim() else ()
    return [order for order in orders if b.permute(order).shape == a.shape]
