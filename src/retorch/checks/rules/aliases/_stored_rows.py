"""`fingerprint`: what a data set holds in memory of one sample, as a number for each piece."""

from __future__ import annotations

import bisect
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, Dataset, Subset

_MOST_BYTES = 1 << 20  # of one piece
_DEEPEST = 3


def fingerprint(dataset: Any, index: Any) -> dict[str, int]:
    """Return a checksum of each tensor and array that a data set holds in memory for a sample, by where it holds it.

    Reads plain attributes, lists and dictionaries, and runs nothing of the user's. Single numbers are left out: a
    counter or a loss that a data set keeps for each sample is meant to change.
    """
    dataset, index = _innermost(dataset, index)
    if not isinstance(index, int):
        return {}
    found = {}
    for name, piece in _pieces(dataset, index):
        number = checksum(piece) if _is_array(piece) else None
        if number is not None:
            found[name] = number
    return found


def _innermost(dataset: Any, index: Any) -> tuple[Any, Any]:
    """Step through the data sets that only choose from another one."""
    if isinstance(index, (np.integer, Tensor)) and not getattr(index, "ndim", 0):
        index = int(index)
    for _ in range(_DEEPEST):
        if not isinstance(index, int):
            break
        if getattr(type(dataset), "__getitem__", None) is Subset.__getitem__:
            dataset, index = dataset.dataset, int(dataset.indices[index])
        elif type(dataset) is ConcatDataset and index >= 0:
            place = bisect.bisect_right(dataset.cumulative_sizes, index)
            index -= dataset.cumulative_sizes[place - 1] if place else 0
            dataset = dataset.datasets[place]
        else:
            break
    return dataset, index


def _pieces(dataset: Any, index: int) -> Iterator[tuple[str, Any]]:
    if isinstance(dataset, (list, tuple)):
        yield from _inside("", dataset[index], _DEEPEST)
        return
    try:
        length = len(dataset)
    except TypeError:
        return
    for name, value in list(getattr(dataset, "__dict__", {}).items()):
        # A data set that transforms what another one gives, with the same index.
        if isinstance(value, Dataset):
            yield from ((f"{name}.{inner}", piece) for inner, piece in _pieces(*_innermost(value, index)))
        else:
            yield from _of_sample(name, value, index, length, _DEEPEST)


def _of_sample(name: str, value: Any, index: int, length: int, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield what a value holds for a sample: the row of a table, the item of a list, both also inside of others.

    What is of another length belongs to no sample: a place to work in may change as it likes.
    """
    if _is_array(value):
        if value.ndim and len(value) == length:
            yield f"{name}[{index}]", value[index]
        elif value.ndim and length < len(value) <= 1.5 * length and index >= 0:  # windows on a series
            window = slice(index, index + len(value) - length + 1)
            yield f"{name}[{window.start}:{window.stop}]", value[window]
    elif isinstance(value, (list, tuple)) and len(value) == length:
        yield from _inside(f"{name}[{index}]", value[index], depth)
    elif depth and isinstance(value, (list, tuple, Mapping)):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, held in list(items)[:16]:
            yield from _of_sample(f"{name}[{key!r}]", held, index, length, depth - 1)


def _inside(name: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if _is_array(value):
        yield name, value
    elif depth and isinstance(value, (list, tuple, Mapping)):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, held in items:
            yield from _inside(f"{name}[{key!r}]", held, depth - 1)


def _is_array(value: Any) -> bool:
    if isinstance(value, Tensor):
        return value.device.type == "cpu" and value.layout is torch.strided
    return isinstance(value, np.ndarray) and not value.dtype.hasobject


def checksum(piece: Any) -> int | None:
    """Return a checksum of a tensor or an array on the CPU; None for a single number."""
    if not (piece.numel() if isinstance(piece, Tensor) else np.size(piece)) > 1:
        return None
    if isinstance(piece, Tensor):
        # As bytes: NumPy has no bfloat16.
        plain = piece.detach().resolve_conj().resolve_neg().contiguous()
        piece = plain.reshape(-1).view(torch.uint8).numpy()
    return zlib.crc32(np.ascontiguousarray(piece).reshape(-1).view(np.uint8)[:_MOST_BYTES].data)
