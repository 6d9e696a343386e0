"""The elements of a tensor in the order of its indices, as far as they are shown, and where each lies in storage."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from retorch.pictures._excerpt import shown
from retorch.pictures._memory import Grid

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The last two dimensions at one index of the ones before them.

    Attributes:
        index: the index of the dimensions before.
        rows: the indices shown of the last dimension but one, `None` where some are left out; (0,) where there is none.
        columns: the same for the last dimension.
        places: where the element at (row, column) lies, counted in elements of the storage.
    """

    index: Index
    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]
    places: dict[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Table:
    """How many rows, columns and blocks are shown at most."""

    rows: int
    columns: int
    blocks: int


def blocks(grid: Grid, most: Table) -> list[Block | None]:
    """Return the blocks that are shown, `None` where some are left out; [] for a tensor without elements."""
    if 0 in grid.shape:
        return []
    count = math.prod(grid.shape[:-2])
    return [None if place is None else _block(grid, place, most) for place in shown(count, most.blocks)]


def extent(grid: Grid) -> tuple[int, int]:
    """Return the lowest and the highest place of an element in the storage; the tensor must have one."""
    reach = [(size - 1) * stride for size, stride in zip(grid.shape, grid.strides, strict=True)]
    return grid.offset + sum(min(step, 0) for step in reach), grid.offset + sum(max(step, 0) for step in reach)


def times_seen(grid: Grid) -> Counter[int]:
    """Count for each place of the storage how many indices show it.

    Dimension by dimension, so that the work grows with the places, not with the indices: a billion times expanded
    tensor is quick. Meant for tensors whose extent is short.
    """
    seen = Counter({grid.offset: 1})
    for size, stride in zip(grid.shape, grid.strides, strict=True):
        if stride == 0:
            seen = Counter({place: count * size for place, count in seen.items()})
            continue
        wider: Counter[int] = Counter()
        for place, count in seen.items():
            for step in range(size):
                wider[place + step * stride] += count
        seen = wider
    return seen


def _block(grid: Grid, number: int, most: Table) -> Block:
    index = _unravelled(number, grid.shape[:-2])
    start = grid.offset + sum(i * stride for i, stride in zip(index, grid.strides, strict=False))
    # A row of its own for a tensor of one dimension, a single cell for one of none.
    height, width = (1, 1, *grid.shape)[-2:]
    down, across = (0, 0, *grid.strides)[-2:]
    rows, columns = tuple(shown(height, most.rows)), tuple(shown(width, most.columns))
    places = {(row, column): start + row * down + column * across for row, column in _pairs(rows, columns)}
    return Block(index, rows, columns, places)


def _pairs(rows: tuple[int | None, ...], columns: tuple[int | None, ...]) -> Iterator[tuple[int, int]]:
    return ((row, column) for row in rows if row is not None for column in columns if column is not None)


def _unravelled(number: int, shape: Index) -> Index:
    index: list[int] = []
    for size in reversed(shape):
        number, last = divmod(number, size)
        index.append(last)
    return tuple(reversed(index))
