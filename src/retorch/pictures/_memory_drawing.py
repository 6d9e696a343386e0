"""`draw_memory`: strips of memory and who lies where on them, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retorch.pictures._colours import LANES
from retorch.pictures._cover import taken
from retorch.pictures._excerpt import Excerpt, excerpt
from retorch.pictures._measures import MARGIN, NARROWEST, SMALL, TEXT, TITLE, WIDEST, cut, width_of
from retorch.pictures._memory import Lane, Strip
from retorch.pictures._strip_drawing import BAND, BAR, Axis, StripDrawing, axis_of
from retorch.pictures._svg import HATCH, Drawing
from retorch.pictures._words import stretches

_GAP = 14.0
_HEADING = 15.0
_LABELS = (56.0, 272.0)
_BAND_LEGEND = (("taken", "taken", "in one name"), ("several", HATCH, "in several names"))


def draw_memory(strips: Sequence[Strip], *, title: str = "") -> str:
    """Draw strips of memory, one below the other, each with a row for every name on it. Returns SVG.

    The band on top of a strip is the memory itself: grey where one name lies, dark and hatched where several do. What
    is too fine to be drawn is paler. At most fifty rows are drawn, and what is left out is counted.

    Args:
        strips: what lies where, in bytes. They are scaled each by itself; small ones share one scale.
        title: stands above them.

    >>> x = Lane("x", "float32 [2]", ((0, 8),), 4)
    >>> draw_memory([Strip("storage of 8 bytes on cpu", 8, (x,))])[:4]
    '<svg'
    """
    chosen = excerpt(strips)
    drawing = Drawing(title or _heading(strips), _description(strips))
    layout = _Layout.of(chosen)
    y = _draw_title(drawing, title, layout)
    for strip, count in chosen.strips:
        y = _draw_strip(drawing, strip, count, layout, y)
    if not strips:
        y = _draw_note(drawing, "no memory to show", layout, y)
    if chosen.rest:
        y = _draw_note(drawing, chosen.rest, layout, y)
    y = _draw_legend(drawing, layout, y)
    return drawing.finish(layout.width, y + MARGIN)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand across the drawing: names end a gap before `left`, where memory begins."""

    left: float
    width: float

    @classmethod
    def of(cls, chosen: Excerpt) -> _Layout:
        lanes = [lane for strip, count in chosen.strips for lane in strip.lanes[:count]]
        wanted = max((max(width_of(lane.name, TITLE), width_of(_note(lane), SMALL)) for lane in lanes), default=0)
        left = MARGIN + min(max(wanted, _LABELS[0]), _LABELS[1]) + _GAP
        axes = [axis_of(strip, left, WIDEST - MARGIN - left) for strip, _ in chosen.strips]
        titles = [MARGIN + width_of(strip.title, TITLE) for strip, _ in chosen.strips]
        reach = max([NARROWEST, *titles, *(left + axis.width for axis in axes)])
        return cls(left, min(reach + MARGIN, WIDEST))

    @property
    def names_end(self) -> float:
        return self.left - _GAP

    def axis(self, strip: Strip) -> Axis:
        return axis_of(strip, self.left, self.width - MARGIN - self.left)

    def beside(self, words: str, size: float) -> str:
        """Cut words to fit beside a row."""
        return cut(words, self.names_end - MARGIN, size)

    def across(self, words: str, size: float) -> str:
        """Cut words to fit across the drawing."""
        return cut(words, self.width - 2 * MARGIN, size)


def _draw_title(drawing: Drawing, title: str, layout: _Layout) -> float:
    if not title:
        return MARGIN - 6
    drawing.text(MARGIN, MARGIN + 14, layout.across(title, _HEADING), size=_HEADING, bold=True)
    return MARGIN + 20


def _draw_strip(drawing: Drawing, strip: Strip, count: int, layout: _Layout, y: float) -> float:
    row = StripDrawing(drawing, strip, layout.axis(strip))
    drawing.text(MARGIN, y + 18, layout.across(strip.title, TITLE), bold=True)
    y = _draw_memory_itself(row, layout, y + 26)
    for place, lane in enumerate(strip.lanes[:count]):
        y = _draw_lane(row, lane, layout, y, paint=LANES[place % len(LANES)])
    if count < len(strip.lanes):
        y = _draw_note(drawing, f"and {len(strip.lanes) - count:,} more", layout, y)
    return y + 10


def _draw_memory_itself(row: StripDrawing, layout: _Layout, y: float) -> float:
    if row.axis.span == 0:
        return y
    if row.elements_row(y + 12):
        _draw_row_label(row.drawing, "element", layout, y + 12)
        y += 16
    row.band(y)
    y += BAND + 15
    row.scale(y)
    _draw_row_label(row.drawing, "byte", layout, y)
    return y + 8


def _draw_row_label(drawing: Drawing, words: str, layout: _Layout, y: float) -> None:
    drawing.text(layout.names_end, y, words, size=SMALL, paint="quiet", anchor="end")


def _draw_lane(row: StripDrawing, lane: Lane, layout: _Layout, y: float, *, paint: str) -> float:
    note = _note(lane)
    height = 36.0 if note else BAR + 8
    middle = y + height / 2
    with row.drawing.group("lane", f"{lane.name}: {note}\n{stretches(lane.intervals)}"):
        _draw_name(row.drawing, lane.name, note, layout, middle)
        row.bar(lane, middle - BAR / 2, paint=paint)
        if not lane.intervals:
            row.drawing.text(layout.left + 6, middle + 4, "no elements", size=SMALL, paint="quiet")
    return y + height


def _draw_name(drawing: Drawing, name: str, note: str, layout: _Layout, middle: float) -> None:
    x, baseline = layout.names_end, middle - 2 if note else middle + 4.5
    drawing.text(x, baseline, layout.beside(name, TITLE), anchor="end", bold=True, mono=True)
    if note:
        said = layout.beside(note, SMALL)
        drawing.text(x, middle + 12, said, size=SMALL, paint="quiet", anchor="end", mono=True)


def _draw_note(drawing: Drawing, words: str, layout: _Layout, y: float) -> float:
    drawing.text(layout.left, y + 16, words, size=TEXT, paint="quiet")
    return y + 24


def _draw_legend(drawing: Drawing, layout: _Layout, y: float) -> float:
    """Explain the paints of the band where it tells names apart, and what is paler where something is."""
    banded = _BAND_LEGEND if "several" in drawing.kinds else ()
    entries = [(paint, words, False) for kind, paint, words in banded if kind in drawing.kinds]
    if any(kind.endswith("gappy") for kind in drawing.kinds):
        entries.append((LANES[0], "paler: gaps too small to draw", True))
    x = layout.left
    for paint, words, faint in entries:
        drawing.bars("legend", [(x, x + 22)], y + 4, 12, paint, faint=faint)
        drawing.text(x + 28, y + 14, words, size=TEXT, paint="quiet")
        x += 28 + width_of(words, TEXT) + 10
    return y + 22 if entries else y


def _note(lane: Lane) -> str:
    return lane.note if lane.exact else f"{lane.note} (small gaps filled)".strip()


def _heading(strips: Sequence[Strip]) -> str:
    names = [lane.name for strip in strips for lane in strip.lanes]
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return "memory of " + ", ".join(names[:5]) + more if names else "memory"


def _description(strips: Sequence[Strip]) -> str:
    """Say in words what the drawing shows, for those who do not see it."""
    return "\n".join(line for strip, count in excerpt(strips).strips for line in _told(strip, count))


def _told(strip: Strip, count: int) -> list[str]:
    both = taken(strip.lanes, by_at_least=2)
    told = [f"{lane.name}: {_note(lane)}: {stretches(lane.intervals)}" for lane in strip.lanes[:count]]
    more = [f"and {len(strip.lanes) - count:,} more names"] if count < len(strip.lanes) else []
    overlap = [f"in several names: {stretches(both)}"] if both else []
    return [strip.title, *told, *more, *overlap]
