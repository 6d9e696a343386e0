"""Batches are tensors in tuples, lists, mappings, named tuples and dataclasses, nested as users like."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

_SEQUENCES = (list, tuple)


def map_tensors(batch: Any, function: Callable[[Tensor], Any]) -> Any:
    """Build a batch of the same structure with `function` applied to each tensor.

    Args:
        batch: a tensor, or tuples, lists, mappings, named tuples and dataclasses of them. Other leaves (strings,
            numbers, None) are handed on as they are.
        function: gets each tensor, of any shape, dtype and device.

    Returns:
        New containers of the same types; their leaves are what `function` returned.

    >>> map_tensors({"x": torch.zeros(2), "name": "a"}, lambda tensor: tensor + 1)
    {'x': tensor([1., 1.]), 'name': 'a'}
    """
    if isinstance(batch, Tensor):
        return function(batch)
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(map_tensors(item, function) for item in batch))
    if isinstance(batch, (tuple, list)):
        return type(batch)(map_tensors(item, function) for item in batch)
    if isinstance(batch, dict):
        return _like_dict(batch, {name: map_tensors(item, function) for name, item in batch.items()})
    if isinstance(batch, Mapping):
        return {name: map_tensors(item, function) for name, item in batch.items()}
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        changes = {f.name: map_tensors(getattr(batch, f.name), function) for f in dataclasses.fields(batch) if f.init}
        return dataclasses.replace(batch, **changes)
    return batch


def to_device(batch: Any, device: torch.device) -> Any:
    """Move every tensor of a batch, and whatever else knows `.to` (a packed sequence, a graph), to a device.

    Tensors that are there already are shared, not copied. From pinned memory the copy does not make the host wait.
    """
    if isinstance(batch, Tensor):
        return batch if batch.device == device else batch.to(device, non_blocking=True)
    # PackedSequence is a named tuple with a `to` of its own, which also keeps its lengths on the CPU.
    if hasattr(batch, "to") and callable(batch.to):
        return batch.to(device)
    if isinstance(batch, (tuple, list)) and not hasattr(batch, "_fields"):
        return type(batch)(to_device(item, device) for item in batch)
    if isinstance(batch, dict):
        return _like_dict(batch, {name: to_device(item, device) for name, item in batch.items()})
    return map_tensors(batch, lambda tensor: to_device(tensor, device))


def count_samples(batch: Any) -> int:
    """Return the length of the first axis of the first tensor in a batch; 0 where there is none.

    >>> count_samples((torch.zeros(32, 8), torch.zeros(32)))
    32
    """
    # The common batch comes first: this runs for each batch of each step.
    first = batch[0] if type(batch) in _SEQUENCES and batch else batch
    if isinstance(first, Tensor):
        return first.shape[0] if first.ndim else 1
    return next((tensor.shape[0] if tensor.dim() else 1 for tensor in _tensors(batch)), 0)


def _tensors(batch: Any) -> Iterator[Tensor]:
    if isinstance(batch, Tensor):
        yield batch
    elif isinstance(batch, Mapping):
        for item in batch.values():
            yield from _tensors(item)
    elif isinstance(batch, (tuple, list)):
        for item in batch:
            yield from _tensors(item)
    elif dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        for field in dataclasses.fields(batch):
            yield from _tensors(getattr(batch, field.name))


def _like_dict(original: dict[Any, Any], items: dict[Any, Any]) -> dict[Any, Any]:
    # A copy keeps what a subclass carries besides its items (an OrderedDict's type, a default factory).
    copy = original.copy()
    copy.update(items)
    return copy
