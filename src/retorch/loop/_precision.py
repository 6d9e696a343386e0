"""fp32, bf16 and fp16: what surrounds the forward pass and the optimizer step."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.optim import Optimizer

from retorch.errors import UsageError

Name = Literal["fp32", "bf16", "fp16"]
_NOTHING = nullcontext()
_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


class Precision:
    """Autocast for the forward pass; for fp16 a scaler too, which skips the steps whose gradients overflow.

    Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018.
    """

    def __init__(self, name: Name, device: torch.device) -> None:
        if name not in get_args(Name):
            raise UsageError(f"precision={name!r} was asked; take one of {', '.join(get_args(Name))}")
        self.name = name
        self._device = device
        self.scaler = torch.amp.GradScaler(device.type) if name == "fp16" else None

    def forward(self) -> AbstractContextManager[object]:
        """Return the context for the forward pass and the loss; the backward pass stays outside."""
        if self.name == "fp32":
            return _NOTHING
        return torch.autocast(self._device.type, dtype=_DTYPES[self.name])

    def backward(self, loss: Tensor) -> None:
        """Compute gradients, scaled where fp16 asks for it."""
        (self.scaler.scale(loss) if self.scaler else loss).backward()

    def clip(self, optimizer: Optimizer, max_norm: float) -> Tensor:
        """Clip the norm of all gradients, after unscaling them; return the norm that they had."""
        if self.scaler:
            self.scaler.unscale_(optimizer)
        return torch.nn.utils.clip_grad_norm_(_parameters(optimizer), max_norm)

    def step(self, optimizer: Optimizer) -> bool:
        """Step the optimizer; False when fp16 overflowed and the step was skipped."""
        if self.scaler is None:
            optimizer.step()
            return True
        before = self.scaler.get_scale()
        self.scaler.step(optimizer)
        self.scaler.update()
        return self.scaler.get_scale() >= before


def _parameters(optimizer: Optimizer) -> Iterable[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
