"""The memory of a tensor, also where it is that of a NumPy array."""

from __future__ import annotations

from typing import Any, TypeAlias
from weakref import ref

import numpy as np
from torch import Tensor

from retorch.checks.rules._memory import Storage, block_of
from retorch.checks.rules.aliases._lists import held_round
from retorch.lines import user_frame


class ArrayMemory:
    """The memory of an array. Each tensor over it has a storage of its own, so that only the array says how it lives.

    Tensors are known by their addresses.
    """

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self._array = ref(array)

    @property
    def is_gone(self) -> bool:
        """Tell whether there is no such array any more."""
        return self._array() is None

    def is_shown_by(self, tensor: Tensor) -> bool:  # noqa: ARG002 - at an address of the array
        """Tell whether a tensor at an address of the array shows it."""
        return not self.is_gone


Memory: TypeAlias = Storage | ArrayMemory


def memory_of(tensor: Tensor) -> Memory:
    """Return a tensor's memory, or the array of the user's code whose memory it shows."""
    array = _array_round(tensor)
    return Storage(tensor) if array is None else ArrayMemory(array)


def _array_round(tensor: Tensor) -> np.ndarray[Any, Any] | None:
    """Return the array of the user's code whose memory a tensor shows; None where that memory is torch's own."""
    if tensor.device.type != "cpu" or block_of(tensor) is None or tensor.untyped_storage().resizable():
        return None
    address = tensor.data_ptr()
    for _, _, held in held_round(user_frame()):
        if isinstance(held, np.ndarray):
            array = _whole(held)
            if array.ctypes.data <= address < array.ctypes.data + array.nbytes:
                return array
    return None


def _whole(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
