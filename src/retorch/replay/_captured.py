"""`Captured`: one operation of a replay with its real arguments, in a file that another process runs it from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from retorch.errors import RunFolderError

_FORMAT = 1
_TORCH_WORDS = (torch.dtype, torch.layout, torch.memory_format)


@dataclass(frozen=True, slots=True)
class Captured:
    """One operation as it was run: what it was given and what came out.

    Attributes:
        operation: such as "aten.addmm.default"; `overload` finds it.
        args: as given, tensors as they were before the operation. Lists stay lists. A `torch.Generator` is None.
        kwargs: likewise.
        outputs: the tensors that came out, in order. Where the operation wrote into an argument, also that argument
            as it was afterwards: the outputs first, then the arguments in order.
        generator: the state of the random stream before the operation; None where it drew nothing.
    """

    operation: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    outputs: list[Tensor]
    generator: Tensor | None = None

    def save(self, path: Path) -> None:
        """Write a file that `torch.load` opens with `weights_only=True`."""
        torch.save(
            {
                "format": _FORMAT,
                "operation": self.operation,
                "args": _packed(self.args),
                "kwargs": _packed(self.kwargs),
                "outputs": _packed(self.outputs),
                "generator": self.generator,
            },
            path,
        )

    @classmethod
    def load(cls, path: Path, device: str | None = None) -> Captured:
        """Read a file.

        Args:
            path: what `save` wrote.
            device: where all tensors and device arguments are to be; None leaves each on its own.

        Raises:
            RunFolderError: the file is of another format.
        """
        packed = torch.load(path, map_location=device, weights_only=True)
        if packed.get("format") != _FORMAT:
            raise RunFolderError(f"{path} holds no operation that this version of retorch can read")
        args, kwargs, outputs = (_unpacked(packed[name], device) for name in ("args", "kwargs", "outputs"))
        return cls(packed["operation"], args, kwargs, outputs, packed["generator"])

    def overload(self) -> Any:
        """Return the operation itself, callable with `args` and `kwargs`.

        Raises:
            AttributeError: this process has no such operation: the library that defines it is not loaded.
        """
        namespace, name, overload = self.operation.split(".")
        return getattr(getattr(getattr(torch.ops, namespace), name), overload)


def _packed(value: Any) -> Any:
    """Spell what weights-only loading refuses, so that each container and word comes back as it was."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, dict):
        return {"dict": {key: _packed(inner) for key, inner in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"list" if isinstance(value, list) else "tuple": [_packed(inner) for inner in value]}
    if isinstance(value, torch.device):
        return {"device": str(value)}
    if isinstance(value, _TORCH_WORDS):
        return {"torch": str(value).removeprefix("torch.")}
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return {"value": value}
    return {"value": None}


def _unpacked(value: Any, device: str | None) -> Any:
    if not isinstance(value, dict):
        return value
    kind, held = next(iter(value.items()))
    match kind:
        case "value":
            return held
        case "list":
            return [_unpacked(inner, device) for inner in held]
        case "tuple":
            return tuple(_unpacked(inner, device) for inner in held)
        case "dict":
            return {key: _unpacked(inner, device) for key, inner in held.items()}
        case "device":
            return torch.device(device or held)
        case _:
            return getattr(torch, held)


class Copies:
    """Copies of tensors as an operation saw them: values, strides, and which of them are one and the same."""

    def __init__(self) -> None:
        self._made: dict[Any, Tensor] = {}

    def of(self, value: Any) -> Any:
        """Copy every tensor in nested lists, tuples and dicts. Runs below autograd; everything else is kept."""
        if isinstance(value, Tensor):
            return self._copied(value)
        if isinstance(value, dict):
            return {key: self.of(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(map(self.of, value))
        return value

    def _copied(self, tensor: Tensor) -> Tensor:
        plain = tensor.detach()
        if plain.layout is not torch.strided or plain.is_quantized or plain.is_conj() or plain.is_neg():
            return plain.clone()
        storage, offset = plain.untyped_storage(), plain.storage_offset()
        # `x.add_(x)` and `x.add_(copy of x)` write different numbers where the two overlap.
        key = (storage._cdata, offset, plain.shape, plain.stride(), plain.dtype)  # noqa: SLF001 - no public identity
        if key not in self._made:
            self._made[key] = _with_same_strides(plain)
        return self._made[key]


def captured_file(folder: Path, index: int) -> Path:
    """Return the file in which the operation with this index is kept."""
    return folder / f"operation-{index}.pt"


def _with_same_strides(tensor: Tensor) -> Tensor:
    """Copy the stretch of memory that a tensor looks at: kernels choose their way by strides."""
    if not tensor.numel():
        return tensor.clone()
    reach = 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    stretch = tensor.as_strided((reach,), (1,)).clone()
    return stretch.as_strided(tensor.shape, tensor.stride(), 0)
