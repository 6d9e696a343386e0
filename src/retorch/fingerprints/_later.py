"""`Later`: fingerprints that may still be on their way from a device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retorch.fingerprints._kinds import TensorTree, take_apart, undisturbed
from retorch.fingerprints._memory import hash_quickly, hash_strided, seed_of_tensor
from retorch.fingerprints._mixing import MASK
from retorch.fingerprints._ordered import finish, ordered_sums
from retorch.fingerprints._transfer import Transfer
from retorch.fingerprints._trees import Node, replace_leaves, settle


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where the ordered sum of one tensor arrives."""

    device: torch.device
    place: int
    seed: int


_SlotTree: TypeAlias = "int | _Slot | Node[_Slot]"


class Later:
    """Fingerprints of several things, in their order. Those of CPU tensors are there at once.

    What was on an accelerator is summed up there in the order of its stream, before whatever is done to it next, and
    the sums are copied to the host without making anybody wait. No tensor is kept alive.
    """

    def __init__(self, trees: Iterable[TensorTree]) -> None:
        waiting: dict[torch.device, list[Tensor]] = {}

        def start(tensor: Tensor) -> int | _Slot:
            if _on_host(tensor):
                return hash_host_tensor(tensor)
            tensors = waiting.setdefault(tensor.device, [])
            tensors.append(tensor)
            return _Slot(tensor.device, len(tensors) - 1, seed_of_tensor(tensor))

        self._trees: list[_SlotTree] = [replace_leaves(tree, start) for tree in trees]
        self._transfers = {device: Transfer(ordered_sums(tensors)) for device, tensors in waiting.items()}

    def ready(self) -> bool:
        """Tell whether `read` would return without waiting for a device."""
        return all(transfer.arrived() for transfer in self._transfers.values())

    def read(self) -> NDArray[np.uint64]:
        """Return the fingerprints, uint64 [n], in the order in which the things were given; waits where it must."""
        sums = {device: transfer.read() for device, transfer in self._transfers.items()}

        def number_of(slot: _Slot) -> int:
            return finish(sums[slot.device][slot.place] & MASK, slot.seed)

        numbers = [settle(tree, number_of) for tree in self._trees]
        self._trees, self._transfers = [*numbers], {}
        return np.array(numbers, dtype=np.uint64)


def fingerprint_later(tensors: Sequence[Tensor]) -> Later:
    """Start taking the fingerprints of tensors, and return where they can be read.

    Args:
        tensors: of any kinds and on any devices, mixed as they come. What happens to them afterwards changes nothing.

    Raises:
        UsageError: one of them has no values.

    >>> import torch
    >>> fingerprints = fingerprint_later([torch.zeros(2), torch.ones(2), torch.zeros(2)]).read()
    >>> bool(fingerprints[0] == fingerprints[2] != fingerprints[1])
    True
    """
    with undisturbed():
        return Later([tree_of(tensor) for tensor in tensors])


def tree_of(tensor: Tensor) -> TensorTree:
    """Return a tensor's fingerprint where it is quickly taken, else the tensors that it consists of."""
    quick = hash_quickly(tensor)
    return take_apart(tensor) if quick is None else quick


def hash_host_tensor(tensor: Tensor) -> int:
    """Return the fingerprint of a strided CPU tensor."""
    quick = hash_quickly(tensor)
    return hash_strided(tensor) if quick is None else quick


def _on_host(tensor: Tensor) -> bool:
    return tensor.is_cpu
