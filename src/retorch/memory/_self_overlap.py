"""`overlaps_itself`: whether two indices of a strided tensor show a common element, decided exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence

from retorch.memory._layout import Layout

# Deciding it is NP-hard in the number of dimensions. Real layouts take a handful of steps; this is a tenth of a second.
_MOST_STEPS = 100_000

_Dimensions = list[tuple[int, int]]  # (stride, largest index), the largest stride first


def overlaps_itself(layout: Layout) -> bool | None:
    """Tell whether several indices of a tensor show one element; None where that takes too long to find out.

    Dimensions of size 1 and strides of any sign count as they should; an empty tensor overlaps nothing.

    >>> overlaps_itself(Layout((3, 4), (0, 1), 0, 4))
    True
    >>> overlaps_itself(Layout((2, 3), (3, 2), 0, 4))
    False
    """
    if layout.numel == 0:
        return False
    dimensions = sorted(
        ((abs(stride), size - 1) for size, stride in zip(layout.shape, layout.strides, strict=True) if size > 1),
        reverse=True,
    )
    if dimensions and dimensions[-1][0] == 0:
        return True
    if _is_nested(dimensions):
        return False
    if layout.numel > 1 + _reach(dimensions):
        return True  # more indices than places
    return _Search(dimensions).finds_equal_places()


def _is_nested(dimensions: _Dimensions) -> bool:
    """Tell whether each stride steps over all that the smaller ones reach: then places are unique, as digits are."""
    reach = 0
    for stride, last in reversed(dimensions):
        if stride <= reach:
            return False
        reach += stride * last
    return True


def _reach(dimensions: Sequence[tuple[int, int]]) -> int:
    return sum(stride * last for stride, last in dimensions)


class _Search:
    """Look for two different indices at one place: differences d, not all 0, with sum(d * stride) = 0.

    The first difference that is not 0 may be taken as positive, and the rest must then make up for it exactly. A
    bounded search, cut short by how far the smaller strides reach and by the divisor that they have in common.
    """

    def __init__(self, dimensions: _Dimensions) -> None:
        self._dimensions = dimensions
        tails = [dimensions[begin:] for begin in range(len(dimensions) + 1)]
        self._reach = [_reach(tail) for tail in tails]
        self._divisor = [math.gcd(*(stride for stride, _ in tail)) for tail in tails]
        self._steps = 0

    def finds_equal_places(self) -> bool | None:
        try:
            return any(self._differs_first_in(first) for first in range(len(self._dimensions)))
        except _TooLongError:
            return None

    def _differs_first_in(self, dimension: int) -> bool:
        return any(
            self._makes_up(difference * self._dimensions[dimension][0], dimension + 1)
            for difference in self._candidates(0, dimension, lowest=1)
        )

    def _makes_up(self, missing: int, begin: int) -> bool:
        """Tell whether the dimensions from `begin` on can sum up to `missing`, each index forwards or backwards."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise _TooLongError
        if missing == 0:
            return True
        if begin == len(self._dimensions) or missing % self._divisor[begin]:
            return False
        stride, last = self._dimensions[begin]
        return any(
            self._makes_up(missing - difference * stride, begin + 1)
            for difference in self._candidates(missing, begin, lowest=-last)
        )

    def _candidates(self, missing: int, dimension: int, *, lowest: int) -> range:
        """Return the differences in a dimension that leave what the smaller strides can reach and divide."""
        stride, last = self._dimensions[dimension]
        rest, divisor = self._reach[dimension + 1], self._divisor[dimension + 1]
        low = max(lowest, -((rest - missing) // stride))
        high = min(last, (missing + rest) // stride)
        if not divisor:
            return range(low, high + 1)
        # difference * stride = missing (mod divisor), solved for the difference.
        common = math.gcd(stride, divisor)
        step = divisor // common
        solution = missing // common * pow(stride // common, -1, step) % step
        return range(low + (solution - low) % step, high + 1, step)


class _TooLongError(Exception):
    pass
