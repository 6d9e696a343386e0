"""Exact overlap of strided pieces of memory, decided on addresses alone: no byte is read.

Whether two strided sets of bytes meet is a bounded Diophantine equation, NP-hard in general and easy in practice.
NumPy has a good solver for it (`numpy/_core/src/common/mem_overlap.c`), and it asks an array for nothing but its
address, shape and strides.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.exceptions import TooHardError
from numpy.typing import NDArray

from retorch.memory._covered import MOST_RUNS, Covered, covered
from retorch.memory._layout import Runs
from retorch.memory._runs import end_of, size_of

# Candidates that NumPy's solver may look at. Tensors need a handful; a million take about a second.
_MOST_WORK = 1_000_000
# From here on listing both sides is cheaper than asking for each pair.
_MOST_PAIRS = 100
_SOMEWHERE = 4096  # NumPy takes address 0 for no array


def overlap(left: Runs, right: Runs) -> bool | None:
    """Tell whether two sets of bytes have one in common; None where that is too hard to decide."""
    if not left.length or not right.length or left.begin >= end_of(right) or right.begin >= end_of(left):
        return False
    if left.begin == right.begin or not (left.counts or right.counts):
        return True
    low = min(left.begin, right.begin)
    try:
        return np.shares_memory(_never_read(left, low), _never_read(right, low), max_work=_MOST_WORK)  # type: ignore[arg-type]
    except (TooHardError, OverflowError, ValueError):  # the last two: numbers beyond 64 bits
        common = common_bytes([left], [right])
        return None if common is None else common > 0


def any_overlap(left: Sequence[Runs], right: Sequence[Runs]) -> bool | None:
    """Tell whether two unions of runs have a byte in common; None where that is too hard to decide."""
    if len(left) * len(right) > _MOST_PAIRS:
        common = common_bytes(left, right)
        if common is not None:
            return common > 0
    unsure = False
    for mine, yours in product(left, right):
        answer = overlap(mine, yours)
        if answer:
            return True
        unsure = unsure or answer is None
    return None if unsure else False


class Union:
    """The bytes of many pieces together, listed once, to be asked about many times, always soon."""

    def __init__(self, pieces: Sequence[Runs]) -> None:
        self._pieces = pieces
        self._exactly = set(pieces)
        self._left_to_list = MOST_RUNS

    def meets(self, runs: Runs) -> bool | None:
        """Tell whether a piece has a byte in common with any of them; None where that takes too long to decide."""
        if runs.length and runs in self._exactly:
            return True
        if len(self._pieces) <= _MOST_PAIRS:
            return any_overlap([runs], self._pieces)
        low, high = self._window
        mine = covered([runs], low, high, most=self._left_to_list)
        if mine is None or self._covered is None:
            return None
        self._left_to_list -= len(mine.begins)
        return self._covered.common(mine) > 0

    @cached_property
    def _window(self) -> tuple[int, int]:
        return min(piece.begin for piece in self._pieces), max(map(end_of, self._pieces))

    @cached_property
    def _covered(self) -> Covered | None:
        return covered(self._pieces, *self._window)


def common_bytes(left: Sequence[Runs], right: Sequence[Runs], most: int = MOST_RUNS) -> int | None:
    """Count the bytes that two unions of runs have in common; None where these are more than `most` runs to list."""
    if len(left) == len(right) == 1:
        for inner, outer in ((left[0], right[0]), (right[0], left[0])):
            size = size_of(inner) if inner == outer or _is_inside(inner, outer) else None
            if size is not None:
                return size
    low, high = _window(left, right)
    if low >= high:
        return 0
    ours, theirs = covered(left, low, high, most), covered(right, low, high, most)
    return None if ours is None or theirs is None else ours.common(theirs)


class _Claim:
    """What NumPy asks an object for that says where its memory lies."""

    def __init__(self, runs: Runs, low: int) -> None:
        self.__array_interface__ = {
            "version": 3,
            "typestr": "|u1",
            "data": (runs.begin - low + _SOMEWHERE, True),
            "shape": (*runs.counts, runs.length),
            "strides": (*runs.strides, 1),
        }


def _never_read(runs: Runs, low: int) -> NDArray[Any]:
    """Return an array that claims to lie there. Only its numbers may be asked."""
    return np.asarray(_Claim(runs, low))


def _window(left: Sequence[Runs], right: Sequence[Runs]) -> tuple[int, int]:
    ours, theirs = ([runs for runs in pieces if runs.length] for pieces in (left, right))
    if not ours or not theirs:
        return (0, 0)
    low = max(min(runs.begin for runs in ours), min(runs.begin for runs in theirs))
    return low, min(max(map(end_of, ours)), max(map(end_of, theirs)))


def _is_inside(inner: Runs, outer: Runs) -> bool:
    return not outer.counts and outer.begin <= inner.begin and end_of(inner) <= end_of(outer)
