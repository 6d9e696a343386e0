"""Whether a line of the user's code throws away what the call in it returns."""

from __future__ import annotations

import dis
from bisect import bisect_right
from functools import lru_cache
from types import CodeType, FrameType

_THROWS_AWAY = frozenset({"POP_TOP"})
_STORES_ITEM = frozenset({"STORE_SUBSCR", "STORE_SLICE"})  # x[...] = value
_BETWEEN = frozenset({"CACHE", "NOP", "EXTENDED_ARG"})
_MOST_FOLLOWING = 12
_SWAPS = frozenset({"SWAP", "ROT_TWO", "ROT_THREE", "ROT_FOUR"})


def throws_away(frame: FrameType | None) -> bool:
    """Tell whether a frame is inside a call whose result nobody gets, or inside of an assignment to an item.

    `y[i] += 1` is both: what `+=` returns is assigned to the item of y, and to nothing else.

    That is what the code that runs does, not how it is written.
    """
    return frame is not None and _throws_away(frame.f_code, frame.f_lasti)


@lru_cache(maxsize=1024)
def _throws_away(code: CodeType, offset: int) -> bool:
    # A call stands at its instruction or at one of the caches behind it.
    instructions = list(dis.get_instructions(code))
    place = bisect_right(instructions, offset, key=lambda each: each.offset) - 1
    if place < 0:
        return False
    if instructions[place].opname in _STORES_ITEM:
        return True
    behind = instructions[place + 1 : place + 1 + _MOST_FOLLOWING]
    following = [each.opname for each in behind if each.opname not in _BETWEEN]
    if following[:1] and following[0] in _SWAPS:
        return next(name for name in [*following, ""] if name not in _SWAPS) in _STORES_ITEM
    return bool(following) and following[0] in _THROWS_AWAY
