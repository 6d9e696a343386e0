"""`draw_grid`: the elements of a tensor as cells, coloured along memory, as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass

from retorch.pictures._cells import Block, Table, blocks, extent
from retorch.pictures._grid_memory import draw_places
from retorch.pictures._measures import MARGIN, NARROWEST, SMALL, TEXT, TITLE, WIDEST, cut, width_of
from retorch.pictures._memory import Grid, Strip
from retorch.pictures._places import CELL, Places
from retorch.pictures._svg import Drawing

_BETWEEN, _ELIDED = 22.0, 20.0
_HOW_TO_READ = "number: place in the storage, counted in elements; colour: the same, dark first"
_PALER = "; paler: gaps too small to draw"


def draw_grid(grid: Grid, strip: Strip | None = None) -> str:
    """Draw the elements of a tensor in the order of its indices, and the memory that they come from. Returns SVG.

    The last dimension runs to the right, the one before it downwards, further ones from block to block. The number in
    a cell is the place of the element in the storage, counted in elements, and the colour says the same: dark at the
    first place that the tensor sees, bright at the last. So a transposed tensor brightens down its columns, and an
    expanded one repeats its colours. Large tensors are shown at their edges.

    Args:
        grid: shape, strides and offset.
        strip: the storage, drawn below in the same colours; its first lane is the tensor itself. Without it the
            places from the first to the last are drawn.

    >>> draw_grid(Grid("x.t()", (2, 3), (1, 2), 0))[:4]
    '<svg'
    """
    drawing = Drawing(grid.title or "the elements of a tensor", _description(grid))
    y = MARGIN
    if grid.title:
        drawing.text(MARGIN, y + 12, cut(grid.title, WIDEST - 2 * MARGIN, TITLE), size=TITLE, bold=True)
        y += 22
    reach = max(NARROWEST - MARGIN, MARGIN + width_of(grid.title, TITLE))
    right, y = _draw_nothing(drawing, grid, y) if 0 in grid.shape else _draw_elements(drawing, grid, strip, y)
    return drawing.finish(min(max(reach, right) + MARGIN, WIDEST), y + MARGIN)


def _draw_nothing(drawing: Drawing, grid: Grid, y: float) -> tuple[float, float]:
    drawing.text(MARGIN, y + 14, _no_elements(grid), size=TEXT, paint="quiet")
    return 0, y + 18


def _draw_elements(drawing: Drawing, grid: Grid, strip: Strip | None, y: float) -> tuple[float, float]:
    places = Places(*extent(grid))
    right, y = _GridDrawing(drawing, grid, places).blocks(y)
    reach, y = draw_places(drawing, grid, strip, places, y + 8)
    caption = _HOW_TO_READ + (_PALER if "elements gappy" in drawing.kinds else "")
    drawing.text(MARGIN, y + 22, caption, size=TEXT, paint="quiet")
    return max(right, reach, MARGIN + width_of(caption, TEXT)), y + 24


@dataclass(frozen=True, slots=True)
class _GridDrawing:
    drawing: Drawing
    grid: Grid
    places: Places

    def blocks(self, y: float) -> tuple[float, float]:
        """Draw block beside block, in as many lines as it takes. Return the right and the lower end."""
        x, right, bottom = MARGIN, MARGIN, y
        for block in blocks(self.grid, self._table()):
            width = self._width(block)
            if x > MARGIN and (x + width > WIDEST - MARGIN or _begins_line(block)):
                x, y = MARGIN, bottom + 6
            if block is None:
                self._ellipsis(x + width / 2, y + 60)
            else:
                bottom = max(bottom, self._block(block, x, y))
            right = max(right, x + width)
            x += width + _BETWEEN
        return right, bottom

    def _block(self, block: Block, x: float, y: float) -> float:
        """Draw one block with its indices round it; return its lower end."""
        with self.drawing.group("block"):
            if len(self.grid.shape) > 2:
                name = ", ".join([*map(str, block.index), ":", ":"])
                self.drawing.text(x, y + 12, f"[{name}]", size=SMALL, mono=True)
                y += 20
            x += self._room_for_rows()
            if self.grid.shape:
                self._column_numbers(block, x, y + 11)
                y += 16
            for row in block.rows:
                self._row(block, row, x, y)
                y += _ELIDED if row is None else CELL
        return y

    def _column_numbers(self, block: Block, x: float, y: float) -> None:
        for column in block.columns:
            if column is not None:
                middle = x + self.places.cell_width / 2
                self.drawing.text(middle, y, str(column), size=SMALL, paint="quiet", anchor="middle", mono=True)
            x += self._column_width(column)

    def _row(self, block: Block, row: int | None, x: float, y: float) -> None:
        if row is None:
            self._ellipsis(x + self.places.cell_width / 2, y + 14, sign="⋮")
            return
        if len(self.grid.shape) > 1:
            self.drawing.text(x - 6, y + CELL / 2 + 4, str(row), size=SMALL, paint="quiet", anchor="end", mono=True)
        for column in block.columns:
            if column is None:
                self._ellipsis(x + _ELIDED / 2, y + CELL / 2 + 3)
            else:
                self.places.draw_cell(self.drawing, block.places[row, column], x, y)
            x += self._column_width(column)

    def _ellipsis(self, x: float, y: float, *, sign: str = "…") -> None:
        self.drawing.text(x, y, sign, size=14, paint="quiet", anchor="middle")

    def _table(self) -> Table:
        """Show twelve rows of one block, six rows of each of several, and as many columns as fit; two blocks a line."""
        single = math.prod(self.grid.shape[:-2]) == 1
        room = WIDEST - 2 * MARGIN if single else (WIDEST - 2 * MARGIN - _BETWEEN) / 2
        fitting = int((room - self._room_for_rows() - _ELIDED) / self.places.cell_width)
        if single:
            return Table(12, min(fitting, 24), 1)
        whole = self.grid.shape[-2] <= 6 and self.grid.shape[-1] <= min(fitting, 8)
        return Table(6, min(fitting, 8), 6 if whole else 4)

    def _room_for_rows(self) -> float:
        return width_of(str(self.grid.shape[-2]), SMALL) + 8 if len(self.grid.shape) > 1 else 0.0

    def _column_width(self, column: int | None) -> float:
        return _ELIDED if column is None else self.places.cell_width

    def _width(self, block: Block | None) -> float:
        return _ELIDED if block is None else self._room_for_rows() + sum(map(self._column_width, block.columns))


def _begins_line(block: Block | None) -> bool:
    """Tell whether a new index of the dimension before begins, as in an image of several channels."""
    return block is not None and len(block.index) > 1 and block.index[-1] == 0


def _no_elements(grid: Grid) -> str:
    return f"no elements: dimension {grid.shape.index(0)} has size 0"


def _description(grid: Grid) -> str:
    facts = f"shape {list(grid.shape)}, strides {list(grid.strides)}, storage offset {grid.offset}, counted in elements"
    if 0 in grid.shape:
        return f"{facts}; {_no_elements(grid)}"
    first, last = extent(grid)
    return f"{facts}; its elements lie between places {first:,} and {last:,} of the storage"
