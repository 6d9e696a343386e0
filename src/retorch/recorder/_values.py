"""What may be logged: one number, from Python, NumPy or torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from retorch.errors import UsageError

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def read_number(name: str, value: Any) -> float | Tensor:
    """Return the number that is to be recorded, or a copy on the device where reading it would wait.

    A CPU tensor is read at once. An accelerator's is copied on its device, so that a later in-place change does
    not reach it; `fetch` reads it. Integers stay integers, booleans become 0 or 1, and every float becomes the
    float64 of the same value.

    Raises:
        UsageError: the value is not one real number, or the name is no text.
    """
    # The common cases come first: this runs for each value of each step.
    if type(name) is not str or not name:
        raise UsageError(f"a metric was logged under the name {name!r}; a name is a text that is not empty")
    if type(value) is float:
        return value
    if isinstance(value, Tensor):
        return _read_tensor(name, value)
    if isinstance(value, np.ndarray | np.generic):
        return _read_array(name, value)
    if isinstance(value, int | float):
        return _plain(name, value)
    raise _not_a_number(name, repr(value) if value is None or isinstance(value, str) else f"a {type(value).__name__}")


def fetch(tensors: list[Tensor]) -> list[float]:
    """Read tensors of one element each, all of one device and dtype in a single transfer."""
    groups: dict[tuple[torch.device, torch.dtype], list[int]] = {}
    for place, tensor in enumerate(tensors):
        groups.setdefault((tensor.device, tensor.dtype), []).append(place)
    numbers: dict[int, float] = {}
    for places in groups.values():
        numbers.update(zip(places, torch.stack([tensors[place] for place in places]).tolist(), strict=True))
    return [numbers[place] for place in range(len(tensors))]


def _read_tensor(name: str, value: Tensor) -> float | Tensor:
    if value.is_cpu and value.ndim == 0:
        number = value.item()
        if type(number) is float:
            return number
    _refuse_odd_tensor(name, value)
    if value.is_cpu:
        return _plain(name, value.item())
    return _copy_on_device(value.detach().reshape(()))


def _copy_on_device(value: Tensor) -> Tensor:
    if value.dtype is torch.bool:
        return value.to(torch.uint8)
    # Stacking knows no 8-bit floats; float32 holds each of their values.
    return value.float() if value.is_floating_point() and value.itemsize == 1 else value.clone()


def _refuse_odd_tensor(name: str, value: Tensor) -> None:
    if value.numel() != 1:
        raise _not_a_number(name, f"a tensor of shape {list(value.shape)} and {value.dtype}", "its .mean() or .sum()")
    if value.is_complex():
        raise _not_a_number(name, f"a tensor of {value.dtype}", "its .abs() or .real")
    if value.is_meta:
        raise _not_a_number(name, "a tensor on the meta device, which holds no data")


def _read_array(name: str, value: np.ndarray[Any, Any] | np.generic) -> float:
    if value.size != 1 or value.dtype.kind not in "biuf":
        raise _not_a_number(name, f"an array of shape {list(value.shape)} and dtype {value.dtype}", "its .mean()")
    # `item` leaves a long double as it is.
    return _plain(name, value.item() if value.itemsize <= 8 else float(value))


def _plain(name: str, number: float) -> float:
    """Return a plain float or an int of 64 bits; booleans, which are ints, become 0 or 1."""
    if isinstance(number, float):
        return float(number)
    number = int(number)
    if not _SMALLEST <= number <= _LARGEST:
        raise UsageError(
            f"metric {name!r} was given the integer {number}, which 64 bits do not hold; log it as a float"
        )
    return number


def _not_a_number(name: str, found: str, remedy: str = "one number, or a tensor of one element") -> UsageError:
    return UsageError(f"metric {name!r} was given {found}; a metric is one real number, so log {remedy}")
