"""`Samples`: a few values of tensors, to notice what is written past the version counter, as through `.data`."""

from __future__ import annotations

from collections.abc import Iterable
from weakref import ref

import torch
from torch import Tensor

_MOST, _LOOKED_AT = 3, 16


class Samples:
    """Copies of the smallest of some tensors, taken only where something looks wrong.

    Attributes:
        distrusted: whether the user's code once wrote these tensors past the version counter.
    """

    __slots__ = ("_taken", "distrusted")

    def __init__(self) -> None:
        self._taken: list[tuple[ref[Tensor], int, Tensor]] = []
        self.distrusted = False

    def take(self, tensors: Iterable[Tensor | None]) -> None:
        """Copy some of the tensors that are there, those that are not zero first: clearing them would not show."""
        there = (each for each in tensors if each is not None)
        dense = sorted((each for each in there if each.layout == torch.strided and each.numel()), key=Tensor.numel)
        told = [each for each in dense[:_LOOKED_AT] if each.any()][:_MOST] or dense[:_MOST]
        self._taken = [(ref(each), each._version, each.detach().clone()) for each in told]  # noqa: SLF001

    def are_untouched(self) -> bool:
        """Tell whether there are copies and each tensor is still what it was, in version and values."""
        taken, self._taken = self._taken, []
        return bool(taken) and all(
            (tensor := reference()) is not None and tensor._version == version and _same(tensor.detach(), copy)  # noqa: SLF001
            for reference, version, copy in taken
        )

    def changed(self) -> bool:
        """Tell whether a tensor has other values though its version is the same; the copies are dropped."""
        taken, self._taken = self._taken, []
        for reference, version, copy in taken:
            tensor = reference()
            if tensor is not None and tensor._version == version and not _same(tensor.detach(), copy):  # noqa: SLF001
                self.distrusted = True
        return self.distrusted


def _same(one: Tensor, other: Tensor) -> bool:
    # Equal bits: a gradient that is NaN is the same NaN as before.
    return one.shape == other.shape and bool(((one == other) | (one.isnan() & other.isnan())).all())
