"""What a reshape does to axes, told from the two shapes alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, permutations
from math import prod
from operator import mul

_Shape = tuple[int, ...]
_MOST_AXES = 6  # the orders of more are not tried


@lru_cache(maxsize=4096)
def changes_the_order(before: _Shape, after: _Shape) -> bool:
    """Tell whether a reshape can only be read as axes put into another order, and values not.

    A good reshape splits axes, and joins axes that are neighbours. One that does neither, and that would do so if only
    the axes were permuted before or after it, was meant to permute them: (N, C, H, W) as (N, H * W, C).
    """
    one, other = _long(before), _long(after)
    if 0 in before or _may_fold_rows(one, other):
        return False
    return any(
        _is_good_in_another_order(one, other) or _is_good_in_another_order(other, one)
        for one, other in _blocks(one, other)
        if len(one) > 1 < len(other)
    )


@lru_cache(maxsize=4096)
def may_split_rows(before: _Shape, after: _Shape) -> bool:
    """Tell whether the last axis may have been split, and those before it joined: (N, H, W, A * 4) to (M, 4)."""
    one, other = _long(before), _long(after)
    return len(other) < len(one) and one[-1] % other[-1] == 0


def _is_good_in_another_order(given: _Shape, wanted: _Shape) -> bool:
    if len(given) > _MOST_AXES:
        return False
    return any(
        all(len(one) == 1 or len(other) == 1 for one, other in _blocks(order, wanted)) for order in permutations(given)
    )


def _may_fold_rows(one: _Shape, other: _Shape) -> bool:
    """Tell whether whole rows are cut into shorter ones or joined: 4 rows of 8 numbers as 8 rows of 4."""
    return len(one) == len(other) == 2 and (one[1] % other[1] == 0 or other[1] % one[1] == 0)


def _blocks(one: _Shape, other: _Shape) -> Iterator[tuple[_Shape, _Shape]]:
    """Cut two shapes of as many values into the smallest parts that have as many values as each other."""
    ends = sorted(set(accumulate(one, mul)) & set(accumulate(other, mul)))
    for begin, end in zip([1, *ends], ends, strict=False):
        yield _between(one, begin, end), _between(other, begin, end)


def _between(shape: _Shape, begin: int, end: int) -> _Shape:
    return tuple(size for size, reached in zip(shape, accumulate(shape, mul), strict=True) if begin < reached <= end)


def _long(shape: Sequence[int]) -> _Shape:
    return tuple(size for size in shape if size != 1)


def moves_samples(before: _Shape, after: _Shape, samples: int) -> bool:
    """Tell whether (others, samples, features) became (samples, ...), and nobody can say which value is whose."""
    others = before[0]
    return len(before) == 3 and before[1] == samples and 1 < others != samples > 1 and after[0] == samples


def cuts_classes(before: _Shape, after: _Shape) -> bool:
    """Tell whether (N, C, ...) became (M, C) with a C that no last axes make."""
    if len(after) != 2 or len(before) < 3 or before[1] != after[1] or before[1] == 1:
        return False
    return after[1] not in accumulate(reversed(before), mul) and prod(before) > 0
