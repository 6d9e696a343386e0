"""What a Trainer is given, made ready: loaders, device, the average, the compiled model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from retorch.data import Loader
from retorch.errors import UsageError

_ACCELERATORS = ("cuda", "mps", "xpu")


def make_loader(data: Any, batch_size: int, *, shuffle: bool, workers: int) -> Any:
    if isinstance(data, (Loader, DataLoader)) or not (hasattr(data, "__getitem__") and hasattr(data, "__len__")):
        return data
    return Loader(data, batch_size, shuffle, workers=workers)


def choose_device(device: str | torch.device) -> torch.device:
    found = torch.accelerator.current_accelerator(check_available=True)
    if device == "auto":
        return found or torch.device("cpu")
    try:
        wanted = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise UsageError(f"device={device!r} was asked, which is no device; give 'auto', 'cpu', 'cuda', ...") from error
    if wanted.type in _ACCELERATORS and (found is None or found.type != wanted.type):
        here = "no accelerator" if found is None else f"{found.type!r}"
        raise UsageError(f"device={device!r} was asked, and this process has {here}; device='auto' takes what is there")
    if wanted == found or wanted.type not in _ACCELERATORS or (wanted.index or 0) < torch.accelerator.device_count():
        return wanted
    raise UsageError(f"device={device!r} was asked, and there are {torch.accelerator.device_count()}, counted from 0")


def move_state(optimizer: Optimizer) -> None:
    """Move state of an optimizer that has stepped before to where its parameters are now."""
    for parameter, state in optimizer.state.items():
        for name, value in state.items():
            # Adam's step counter stays on the CPU unless the optimizer itself put it elsewhere.
            if isinstance(value, Tensor) and name != "step":
                state[name] = value.to(parameter.device)


def make_average(model: nn.Module, decay: float | None) -> AveragedModel | None:
    if decay is None:
        return None
    if any(map(is_lazy, model.parameters())):
        raise UsageError("average= copies the model's weights, and a lazy module has none yet: run a batch first")
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))


def make_forward(model: nn.Module, wanted: bool | Mapping[str, Any]) -> Any:  # noqa: FBT001
    if wanted is False:
        return model
    if wanted is not True and not isinstance(wanted, Mapping):
        raise UsageError(f"compile={wanted!r} was asked; give True, False, or a mapping of torch.compile's options")
    options = {} if wanted is True else dict(wanted)
    return torch.compile(model, **{"dynamic": False, **options})
