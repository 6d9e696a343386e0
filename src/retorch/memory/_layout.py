"""`Layout`: where the elements of a strided tensor lie, as plain numbers. Imports no torch and reads no memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Layout:
    """Shape, strides and offset of a strided tensor, all counted in elements, with the size of one element.

    Element `[i, j, ...]` begins at byte `(offset + i * strides[0] + j * strides[1] + ...) * itemsize` of the storage.

    Attributes:
        shape: the size of each dimension.
        strides: elements from one index of a dimension to the next, one for each dimension. Negative ones do not occur
            in torch; NumPy has them.
        offset: the storage offset, in elements.
        itemsize: bytes of one element.
    """

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    itemsize: int

    @property
    def numel(self) -> int:
        """How many elements are seen, each index counted, also where several indices show one element."""
        return math.prod(self.shape)

    @property
    def bytes_seen(self) -> int:
        """The bytes that a contiguous copy of it would take."""
        return self.numel * self.itemsize

    @property
    def is_contiguous(self) -> bool:
        """Whether the elements lie in row-major order without gaps."""
        return self.breaks_at() is None

    def breaks_at(self) -> int | None:
        """Return the last dimension whose stride is not the row-major one, or None where it is contiguous.

        Dimensions of size 1 have no say, and an empty tensor is contiguous whatever its strides: torch's own rule.

        >>> Layout((3, 4), (1, 3), 0, 4).breaks_at()
        1
        """
        if self.numel == 0:
            return None
        expected = 1
        for dimension in reversed(range(len(self.shape))):
            if self.shape[dimension] == 1:
                continue
            if self.strides[dimension] != expected:
                return dimension
            expected *= self.shape[dimension]
        return None

    def extent(self) -> tuple[int, int]:
        """Return the bytes of the storage from the first element seen to behind the last one; (0, 0) when empty.

        >>> Layout((2, 3), (4, 1), 1, 4).extent()
        (4, 32)
        """
        if self.numel == 0:
            return (0, 0)
        reach = [(size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True)]
        first = self.offset + sum(step for step in reach if step < 0)
        last = self.offset + sum(step for step in reach if step > 0)
        return (first * self.itemsize, (last + 1) * self.itemsize)

    def runs(self) -> Runs:
        """Return the elements as equally long runs of bytes, in order of address where strides are nested.

        Indices that show the same element count once.
        """
        if self.numel == 0:
            return Runs((), (), 0, 0)
        # Seen from the lowest element every stride is positive; the set of places is the same.
        begin, _ = self.extent()
        outer = sorted(
            (abs(stride), size) for size, stride in zip(self.shape, self.strides, strict=True) if size != 1 and stride
        )
        length = 1
        while outer and outer[0][0] == length:
            length *= outer.pop(0)[1]
        outer.reverse()
        return Runs(
            tuple(size for _, size in outer),
            tuple(stride * self.itemsize for stride, _ in outer),
            begin,
            length * self.itemsize,
        )


@dataclass(frozen=True, slots=True)
class Runs:
    """Equally long stretches of bytes, `length` each, that begin on a strided grid.

    Attributes:
        counts: the size of each dimension of the grid; () is one run.
        strides: bytes from one run to the next along each dimension.
        begin: the byte at which the first one begins.
        length: bytes of each.
    """

    counts: tuple[int, ...]
    strides: tuple[int, ...]
    begin: int
    length: int

    def __len__(self) -> int:
        return math.prod(self.counts) if self.length else 0

    def starts(self) -> NDArray[np.int64]:
        """Return the first byte of each run, int64 [number of runs], unsorted and possibly repeated."""
        places = np.full(1, self.begin, dtype=np.int64)
        for count, stride in zip(self.counts, self.strides, strict=True):
            places = (places[:, None] + np.arange(count, dtype=np.int64) * stride).ravel()
        return places[: len(self)]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        for start in self.starts().tolist():
            yield start, start + self.length
