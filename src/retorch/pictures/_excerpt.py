"""Which part of something large is shown: names on strips, indices of a dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retorch.pictures._memory import Strip

MOST_LANES = 50


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The strips that are drawn, each with how many of its lanes, and what is left out after them."""

    strips: tuple[tuple[Strip, int], ...]
    rest: str


def excerpt(strips: Sequence[Strip]) -> Excerpt:
    """Choose at most fifty strips and about as many lanes, shared out so that a short strip is drawn whole."""
    drawn, left_out = strips[:MOST_LANES], strips[MOST_LANES:]
    most = _fair_share([len(strip.lanes) for strip in drawn])
    return Excerpt(tuple((strip, min(len(strip.lanes), most)) for strip in drawn), _rest(left_out))


def shown(size: int, most: int) -> list[int | None]:
    """Return the indices of a dimension that are shown, `None` once where those in the middle are left out.

    >>> shown(100, 6)
    [0, 1, 2, None, 97, 98, 99]
    """
    if size <= most:
        return list(range(size))
    edge = max(most // 2, 1)
    return [*range(edge), None, *range(size - edge, size)]


def _fair_share(counts: Sequence[int]) -> int:
    """Return the largest number of lanes a strip that keeps all of them within fifty; at least one."""
    share = max(counts, default=0)
    while share > 1 and sum(min(count, share) for count in counts) > MOST_LANES:
        share -= 1
    return share


def _rest(strips: Sequence[Strip]) -> str:
    if not strips:
        return ""
    names = sum(len(strip.lanes) for strip in strips)
    return f"and {len(strips):,} more stretches of memory with {names:,} names"
