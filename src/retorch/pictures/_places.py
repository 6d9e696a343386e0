"""Cells that hold places of the storage: the number says where an element lies, the colour says it again."""

from __future__ import annotations

from dataclasses import dataclass

from retorch.pictures._colours import along_ramp, ink_on
from retorch.pictures._measures import width_of
from retorch.pictures._svg import Drawing

CELL = 27.0

_DIGITS = 12.0


@dataclass(frozen=True, slots=True)
class Places:
    """The places of the storage from the first that a tensor sees to the last; colours run along them."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """Return how many places there are, seen or between those seen."""
        return self.last - self.first + 1

    @property
    def cell_width(self) -> float:
        """Return how wide a cell is so that the longest number has room."""
        return max(CELL, *(width_of(str(place), _DIGITS) + 8 for place in (self.first, self.last)))

    def draw_cell(self, drawing: Drawing, place: int, x: float, y: float) -> None:
        """Draw one element."""
        colour = along_ramp((place - self.first) / max(self.last - self.first, 1))
        drawing.box(x, y, self.cell_width, CELL, paint=colour, line="paper")
        self._draw_number(drawing, place, x, y, ink_on(colour))

    def draw_unseen(self, drawing: Drawing, place: int, x: float, y: float) -> None:
        """Draw a place of the storage that the tensor does not see."""
        drawing.box(x, y, self.cell_width, CELL, paint="free", line="paper")
        self._draw_number(drawing, place, x, y, "quiet")

    def _draw_number(self, drawing: Drawing, place: int, x: float, y: float, paint: str) -> None:
        middle = x + self.cell_width / 2
        drawing.text(middle, y + CELL / 2 + 4.2, str(place), size=_DIGITS, paint=paint, anchor="middle", mono=True)
