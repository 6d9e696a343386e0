"""The memory below a grid: the places that its tensor sees, in the same colours."""

from __future__ import annotations

from dataclasses import replace

from retorch.pictures._cells import times_seen
from retorch.pictures._measures import MARGIN, SMALL, TITLE, WIDEST, cut, width_of
from retorch.pictures._memory import Grid, Strip
from retorch.pictures._places import CELL, Places
from retorch.pictures._strip_drawing import BAR, StripDrawing, axis_of
from retorch.pictures._svg import GRADIENT, Drawing

_ROOM = WIDEST - 2 * MARGIN
_UNIT = 64.0
_TIMES = "\N{MULTIPLICATION SIGN}"


def draw_places(drawing: Drawing, grid: Grid, strip: Strip | None, places: Places, y: float) -> tuple[float, float]:
    """Draw the memory as numbered cells where they fit, else to scale. Return the right and the lower end."""
    title = "the storage, from the first place seen to the last"
    if strip is not None and strip.lanes and strip.title:
        title = strip.title
    drawing.text(MARGIN, y + 14, cut(title, _ROOM, TITLE), size=TITLE, bold=True)
    row = _whole_storage(strip, places)
    with drawing.group("memory"):
        if len(row) * places.cell_width <= _ROOM:
            right, bottom = _draw_cells(drawing, grid, row, places, y + 22)
        elif strip is not None and strip.lanes:
            right, bottom = _draw_to_scale(drawing, strip, places, y + 22)
        else:
            right, bottom = _draw_colours(drawing, places, y + 22)
    return max(right, MARGIN + width_of(title, TITLE)), bottom


def _whole_storage(strip: Strip | None, places: Places) -> range:
    """Return the places of the storage, and those beyond its end that the tensor would see."""
    if strip is None or not strip.lanes:
        return range(places.first, places.last + 1)
    count = strip.size // max(strip.lanes[0].itemsize, 1)
    return range(min(places.first, 0), max(places.last + 1, count))


def _draw_cells(drawing: Drawing, grid: Grid, row: range, places: Places, y: float) -> tuple[float, float]:
    seen = times_seen(grid)
    x = MARGIN
    for place in row:
        (places.draw_cell if seen[place] else places.draw_unseen)(drawing, place, x, y)
        if seen[place] > 1:
            middle = x + places.cell_width / 2
            drawing.text(middle, y + CELL + 13, f"{_TIMES}{seen[place]}", size=SMALL, anchor="middle", mono=True)
        x += places.cell_width
    several = max(seen.values()) > 1
    if several:
        drawing.text(x + 10, y + CELL + 13, "times seen", size=SMALL, paint="quiet")
    return x, y + CELL + (16 if several else 0)


def _draw_to_scale(drawing: Drawing, strip: Strip, places: Places, y: float) -> tuple[float, float]:
    own = replace(strip, lanes=strip.lanes[:1])
    row = StripDrawing(drawing, own, axis_of(own, MARGIN, _ROOM - _UNIT))
    axis, lane, right = row.axis, own.lanes[0], row.axis.x(row.axis.span)
    # The middle of the first element has the first colour, as its cell has.
    drawing.ramp = (axis.x((places.first + 0.5) * lane.itemsize), axis.x((places.last + 0.5) * lane.itemsize))
    if row.elements_row(y + 8):
        drawing.text(right + 16, y + 8, "element", size=SMALL, paint="quiet")
        y += 14
    row.bar(lane, y, paint=GRADIENT)
    row.scale(y + BAR + 15)
    drawing.text(right + 16, y + BAR + 15, "byte", size=SMALL, paint="quiet")
    return right + _UNIT, y + BAR + 16


def _draw_colours(drawing: Drawing, places: Places, y: float) -> tuple[float, float]:
    right = MARGIN + 240
    drawing.ramp = (MARGIN, right)
    drawing.bars("elements", [(MARGIN, right)], y, BAR, GRADIENT)
    drawing.text(MARGIN, y + BAR + 13, f"{places.first:,}", size=SMALL, paint="quiet", mono=True)
    drawing.text(right, y + BAR + 13, f"{places.last:,}", size=SMALL, paint="quiet", anchor="end", mono=True)
    return right, y + BAR + 15
