"""Numbers that stand for the samples of a batch, equal for equal samples. Leaves the global generators alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Parameter

_MOST_VALUES = 1024
# Fewer values have one order among few, which other rows have too.
_FEWEST_IN_ORDER = 8


def tensors_in(batch: Any) -> Iterator[Tensor]:
    """Yield the tensors of a batch, in order: itself, or those in nested lists, tuples and mappings."""
    if isinstance(batch, Tensor):
        yield batch
    elif isinstance(batch, Mapping):
        for each in batch.values():
            yield from tensors_in(each)
    elif isinstance(batch, (list, tuple)):
        for each in batch:
            yield from tensors_in(each)


def has_rows(tensor: Tensor) -> bool:
    """Tell whether a tensor is (N, ...) of real numbers that can be read at once, and holds any."""
    is_plain = tensor.device.type == "cpu" and tensor.layout is torch.strided and not tensor.is_nested
    if not is_plain or tensor.is_complex() or tensor.is_quantized or type(tensor) not in (Tensor, Parameter):
        return False
    return tensor.dim() > 0 and tensor.numel() > 0


def row_numbers(batch: Tensor, most_values: int = _MOST_VALUES) -> list[int]:
    """Return a number for each row, equal for equal values in float32, whatever their dtypes.

    Args:
        batch: (N, ...).
        most_values: of a row; longer ones are read at regular distances.

    Returns:
        [] where they cannot be read without waiting for a device.
    """
    if not has_rows(batch):
        return []
    # By adding zero, -0.0 becomes 0.0.
    return _numbers_of((_thinned(batch, most_values) + np.float32(0)).view(np.int32))


def order_numbers(batch: Tensor, most_values: int = _MOST_VALUES) -> list[int]:
    """Return a number for each row, equal where the values have the same order by size, as before and after a scaling.

    Args:
        batch: (N, ...).
        most_values: of a row; longer ones are read at regular distances.

    Returns:
        [] where they cannot be read, or where the rows are too short.
    """
    if not has_rows(batch) or batch.numel() < _FEWEST_IN_ORDER * len(batch):
        return []
    return _numbers_of(_thinned(batch, most_values).argsort(axis=1, kind="stable"))


def _thinned(batch: Tensor, most_values: int) -> NDArray[np.float32]:
    # NumPy takes a fraction of torch's time for so little.
    rows = batch.detach().float().numpy(force=True).reshape(len(batch), -1)
    return rows[:, :: -(-rows.shape[1] // most_values)]


def _numbers_of(rows: NDArray[np.signedinteger[Any]]) -> list[int]:
    numbers: list[int] = (rows * _weights(rows.shape[1])).sum(1).tolist()
    return numbers


def sample_numbers(batch: Any) -> list[int]:
    """Return a number for each sample of a batch, whose tensors have one row and whose lists one text for each."""
    several = [_numbers(each) for each in _columns(batch)]
    if not several or len({len(each) for each in several}) > 1:
        return []
    return [hash(sample) for sample in zip(*several, strict=True)]


def number_of_all(batch: Any) -> int | None:
    """Return one number for a whole batch, as for a sample that is none; None where nothing in it can be read."""
    several = [_numbers(each.reshape(1, -1) if isinstance(each, Tensor) else each) for each in _columns(batch)]
    return hash(tuple(map(tuple, several))) if any(several) else None


def _columns(batch: Any) -> Iterator[Tensor | Sequence[str]]:
    if isinstance(batch, Tensor):
        yield batch
    elif isinstance(batch, str):
        yield [batch]
    elif isinstance(batch, Mapping):
        for each in batch.values():
            yield from _columns(each)
    elif isinstance(batch, (list, tuple)):
        if batch and all(isinstance(each, str) for each in batch):
            yield batch
        else:
            for each in batch:
                yield from _columns(each)


def _numbers(column: Tensor | Sequence[str]) -> list[int]:
    return row_numbers(column) if isinstance(column, Tensor) else [hash(text) for text in column]


@cache
def _weights(count: int) -> NDArray[np.int64]:
    return np.random.Generator(np.random.PCG64(count)).integers(-(2**62), 2**62, count)
