"""`CheckpointFacts`: which parts of a training a loaded file holds, as plain facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import ReferenceType

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer

from retorch.checks._held import held_by
from retorch.lines import UNKNOWN, Site

_MARKED = 16
_OF_A_SCALER = {"scale", "growth_factor", "backoff_factor", "growth_interval", "_growth_tracker"}
_NOT_SETTINGS = frozenset({"params", "lr", "initial_lr"})


@dataclass(eq=False)
class OptimizerEntry:
    """The state of an optimizer in a file.

    Attributes:
        key: where it lies, such as "optimizer".
        settings: of each group, what does not change while it trains.
        rates: of each group, the learning rate that it began with.
        shapes: of what it keeps for each parameter, by the parameter's number.
        is_settled: it was loaded, or judged.
    """

    key: str
    settings: list[dict[str, Any]]
    rates: list[Any]
    shapes: dict[int, set[tuple[int, ...]]]
    is_settled: bool = False

    def is_of(self, optimizer: Optimizer) -> bool:
        """Tell whether an optimizer is made as the one was that is in the file: groups, settings, shapes."""
        settings, rates = zip(*map(_settings, optimizer.param_groups), strict=True)
        parameters = held_by(optimizer)
        return (
            list(settings) == self.settings
            and list(rates) == self.rates
            and max(self.shapes) < len(parameters)
            and all(tuple(parameters[number].shape) in shapes for number, shapes in self.shapes.items())
        )


@dataclass(eq=False)
class CheckpointFacts:
    """What is known of a file that was loaded.

    Attributes:
        optimizers: what it holds of optimizers that had been used.
        epochs: how far the scheduler was that it holds; 0 for none.
        scaler: what it holds of a `GradScaler`; empty for none, and where one was judged.
        groups: the ids of the lists of parameter groups in it: a state of plain SGD has nothing else.
        weights: the tensors of what else it holds: by shape, their first values.
        site: where a part of it was loaded.
        modules: those that were loaded from it.
        is_resumed: an optimizer was loaded from it, or should have been.
        has_stepped: an optimizer has made a step since.
    """

    optimizers: list[OptimizerEntry]
    epochs: int
    scaler: Mapping[str, Any]
    groups: set[int]
    weights: dict[tuple[int, ...], set[tuple[float, ...]]]
    site: Site = UNKNOWN
    modules: list[ReferenceType[nn.Module]] = field(default_factory=list)
    is_resumed: bool = False
    has_stepped: bool = False


def read_facts_of(value: Any) -> CheckpointFacts | None:
    """Return what a loaded value holds of a training beside weights; None where that is nothing."""
    if not isinstance(value, Mapping):
        return None
    parts = [(str(key), part) for key, part in value.items() if isinstance(part, Mapping)]
    optimizers = [entry for key, part in parts if (entry := _optimizer(key, part)) is not None]
    epochs = [part["last_epoch"] for _, part in parts if {"last_epoch", "_step_count"} <= part.keys()]
    scaler = next((part for _, part in parts if part.keys() >= _OF_A_SCALER), {})
    if not optimizers and not epochs and not scaler:
        return None
    groups = {id(part["param_groups"]) for _, part in parts if "param_groups" in part}
    weights: dict[tuple[int, ...], set[tuple[float, ...]]] = {}
    for _, part in parts:
        for kept in part.values():
            if isinstance(kept, Tensor):
                weights.setdefault(tuple(kept.shape), set()).add(first_values(kept))
    return CheckpointFacts(optimizers, epochs[0] if epochs else 0, dict(scaler), groups, weights)


def first_values(tensor: Tensor, count: int = _MARKED) -> tuple[float, ...]:
    """Return a few values, by which a tensor is known again; none where there are none yet."""
    if tensor.is_meta or is_lazy(tensor) or tensor.layout is not torch.strided:
        return ()
    return tuple(tensor.detach().flatten()[:count].tolist())


def _optimizer(key: str, part: Mapping[Any, Any]) -> OptimizerEntry | None:
    if not {"state", "param_groups"} <= part.keys():
        return None
    shapes = {
        number: {tuple(kept.shape) for kept in state.values() if isinstance(kept, Tensor)}
        for number, state in part["state"].items()
        if isinstance(state, Mapping)
    }
    # Of plain SGD nothing is lost; a step counter alone is not worth much either.
    shapes = {number: found for number, found in shapes.items() if found - {()}}
    if not shapes:
        return None
    settings, rates = zip(*map(_settings, part["param_groups"]), strict=True)
    return OptimizerEntry(key, list(settings), list(rates), shapes)


def _settings(group: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    rate = group.get("initial_lr", group["lr"])
    plain = {name: value for name, value in group.items() if not isinstance(value, (Tensor, list))}
    return {name: value for name, value in plain.items() if name not in _NOT_SETTINGS}, rate
