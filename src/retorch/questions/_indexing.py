"""What `x[key]` gives: torch reads the key itself, on tensors without memory.

Python code never walks through the key here, so every rule of torch's (lists that count as tuples, masks, integers
hidden in tensors) and every change of them in a later version holds. The key is applied to a tensor of one byte that is
seen at every index; each slice and each integer that torch takes off it is taken off the twin too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from retorch.errors import UsageError
from retorch.questions._outcomes import Outcome
from retorch.questions._twins import Subject, one_element
from retorch.tensors import kind_of

_INDEX = torch.ops.aten.index.Tensor
_INDEX_OUT = torch.ops.aten.index.Tensor_out


def indexed(subject: Subject, twin: Tensor, key: Any, *, wait: bool = False) -> Outcome:
    """Find what `x[key]` gives. Call it in `plain_torch`.

    Args:
        subject: the tensor x.
        twin: its meta twin.
        key: whatever may stand in the brackets. Index tensors in host memory are read: a mask is counted.
        wait: read index tensors on an accelerator too, which waits for it.

    Returns:
        The outcome; its shape is unknown where a mask lies on an accelerator and `wait` is False.

    Raises:
        Exception: what torch raises for this key.
        UsageError: an index tensor without values.
    """
    host_key, unread = _on_host(key, subject.device, wait=wait)
    reading = _Reading(one_element(subject.shape), twin)
    sliced = reading.read(host_key)
    gathering = reading.gathering
    if gathering is None:
        return Outcome(sliced, subject.device, offset_known=not unread)
    if unread and any(index is not None and _is_mask(index) for index in gathering.indices):
        return Outcome(None, subject.device, reason=_NOT_READ)
    _check(gathering)
    # torch computes strides of the default overload's result in Python on meta, and wrongly for transposed indices and
    # empty results; writing into a result of another size goes the way of the real kernels.
    source = gathering.twin.resolve_conj().resolve_neg()
    result = _INDEX_OUT(source, _on_meta(gathering.indices), out=source.new_empty(0))
    return Outcome(result, subject.device, reason=_gathers(gathering))


@dataclass(frozen=True, slots=True)
class _Gathering:
    """The last step of `x[key]`: `indices` select from a tensor whose slices and integers are taken off already."""

    shape: tuple[int, ...]
    twin: Tensor
    indices: list[Tensor | None]


class _Reading(TorchDispatchMode):
    """Do to a twin what torch does to a tensor as it reads a key, and keep the one call that copies from happening."""

    def __init__(self, tensor: Tensor, twin: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.gathering: _Gathering | None = None
        self._tensor = tensor
        # The tensors are kept too: a number from `id` means something as long as its object lives.
        self._twins = {id(tensor): (tensor, twin)}

    def read(self, key: Any) -> Tensor | None:
        """Return the twin of `tensor[key]` where that is a view."""
        with self:
            result = self._tensor[key]
        return None if self.gathering else self._twins[id(result)][1]

    def __torch_dispatch__(self, operation: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tensor, twin = self._twins.get(id(args[0]), (None, None))
        if tensor is None or twin is None:
            return operation(*args, **kwargs)
        if operation is _INDEX:
            self.gathering = _Gathering(tuple(tensor.shape), twin, [_bool_mask(index) for index in args[1]])
            return tensor.new_empty(0)
        result = operation(*args, **kwargs)
        self._twins[id(result)] = result, operation(twin, *args[1:], **kwargs)
        return result


_WITHOUT_VALUES = ("meta", "fake", "wrapper", "functorch", "uninitialised")
_NOT_READ = (
    "how many elements the mask selects depends on its values, which are on an accelerator and were not read: "
    "ask with index(key, wait=True)"
)


def _on_host(key: Any, device: torch.device, *, wait: bool) -> tuple[Any, bool]:
    """Return the key with each index tensor in host memory, and whether values of some are unknown there."""
    if isinstance(key, Tensor):
        return _tensor_on_host(key, device, wait=wait)
    if type(key) not in (tuple, list) or not any(isinstance(part, (Tensor, tuple, list)) for part in key):
        return key, False
    parts = [_on_host(part, device, wait=wait) for part in key]
    return type(key)(part for part, _ in parts), any(unread for _, unread in parts)


def _tensor_on_host(index: Tensor, device: torch.device, *, wait: bool) -> tuple[Tensor, bool]:
    kind = kind_of(index)
    if kind in _WITHOUT_VALUES:
        raise UsageError(f"The values of an index decide, and a {kind} tensor shows none: ask with one on the cpu.")
    if index.device.type == "cpu":
        return index, False
    if index.device != device:
        raise RuntimeError(f"indices should be either on cpu or on the same device as the indexed tensor ({device})")
    if wait:
        return index.cpu(), False
    return torch.zeros((), dtype=index.dtype).expand(index.shape), True


def _bool_mask(index: Tensor | None) -> Tensor | None:
    # Masks of uint8 are deprecated, and here torch would print that instead of warning.
    return index.to(torch.bool) if index is not None and index.dtype == torch.uint8 else index


def _is_mask(index: Tensor) -> bool:
    return index.dtype == torch.bool


def _check(gathering: _Gathering) -> None:
    """Let torch check bounds, shapes of masks, broadcasting and dtypes, on the smallest tensor that shows them."""
    narrowed, indices = _narrowed(gathering), gathering.indices
    if sum(index is not None for index in indices) == 1:
        indices = [_without_places(index) for index in indices]
    try:
        _INDEX(narrowed, indices)
    except IndexError as error:
        shapes = f"indexed tensor {list(narrowed.shape)}", f"indexed tensor {list(gathering.shape)}"
        raise IndexError(str(error).replace(*shapes)) from None


def _without_places(index: Tensor | None) -> Tensor | None:
    # A list of the places that a mask as large as x selects would take more memory than x[mask] itself.
    if index is None or not _is_mask(index):
        return index
    return torch.zeros((), dtype=torch.bool).expand(index.shape)


def _narrowed(gathering: _Gathering) -> Tensor:
    shape = [min(size, 1) for size in gathering.shape]
    for dimension in _dimensions(gathering.indices):
        shape[dimension : dimension + 1] = gathering.shape[dimension : dimension + 1]
    return one_element(tuple(shape))


def _dimensions(indices: Sequence[Tensor | None]) -> list[int]:
    """Return the dimensions that are indexed; a mask takes as many as it has."""
    found: list[int] = []
    at = 0
    for index in indices:
        width = index.ndim if index is not None and _is_mask(index) else 1
        found += range(at, at + width) if index is not None else ()
        at += width
    return found


def _on_meta(indices: Sequence[Tensor | None]) -> list[Tensor | None]:
    """Put indices on the meta device, a mask as the integers that it stands for."""
    found: list[Tensor | None] = []
    for index in indices:
        if index is None:
            found.append(None)
        elif _is_mask(index):
            count = int(index.count_nonzero())
            found += _meta((count, index.ndim), (1, count), torch.int64).unbind(1)
        else:
            found.append(_meta(index.shape, index.stride(), index.dtype))
    return found


def _meta(shape: Sequence[int], strides: Sequence[int], dtype: torch.dtype) -> Tensor:
    return torch.empty_strided(shape, strides, dtype=dtype, device="meta")


def _gathers(gathering: _Gathering) -> str:
    dimensions = _dimensions(gathering.indices)
    which = "dimension" if len(dimensions) == 1 else "dimensions"
    return (
        f"an index of several places (a tensor, list, mask or bool; here on {which} {_listed(dimensions)}) collects "
        "its elements in new memory; integers and slices share"
    )


def _listed(numbers: Sequence[int]) -> str:
    words = [str(number) for number in numbers]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
