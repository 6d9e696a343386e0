"""`grid_lines`: the places of a tensor's elements in storage, as lines for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from retorch.pictures._cells import extent
from retorch.pictures._excerpt import shown
from retorch.pictures._memory import Grid
from retorch.pictures._words import printable

_PRINTED_WHOLE = 200
_EDGE_ROWS, _EDGE_BLOCKS = 6, 2


def grid_lines(grid: Grid, *, width: int = 80) -> list[str]:
    r"""Print where each element of a tensor lies in the storage, counted in elements, as NumPy prints an array.

    Args:
        grid: shape, strides and offset.
        width: columns of the terminal; rows are cut to it, three columns of numbers are shown at least.

    >>> print("\n".join(grid_lines(Grid("x.t()", (2, 3), (1, 2), 0))))
    x.t()
    [[0 2 4]
     [1 3 5]]
    """
    title = [printable(grid.title)] if grid.title else []
    if 0 in grid.shape:
        return [*title, f"[] (no elements: dimension {grid.shape.index(0)} has size 0)"]
    return [*title, *_Printer(grid, width).lines()]


class _Printer:
    """Rows of numbers in brackets, all of one width."""

    def __init__(self, grid: Grid, width: int) -> None:
        self._grid = grid
        self._digits = max(len(str(place)) for place in extent(grid))
        self._shown = [shown(size, most) for size, most in zip(grid.shape, self._most(width), strict=True)]

    def lines(self) -> list[str]:
        return self._lines(0, self._grid.offset)

    def _most(self, width: int) -> list[int]:
        """Cut the last dimension to the width, and the others where the whole would be long."""
        shape = self._grid.shape
        fitting = max((width - 2 * len(shape) - len("... ") + 1) // (self._digits + 1), 3)
        if math.prod(shape) <= _PRINTED_WHOLE:
            return [*shape[:-1], fitting][: len(shape)]
        return [*[_EDGE_BLOCKS] * (len(shape) - 2), _EDGE_ROWS, fitting][-len(shape) :]

    def _lines(self, dimension: int, place: int) -> list[str]:
        """Print what lies below one index of the dimensions before."""
        if dimension == len(self._grid.shape):
            return [str(place)]
        if dimension == len(self._grid.shape) - 1:
            return [self._row(place)]
        stride = self._grid.strides[dimension]
        parts = [
            ["..."] if index is None else self._lines(dimension + 1, place + index * stride)
            for index in self._shown[dimension]
        ]
        return _bracketed(parts, apart=len(self._grid.shape) - dimension - 2)

    def _row(self, place: int) -> str:
        stride = self._grid.strides[-1]
        cells = ("..." if index is None else str(place + index * stride) for index in self._shown[-1])
        return "[" + " ".join(cell if cell == "..." else cell.rjust(self._digits) for cell in cells) + "]"


def _bracketed(parts: Sequence[Sequence[str]], *, apart: int) -> list[str]:
    """Put brackets round blocks of lines, with as many blank lines between them as NumPy leaves."""
    lines: list[str] = []
    for part in parts:
        lines += [""] * apart if lines else []
        lines += part
    inner = [" " + line if line else "" for line in lines]
    inner[0] = "[" + lines[0]
    inner[-1] += "]"
    return inner
