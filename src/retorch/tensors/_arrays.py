"""Facts about memory outside of tensors: NumPy arrays, torch storages, buffers, and what speaks DLPack."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from retorch.errors import UsageError
from retorch.memory import Layout, NotForThisKind, Span, base_of, find_parts, overlaps_itself
from retorch.tensors._facts import DType, StorageFacts, TensorFacts, ViewFacts
from retorch.tensors._kinds import Kind
from retorch.tensors._writing import InPlace

_ALLOWED = InPlace("allowed", complete=True)
_READ_ONLY = InPlace("forbidden", "read-only; write into a copy", "read-only", complete=True)
_OVERLAPPING = InPlace(
    "silently wrong",
    "several indices show the same memory: what it ends up with depends on the order of writing; copy() it first",
    complete=True,
)
_PERHAPS_OVERLAPPING = InPlace(
    "unknown", "whether several indices show the same memory takes too long to find out; copy() it first", complete=True
)
_UNCOUNTED = InPlace("silently wrong", "torch counts no version for it, so that no backward notices a write")


def read_array(array: np.ndarray[Any, Any]) -> TensorFacts:
    """Read a NumPy array; strides are counted in elements too where each is a whole number of them."""
    return _read(array, "array", dtype=array.dtype, view=_view(array), writable=array.flags.writeable)


def read_storage(storage: torch.UntypedStorage | torch.TypedStorage) -> TensorFacts:
    """Read a storage as the row of bytes that it is."""
    return _read(storage, "storage", device=storage.device, in_place=_UNCOUNTED)


def read_other(x: Any) -> TensorFacts:
    """Read a memoryview, another buffer, or what speaks `__array_interface__` or DLPack.

    Raises:
        UsageError: it lends its memory to nobody.
    """
    try:
        seen = memoryview(x)
    except TypeError:
        return _read(x, "buffer")
    with seen:
        # `memoryview(x)` is a view of our own making; one that is given is the user's.
        view = ViewFacts(type(base_of(x)).__name__) if isinstance(x, memoryview) else None
        return _read(x, "buffer", view=view, writable=not seen.readonly)


def _read(
    x: Any,
    kind: Kind,
    *,
    dtype: DType | None = None,
    device: torch.device | None = None,
    view: ViewFacts | None = None,
    writable: bool = True,
    in_place: InPlace | None = None,
) -> TensorFacts:
    try:
        ((_, span),) = find_parts(x)
    except NotForThisKind as error:
        raise UsageError(f"the memory of this {type(x).__name__} cannot be looked at: {error}") from error
    buffer = span.buffer
    return TensorFacts(
        kind=kind,
        type_name=type(x).__name__,
        shape=span.shape,
        dtype=dtype if dtype is not None else _dtype(span.dtype),
        device=device,
        torch_layout="",
        layout=_layout(span),
        byte_strides=span.byte_strides,
        bytes_seen=span.numel * span.itemsize,
        storage=StorageFacts(buffer.end - buffer.begin, buffer.identity, writable=writable),
        view=view,
        conj=False,
        neg=False,
        autograd=None,
        in_place=in_place or _judge_writing(span, writable=writable),
    )


def _layout(span: Span) -> Layout | None:
    """Count in elements what NumPy counts in bytes; None where that gives no whole numbers."""
    offset = span.address - span.buffer.begin if span.numel else 0
    if span.strides is None or offset % span.itemsize:
        return None
    return Layout(span.shape, span.strides, offset // span.itemsize, span.itemsize)


def _dtype(name: str) -> DType | None:
    return None if name == "bytes" else np.dtype(name)


def _view(array: np.ndarray[Any, Any]) -> ViewFacts | None:
    base = base_of(array)
    if base is None:
        return None
    if isinstance(base, np.ndarray):
        return ViewFacts(type(base).__name__, base.shape, base.dtype)
    if isinstance(base, Tensor):
        return ViewFacts(type(base).__name__, tuple(base.shape), base.dtype, base.requires_grad, base.is_leaf)
    return ViewFacts(type(base_of(base) if isinstance(base, memoryview) else base).__name__)


def _judge_writing(span: Span, *, writable: bool) -> InPlace:
    if not writable:
        return _READ_ONLY
    overlaps = overlaps_itself(span.layout)  # byte by byte: strides of NumPy need not be whole elements
    return _PERHAPS_OVERLAPPING if overlaps is None else _OVERLAPPING if overlaps else _ALLOWED
