"""Errors of tensors that lie on different devices."""

from __future__ import annotations

import re

import torch
from torch import Tensor, nn

from retorch.explanations._calls import Call
from retorch.explanations.errors._registry import Explanation, explains


@explains(
    r"Expected all tensors to be on the same device",
    r"Tensor on device \S+ is not on the expected device",
    r"found two different devices",
    r"Input type \(torch\.(?:cuda\.)?\w*Tensor\) and (?:weight|bias) type",
)
def tensors_on_two_devices(call: Call, _match: re.Match[str]) -> Explanation | None:
    """An operation runs on one device, and torch moves nothing by itself.

    Wrong: `model.to("cuda")` and a batch that stays on the CPU. Right: `inputs = inputs.to(device)` in the loop.
    """
    groups = _by_device(call.tensors)
    if len(groups) < 2:
        return None
    why = f"{' and '.join(_names_on(call, device, found) for device, found in groups.items())}."
    return Explanation(why, _move(call, groups))


@explains(r"indices should be either on .* or on the same device as the indexed tensor \((\S+?)\)")
def index_on_another_device(call: Call, match: re.Match[str]) -> Explanation | None:
    """An index may lie on the CPU or on the device of what it indexes."""
    home = torch.device(match[1])
    index = next((tensor for tensor in call.tensors[1:] if tensor.device.type != "cpu" and tensor.device != home), None)
    if index is None:
        return None
    name = call.name(index, "the index")
    why = f"{name} is on {index.device} and what it indexes on {home}."
    return Explanation(why, f"{call.subject(index, name)}.to({str(home)!r}).")


def _by_device(tensors: list[Tensor]) -> dict[torch.device, list[Tensor]]:
    groups: dict[torch.device, list[Tensor]] = {}
    for tensor in tensors:
        groups.setdefault(tensor.device, []).append(tensor)
    return groups


def _names_on(call: Call, device: torch.device, tensors: list[Tensor]) -> str:
    names = [call.name(tensor) for tensor in tensors]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} on {device}"


def _move(call: Call, groups: dict[torch.device, list[Tensor]]) -> str:
    """Say what to move where: the input to the weights, else what is fewer to what is more."""
    if torch.device("meta") in groups:
        return (
            "a meta tensor has a shape and no values, and cannot be moved. Give the module memory with "
            "model.to_empty(device=...) and load or initialise its weights, or build it outside of the meta device."
        )
    homes = [device for device, found in groups.items() if any(isinstance(one, nn.Parameter) for one in found)]
    if len(homes) > 1:
        return f"parameters of one layer are on several devices: move the whole model, model.to({str(homes[0])!r})."
    home = homes[0] if homes else _busiest(groups)
    moved = [tensor for device, found in groups.items() if device != home for tensor in found]
    return f"{' and '.join(f'{call.subject(tensor)}.to({str(home)!r})' for tensor in moved)}."


def _busiest(groups: dict[torch.device, list[Tensor]]) -> torch.device:
    # An accelerator wins a tie: work is meant to happen there.
    return max(groups, key=lambda device: (len(groups[device]), device.type != "cpu"))
