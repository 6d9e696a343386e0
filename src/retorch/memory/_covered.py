"""`Covered`: bytes listed as sorted, disjoint stretches of addresses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retorch.memory._layout import Runs
from retorch.memory._runs import count_of, end_of, reach_of

# Runs listed one by one for one answer: 32 MiB of addresses.
MOST_RUNS = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """Sorted, disjoint stretches of bytes: int64 begins and ends, both [number of stretches]."""

    begins: NDArray[np.int64]
    ends: NDArray[np.int64]

    def common(self, other: Covered) -> int:
        """Count the bytes in both."""
        if not len(self.begins):
            return 0
        # The bytes of `self` below an address grow with it, so each stretch of `other` asks at its two ends.
        return int((self._below(other.ends) - self._below(other.begins)).sum())

    def _below(self, addresses: NDArray[np.int64]) -> NDArray[np.int64]:
        sizes = self.ends - self.begins
        before = np.concatenate([[0], np.cumsum(sizes)])
        place = np.searchsorted(self.begins, addresses, side="right")
        last = np.maximum(place - 1, 0)
        inside = np.clip(addresses - self.begins[last], 0, sizes[last])
        return np.where(place == 0, 0, before[last] + inside)


def covered(pieces: Sequence[Runs], low: int, high: int, most: int = MOST_RUNS) -> Covered | None:
    """List the bytes of several pieces between two addresses; None where these are more than `most` runs."""
    inside = [runs for runs in (_clipped(runs, low, high) for runs in pieces) if count_of(runs)]
    if sum(map(count_of, inside)) > most:
        return None
    begins = [runs.starts() for runs in inside]
    ends = [starts + runs.length for starts, runs in zip(begins, inside, strict=True)]
    nothing = np.zeros(0, dtype=np.int64)
    return _merged(np.concatenate([nothing, *begins]).clip(low, high), np.concatenate([nothing, *ends]).clip(low, high))


def intervals(pieces: Sequence[Runs], most: int) -> tuple[tuple[tuple[int, int], ...], bool]:
    """List the bytes of several pieces as sorted, disjoint stretches, for a drawing.

    Returns:
        At most `most` stretches, and whether they are exact; where not, the smallest gaps are filled.
    """
    coarse = [_coarse(runs, most) for runs in pieces if runs.length]
    if not coarse:
        return (), True
    low, high = min(runs.begin for runs in coarse), max(map(end_of, coarse))
    every = covered(coarse, low, high)
    assert every is not None, "coarse pieces are few"
    exact = coarse == [runs for runs in pieces if runs.length]
    begins, ends = every.begins, every.ends
    if len(begins) > most:
        gaps = begins[1:] - ends[:-1]
        kept = np.sort(np.argsort(gaps)[len(gaps) - most + 1 :])
        begins, ends, exact = np.append(begins[:1], begins[kept + 1]), np.append(ends[kept], ends[-1:]), False
    return tuple(zip(begins.tolist(), ends.tolist(), strict=True)), exact


def _clipped(runs: Runs, low: int, high: int) -> Runs:
    """Leave out indices of the outer dimensions that lie wholly outside of a window."""
    begin, counts = runs.begin, list(runs.counts)
    for dimension, stride in enumerate(runs.strides):
        reach = reach_of(counts[dimension + 1 :], runs.strides[dimension + 1 :]) + runs.length
        first = max(0, -((begin + reach - 1 - low) // stride))
        last = min(counts[dimension] - 1, (high - 1 - begin) // stride)
        counts[dimension] = max(0, last - first + 1)
        begin += first * stride
        if counts[dimension] != 1:
            break
    return Runs(tuple(counts), runs.strides, begin, runs.length)


def _merged(begins: NDArray[np.int64], ends: NDArray[np.int64]) -> Covered:
    order = np.argsort(begins, kind="stable")
    begins, ends = begins[order], np.maximum.accumulate(ends[order]) if len(ends) else ends
    full = ends > begins
    begins, ends = begins[full], ends[full]
    fresh = np.ones(len(begins), dtype=bool)
    fresh[1:] = begins[1:] > ends[:-1]
    return Covered(begins[fresh], ends[np.append(np.flatnonzero(fresh)[1:] - 1, len(ends) - 1)] if len(ends) else ends)


def _coarse(runs: Runs, most: int) -> Runs:
    """Fill the gaps of the inner dimensions until the runs are few enough to list."""
    counts, strides, length = list(runs.counts), list(runs.strides), runs.length
    while math.prod(counts) > most:
        length += (counts.pop() - 1) * strides.pop()
    return Runs(tuple(counts), tuple(strides), runs.begin, length)
