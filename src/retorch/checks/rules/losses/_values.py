"""Questions about the values of a tensor. Each one waits for the device: ask once.

Of a large tensor only a corner is read: what is wrong there is wrong.
"""

from __future__ import annotations

from typing import Any, TypeGuard

import torch
from torch import Tensor

from retorch.tensors import kind_of

_CLOSE = 1e-2  # also bfloat16 sums to one within this
_READ = 32  # of each axis that is not summed over


def has_shape(value: Any) -> TypeGuard[Tensor]:
    """Tell whether a value is a tensor with a shape; a nested one has none."""
    return isinstance(value, Tensor) and not value.is_nested


def are_rows_of_probabilities(scores: Tensor, axis: int) -> bool:
    """Tell whether values are at least zero and sum to one along an axis."""
    values = _corner(scores, axis)
    if values is None or values.shape[axis] < 2:
        return False
    return bool(((values.sum(axis) - 1).abs().max() < _CLOSE) & (values.min() >= 0))


def value_range(scores: Tensor) -> tuple[float, float] | None:
    """Return the smallest and the largest value; None where they cannot be read."""
    values = _corner(scores)
    return None if values is None else (float(values.min()), float(values.max()))


def lie_between_zero_and_one(scores: Tensor) -> bool:
    """Tell whether the values do."""
    found = value_range(scores)
    return found is not None and found[0] >= 0 and found[1] <= 1


def values_are_zero_or_one(labels: Tensor) -> bool:
    """Tell whether each value is 0 or 1, and one of them is 1."""
    values = _corner(labels)
    return values is not None and bool(((values == 0) | (values == 1)).all() & (values == 1).any())


def share_below_zero(values: Tensor) -> float:
    """Return the share of negative values; 0 where they cannot be read."""
    found = _corner(values)
    return 0.0 if found is None else float((found < 0).float().mean())


def range_of_sums(values: Tensor, axis: int) -> tuple[float, float]:
    """Return the smallest and the largest sum along an axis; ones where they cannot be read."""
    corner = _corner(values, axis)
    if corner is None:
        return 1.0, 1.0
    sums = corner.sum(axis)
    return float(sums.min()), float(sums.max())


def sums_of_exponentials(scores: Tensor, axis: int) -> tuple[float, float]:
    """Return the smallest and the largest sum of `exp` along an axis: ones, of logarithms of probabilities.

    Also ones where the values cannot be read.
    """
    values = _corner(scores, axis)
    if values is None:
        return 1.0, 1.0
    sums = values.logsumexp(axis).exp()
    return float(sums.min()), float(sums.max())


def has_two_in_a_row(targets: Tensor, value: int) -> bool:
    """Tell whether a value stands twice side by side on the last axis."""
    values = _corner(targets, -1)
    if values is None:
        return False
    hits = values == value
    return bool((hits[..., 1:] & hits[..., :-1]).any())


def rows_that_end_in(tokens: Tensor, value: int) -> int:
    """Return how many rows of (N, T) end in a value and do not begin with it."""
    if not _can_be_read(tokens):
        return 0
    rows = tokens.detach()
    return int(((rows[:, -1] == value) & (rows[:, 0] != value)).sum())


def class_axis(scores: Tensor) -> int:
    """Return the axis that `cross_entropy` and `nll_loss` take for the classes."""
    return 0 if scores.dim() == 1 else 1


def _corner(tensor: Tensor, whole_axis: int | None = None) -> Tensor | None:
    """Return some values, all of them along one axis; None for a kind of tensor that has none to read now."""
    if not _can_be_read(tensor):
        return None
    values = tensor.detach()
    for axis, size in enumerate(tensor.shape):
        if whole_axis is None or axis != whole_axis % tensor.dim():
            values = values.narrow(axis, 0, min(size, _READ))
    return values.float() if tensor.is_floating_point() else values


def _can_be_read(tensor: Tensor) -> bool:
    if kind_of(tensor) != "strided" or tensor.is_complex() or tensor.numel() == 0 or tensor.dim() == 0:
        return False
    # A device that is recording a graph of calls must not be waited for.
    return not (tensor.is_cuda and torch.cuda.is_current_stream_capturing())
