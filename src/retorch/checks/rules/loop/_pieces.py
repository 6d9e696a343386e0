"""`Pieces`: which inputs of a model are pieces of one data set that the user's code has cut by itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

from torch import Tensor

from retorch.checks._observations import OperationDone
from retorch.checks.rules._flow import MOVING, Flow, name_of, tensors_in

_CUTTING = {"__getitem__", "chunk", "index_select", "narrow", "split", "tensor_split"}
_JOINING = {"cat", "stack"}


class Piece(NamedTuple):
    """Some samples of a tensor.

    Attributes:
        source: which tensor they were taken from.
        number: no two pieces have the same.
    """

    source: int
    number: int


class Pieces:
    """Follows tensors that are cut along their first axis, in the steps that are watched operation by operation."""

    def __init__(self) -> None:
        self._flow: Flow[Piece] = Flow(MOVING - _CUTTING)
        self._sources: Flow[int] = Flow(())
        self._numbers = count()

    def follow(self, seen: OperationDone) -> None:
        """Take note of a tensor that is cut, or of pieces that are put together or moved."""
        name = name_of(seen.function)
        if name in _CUTTING:
            self._cut(seen)
        elif name in _JOINING:
            self._join(seen)
        else:
            self._flow.follow(seen)

    def of(self, tensor: Any) -> Piece | None:
        """Return which piece a tensor is; None where it is none."""
        return self._flow.of(tensor)

    def _cut(self, seen: OperationDone) -> None:
        whole = seen.args[0] if seen.args else None
        if not isinstance(whole, Tensor) or whole.requires_grad or not whole.dim():
            return
        known = self._flow.of(whole)
        source = known.source if known else self._source(whole)
        for part in _along_the_first_axis(whole, seen.result):
            self._flow.mark(part, Piece(source, next(self._numbers)))

    def _join(self, seen: OperationDone) -> None:
        found = [self._flow.of(part) for part in tensors_in(seen.args[0] if seen.args else ())]
        if found and found[0] and len({each and each.source for each in found}) == 1:
            self._flow.mark(seen.result, Piece(found[0].source, next(self._numbers)))

    def _source(self, whole: Tensor) -> int:
        source = self._sources.of(whole)
        if source is None:
            source = next(self._numbers)
            self._sources.mark(whole, source)
        return source


def _along_the_first_axis(whole: Tensor, result: Any) -> Iterator[Tensor]:
    for part in tensors_in(result):
        if part.dim() == whole.dim() and part.shape[1:] == whole.shape[1:] and len(part) < len(whole):
            yield part
