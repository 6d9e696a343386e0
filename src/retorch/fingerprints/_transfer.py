"""`Transfer`: a few numbers on their way from a device to the host."""

from __future__ import annotations

import torch
from torch import Tensor

_WITH_PINNED_MEMORY = ("cuda", "xpu")


class Transfer:
    """Copies int64 [n] to the host in the order of the device's stream; the host goes on meanwhile."""

    def __init__(self, numbers: Tensor) -> None:
        self._numbers = numbers
        self._event: torch.Event | None = None
        if numbers.device.type in _WITH_PINNED_MEMORY:
            self._numbers = torch.empty(numbers.shape, dtype=numbers.dtype, pin_memory=True)
            self._numbers.copy_(numbers, non_blocking=True)
            self._event = torch.Event(device=numbers.device)
            self._event.record(torch.accelerator.current_stream(numbers.device))

    def arrived(self) -> bool:
        return self._event is None or self._event.query()

    def read(self) -> list[int]:
        """Return the numbers, waiting until they are there."""
        if self._event is not None:
            self._event.synchronize()
        return self._numbers.tolist()
