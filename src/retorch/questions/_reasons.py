"""Why an operation copies or cannot be done, in a sentence with numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from retorch.memory import Layout
from retorch.questions._merging import why_not_merged
from retorch.questions._performing import Operation
from retorch.questions._twins import Subject


def why_refused(subject: Subject, operation: Operation, error: Exception) -> str:
    """Say why an operation is not possible: our own words where torch's lack the numbers, else torch's."""
    wanted = wanted_shape(subject, operation)
    reason = "" if wanted is None else why_not_merged(subject.layout, wanted)
    return reason or " ".join(words_of(error).split())


def words_of(error: Exception) -> str:
    """Return the message of an error without the C++ frames that torch adds to some."""
    return str(error).partition("\nException raised from ")[0]


def why_copied(subject: Subject, operation: Operation, result: Tensor) -> str:
    """Say why the result of an operation has memory of its own."""
    layout, name = subject.layout, operation.name
    if name == "clone":
        return "clone always copies"
    if result.dtype != subject.dtype:
        return f"the elements are {_short(subject.dtype)} and become {_short(result.dtype)}"
    if name in _RESHAPING and (reason := why_not_merged(layout, tuple(result.shape))):
        return reason
    if not layout.is_contiguous and (name == "ravel" or result.is_contiguous()):
        return why_not_row_major(layout)
    if result.stride() != layout.strides:
        return f"strides {list(layout.strides)} become {list(result.stride())}"
    return "a copy was asked for"


def wanted_shape(subject: Subject, operation: Operation) -> tuple[int, ...] | None:
    """Return the shape that a `view` asks for, None where it is another question or fits no number of elements."""
    if operation.name not in _VIEWING:
        return None
    plain = torch.empty(subject.shape, dtype=subject.dtype, device="meta")
    try:
        result = getattr(plain, operation.name)(*operation.args, **operation.kwargs)
    except Exception:  # noqa: BLE001 - a shape that no layout can have, and whatever else torch finds wrong
        return None
    # `view` with a dtype keeps the dimensions as they are: another question.
    return tuple(result.shape) if result.dtype == subject.dtype else None


def why_not_row_major(layout: Layout) -> str:
    """Say which dimension breaks row-major order; "" where none does.

    >>> why_not_row_major(Layout((4, 3), (1, 4), 0, 4))
    'it is not contiguous: dimension 1 has stride 4, and row-major order needs 1'
    """
    dimension = layout.breaks_at()
    if dimension is None:
        return ""
    return (
        f"it is not contiguous: dimension {dimension} has stride {layout.strides[dimension]}, "
        f"and row-major order needs {math.prod(layout.shape[dimension + 1 :])}"
    )


_VIEWING = ("view", "view_as")
_RESHAPING = ("reshape", "reshape_as", "flatten")


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
