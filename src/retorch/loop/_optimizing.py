"""One optimizer step: forward, loss, backward over the micro-batches of a window, clip, step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel

from retorch.loop._losses import checked_loss
from retorch.loop._precision import Precision
from retorch.loop._task import Task
from retorch.tensors import count_samples, to_device


@dataclass(frozen=True, slots=True)
class Optimizing:
    """Everything that one optimizer step needs.

    Attributes:
        forward: the model itself, or its compiled form.
        scheduler: one that steps with the optimizer, or None.
        average: the moving average to update after each step, or None.
    """

    task: Task
    model: nn.Module
    forward: Any
    optimizer: Optimizer
    precision: Precision
    device: torch.device
    clip_norm: float | None
    scheduler: Any
    average: AveragedModel | None

    def take(self, window: list[Any], micro_batches: Iterable[Any], number: int) -> tuple[dict[str, Any], int]:
        """Do one optimizer step over a window of micro-batches.

        Each micro-batch's mean loss is weighted by its share of the window's samples, so the step is the one that a
        single large batch would give, also when the last micro-batch or the last window is smaller.

        Args:
            window: the micro-batches, on any device.
            micro_batches: the same ones in order; asking for the next moves the random stream on.
            number: of the step, for messages.

        Returns:
            The values to log ("loss", "grad_norm" with clipping, "lr" with a schedule per step, whatever else the
            step function gave) and the number of samples.
        """
        counts = [count_samples(batch) for batch in window]
        total = sum(counts)
        logged: dict[str, Any] = {}
        for count, batch in zip(counts, micro_batches, strict=True):
            # Exactly 1.0 for a window of one, so nothing is multiplied and no bit moves.
            share = count / total if len(window) > 1 and total else 1.0
            self._accumulate(to_device(batch, self.device), share, number, logged)
        self._update(logged)
        return logged, total

    def _accumulate(self, batch: Any, share: float, number: int, logged: dict[str, Any]) -> None:
        with self.precision.forward():
            outcome = self.task(self.forward, batch)
        loss = outcome.loss
        value = checked_loss(loss, f"step {number}")
        self.precision.backward(loss if share == 1.0 else loss * share)
        for name, mean in (("loss", value), *outcome.values.items()):
            part = mean if share == 1.0 else mean * share
            logged[name] = logged[name] + part if name in logged else part

    def _update(self, logged: dict[str, Any]) -> None:
        if self.clip_norm is not None:
            logged["grad_norm"] = self.precision.clip(self.optimizer, self.clip_norm)
        stepped = self.precision.step(self.optimizer)
        # After the step, not before the backward: at a safe point no gradient is left for a checkpoint to carry.
        drop_gradients(self.optimizer)
        if self.scheduler is not None:
            logged["lr"] = self.optimizer.param_groups[0]["lr"]
            if stepped:
                self.scheduler.step()
        if self.average is not None and stepped:
            self.average.update_parameters(self.model)


def drop_gradients(optimizer: Optimizer) -> None:
    """Do what `optimizer.zero_grad(set_to_none=True)` does.

    Torch's own takes 11 us, which a small step would feel, for the profiler and the compiler that stand round it. An
    optimizer with a method of its own keeps it.
    """
    if type(optimizer).zero_grad is not Optimizer.zero_grad:
        optimizer.zero_grad(set_to_none=True)
        return
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
