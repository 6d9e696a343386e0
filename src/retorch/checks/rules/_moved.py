"""`Values`: whether somebody writes a tensor, also through `.data` or NumPy, which move no version counter."""

from __future__ import annotations

from weakref import ref

import torch
from torch import Tensor

from retorch.checks._writes import version

# More are not compared: of a larger tensor so many values, at equal distances.
_MOST = 4096


class Values:
    """What the values of a tensor were once. Reads them, and waits for the device that holds them: ask seldom."""

    __slots__ = ("_sample", "_tensor", "_version")

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = ref(tensor)
        self._version = version(tensor)
        self._sample = _sampled(tensor)

    def have_moved(self) -> bool:
        """Tell whether they are others now; False where the tensor is gone."""
        tensor = self._tensor()
        return tensor is not None and (version(tensor) != self._version or _sampled(tensor) != self._sample)


class Seldom:
    """Says yes the first, second, fourth, eighth time and so on."""

    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count = 0

    def __call__(self) -> bool:
        self._count += 1
        return self._count & (self._count - 1) == 0


def have_equal_values(one: Tensor, other: Tensor) -> bool:
    """Tell whether two tensors of one shape are equal to the bit; False where they cannot be compared."""
    try:
        return one.dtype == other.dtype and one.device == other.device and torch.equal(one, other)
    except (RuntimeError, NotImplementedError):  # without values, or of a layout that torch does not compare
        return False


def _sampled(tensor: Tensor) -> int:
    try:
        flat = tensor.detach().flatten()
        return hash(tuple(flat[:: max(1, len(flat) // _MOST)].tolist()))
    except (RuntimeError, NotImplementedError):  # without values, such as a meta tensor, or of another layout
        return 0
