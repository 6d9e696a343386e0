"""`Bar`: a stretch of memory across the columns of a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from retorch.pictures._cover import Intervals, shares
from retorch.pictures._memory import Strip
from retorch.pictures._ticks import byte_ticks

_WIDEST_ELEMENT = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """Memory cut into cells of `cell` bytes, each drawn with `repeat` signs; the last may be shorter.

    Attributes:
        span: bytes from one end to the other.
        unit: bytes of one element.
        cell: bytes of a cell: a multiple of the elements' size, so that a border of elements is one of cells.
        repeat: columns that a cell takes.
    """

    span: int
    unit: int
    cell: int
    repeat: int

    @classmethod
    def of(cls, strip: Strip, room: int) -> Bar:
        """Fit a strip into `room` columns."""
        unit = gcd(*(lane.itemsize for lane in strip.lanes)) or 1
        units = -(-strip.span // unit)
        together = max(-(-units // room), 1)
        count = max(-(-units // together), 1)
        return cls(strip.span, unit, together * unit, min(room // count, _WIDEST_ELEMENT))

    def draw(self, intervals: Intervals, signs: str) -> str:
        """Draw the bar with three signs: for cells of which the intervals hold nothing, a part, everything."""
        edges = np.minimum(np.arange(self._count + 1, dtype=np.int64) * self.cell, self.span)
        held = shares(intervals, edges)
        kind = np.where(held == 0, 0, np.where(held == np.diff(edges), 2, 1))
        return "".join(signs[place] * self.repeat for place in kind.tolist())

    def scale(self) -> str:
        """Write bytes above the columns where they begin; the end takes precedence over what stands in its way."""
        length = self._count * self.repeat
        *before, end = byte_ticks(self.span, unit=self.unit, room=length)
        line = ""
        for tick in before:
            place = tick.byte // self.cell * self.repeat
            if place + len(tick.label) < length - len(end.label):
                line = line.ljust(place) + tick.label
        return line + end.label.rjust(length - len(line))

    @property
    def _count(self) -> int:
        return -(-self.span // self.cell)
