"""What a drawing of memory shows: plain numbers and words, counted in bytes and elements."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lane:
    """One name on a strip of memory.

    Attributes:
        name: what the user calls it.
        note: what stands beside the name, such as "float32 [3, 4], strides [1, 3]".
        intervals: the bytes that its elements take, as (begin, end) pairs relative to the strip, sorted and disjoint.
        itemsize: bytes of one element, so that single elements can be drawn where they are large enough.
        exact: False where there were too many gaps to list and small ones are filled.
    """

    name: str
    note: str
    intervals: tuple[tuple[int, int], ...]
    itemsize: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of memory with the names that lie on it.

    Attributes:
        title: what it is, such as "storage of 48 bytes on cpu".
        size: its length in bytes.
        lanes: one for each name, in the order in which they are drawn.
    """

    title: str
    size: int
    lanes: tuple[Lane, ...]

    @property
    def span(self) -> int:
        """The bytes that a drawing covers: all of the strip, and what its lanes take beyond its end.

        A storage that was made smaller with `resize_` leaves such tensors behind.
        """
        return max([self.size, *(lane.intervals[-1][1] for lane in self.lanes if lane.intervals)])


@dataclass(frozen=True, slots=True)
class Grid:
    """The elements of one tensor in the order of its indices.

    Attributes:
        title: stands above the cells.
        shape: the size of each dimension.
        strides: elements from one index to the next, for each dimension.
        offset: the storage offset, in elements.
    """

    title: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
