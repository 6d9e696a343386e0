"""Why an operation had to copy, in a few words."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from retorch.memory import Layout
from retorch.tracing._events import Event

# What torch has no strides for, or what is to be together.
_BY_OPERATOR = {
    "index": "an index of numbers or a mask copies; a slice would share",
    "index_select": "rows picked by number are copied; a slice would share",
    "embedding": "rows picked by number are copied",
    "gather": "elements picked by number are copied",
    "take": "elements picked by number are copied",
    "masked_select": "elements picked by a mask are copied",
    "repeat": "repeat fills new memory; expand would share",
    "flip": "torch has no negative strides, so a reversed order is copied",
    "roll": "an order that wraps round is copied",
    "_pin_memory": "pinned memory is other memory",
}
_BY_BEGINNING = {
    ("cat", "_chunk_cat", "stack", "block_diag"): "what is joined lies in new memory",
    ("constant_pad", "reflection_pad", "replication_pad"): "padding needs room round the values",
    ("_to_sparse", "_to_dense", "to_mkldnn"): "another form of storage is other memory",
    ("slice_scatter", "select_scatter", "diagonal_scatter", "as_strided_scatter", "index_copy"):
        "the whole is copied to replace a part of it",
}  # fmt: skip


def reason_for_copy(event: Event, operator: str, operation: str) -> str:
    """Say why there was a copy.

    Args:
        event: the copy.
        operator: torch's name, without namespace and overload.
        operation: the name at the place of the call.
    """
    if event.source is None:
        return "numbers from a Python list are written into new memory"
    if operator == "detach":
        return (
            "np.array copies; np.asarray would share" if operation == "array" else "NumPy was asked for another dtype"
        )
    if operator == "_to_copy":
        return _conversion(event.source, event.tensor, operation)
    if operator == "clone" and operation != "clone":
        return _rearrangement(event.source, operation)
    if operator in _BY_OPERATOR:
        return _BY_OPERATOR[operator]
    return next((reason for names, reason in _BY_BEGINNING.items() if operator.startswith(names)), _plain(operation))


def _conversion(source: Tensor, result: Tensor, operation: str) -> str:
    if source.dtype != result.dtype:
        return f"{_dtype(source)} becomes {_dtype(result)}"
    if operation == "tensor":
        return "torch.tensor always copies; torch.as_tensor would share"
    return "the memory format changes" if source.stride() != result.stride() else _plain(operation)


def _rearrangement(source: Tensor, operation: str) -> str:
    if source.layout is not torch.strided or source.is_nested:
        return _plain(operation)
    if source.is_conj() or source.is_neg():
        return "a sign that was put off (conj, neg) is written out"
    shape, strides = tuple(source.shape), source.stride()
    dimension = Layout(shape, strides, 0, source.itemsize).breaks_at()
    if dimension is None:
        return _plain(operation)
    needed = math.prod(shape[dimension + 1 :])
    return f"not contiguous: dimension {dimension} has stride {strides[dimension]}, row-major needs {needed}"


def _plain(operation: str) -> str:
    return f"{operation} makes a copy" if operation else "a copy was made"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
