"""One strip of memory in an SVG: its scale, the memory itself, and the elements of a name along it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd

from retorch.pictures._cover import Intervals, Mark, marks, taken
from retorch.pictures._measures import SMALL, letters
from retorch.pictures._memory import Lane, Strip
from retorch.pictures._svg import HATCH, Anchor, Drawing, Segment
from retorch.pictures._ticks import byte_ticks, element_step

BAND = 26.0
BAR = 18.0

_WIDEST_ELEMENT = 44.0
_BORDERS_FROM = 6.0
# Wider than the pixel that the smallest interval is drawn with, so that a gap stays a gap beside it.
_FINEST_GAP = 1.5


@dataclass(frozen=True, slots=True)
class Axis:
    """Where the bytes of a strip lie across the drawing.

    Attributes:
        left: the x of byte 0.
        pixels: how wide one byte is.
        span: bytes that are drawn: the strip, and what its lanes take beyond its end.
    """

    left: float
    pixels: float
    span: int

    def x(self, byte: float) -> float:
        """Return the x at which a byte begins."""
        return self.left + byte * self.pixels

    @property
    def width(self) -> float:
        """Return the pixels from the first byte to the end of the last."""
        return self.span * self.pixels

    def marks(self, intervals: Intervals) -> list[Mark]:
        """Return what can be told apart at this scale."""
        return marks(intervals, finest=_FINEST_GAP / self.pixels if self.pixels else 0)

    def segments(self, drawn: Iterable[Mark]) -> list[Segment]:
        """Return from where to where each mark is drawn: a pixel at least, so that nothing is lost."""
        ends = ((self.x(mark.begin), self.x(mark.end)) for mark in drawn)
        return [(left, max(right, left + 1)) for left, right in ends]


def axis_of(strip: Strip, left: float, most: float) -> Axis:
    """Scale a strip to `most` pixels, or less where its elements would grow clumsy."""
    span = strip.span
    smallest = min((lane.itemsize for lane in strip.lanes), default=1)
    pixels = min(most / span, _WIDEST_ELEMENT / max(smallest, 1)) if span else 0.0
    return Axis(left, pixels, span)


@dataclass(frozen=True, slots=True)
class StripDrawing:
    """A strip on its axis, to be drawn part by part, each at a `y` of the caller's choice."""

    drawing: Drawing
    strip: Strip
    axis: Axis

    def elements_row(self, y: float) -> bool:
        """Number the elements, where all names agree on what an element is and it is wide enough to be seen."""
        itemsize = _common_element(self.strip)
        if itemsize is None or itemsize * self.axis.pixels < _BORDERS_FROM:
            return False
        count = self.axis.span // itemsize
        for element in range(0, count, element_step(count, room=letters(self.axis.width, SMALL))):
            middle = self.axis.x((element + 0.5) * itemsize)
            self.drawing.text(middle, y, str(element), size=SMALL, paint="quiet", anchor="middle", mono=True)
        return True

    def band(self, y: float) -> None:
        """Draw the memory itself: what one name takes, what several take, and what none does."""
        one, several = self._taken_by(1), self._taken_by(2)
        with self.drawing.group("band", self.strip.title):
            self.track(y, BAND)
            if one != several:
                self._marks("taken", one, y, BAND, paint="taken")
            self._marks("several", several, y, BAND, paint=HATCH)
            borders = {byte for lane in self.strip.lanes for byte in _borders(lane, self.axis)}
            self._borders([byte for byte in sorted(borders) if byte < self.strip.size], y, BAND)

    def track(self, y: float, height: float) -> None:
        """Draw the ground on which elements lie, from the first byte of the memory to its end."""
        self.drawing.box(self.axis.left, y, self.strip.size * self.axis.pixels, height, paint="free")

    def bar(self, lane: Lane, y: float, *, paint: str) -> None:
        """Draw the elements of one name."""
        self.track(y, BAR)
        self._marks("elements", lane.intervals, y, BAR, paint=paint)
        self._borders(_borders(lane, self.axis), y, BAR)

    def scale(self, y: float) -> None:
        """Write the bytes on the baseline `y` below a band or a bar."""
        unit = gcd(*(lane.itemsize for lane in self.strip.lanes)) or 1
        ticks = byte_ticks(self.axis.span, unit=unit, room=letters(self.axis.width, SMALL))
        self.drawing.uprights("ticks", [self.axis.x(tick.byte) for tick in ticks], y - 14, 4, "quiet")
        for tick in ticks:
            # A long number at the end would run off the drawing.
            anchor: Anchor = "end" if tick.byte == self.axis.span and len(tick.label) > 4 else "middle"
            self.drawing.text(
                self.axis.x(tick.byte), y, tick.label, size=SMALL, paint="quiet", anchor=anchor, mono=True
            )

    def _taken_by(self, least: int) -> Intervals:
        # What lies beyond the end, as after `resize_` of a storage, is no part of the memory.
        size = self.strip.size
        found = taken(self.strip.lanes, by_at_least=least)
        return [(begin, min(end, size)) for begin, end in found if begin < size]

    def _marks(self, kind: str, intervals: Intervals, y: float, height: float, *, paint: str) -> None:
        drawn = self.axis.marks(intervals)
        full = self.axis.segments(mark for mark in drawn if mark.full)
        gappy = self.axis.segments(mark for mark in drawn if not mark.full)
        self.drawing.bars(kind, full, y, height, paint)
        self.drawing.bars(f"{kind} gappy", gappy, y, height, paint, faint=True)

    def _borders(self, places: Sequence[int], y: float, height: float) -> None:
        self.drawing.uprights("borders", [self.axis.x(byte) for byte in places], y, height, "paper")


def _borders(lane: Lane, axis: Axis) -> list[int]:
    """Return the byte of each border between two elements, none where elements are too small to be told apart."""
    if lane.itemsize * axis.pixels < _BORDERS_FROM:
        return []
    joined = marks(lane.intervals, finest=0)
    return [byte for mark in joined for byte in range(mark.begin + lane.itemsize, mark.end, lane.itemsize)]


def _common_element(strip: Strip) -> int | None:
    """Return the size that all elements have whose places are multiples of it, else None."""
    sizes = {lane.itemsize for lane in strip.lanes}
    if len(sizes) != 1:
        return None
    (size,) = sizes
    aligned = size > 0 and all(begin % size == 0 for lane in strip.lanes for begin, _ in lane.intervals)
    return size if aligned else None
