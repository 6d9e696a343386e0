"""Which memory a tensor lies in, as something to compare that keeps nothing alive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

_LONGEST = 200


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


def tensors_of(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[Tensor]:
    """Yield the tensors among the arguments of a call, also in a list or tuple among them."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (each for each in value if isinstance(each, Tensor))


def comparable(index: tuple[Any, ...]) -> str:
    """Return an index as something that is equal for equal ones; of a tensor, for the same one."""
    return repr([id(part) if isinstance(part, Tensor) else part for part in index])[:_LONGEST]
