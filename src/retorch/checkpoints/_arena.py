"""Warm host buffers: one flat buffer a part, laid out as its file is, kept between saves.

A fresh clone of every tensor costs several times the copy itself (the kernel hands out and clears each page), so
the loop would wait for that at every save.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from retorch.checkpoints._layout import Layout, TensorSpec, copyable, lay_out


@dataclass(frozen=True, slots=True)
class Packed:
    """The tensors of a part, copied into a buffer.

    Attributes:
        pieces: the bytes of the safetensors file, in order. They change at the next copy into the buffer.
        record: for each name the facts for the manifest.
    """

    pieces: tuple[memoryview, ...]
    record: dict[str, Any]


class Arenas:
    """The buffers of all parts. `pack` the parts, then `settle` once before the bytes are read."""

    def __init__(self) -> None:
        self._arenas: dict[str, _Arena] = {}
        self._busy_devices: set[torch.device] = set()

    def pack(self, part: str, tensors: Mapping[str, Tensor], tied: Mapping[str, str]) -> Packed:
        """Copy the tensors of a part out; copies from an accelerator may still be under way afterwards."""
        specs = {name: TensorSpec.of(tensor) for name, tensor in tensors.items()}
        devices = {tensor.device for tensor in tensors.values() if tensor.device.type != "cpu"}
        arena = self._arenas.get(part)
        if arena is None or not arena.fits(specs, tied):
            self._arenas.pop(part, None)  # freed before its successor is made: never two at a time
            arena = self._arenas[part] = _Arena(specs, tied, pinned=bool(devices))
        arena.fill(tensors)
        self._busy_devices |= devices
        return arena.packed

    def settle(self) -> None:
        """Wait until every copy from an accelerator has arrived."""
        for device in self._busy_devices:
            _synchronize(device)
        self._busy_devices.clear()

    def keep_only(self, parts: Iterable[str]) -> None:
        """Free the buffers of all other parts."""
        for part in self._arenas.keys() - set(parts):
            del self._arenas[part]


class _Arena:
    """One part's buffer, a view into it for each tensor, and what never changes while the layout stays."""

    def __init__(self, specs: dict[str, TensorSpec], tied: Mapping[str, str], *, pinned: bool) -> None:
        self._specs, self._tied = specs, dict(tied)
        layout = lay_out(specs, tied)
        self._buffer = _allocate(layout.size_bytes, pinned=pinned)
        self._views = {name: _view(self._buffer, layout, name, spec) for name, spec in specs.items()}
        record = {name: {**spec.to_json(), "place": list(layout.places[name])} for name, spec in specs.items()}
        record |= {name: {"same_as": original} for name, original in tied.items()}
        data: Any = self._buffer.numpy()
        self.packed = Packed((memoryview(layout.header), memoryview(data)), record)

    def fits(self, specs: dict[str, TensorSpec], tied: Mapping[str, str]) -> bool:
        return self._specs == specs and self._tied == tied

    def fill(self, tensors: Mapping[str, Tensor]) -> None:
        if tensors:
            sources = [copyable(tensor.detach()) for tensor in tensors.values()]
            torch._foreach_copy_([self._views[name] for name in tensors], sources, non_blocking=True)


def _allocate(size_bytes: int, *, pinned: bool) -> Tensor:
    if pinned and torch.cuda.is_available():
        return torch.empty(size_bytes, dtype=torch.uint8, device="cpu", pin_memory=True)
    return torch.empty(size_bytes, dtype=torch.uint8, device="cpu")


def _view(buffer: Tensor, layout: Layout, name: str, spec: TensorSpec) -> Tensor:
    start, end = layout.places[name]
    return copyable(buffer[start:end].view(spec.dtype).view(spec.shape))


def _synchronize(device: torch.device) -> None:
    torch.get_device_module(device).synchronize(*([device] if device.type != "mps" else []))
