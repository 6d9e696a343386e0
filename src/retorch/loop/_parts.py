"""The named things that a run carries, and the facts about them that their `state_dict` does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from retorch.checkpoints import is_generator
from retorch.errors import RunMismatch, UsageError

# What a checkpoint holds besides the parts. No part can have such a name: the dot is not in any identifier.
STATE, RESULT, STRUCTURE, GRADIENTS, BUFFERS, PARAMETERS = OWN = (
    "run.state", "run.result", "run.structure", "run.gradients", "run.buffers", "run.parameters",
)  # fmt: skip


def check_part(name: str, part: Any) -> None:
    """Refuse a name or an object that no checkpoint could carry."""
    if not name.isidentifier():
        raise UsageError(f"{name!r} cannot name a part of a run: take an identifier, such as {_as_identifier(name)!r}")
    if is_generator(part) or (hasattr(part, "state_dict") and hasattr(part, "load_state_dict")):
        return
    raise UsageError(
        f"the part {name!r} is a {type(part).__name__}, which has no state_dict and load_state_dict. "
        f"Keep plain values in run.state, and give the class of any other thing these two methods"
    )


def _as_identifier(name: str) -> str:
    words = "".join(letter if letter.isalnum() else "_" for letter in name)
    return words if words.isidentifier() else f"part_{words}"


def modules_of(parts: Mapping[str, Any]) -> dict[str, nn.Module]:
    """Return the parts that are modules."""
    return {name: part for name, part in parts.items() if isinstance(part, nn.Module)}


def optimizers_of(parts: Mapping[str, Any]) -> dict[str, Optimizer]:
    """Return the parts that are optimizers."""
    return {name: part for name, part in parts.items() if isinstance(part, Optimizer)}


def capture_structure(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Say which modules are in eval mode, which parameters are frozen, and which parameters each group holds.

    Loops change these on the way (unfreezing in epoch 5, a forgotten `eval()`), and no `state_dict` knows them.
    """
    names = _parameter_names(parts)
    return {
        "eval": {
            part: [name for name, child in module.named_modules() if not child.training]
            for part, module in modules_of(parts).items()
        },
        "frozen": sorted(name for name, parameter in _named_parameters(parts) if not parameter.requires_grad),
        "groups": {
            part: [[names.get(id(p)) for p in group["params"]] for group in optimizer.param_groups]
            for part, optimizer in optimizers_of(parts).items()
        },
    }


def restore_structure(structure: Mapping[str, Any], parts: Mapping[str, Any]) -> None:
    """Give modes, frozen flags and parameter groups back, so that the states of the parts fit.

    Raises:
        RunMismatch: a parameter group was added during the run that cannot be built again by name.
    """
    for part, module in modules_of(parts).items():
        asleep = set(structure["eval"].get(part, ()))
        for name, child in module.named_modules():
            child.training = name not in asleep
    frozen = set(structure["frozen"])
    for name, parameter in _named_parameters(parts):
        parameter.requires_grad_(name not in frozen)
    for part, optimizer in optimizers_of(parts).items():
        _add_groups(part, optimizer, structure["groups"].get(part, ()), dict(_named_parameters(parts)))


def fitting(structure: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts less the optimizers to which the loop had added groups that they do not have yet.

    The code before the loop adds no groups, and a loop that goes on in the epoch in which it added one adds it again.
    """
    optimizers, groups = optimizers_of(parts), structure["groups"]
    return {
        name: part
        for name, part in parts.items()
        if name not in optimizers or len(groups.get(name, ())) == len(optimizers[name].param_groups)
    }


def capture_gradients(parts: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the gradients that exist at a safe point, shared, by the names of their parameters.

    They belong to the state: in an open accumulation window the next backward adds to them. A loop that calls
    `zero_grad()` after `step()` has none here, and its checkpoints are smaller for it.
    """
    return {name: p.grad for name, p in _all_parameters(parts) if p.grad is not None}


def restore_gradients(gradients: Mapping[str, Tensor], parts: Mapping[str, Any]) -> None:
    """Make the gradients equal to those captured: set them, and drop those that did not exist."""
    for name, parameter in _all_parameters(parts):
        gradient = gradients.get(name)
        parameter.grad = None if gradient is None else gradient.to(parameter.device)


def capture_loose_parameters(parts: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the parameters that an optimizer trains and no module of the run holds, shared."""
    return {name: parameter.detach() for name, parameter in _loose_parameters(parts)}


def restore_loose_parameters(saved: Mapping[str, Tensor], parts: Mapping[str, Any]) -> None:
    """Make these parameters equal to those captured, in place.

    Raises:
        RunMismatch: there are others now.
    """
    loose = dict(_loose_parameters(parts))
    for name, then in saved.items():
        now = loose.get(name)
        if now is None or now.shape != then.shape:
            found = "is not there now" if now is None else f"is {list(now.shape)} now"
            raise RunMismatch(
                f"the parameter {name} (optimizer, group, number), which no module of the run holds, was "
                f"{list(then.shape)} at the checkpoint and {found}. Give the optimizer the parameters that it had"
            )
        with torch.no_grad():
            now.copy_(then)


def say_that_they_stepped(parts: Mapping[str, Any]) -> None:
    """Let torch know that the optimizers stepped before: it would warn of a scheduler that steps first."""
    for optimizer in optimizers_of(parts).values():
        optimizer._opt_called = True  # type: ignore[attr-defined]  # noqa: SLF001 - what torch itself sets and asks


def capture_buffers(parts: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the buffers that no `state_dict` includes, shared: a loop may change these, too."""
    buffers = {name: getattr(owner, leaf) for name, owner, leaf in _hidden_buffers(parts)}
    return {name: buffer for name, buffer in buffers.items() if buffer is not None}


def restore_buffers(buffers: Mapping[str, Tensor], parts: Mapping[str, Any]) -> None:
    """Make these buffers equal to those captured, in place where they fit."""
    for name, owner, leaf in _hidden_buffers(parts):
        if name in buffers:
            now, then = getattr(owner, leaf), buffers[name]
            if now is not None and now.shape == then.shape and now.dtype == then.dtype:
                now.copy_(then)
            else:
                setattr(owner, leaf, then if now is None else then.to(now.device))


def _hidden_buffers(parts: Mapping[str, Any]) -> Iterator[tuple[str, nn.Module, str]]:
    for part, module in modules_of(parts).items():
        for path, owner in module.named_modules(prefix=part):
            for leaf in sorted(owner._non_persistent_buffers_set):  # noqa: SLF001 - torch lists them nowhere else
                yield f"{path}.{leaf}", owner, leaf


def _named_parameters(parts: Mapping[str, Any]) -> Iterator[tuple[str, nn.Parameter]]:
    for part, module in modules_of(parts).items():
        for name, parameter in module.named_parameters():
            yield f"{part}.{name}", parameter


def _parameter_names(parts: Mapping[str, Any]) -> dict[int, str]:
    return {id(parameter): name for name, parameter in _named_parameters(parts)}


def _all_parameters(parts: Mapping[str, Any]) -> Iterator[tuple[str, Tensor]]:
    """Yield every parameter once: those of modules, then what only an optimizer holds."""
    yield from _named_parameters(parts)
    yield from _loose_parameters(parts)


def _loose_parameters(parts: Mapping[str, Any]) -> Iterator[tuple[str, Tensor]]:
    """Yield what an optimizer holds and no module of the run does, by optimizer, group and number."""
    seen = set(_parameter_names(parts))
    for part, optimizer in optimizers_of(parts).items():
        for number, group in enumerate(optimizer.param_groups):
            for index, parameter in enumerate(group["params"]):
                if id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield f"{part}.{number}.{index}", parameter


def _add_groups(part: str, optimizer: Optimizer, saved: Any, parameters: Mapping[str, nn.Parameter]) -> None:
    names = {id(parameter): name for name, parameter in parameters.items()}
    present = [[names.get(id(p)) for p in group["params"]] for group in optimizer.param_groups]
    for number in [number for number, group in enumerate(saved) if group not in present]:
        unknown = [name for name in saved[number] if name not in parameters]
        if unknown:
            raise RunMismatch(
                f"{part!r} had {len(saved)} parameter groups at the checkpoint and has {len(optimizer.param_groups)} "
                f"now, and group {number} held a parameter that no module of the run holds. Track the module that "
                f"owns it, or add the group before the loop starts"
            )
        optimizer.add_param_group({"params": [parameters[name] for name in saved[number]]})
        present.append(saved[number])
    # A loop that goes on in epoch 5 adds the group of epoch 5 first, and those of the epochs before come after it.
    if len(present) == len(saved):
        optimizer.param_groups[:] = [optimizer.param_groups[present.index(group)] for group in saved]
