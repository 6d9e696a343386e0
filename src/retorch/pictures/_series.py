"""Numbers into the points that are drawn: gaps, smoothing, thinning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LARGEST_DRAWN = 1e100

_MOST_BUCKETS = 1000
_SMOOTH_FROM = 40
_SMALLEST_HALF = 5
_NOISY_TURNS = 0.2


class Series(Protocol):
    """One metric over a run: any object with steps and values of the same length, in the order of the run."""

    @property
    def steps(self) -> Sequence[Any]:
        """Where, in whole steps."""

    @property
    def values(self) -> Sequence[Any]:
        """What, as floats; what is not finite is drawn as a gap."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """What is drawn of a line: float64 [n] each; a gap is a NaN value."""

    steps: Floats
    values: Floats


def read_points(series: Series) -> Points:
    """Copy a series; values that are not finite, or too far out for matplotlib to lay out axes, become NaN."""
    values = np.array(series.values, dtype=np.float64)
    values[~(np.abs(values) < LARGEST_DRAWN)] = np.nan
    return Points(np.array(series.steps, dtype=np.float64), values)


def is_noisy(points: Points) -> bool:
    """Tell whether a smoothed line says more: many points, which often turn up and down.

    A learning rate has many points and few turns, and smoothing would cut off its peak.
    """
    values = points.values[np.isfinite(points.values)]
    if len(values) < _SMOOTH_FROM:
        return False
    moves = np.sign(np.diff(values))
    return bool(np.mean(moves[1:] * moves[:-1] < 0) > _NOISY_TURNS)


def smoothed(points: Points) -> Points:
    """Average each point with its neighbours, a twentieth of the line in all, without lag and over gaps.

    Near the start the window shrinks on the right too, so that a loss which falls fast is not drawn too low; near
    the end it does not, for a curve is mostly level there and the last few points alone would draw a hook.
    A line of more than two thousand points is returned as the means of as many stretches.
    """
    points = _in_stretches(points)
    count = len(points.values)
    half = max(count // 40, _SMALLEST_HALF)
    index = np.arange(count)
    left = np.maximum(index - half, 0)
    right = np.minimum(index + np.minimum(half, index + half // 4), count - 1) + 1
    means = _means(points.values, left, right)
    return Points(points.steps, np.where(np.isnan(points.values), np.nan, means))


def thinned(points: Points) -> Points:
    """Keep the lowest and the highest value of each of a thousand stretches, so that no spike is lost.

    A stretch without any finite value stays a gap. A short line is returned as it is.
    """
    count = len(points.values)
    if count <= 2 * _MOST_BUCKETS:
        return points
    edges = np.linspace(0, count, _MOST_BUCKETS + 1).astype(np.int64)
    kept = [_extremes(points.values, start, end) for start, end in pairwise(edges)]
    chosen = np.unique(np.concatenate(kept))
    return Points(points.steps[chosen], points.values[chosen])


def _in_stretches(points: Points) -> Points:
    count = len(points.values)
    if count <= 2 * _MOST_BUCKETS:
        return points
    edges = np.linspace(0, count, 2 * _MOST_BUCKETS + 1).astype(np.int64)
    left, right = edges[:-1], edges[1:]
    return Points(points.steps[(left + right) // 2], _means(points.values, left, right))


def _means(values: Floats, left: NDArray[np.int64], right: NDArray[np.int64]) -> Floats:
    """Average the finite ones of `values[left:right]` for each pair; NaN where there are none.

    Each window is summed by itself: differences of one running sum would lose all that follows a huge value.
    """
    finite = np.isfinite(values)
    pairs = np.column_stack((left, right)).ravel()
    sums = np.add.reduceat(np.append(np.where(finite, values, 0.0), 0.0), pairs)[::2]
    counts = np.add.reduceat(np.append(finite, False).astype(np.int64), pairs)[::2]
    means = np.full(len(left), np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means


def _extremes(values: Floats, start: int, end: int) -> NDArray[np.int64]:
    stretch = values[start:end]
    if np.isnan(stretch).all():
        return np.array([start])
    # The ends of the line are kept, so that it begins and ends where the run does.
    ends = [place for place in (0, len(values) - 1) if start <= place < end]
    return np.array([start + np.nanargmin(stretch), start + np.nanargmax(stretch), *ends])
