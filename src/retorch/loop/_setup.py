"""What a Trainer is given: checked, and made ready."""

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
from retorch.loop._averages import check_metrics
from retorch.loop._journal import Journal

_ACCELERATORS = ("cuda", "mps", "xpu")


def check_settings(loss: Any, metrics: Any, accumulate: int, clip_norm: float | None, average: float | None) -> None:
    _check_loss(loss)
    if metrics is not None:
        check_metrics(metrics)
        if "loss" in metrics:
            raise UsageError("a metric cannot be named 'loss': the loss itself has that name")
    if not _is_whole(accumulate) or accumulate < 1:
        raise UsageError(f"accumulate={accumulate!r} was asked; an optimizer step takes 1, 2, ... micro-batches")
    if clip_norm is not None and (not _is_number(clip_norm) or not clip_norm > 0):
        raise UsageError(f"clip_norm={clip_norm!r} was asked; give a norm above 0, or None for no clipping")
    if average is not None and (not _is_number(average) or not 0 <= average < 1):
        raise UsageError(f"average={average!r} was asked; give a decay from 0 to below 1, such as 0.999")


def check_validation(valid: Any, every: Any, journal: Journal, schedule: str) -> None:
    if every not in ("epoch", None) and (not _is_whole(every) or every < 1):
        raise UsageError(f"validate_every={every!r} was asked; give 'epoch', a number of steps from 1 on, or None")
    wanting = {
        "best=": journal.tracker is not None,
        "early_stopping=": journal.early_stopping is not None,
        f"schedule={schedule!r} (neither 'step' nor 'epoch', so a metric)": schedule not in ("step", "epoch"),
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
    if not isinstance(optimizer, Optimizer):
        raise UsageError(
            f"the optimizer is a {_kind_of(optimizer)}; build one over the model's parameters, such as "
            f"torch.optim.SGD(model.parameters(), lr=0.1)"
        )
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


def plain_config(config: Any) -> Mapping[str, Any]:
    if hasattr(config, "model_dump"):
        plain: Mapping[str, Any] = config.model_dump(mode="json")
        return plain
    if config is not None and not isinstance(config, Mapping):
        raise UsageError(f"config= is a {_kind_of(config)}; give a mapping or a pydantic model")
    return dict(config or {})


def _check_loss(loss: Any) -> None:
    if isinstance(loss, type):
        raise UsageError(f"loss= is the class {loss.__name__}; make one: {loss.__name__}()")
    if loss is not None and not callable(loss):
        raise UsageError(f"loss= is a {type(loss).__name__}; give a function of (outputs, targets)")
    if getattr(loss, "reduction", "mean") != "mean":
        raise UsageError(
            f"loss= has reduction={loss.reduction!r}; a Trainer weights means by samples, so give a criterion with "
            f"reduction='mean', or step= for a loss of your own"
        )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _kind_of(thing: Any) -> str:
    return f"class ({thing.__name__})" if isinstance(thing, type) else type(thing).__name__
