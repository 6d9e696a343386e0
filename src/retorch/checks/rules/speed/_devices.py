"""What a script that runs on the CPU would do on the accelerator that it is written for."""

from __future__ import annotations

from typing import Any

import torch

from retorch.checks._observations import OperationDone
from retorch.checks.rules._flow import name_of


def moves_to_a_device(seen: OperationDone) -> bool:
    """Tell whether a call asks for a tensor on a device, be it the one on which it is: `x.to(device)`, `x.cuda()`."""
    name = name_of(seen.function)
    if name == "to":
        return any(_is_place(each) for each in (*seen.args[1:], seen.kwargs.get("device"), seen.kwargs.get("other")))
    return name in ("cuda", "type_as")


def _is_place(value: Any) -> bool:
    return isinstance(value, (str, int, torch.device, torch.Tensor)) and not isinstance(value, bool)
