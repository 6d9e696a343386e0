"""A small training with everything that a run carries, and comparing to the bit."""

from __future__ import annotations

import torch
from torch import nn


class Training:
    """A model with BatchNorm, Adam with groups, a schedule; `advance` makes steps that are the same every time."""

    def __init__(self, width: int = 6) -> None:
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(4, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, 2))
        biases = [p for p in self.model.parameters() if p.ndim == 1]
        weights = [p for p in self.model.parameters() if p.ndim > 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": weights}, {"params": biases, "weight_decay": 0.0}], lr=0.01, amsgrad=True
        )
        self.scheduler = torch.optim.lr_scheduler.MultiStepLR(self.optimizer, [2, 4])

    def advance(self, steps: int = 3) -> Training:
        generator = torch.Generator().manual_seed(1)
        for _ in range(steps):
            self.optimizer.zero_grad()
            self.model(torch.randn(8, 4, generator=generator)).square().sum().backward()
            self.optimizer.step()
            self.scheduler.step()
        return self

    def parts(self) -> dict:
        return {"model": self.model, "optimizer": self.optimizer, "scheduler": self.scheduler}


def same(left, right) -> bool:
    """Tell whether two values are equal to the bit: types, order, dtypes, shapes, strides, NaNs."""
    if isinstance(left, torch.Tensor):
        return type(left) is type(right) and same_tensor(left.detach(), right.detach())
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return same(list(left.items()), list(right.items()))
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def same_tensor(left: torch.Tensor, right: torch.Tensor) -> bool:
    if (left.dtype, left.shape, left.stride()) != (right.dtype, right.shape, right.stride()):
        return False
    return raw(left) == raw(right)


def raw(tensor: torch.Tensor) -> bytes:
    resolved = tensor.resolve_conj().resolve_neg()
    own = torch.empty(resolved.shape, dtype=resolved.dtype)
    if own.element_size() == 1:  # sub-byte integers cannot be copied as such
        own.view(torch.uint8).copy_(resolved.view(torch.uint8))
    else:
        own.copy_(resolved)
    return own.reshape(-1).view(torch.uint8).numpy().tobytes()


def folder_bytes(folder) -> dict:
    """Return the bytes of every file but the manifest, which holds the time."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def entries(folder) -> list[str]:
    """Return the names in a folder, sorted; hidden ones too."""
    return sorted(path.name for path in folder.iterdir())
