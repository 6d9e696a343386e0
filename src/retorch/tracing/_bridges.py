"""What torch's own operators do not tell: Python lists, NumPy arrays and `deepcopy`.

Sharing bridges (`from_numpy`, `numpy()`, `np.asarray`, DLPack) copy nothing and are no events.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retorch.lines import locals_of, look_up, parsed, site_of
from retorch.tracing._events import Arguments, Carries, Event, Options
from retorch.tracing._frames import mentioned_names
from retorch.tracing._sizes import bytes_seen

# What NumPy calls; it takes the array of a detached tensor.
TENSOR_ARRAY = Tensor.__array__.__code__
_STORAGE_CLONE = torch.UntypedStorage.clone.__code__


def from_python(args: Arguments, options: Options, tensor: Any, frame: FrameType) -> Iterable[Event]:  # noqa: ARG001
    """Find what `torch.tensor(...)` and its like did: numbers from a list are copied, an array is shared at first.

    Where an array is copied too, torch does it by an operator of its own, later. A single number is nothing worth
    telling.
    """
    # Memory that is lent by NumPy cannot be resized; torch's own can.
    if not tensor.dim() or tensor.is_meta or not tensor.untyped_storage().resizable():
        return ()
    return (Event("copy", tensor, None, bytes_seen(tensor)),)


def to_numpy(args: Arguments, options: Options, result: Any, frame: FrameType) -> Iterable[Event]:  # noqa: ARG001
    """Find what NumPy did when it asked a tensor for its array: `np.array(x)` copies, `np.asarray(x)` shares."""
    tensor, dtype = args[0], locals_of(frame).get("dtype")
    itemsize = tensor.itemsize if dtype is None else np.dtype(dtype).itemsize
    if not (_becomes_another(tensor, dtype) or _asks_for_a_copy(frame.f_back)):
        return ()
    return (Event("copy", tensor, tensor, tensor.numel() * itemsize),)


class CarriesOrClones(Carries):
    """Finds what `copy_` did; `copy.deepcopy` fills the new storages with it."""

    __slots__ = ()

    def __call__(self, args: Arguments, options: Options, result: Any, frame: FrameType) -> Iterable[Event]:
        events = super().__call__(args, options, result, frame)
        if frame.f_code is not _STORAGE_CLONE:
            return events
        return [event._replace(kind="copy", in_place=False) for event in events]


def _becomes_another(tensor: Tensor, dtype: Any) -> bool:
    return dtype is not None and str(np.dtype(dtype)) != str(tensor.dtype).removeprefix("torch.")


def _asks_for_a_copy(frame: FrameType | None) -> bool:
    """Tell whether a frame stands in a call of `np.array` that does not say `copy=False` or `copy=None`.

    NumPy asks for the array first and copies afterwards, where torch does not see it.
    """
    call = parsed(site_of(frame).expression)
    if frame is None or not isinstance(call, ast.Call) or look_up(call.func, mentioned_names(frame)) is not np.array:
        return False
    asked = [keyword.value for keyword in call.keywords if keyword.arg == "copy"]
    return not (asked and isinstance(asked[0], ast.Constant) and not asked[0].value)
