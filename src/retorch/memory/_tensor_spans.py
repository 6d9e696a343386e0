"""Where the memory of a torch tensor or storage lies, asked without touching a value or an operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch._C import _functorch as functorch
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import _disable_current_modes

from retorch.memory._span import Buffer, Span

# What stands behind a member's name, such as ".values()", with the span; "" for a member that is one piece.
Part: TypeAlias = tuple[str, Span]

_SPARSE: dict[torch.layout, tuple[str, ...]] = {
    torch.sparse_coo: ("_indices", "_values"),
    torch.sparse_csr: ("crow_indices", "col_indices", "values"),
    torch.sparse_bsr: ("crow_indices", "col_indices", "values"),
    torch.sparse_csc: ("ccol_indices", "row_indices", "values"),
    torch.sparse_bsc: ("ccol_indices", "row_indices", "values"),
}


class NotForThisKind(Exception):  # noqa: N818 - the sentence that it carries begins so
    """The memory of this object cannot be asked for; the message is the reason, for people."""


def tensor_parts(tensor: Tensor) -> Iterator[Part]:
    """Yield the pieces of memory that a tensor stands for: one for most, several for sparse, nested and wrappers.

    Raises:
        NotForThisKind: it has no memory that can be asked for.
    """
    if functorch.is_functorch_wrapped_tensor(tensor):
        # Inside vmap this is the whole batch: the memory is not that of one sample.
        yield from tensor_parts(functorch.get_unwrapped(tensor))
    elif hasattr(type(tensor), "__tensor_flatten__"):
        yield from _inside_wrapper(tensor)
    elif tensor.layout in _SPARSE:
        with torch.no_grad(), _disable_current_modes():  # a view of each part, out of sight of anybody who counts
            parts = {name: getattr(tensor, name)() for name in _SPARSE[tensor.layout]}
            yield from ((f".{name}(){label}", span) for name in parts for label, span in tensor_parts(parts[name]))
    elif tensor.is_nested:
        yield from _inside_nested(tensor)
    else:
        yield "", _strided(tensor)


def storage_span(storage: torch.UntypedStorage) -> Span:
    """Return all the bytes of a storage."""
    buffer = _buffer(storage, str(storage.device), None)
    return Span("bytes", (storage.nbytes(),), (1,), 1, buffer.begin, str(storage.device), buffer)


def _strided(tensor: Tensor) -> Span:
    try:
        storage = tensor.untyped_storage()
        shape, strides, itemsize = tuple(tensor.shape), tensor.stride(), tensor.element_size()
        offset: Any = tensor.storage_offset()
    except (RuntimeError, ValueError) as error:  # NotImplementedError too
        raise NotForThisKind(_reason(tensor)) from error
    if not all(type(number) is int for number in (*shape, *strides, offset)):
        raise NotForThisKind("its sizes are symbols of a trace, not numbers")
    device = str(tensor.device)
    buffer = _buffer(storage, device, tensor)
    byte_strides = tuple(stride * itemsize for stride in strides)
    return Span(_dtype(tensor), shape, byte_strides, itemsize, buffer.begin + offset * itemsize, device, buffer)


def _buffer(storage: torch.UntypedStorage, device: str, tensor: Tensor | None) -> Buffer:
    identity, size = storage._cdata, storage.nbytes()  # noqa: SLF001 - the StorageImpl; only compared
    # A lazy clone has the address of its original until somebody writes, and to ask for the address is to write.
    lazy = tensor is not None and torch._C._is_cow_tensor(tensor)  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        begin = 0 if lazy or storage.device.type == "meta" else storage.data_ptr()
    except RuntimeError as error:
        raise NotForThisKind("it has a storage without an address") from error
    if begin == 0:
        return Buffer(identity, f"storage {identity}", 0, size)
    return Buffer(identity, device, begin, begin + size)


def _inside_wrapper(tensor: Any) -> Iterator[Part]:
    try:
        inner, _ = tensor.__tensor_flatten__()
        parts = [(name, getattr(tensor, name)) for name in inner]
    except Exception as error:
        raise NotForThisKind(_reason(tensor)) from error
    for name, part in parts:
        if isinstance(part, Tensor):
            yield from ((f".{name}{label}", span) for label, span in tensor_parts(part))


def _inside_nested(tensor: Tensor) -> Iterator[Part]:
    """Yield each sample of a nested tensor of the strided kind; the sizes are small tensors on the CPU."""
    storage, itemsize, device = tensor.untyped_storage(), tensor.element_size(), str(tensor.device)
    buffer = _buffer(storage, device, tensor)
    with torch.no_grad(), _disable_current_modes():
        shapes, strides = tensor._nested_tensor_size().tolist(), tensor._nested_tensor_strides().tolist()  # noqa: SLF001
        offsets = tensor._nested_tensor_storage_offsets().tolist()  # noqa: SLF001
    for place, (shape, steps, offset) in enumerate(zip(shapes, strides, offsets, strict=True)):
        byte_strides, address = tuple(step * itemsize for step in steps), buffer.begin + offset * itemsize
        yield f"[{place}]", Span(_dtype(tensor), tuple(shape), byte_strides, itemsize, address, device, buffer)


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _reason(tensor: Tensor) -> str:
    if is_lazy(tensor):
        return "it has no memory before the first forward"
    if tensor.layout is not torch.strided:
        return f"{str(tensor.layout).removeprefix('torch.').strip('_')} tensors do not show their memory"
    return f"a {type(tensor).__qualname__} does not show its memory"
