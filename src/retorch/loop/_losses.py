"""A loss that cannot train anything is refused before it does harm."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from retorch.errors import LossError, notice

_APPLY_SOFTMAX = "nn.CrossEntropyLoss applies log_softmax itself"


def checked_loss(loss: Any, where: str) -> float | Tensor:
    """Refuse a loss that is no scalar, has no graph, or (on the CPU, where looking is free) is not finite.

    Args:
        loss: what the criterion or the step function gave.
        where: "step 17", for the message.

    Returns:
        Its value without the graph: a number, or on an accelerator, where reading would wait, a 0-d tensor.

    Raises:
        LossError: with the cause and what to do.
    """
    if not isinstance(loss, Tensor):
        raise LossError(
            f"the loss of {where} is a {type(loss).__name__}, not a tensor. Return the tensor itself: "
            f".item() and float() cut it off from the model"
        )
    if loss.numel() != 1:
        raise LossError(
            f"the loss of {where} is a tensor {list(loss.shape)}, not a scalar. "
            f"Reduce it: loss.mean(), or reduction='mean' in the criterion"
        )
    if not loss.requires_grad:
        raise LossError(
            f"the loss of {where} has no graph, so nothing would learn: it was detached on the way (.item(), .data, "
            f".detach(), torch.tensor(...), argmax, a no_grad block), or every parameter is frozen"
        )
    if not loss.is_cpu:
        return loss.detach().reshape(())
    value = loss.item()
    refuse_infinite(value, where)
    return value


def refuse_infinite(value: float, where: str) -> None:
    """Refuse NaN and infinity; the parameters are still those before the step."""
    if not math.isfinite(value):
        raise LossError(
            f"the loss of {where} is {value}. The last good checkpoint is kept. Usual causes: a learning rate that is "
            f"too high, log or division by 0, NaN in the data, fp16 without enough range (take bf16). "
            f"torch.autograd.set_detect_anomaly(True) names the operation"
        )


def warn_of_softmax(criterion: Any, outputs: Any) -> None:
    """Notice probabilities given to a loss that applies softmax itself. Waits for the device once."""
    if _applies_softmax(criterion) and isinstance(outputs, Tensor) and _are_probabilities(outputs.detach()):
        notice(
            f"the model's outputs are probabilities (not negative, each row sums to 1), and {_APPLY_SOFTMAX}: "
            f"training is slow and weak this way. Take the softmax out of the model",
        )


def _applies_softmax(criterion: Any) -> bool:
    return isinstance(criterion, nn.CrossEntropyLoss) or criterion is nn.functional.cross_entropy


def _are_probabilities(outputs: Tensor) -> bool:
    if outputs.dim() < 2 or outputs.shape[1] < 2 or not outputs.numel() or not outputs.is_floating_point():
        return False
    # Rounding each of them moves their sum by half an eps at most; in fp32 a long sum itself is rounded.
    tolerance = max(1e-4, torch.finfo(outputs.dtype).eps)
    rows = outputs.float()
    return bool((rows >= 0).all()) and bool(((rows.sum(1) - 1).abs() < tolerance).all())
