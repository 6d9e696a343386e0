"""Tensors and arrays in memory: as a data set, and a whole batch of them at once."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Subset, TensorDataset, default_collate
from torch.utils.data._utils.collate import collate_tensor_fn, default_collate_fn_map

from retorch.data._order import Indices
from retorch.errors import UsageError

# One machine copy each; an exotic dtype is read sample by sample, as torch reads it.
_PLAIN_DTYPES = frozenset(
    {
        torch.bool,
        torch.uint8,
        torch.int8,
        torch.int16,
        torch.int32,
        torch.int64,
        torch.float16,
        torch.bfloat16,
        torch.float32,
        torch.float64,
        torch.complex64,
        torch.complex128,
    }
)


def is_in_memory(dataset: object) -> bool:
    """Tell whether this is a tensor, an array, or a tuple or list of nothing else."""
    if isinstance(dataset, tuple | list):
        return len(dataset) > 0 and all(isinstance(part, Tensor | np.ndarray) for part in dataset)
    return isinstance(dataset, Tensor | np.ndarray)


def as_tensor_dataset(data: Any) -> TensorDataset:
    """Return a `TensorDataset` over tensors and arrays. Nothing is copied where torch can read the memory as it is.

    Raises:
        UsageError: a part has no first dimension, the first dimensions differ, or torch has no such dtype.
    """
    parts = list(data) if isinstance(data, tuple | list) else [data]
    sizes = [_first_size(part, number) for number, part in enumerate(parts)]
    for number, size in enumerate(sizes):
        if size != sizes[0]:
            raise UsageError(
                f"the data has {sizes[0]} samples in part 0 and {size} in part {number}; all parts need the same "
                f"first dimension. (For a list of samples, write a data set whose __getitem__ returns one.)"
            )
    return TensorDataset(*[_as_tensor(part, number) for number, part in enumerate(parts)])


class TensorRows:
    """Reads a batch of a `TensorDataset`, or of subsets of one, with one `index_select` a tensor.

    Equal in bytes, types and strides to collating sample by sample, and like that always a copy.
    """

    def __init__(self, tensors: tuple[Tensor, ...], rows: Tensor | None) -> None:
        self._tensors = tensors
        self._rows = rows
        self._in_main_memory = all(tensor.device.type == "cpu" for tensor in tensors)

    def __call__(self, indices: Indices) -> list[Tensor]:
        """Return one tensor for each tensor of the data set, each [batch, ...]."""
        at = self._positions(indices)
        if self._in_main_memory:
            return [tensor.index_select(0, at) for tensor in self._tensors]
        return [tensor.index_select(0, at.to(tensor.device)) for tensor in self._tensors]

    def _positions(self, indices: Indices) -> Tensor:
        if isinstance(indices, Tensor):
            at = indices
        elif isinstance(indices, range):
            at = torch.arange(indices.start, indices.stop, indices.step, device="cpu")
        else:
            at = torch.tensor(indices, device="cpu")
            # Indexing counts -1 from the end, index_select does not.
            size = len(self._tensors[0]) if self._rows is None else len(self._rows)
            at = torch.where(at < 0, at + size, at) if min(indices) < 0 else at
        return at if self._rows is None else self._rows.index_select(0, at)


def tensor_rows(dataset: object, collate: object) -> TensorRows | None:
    """Return how to read whole batches, None unless that is proven equal to reading samples and collating."""
    if not _collates_by_default(collate):
        return None
    subsets: list[Subset[Any]] = []
    while type(dataset) is Subset:
        subsets.append(dataset)
        dataset = dataset.dataset
    if type(dataset) is not TensorDataset or not all(map(_is_plain, dataset.tensors)):
        return None
    try:
        rows = _rows_of(subsets, len(dataset))
    except (IndexError, TypeError, ValueError, RuntimeError):
        return None  # indices that torch itself has to judge, sample by sample
    return TensorRows(dataset.tensors, rows)


def _first_size(part: Tensor | np.ndarray, number: int) -> int:
    if part.ndim == 0:
        raise UsageError(f"part {number} of the data is a single number; its first dimension must count samples")
    return int(part.shape[0])


def _as_tensor(part: Tensor | np.ndarray, number: int) -> Tensor:
    if isinstance(part, Tensor):
        return part
    if any(stride < 0 for stride in part.strides):
        part = np.ascontiguousarray(part)
    part = part.astype(part.dtype.newbyteorder("="), copy=False)
    try:
        with warnings.catch_warnings():
            # torch warns that writing to a read-only array is undefined; batches are copies, nobody writes.
            warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
            return torch.from_numpy(part)
    except TypeError as error:
        raise UsageError(
            f"part {number} of the data is an array of {part.dtype}, which no tensor can hold; "
            f"turn it into numbers first, or write a data set whose __getitem__ returns one sample"
        ) from error


def _collates_by_default(collate: object) -> bool:
    # `default_collate_fn_map` is a public dict that users extend: then the default is theirs.
    return (
        collate is default_collate
        and tuple not in default_collate_fn_map
        and default_collate_fn_map.get(torch.Tensor) is collate_tensor_fn
    )


def _is_plain(tensor: Tensor) -> bool:
    return (
        type(tensor) is Tensor
        and tensor.layout is torch.strided
        and tensor.device.type in {"cpu", "cuda"}
        and tensor.dtype in _PLAIN_DTYPES
        and not tensor.requires_grad
        and not (tensor.is_conj() or tensor.is_neg())
        # `stack` looks for channels_last in what has four dimensions or more.
        and (tensor.is_contiguous() or tensor.dim() <= 3)
    )


def _rows_of(subsets: list[Subset[Any]], size: int) -> Tensor | None:
    """Return which rows of the tensors the outermost subset means, None where there is no subset."""
    rows = None
    for subset in reversed(subsets):
        chosen = torch.as_tensor(subset.indices, device="cpu")
        if chosen.dim() != 1 or (len(chosen) and chosen.dtype not in {torch.int64, torch.int32}):
            raise TypeError
        chosen = chosen.to(torch.int64)
        chosen = torch.where(chosen < 0, chosen + size, chosen)
        if len(chosen) and not 0 <= int(chosen.min()) <= int(chosen.max()) < size:
            raise IndexError
        rows = chosen if rows is None else rows.index_select(0, chosen)
        size = len(chosen)
    return rows
