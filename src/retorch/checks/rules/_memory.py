"""Which memory a tensor lies in, as something to compare that keeps nothing alive."""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import NDArray
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

_LONGEST = 200

Place: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...]]  # address, shape, strides


def block_of(tensor: Tensor) -> int | None:
    """Return the identity of a tensor's storage; None for kinds that have none."""
    try:
        return int(tensor.untyped_storage()._cdata)  # noqa: SLF001 - data pointers are 0 for every empty tensor
    except (RuntimeError, NotImplementedError):
        return None


class Storage:
    """Memory that is not kept alive."""

    def __init__(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        self.block = int(storage._cdata)  # noqa: SLF001 - as in `block_of`
        self._weakly = StorageWeakRef(storage)

    @property
    def is_gone(self) -> bool:
        """Tell whether no tensor shows it any more."""
        return bool(self._weakly.expired())

    def is_shown_by(self, tensor: Tensor) -> bool:
        """Tell whether a tensor shows this memory, and not what came to its address since."""
        return not self.is_gone and block_of(tensor) == self.block


def storage_of(tensor: Tensor) -> Storage | None:
    """Return a tensor's memory; None for kinds that have none."""
    return None if block_of(tensor) is None else Storage(tensor)


def place_of(tensor: Any) -> Place | None:
    """Return where a tensor lies and how; None for an empty one, and for kinds without memory of their own."""
    try:
        return (tensor.data_ptr(), tuple(tensor.shape), tuple(tensor.stride())) if tensor.numel() else None
    except (RuntimeError, NotImplementedError):
        return None


def address_of(array: NDArray[Any]) -> int:
    """Return where the values of an array begin."""
    address: int = array.__array_interface__["data"][0]
    return address


def comparable(index: tuple[Any, ...]) -> str:
    """Return an index as something that is equal for equal ones; of a tensor, for the same one."""
    return repr([id(part) if isinstance(part, Tensor) else part for part in index])[:_LONGEST]
