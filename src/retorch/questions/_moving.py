"""What `to` and `numpy` give: the operations that a meta tensor cannot be asked about as it is."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from retorch.questions._outcomes import Outcome
from retorch.questions._twins import Subject, one_element, with_bits


def moved(subject: Subject, twin: Tensor, *args: Any, **kwargs: Any) -> Outcome:
    """Find what `x.to(...)` gives, in any of its forms. Call it in `plain_torch`.

    Raises:
        Exception: what torch raises for these arguments, also where there is no such device.
    """
    targets: list[torch.device] = []

    def on_meta(value: Any) -> Any:
        value = one_element((), _OF_NUMBERS[type(value)]) if type(value) in _OF_NUMBERS else value
        if isinstance(value, Tensor):
            targets.append(value.device)
            return torch.empty(0, dtype=value.dtype, device="meta")
        if isinstance(value, (str, torch.device, int)):
            targets.append(torch.device(value))
            return twin.device
        return value

    args = (*map(on_meta, args[:1]), *args[1:])
    kwargs = {name: on_meta(value) if name in ("device", "other") else value for name, value in kwargs.items()}
    target = targets[0] if targets else subject.device
    if not _is_there(subject.device, target):
        _require(target)
    result = twin.to(*args, **kwargs)
    if _is_there(subject.device, target):
        return Outcome(result, subject.device)
    if subject.device.type == "meta":
        twin.to(target)  # raises: there is nothing to copy
    if result is twin:
        result = twin.to(twin.dtype, copy=True, memory_format=kwargs.get("memory_format", torch.preserve_format))
    return Outcome(result, _as_reported(target), f"the memory is on {subject.device} and goes to {target}")


# torch takes a number for `other`: a tensor without dimensions in host memory.
_OF_NUMBERS = {bool: torch.bool, float: torch.float64, complex: torch.complex128}


def as_array(subject: Subject, twin: Tensor, *, force: bool = False) -> Outcome:
    """Find what `x.numpy()` gives. Call it in `plain_torch`.

    Raises:
        Exception: what torch raises, by its own checks on an empty tensor of the same kind.
    """
    if subject.is_fake:
        raise RuntimeError(".numpy() is not supported for tensor subclasses.")
    if subject.device.type != "cpu" and not force:
        raise TypeError(
            f"can't convert {subject.device} device type tensor to numpy. "
            "Use Tensor.cpu() to copy the tensor to host memory first."
        )
    _empty_one(subject).numpy(force=force)
    on_host = moved(subject, twin, "cpu")
    assert isinstance(on_host.result, Tensor)
    result = on_host.result.resolve_conj().resolve_neg().detach()
    if subject.layout.numel == 0:  # NumPy gives arrays without elements strides of 0
        result = result.as_strided(result.shape, (0,) * result.ndim)
    return Outcome(result, on_host.device, on_host.reason or _bit(subject))


def _empty_one(subject: Subject) -> Tensor:
    shape = (0,) * len(subject.shape)
    return with_bits(torch.empty(shape, dtype=subject.dtype, requires_grad=subject.requires_grad), subject)


def _bit(subject: Subject) -> str:
    bits = [word for word, there in (("conjugate", subject.is_conj), ("negative", subject.is_neg)) if there]
    return f"its {' and '.join(bits)} bit must be resolved: the values in memory are not its values" if bits else ""


def _is_there(source: torch.device, target: torch.device) -> bool:
    """Whether torch sees no move; "cuda" means the current GPU, and "cpu:0" is not "cpu"."""
    if target.index is None and target.type == source.type and source.index is not None:
        return _index(target) == source.index
    return source == target


def _as_reported(target: torch.device) -> torch.device:
    """Return the device that a tensor there names: with a number on an accelerator, without one on cpu and meta."""
    if target.type in _WITHOUT_NUMBER:
        return torch.device(target.type)
    return torch.device(target.type, _index(target))


def _index(device: torch.device) -> int:
    if device.index is not None:
        return device.index
    module = torch.get_device_module(device)
    # A fake tensor may say that it is on a GPU where there is none.
    return int(module.current_device()) if module.is_available() else 0


_WITHOUT_NUMBER = ("cpu", "meta")


def _require(target: torch.device) -> None:
    """Raise what torch would where there is no such device, without starting one that is there."""
    if target.type in _WITHOUT_NUMBER:
        return
    module = getattr(torch, target.type, None)
    if module is None or not module.is_available():
        torch.empty(0).to(target)
    elif target.index is not None and target.index >= module.device_count():
        count = module.device_count()
        raise RuntimeError(f"there is no {target}: this machine has {count} of them, numbered from 0")
