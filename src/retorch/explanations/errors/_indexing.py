"""Errors of index tensors: their dtype, their shape, the values they may have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from retorch.explanations._calls import Call, dtype_name
from retorch.explanations.errors._registry import Explanation, explains

_WHOLE = {torch.int64, torch.int32, torch.bool, torch.uint8, torch.int16, torch.int8}
_POSITION_OF_INDEX = {"embedding": 0, "embedding_bag": 0, "take": 1, "__getitem__": 1, "__setitem__": 1, "one_hot": 0,
                      "index_select": 2, "gather": 2, "scatter": 2, "scatter_": 2, "scatter_add": 2, "scatter_add_": 2,
                      "index_add": 2, "index_add_": 2, "index_fill": 2, "index_fill_": 2, "index_copy": 2,
                      "index_copy_": 2, "take_along_dim": 1}  # fmt: skip
_NAMES_OF_INDEX = ("index", "indices", "input", "key")


@explains(
    r"tensors used as indices must be long, int, byte or bool tensors",
    r"Expected tensor for argument #\d 'indices' to have one of the following scalar types: Long, Int",
    r"Expected dtype int32/int64 for index",
    r"Expected dtype int32 or int64 for index",
    r"Expected a long tensor for index",
    r"dtype of indices should be Long",
    r"one_hot is only applicable to index tensor of type LongTensor",
)
def index_that_is_not_whole(call: Call, _match: re.Match[str]) -> Explanation | None:
    """An index counts, so it is a whole number: int64 works everywhere.

    Wrong: `x[weights > 0.5 * 1.0]` computed as floats. Right: a comparison (bool) or `.long()`.
    """
    index = next((one for one in _index_tensors(call) if one.dtype not in _WHOLE), None)
    if index is None:
        index = next((one for one in _index_tensors(call) if one.dtype != torch.int64), None)
    if index is None:
        return None
    name, subject = call.name(index, "the index"), call.subject(index, "the index")
    return Explanation(
        f"{name} is used as an index and holds {dtype_name(index.dtype)}.",
        f"{subject}.long(); of a mask of zeros and ones, {subject}.bool().",
        [(name, index)],
    )


@explains(r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)")
def index_out_of_bounds(call: Call, match: re.Match[str]) -> Explanation | None:
    """Indices run from 0 to the size less one, and from -1 back to minus the size."""
    if call.operation not in ("__getitem__", "__setitem__", "select"):
        return None
    size = int(match[3])
    tensor = call.args[0]
    if size not in tensor.shape:
        return None
    allowed = f"from {-size} to {size - 1}" if size else "none at all: it is empty"
    return Explanation(f"Dimension {match[2]} has {size} elements: indices run {allowed}.", "", [("", tensor)])


@explains(r"index out of range in self")
def row_out_of_range(call: Call, _match: re.Match[str]) -> Explanation | None:
    """An embedding has a row for each index below `num_embeddings`; 0 is the first."""
    table = call.argument(1, "weight") if call.operation in ("embedding", "embedding_bag") else None
    if not isinstance(table, Tensor):
        return None
    index = call.argument(0, "input")
    names, rows = (call.name(table, "the table"), call.name(index, "the index")), table.shape[0]
    return Explanation(
        f"{names[0]} has {rows} rows, so {names[1]} may hold 0 to {rows - 1}.",
        "give the embedding as many rows as the largest index plus one, padding and unknown included.",
    )


@explains(r"too many indices for tensor of dimension (\d+)")
def too_many_indices(call: Call, match: re.Match[str]) -> Explanation | None:
    """Each dimension takes one index."""
    if call.operation not in ("__getitem__", "__setitem__") or call.args[0].dim() != int(match[1]):
        return None
    return Explanation(f"It has {match[1]} dimensions, and each takes one index.", "", [("", call.args[0])])


@explains(r"The shape of the mask \[.*?\] at index \d+ does not match the shape of the indexed tensor")
def mask_of_another_shape(call: Call, _match: re.Match[str]) -> Explanation | None:
    """A mask has the sizes of the dimensions that it stands for."""
    mask = next((one for one in _index_tensors(call) if one.dtype in (torch.bool, torch.uint8)), None)
    if mask is None:
        return None
    return Explanation(
        f"The mask {call.name(mask)} needs the sizes of the dimensions it picks from: {list(call.args[0].shape)}.",
        "",
        [("", call.args[0]), ("", mask)],
    )


def _index_tensors(call: Call) -> Iterator[Tensor]:
    position = _POSITION_OF_INDEX.get(call.operation)
    if position is not None:
        given: Any = [call.args[position]] if position < len(call.args) else []
        given += [call.kwargs[name] for name in _NAMES_OF_INDEX if name in call.kwargs]
        yield from _flat(given)


def _flat(given: Any) -> Iterator[Tensor]:
    for one in given:
        if isinstance(one, Tensor):
            yield one
        elif type(one) in (list, tuple):
            yield from _flat(one)
