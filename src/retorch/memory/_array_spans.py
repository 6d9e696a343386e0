"""Where the memory of a NumPy array, a buffer or an object with an array interface lies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from retorch.memory._layout import Layout
from retorch.memory._span import Buffer, Span
from retorch.memory._tensor_spans import NotForThisKind, tensor_parts

# `as_strided` and `sliding_window_view` put one of these between the array and what it belongs to.
_BETWEEN: Any = type(as_strided(np.zeros(1)).base)


def array_span(array: np.ndarray[Any, Any]) -> Span:
    """Return where an array lies; the buffer is that of the array, bytes, map or tensor that its memory belongs to."""
    address, itemsize = array.__array_interface__["data"][0], array.itemsize
    layout = Layout((*array.shape, itemsize), (*array.strides, 1), address, 1)
    buffer = _buffer_of(_owner(array), layout)
    return Span(str(array.dtype), array.shape, array.strides, itemsize, address, "cpu", buffer)


def buffer_span(value: Any) -> Span:
    """Return where the bytes of an object with the buffer protocol lie.

    Raises:
        NotForThisKind: NumPy cannot read its format, or it gave its memory back.
    """
    try:
        return array_span(np.asarray(memoryview(value)))
    except (ValueError, TypeError, NotImplementedError) as error:
        raise NotForThisKind(str(error)) from error


def interface_span(value: Any) -> Span:
    """Return where an object with `__array_interface__` lies.

    Raises:
        NotForThisKind: it raises, or gives bytes away that were copied for the occasion.
    """
    try:
        data = value.__array_interface__.get("data")
        array = np.asarray(value)
    except Exception as error:
        raise NotForThisKind(f"its __array_interface__ cannot be used: {error}") from error
    if data is not None and not isinstance(data, tuple):
        raise NotForThisKind("it hands out a copy of its memory")
    return array_span(array)


def dlpack_span(value: Any) -> Span:
    """Return where an object with `__dlpack__` lies.

    Raises:
        NotForThisKind: it does not lend its memory to torch.
    """
    try:
        lent = from_dlpack(value)
    except Exception as error:
        raise NotForThisKind(f"it does not lend its memory: {error}") from error
    ((_, span),) = tensor_parts(lent)
    # The storage that torch made for the occasion is gone in a moment; the object stays.
    buffer = Buffer(id(value), span.buffer.space, span.buffer.begin, span.buffer.end)
    return Span(span.dtype, span.shape, span.byte_strides, span.itemsize, span.address, span.device, buffer)


def base_of(value: Any) -> Any:
    """Return what an array or a `memoryview` is a view of; None where it is none, and for anything else."""
    base: Any = value.base if isinstance(value, np.ndarray) else value.obj if isinstance(value, memoryview) else None
    return base.base if isinstance(base, _BETWEEN) else base


def _owner(value: Any) -> Any:
    while (base := base_of(value)) is not None:
        value = base
    return value


def _buffer_of(owner: Any, layout: Layout) -> Buffer:
    begin, end = layout.extent()
    if isinstance(owner, Tensor):
        return _widened(next(tensor_parts(owner))[1].buffer, begin, end)
    if isinstance(owner, np.ndarray):
        whole = (*owner.shape, owner.itemsize), (*owner.strides, 1)
        own = Layout(*whole, owner.__array_interface__["data"][0], 1).extent()
    else:
        own = _range_of(owner)
    return _widened(Buffer(id(owner), "cpu", *own), begin, end)


def _range_of(owner: Any) -> tuple[int, int]:
    try:
        array = np.asarray(memoryview(owner))
    except (TypeError, ValueError, BufferError):  # a capsule, a handle: nothing is known but what is seen of it
        return (0, 0)
    address = array.__array_interface__["data"][0]
    return address, address + array.nbytes


def _widened(buffer: Buffer, begin: int, end: int) -> Buffer:
    """Return the buffer with the bytes seen in it, where the owner does not tell how much it holds."""
    if begin == end or (buffer.begin <= begin and end <= buffer.end):
        return buffer
    if buffer.begin == buffer.end:
        return Buffer(buffer.identity, buffer.space, begin, end)
    return Buffer(buffer.identity, buffer.space, min(begin, buffer.begin), max(end, buffer.end))
