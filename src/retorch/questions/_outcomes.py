"""`Outcome`: what came out when an operation was tried on a twin, before it is put into an `Answer`."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result on the meta device, and what it cannot show.

    Attributes:
        result: a twin of the result, a tuple of them, or None where its shape depends on values that were not read.
        device: where the result would be.
        reason: why it is a copy; "" to derive it from the layouts.
        offset_known: False where the offset depends on a value that was not read.
    """

    result: Tensor | tuple[Tensor, ...] | None
    device: torch.device
    reason: str = ""
    offset_known: bool = True
