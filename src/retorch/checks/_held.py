"""`held_by`: what an optimizer trains."""

from __future__ import annotations

from torch import Tensor
from torch.optim import Optimizer


def held_by(optimizer: Optimizer) -> list[Tensor]:
    """Return the parameters of an optimizer, group by group."""
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
