"""What a Trainer is given: checked, and made ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from retorch.data import Loader
from retorch.errors import UsageError
from retorch.loop._journal import Journal


def check_settings(loss: Any, metrics: Any, accumulate: int, clip_norm: float | None, average: float | None) -> None:
    if getattr(loss, "reduction", "mean") != "mean":
        raise UsageError(
            f"loss= has reduction={loss.reduction!r}; a Trainer weights means by samples, so give a criterion with "
            f"reduction='mean', or step= for a loss of your own"
        )
    if metrics is not None and "loss" in metrics:
        raise UsageError("a metric cannot be named 'loss': the loss itself has that name")
    if accumulate < 1:
        raise UsageError(f"accumulate={accumulate} was asked; an optimizer step takes at least 1 micro-batch")
    if clip_norm is not None and not clip_norm > 0:
        raise UsageError(f"clip_norm={clip_norm} was asked; give a norm above 0, or None for no clipping")
    if average is not None and not 0 <= average < 1:
        raise UsageError(f"average={average} was asked; give a decay from 0 to below 1, such as 0.999")


def check_validation(valid: Any, every: Any, journal: Journal, schedule: str) -> None:
    if isinstance(every, int) and every < 1:
        raise UsageError(f"validate_every={every} was asked; give 'epoch', a number of steps from 1 on, or None")
    wanting = {
        "best=": journal.tracker is not None,
        "early_stopping=": journal.early_stopping is not None,
        f"schedule={schedule!r}": schedule not in ("step", "epoch"),
    }
    if valid is None or every is None:
        for name, wants in wanting.items():
            if wants:
                raise UsageError(f"{name} needs a validation: give fit(train, valid, ...) and leave validate_every on")


def make_loader(data: Any, batch_size: int, *, shuffle: bool, workers: int) -> Any:
    if isinstance(data, (Loader, DataLoader)) or not (hasattr(data, "__getitem__") and hasattr(data, "__len__")):
        return data
    return Loader(data, batch_size, shuffle, workers=workers)


def choose_device(device: str | torch.device) -> torch.device:
    if device != "auto":
        return torch.device(device)
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def move_state(optimizer: Optimizer) -> None:
    """Move state of an optimizer that has stepped before to where its parameters are now."""
    for parameter, state in optimizer.state.items():
        for name, value in state.items():
            # Adam's step counter stays on the CPU unless the optimizer itself put it elsewhere.
            if isinstance(value, Tensor) and name != "step":
                state[name] = value.to(parameter.device)


def make_average(model: nn.Module, decay: float | None) -> AveragedModel | None:
    return None if decay is None else AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))


def make_forward(model: nn.Module, wanted: bool | Mapping[str, Any]) -> Any:  # noqa: FBT001
    if wanted is False:
        return model
    options = {} if wanted is True else dict(wanted)
    return torch.compile(model, **{"dynamic": False, **options})


def plain_config(config: Any) -> Mapping[str, Any]:
    return config.model_dump(mode="json") if hasattr(config, "model_dump") else dict(config or {})
