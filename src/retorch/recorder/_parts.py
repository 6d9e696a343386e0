"""The tensors of a run's parts under the names that a record gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from retorch.fingerprints import can_fingerprint


def parameters_of(parts: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return every parameter by its name: "model.net.0.weight"; one that only an optimizer holds is "optimizer.0.2"."""
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    for name, parameter in _named_parameters(parts):
        if id(parameter) not in seen:
            seen.add(id(parameter))
            found[name] = parameter
    return found


def weights_of(parts: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return parameters and buffers."""
    found = parameters_of(parts)
    for part, module in parts.items():
        if isinstance(module, nn.Module):
            found |= {f"{part}.{name}": buffer for name, buffer in module.named_buffers()}
    return {name: tensor for name, tensor in found.items() if can_fingerprint(tensor)}


def state_of(parts: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return all that a step may change: tensors by name, and what else the parts hold, by the name of the part.

    An optimizer's tensors are named after the parameter, "optimizer.net.0.weight.exp_avg"; its learning rates and
    other numbers are one entry, "optimizer".
    """
    tensors, others = weights_of(parts), dict[str, Any]()
    names = {id(parameter): name for name, parameter in parameters_of(parts).items()}
    for part, value in parts.items():
        if isinstance(value, Optimizer):
            for parameter, state in value.state.items():
                _add_state(tensors, others, f"{part}.{_without_part(names.get(id(parameter), '?'))}", state)
            others[part] = [{name: each for name, each in group.items() if name != "params"}
                            for group in value.param_groups]  # fmt: skip
        elif not isinstance(value, nn.Module) and hasattr(value, "state_dict"):
            others[part] = value.state_dict()
    return tensors, others


def settings_of(parts: Mapping[str, Any]) -> dict[str, str]:
    """Return what optimizers and schedulers were made with, as exact text: "optimizer.eps", "scheduler.gamma".

    A second parameter group's are "optimizer.1.eps".
    """
    found: dict[str, str] = {}
    for part, value in parts.items():
        if isinstance(value, Optimizer):
            for number, group in enumerate(value.param_groups):
                found |= _plain(f"{part}.{number}" if number else part, group)
        elif isinstance(value, LRScheduler):
            found |= _plain(part, value.state_dict())
    return found


def _plain(prefix: str, values: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"{prefix}.{name}": repr(each)
        for name, each in values.items()
        if not name.startswith("_") and isinstance(each, (bool, int, float, str, tuple, list)) and name != "params"
    }


def _named_parameters(parts: Mapping[str, Any]) -> Iterator[tuple[str, Tensor]]:
    for part, module in parts.items():
        if isinstance(module, nn.Module):
            for name, parameter in module.named_parameters():
                yield f"{part}.{name}", parameter
    for part, optimizer in parts.items():
        if isinstance(optimizer, Optimizer):
            for number, group in enumerate(optimizer.param_groups):
                for index, parameter in enumerate(group["params"]):
                    yield f"{part}.{number}.{index}", parameter


def _add_state(tensors: dict[str, Tensor], others: dict[str, Any], prefix: str, state: Any) -> None:
    if not isinstance(state, Mapping):
        return
    for name, value in state.items():
        if isinstance(value, Tensor):
            if can_fingerprint(value):
                tensors[f"{prefix}.{name}"] = value
        else:
            others[f"{prefix}.{name}"] = value


def _without_part(name: str) -> str:
    return name.partition(".")[2] or name
