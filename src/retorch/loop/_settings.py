"""The settings of a Trainer, checked before anything is made or changed."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from retorch.errors import UsageError
from retorch.loop._averages import accumulates, check_metrics
from retorch.loop._journal import Journal


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


def check_trained(model: Any, optimizer: Any) -> None:
    if not isinstance(model, nn.Module):
        raise UsageError(f"the model is a {kind_of(model)}; give a torch.nn.Module")
    if not isinstance(optimizer, Optimizer):
        raise UsageError(
            f"the optimizer is a {kind_of(optimizer)}; build one over the model's parameters, such as "
            f"torch.optim.SGD(model.parameters(), lr=0.1)"
        )
    if _wants(optimizer.step, "closure"):
        raise UsageError(
            f"{type(optimizer).__name__} calls a function several times a step, and a Trainer has none to give; "
            f"write the loop by hand on retorch.Run"
        )


def check_schedule(scheduler: Any, schedule: str, optimizer: Optimizer) -> None:
    if scheduler is None:
        return
    name = type(scheduler).__name__
    if not callable(getattr(scheduler, "step", None)):
        raise UsageError(f"the scheduler is a {kind_of(scheduler)}, which has no step(); give one of torch's")
    if getattr(scheduler, "optimizer", optimizer) is not optimizer:
        raise UsageError(
            f"the scheduler {name} was built over another optimizer, so the rate of this one would never change; "
            f"build it over the optimizer that the Trainer is given"
        )
    on_metric = schedule not in ("step", "epoch")
    if _wants(scheduler.step, "metrics") and not on_metric:
        raise UsageError(
            f"{name} steps on a validation metric, and schedule={schedule!r} was asked; "
            f"name the metric: schedule='loss'"
        )
    if on_metric and isinstance(scheduler, LRScheduler) and not _wants(scheduler.step, "metrics"):
        raise UsageError(
            f"{name} takes no metric, and schedule={schedule!r} was asked; take schedule='step' or schedule='epoch'"
        )


def check_part_names(parts: Mapping[str, Any], taken: Iterable[str]) -> None:
    for name in parts:
        if name in taken:
            raise UsageError(f"parts= has a {name!r}, a name that the Trainer needs itself; give it another name")


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


def check_monitored(journal: Journal, schedule: str, metrics: Mapping[str, Any], *, own_step: bool) -> None:
    """Refuse a metric that validation cannot give, where what it gives is known beforehand."""
    if own_step or any(map(accumulates, metrics.values())):
        return
    known = ("loss", *metrics)
    for name in (*journal.monitored, *(() if schedule in ("step", "epoch") else (schedule,))):
        if name not in known:
            raise UsageError(f"the validation gives no {name!r}; it gives: {', '.join(known)}")


def plain_config(config: Any) -> Mapping[str, Any]:
    if hasattr(config, "model_dump"):
        plain: Mapping[str, Any] = config.model_dump(mode="json")
        return plain
    if config is not None and not isinstance(config, Mapping):
        raise UsageError(f"config= is a {kind_of(config)}; give a mapping or a pydantic model")
    return dict(config or {})


def kind_of(thing: Any) -> str:
    return f"class ({thing.__name__})" if isinstance(thing, type) else type(thing).__name__


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


def _wants(function: Any, argument: str) -> bool:
    """Tell whether a function cannot be called without an argument of this name."""
    try:
        found = inspect.signature(function).parameters.get(argument)
    except (TypeError, ValueError):
        return False
    return found is not None and found.default is inspect.Parameter.empty


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
