"""Arithmetic on `Runs`: fewer dimensions, ends, sizes. Reads no memory and lists nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from retorch.memory._layout import Layout, Runs


def reduced_runs(layout: Layout) -> Runs:
    """Return the bytes of a layout as runs on as few dimensions as possible.

    Neighbouring and overlapping runs become one, and dimensions that continue one another become one.
    """
    runs = layout.runs()
    grid = sorted(zip(runs.strides, runs.counts, strict=True))
    length = runs.length
    while grid and grid[0][0] <= length:
        stride, count = grid.pop(0)
        length += (count - 1) * stride
    counts: list[int] = []
    strides: list[int] = []
    for stride, count in grid:
        if strides and stride % strides[-1] == 0 and stride <= strides[-1] * counts[-1]:
            counts[-1] += (count - 1) * (stride // strides[-1])
        else:
            counts.append(count)
            strides.append(stride)
    return Runs(tuple(reversed(counts)), tuple(reversed(strides)), runs.begin, length)


def end_of(runs: Runs) -> int:
    """Return the byte behind the last one."""
    return runs.begin + reach_of(runs.counts, runs.strides) + runs.length


def count_of(runs: Runs) -> int:
    """Return how many runs there are; `len` raises beyond 64 bits."""
    return math.prod(runs.counts) if runs.length else 0


def size_of(runs: Runs) -> int | None:
    """Count the bytes where nested strides tell that no two runs meet; None where they do not."""
    for dimension, stride in enumerate(runs.strides):
        if stride < reach_of(runs.counts[dimension + 1 :], runs.strides[dimension + 1 :]) + runs.length:
            return None
    return count_of(runs) * runs.length


def reach_of(counts: Sequence[int], strides: Sequence[int]) -> int:
    """Return the bytes from the first run of a grid to the last."""
    return sum((count - 1) * stride for count, stride in zip(counts, strides, strict=True))
