"""The column of numbers that a piece was cut out of: a slice of a tensor, of an array, or rows picked one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import ref

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retorch.checks._rows import has_rows
from retorch.checks.rules._memory import address_of


class Column(NamedTuple):
    """Where a piece comes from; keeps nothing alive.

    Attributes:
        owner: gives the tensor or the array that has the memory; None when it is gone.
        start: the place of the piece's first value in the column.
        length: how many values there are that could have been cut.
        begin: bytes in front of the first one.
        step: bytes from one to the next.
    """

    owner: Callable[[], Any]
    start: int
    length: int
    begin: int
    step: int

    def read(self) -> Tensor | None:
        """Return a copy of the whole column, (length,); None where it is gone, or no column of numbers."""
        owner = self.owner()
        memory = owner.detach().numpy() if isinstance(owner, Tensor) else owner
        if memory is None or memory.dtype.kind not in "biuf":
            return None
        return torch.tensor(np.ndarray((self.length,), memory.dtype, memory, self.begin, (self.step,)))


def column_below(piece: Any) -> Column | None:
    """Return the column that a 1-d view, or one of shape (n, 1), shows a part of; None where it is not a view."""
    if isinstance(piece, Tensor):
        owner = piece._base  # noqa: SLF001 - no public way to ask for the base of a view
        if owner is None or not _is_readable(owner):
            return None
        return _column(owner, owner.detach().numpy(), piece.detach().numpy())
    return _column(piece.base, piece.base, piece) if isinstance(piece.base, np.ndarray) else None


def column_picked(source: Any, index: Any) -> Column | None:
    """Return the column whose rows an index picks, if these stand one behind the other."""
    if not isinstance(source, Tensor) or not _is_readable(source) or not source.is_contiguous():
        return None
    places = _numbers(index) if source.numel() == len(source) else []
    if len(places) < 2 or places != [*range(places[0], places[0] + len(places))]:
        return None
    return Column(ref(source), places[0], len(source), 0, source.element_size())


def _column(owner: Any, memory: NDArray[Any], piece: NDArray[Any]) -> Column | None:
    if not memory.flags.c_contiguous or memory.dtype != piece.dtype or not piece.ndim or piece.size != len(piece):
        return None
    step = piece.strides[0]
    if step < piece.itemsize:  # repeated, or backwards
        return None
    start, begin = divmod(address_of(piece) - address_of(memory), step)
    return Column(ref(owner), start, (memory.nbytes - begin - piece.itemsize) // step + 1, begin, step)


def _is_readable(tensor: Tensor) -> bool:
    return has_rows(tensor) and tensor.dtype is not torch.bfloat16 and not tensor.is_neg()


def _numbers(index: Any) -> list[int]:
    if isinstance(index, (Tensor, np.ndarray)) and index.ndim == 1 and "int" in str(index.dtype):
        return [int(place) for place in index.tolist()]
    if isinstance(index, Sequence) and all(type(place) is int for place in index):
        return list(index)
    return []
