"""Hearing of each loss that any loop differentiates: `Tensor.backward` calls `torch.autograd.backward`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import torch
from torch import Tensor

Hear = Callable[[Sequence[Tensor]], None]

_hearing: list[Hear] = []


def hear_losses(hear: Hear) -> None:
    """Call `hear` with the roots of every backward pass from now on, before it begins."""
    _hearing.append(hear)
    if getattr(torch.autograd.backward, "__retorch__", None) is None:
        torch.autograd.backward = _telling(torch.autograd.backward)


def stop_hearing(hear: Hear) -> None:
    """Call it no longer. Torch's own function is put back when nobody hears."""
    if hear in _hearing:
        _hearing.remove(hear)
    own = getattr(torch.autograd.backward, "__retorch__", None)
    # Where somebody else has replaced it since, ours stays inside of theirs and tells nobody.
    if not _hearing and own is not None:
        torch.autograd.backward = own


def _telling(backward: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(backward)
    def told(tensors: Any, *args: Any, **options: Any) -> Any:
        if _hearing:
            roots = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)
            for hear in tuple(_hearing):
                hear(roots)
        return backward(tensors, *args, **options)

    told.__retorch__ = backward  # type: ignore[attr-defined]
    return told
