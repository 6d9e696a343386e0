"""Which bytes are taken, by how many names, and how much of that a drawing of a given fineness can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retorch.pictures._memory import Lane

Intervals = Sequence[tuple[int, int]]


class Mark(NamedTuple):
    """A stretch as it is drawn: `full` where all its bytes are taken, else it has gaps too small to be drawn."""

    begin: int
    end: int
    full: bool


def taken(lanes: Sequence[Lane], *, by_at_least: int = 1) -> list[tuple[int, int]]:
    """Return the bytes that lie in so many of the lanes or more, as sorted intervals that do not touch.

    >>> both = [Lane("x", "", ((0, 8),), 4), Lane("y", "", ((4, 12),), 4)]
    >>> taken(both), taken(both, by_at_least=2)
    ([(0, 12)], [(4, 8)])
    """
    flat = [_pairs(lane.intervals) for lane in lanes]
    pairs = np.concatenate([*flat, np.empty((0, 2), dtype=np.int64)])
    places, which = np.unique(pairs.ravel(), return_inverse=True)
    change = np.bincount(which, weights=np.tile((1, -1), len(pairs)), minlength=len(places))
    inside = np.cumsum(change) >= by_at_least
    turns = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    return [(int(begin), int(end)) for begin, end in places[turns].reshape(-1, 2)]


def marks(intervals: Intervals, *, finest: float) -> list[Mark]:
    """Draw intervals together whose gaps are below `finest` bytes; only those that touch stay full.

    >>> marks([(0, 4), (4, 8), (10, 11)], finest=1)
    [Mark(begin=0, end=8, full=True), Mark(begin=10, end=11, full=True)]
    """
    pairs = _pairs(intervals)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    if not len(pairs):
        return []
    gaps = pairs[1:, 0] - pairs[:-1, 1]
    breaks = np.flatnonzero(gaps >= max(finest, 1)) + 1
    begins, ends = pairs[np.append(0, breaks), 0], pairs[np.append(breaks, len(pairs)) - 1, 1]
    held = np.add.reduceat(pairs[:, 1] - pairs[:, 0], np.append(0, breaks))
    full = held == ends - begins
    return list(map(Mark, begins.tolist(), ends.tolist(), full.tolist()))


def shares(intervals: Intervals, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the bytes of the intervals that lie between each edge and the next: int64 [number of edges - 1]."""
    pairs = _pairs(intervals)
    before = np.concatenate(([0], np.cumsum(pairs[:, 1] - pairs[:, 0])))
    which = np.searchsorted(pairs[:, 0], edges, side="right")
    begun = which > 0
    unfinished = np.where(begun, pairs[which - 1, 1] - edges if len(pairs) else 0, 0)
    return np.diff(before[which] - np.maximum(unfinished, 0))


def _pairs(intervals: Intervals) -> NDArray[np.int64]:
    return np.array(intervals, dtype=np.int64).reshape(-1, 2)
