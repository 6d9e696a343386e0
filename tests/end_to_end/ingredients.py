"""What the scenarios train on and with: real digits, small models, and ways to be random."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import torch
from places import at
from sklearn import datasets
from torch import Tensor, nn
from torch.utils.data import Dataset, IterableDataset, Sampler

TRAINING, VALIDATION = 150, 60
BATCH = 12


@cache
def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return images float32 [210, 64] in 0..1 and labels int64 [210]."""
    images, labels = datasets.load_digits(return_X_y=True)
    rows = np.random.RandomState(0).permutation(len(images))[: TRAINING + VALIDATION]
    return (images[rows] / 16).astype(np.float32), labels[rows].astype(np.int64)


def training_set(images: int = TRAINING) -> tuple[Tensor, Tensor]:
    data, labels = load_digits()
    return torch.from_numpy(data[:images]), torch.from_numpy(labels[:images])


def validation_set() -> tuple[Tensor, Tensor]:
    data, labels = load_digits()
    return torch.from_numpy(data[TRAINING:]), torch.from_numpy(labels[TRAINING:])


def mlp(dropout: float = 0.0, *, norm: bool = False, hidden: int = 24) -> nn.Sequential:
    """Build a small classifier of images [B, 64]."""
    between = [nn.BatchNorm1d(hidden)] if norm else []
    return nn.Sequential(nn.Linear(64, hidden), *between, nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 10))


def adam(model: nn.Module, lr: float = 0.01) -> torch.optim.Adam:
    return torch.optim.Adam(model.parameters(), lr=lr)


def descend(model: nn.Module, optimizer: Any, batch: Any) -> Tensor:
    """Take one ordinary step, and say on the way where it is."""
    at("step")
    inputs, targets = batch
    optimizer.zero_grad()
    loss = cross_entropy(model(inputs), targets)
    loss.backward()
    at("backward")
    optimizer.step()
    at("stepped")
    return loss


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    return nn.functional.cross_entropy(outputs, targets)


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return one value a sample; a Trainer's validation comes by here."""
    at("validation")
    return (outputs.argmax(1) == targets).float()


def validate(run: Any, model: nn.Module) -> float:
    """Return the mean loss over noisy validation images: the noise is drawn inside the validation."""
    inputs, targets = validation_set()
    total = 0.0
    with run.evaluating(model):
        at("validation")
        for part in range(0, len(inputs), 20):
            noisy = inputs[part : part + 20] + 0.1 * torch.rand(20, 64) + random.random() + np.random.rand()
            total += cross_entropy(model(noisy.float()), targets[part : part + 20]).item() * 20
        at("validation")
        run.log(loss=total / len(inputs))
    return total / len(inputs)


def draw() -> dict[str, float]:
    """Draw once from each global stream."""
    return {"torch": torch.rand(()).item(), "numpy": np.random.rand(), "python": random.random()}


def fingerprint(*modules: nn.Module) -> str:
    """Return a digest of all parameters and buffers, those that no state_dict has included."""
    digest = hashlib.blake2b(digest_size=8)
    for module in modules:
        for tensor in (*module.parameters(), *module.buffers()):
            digest.update(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


class Augmented(Dataset):
    """Digits with noise from torch, a shift from NumPy and a flip from `random`."""

    def __init__(self, images: int = TRAINING) -> None:
        self.images, self.labels = training_set(images)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = self.images[index].reshape(8, 8).roll(int(np.random.randint(-1, 2)), dims=1)
        image = image.flip(0) if random.random() < 0.3 else image
        return image.reshape(64) + 0.1 * torch.randn(64), self.labels[index]


class NoisyWithItsOwn(Dataset):
    """Digits with noise from a generator of the user's."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.images, self.labels = training_set()
        self.rng = rng

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index] + 0.1 * torch.from_numpy(self.rng.standard_normal(64, np.float32)), self.labels[index]


class Wandering(Sampler[int]):
    """A sampler of a user's: draws globally and from its own generator, and counts its passes."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.own = random.Random(3)
        self.passes = 0

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[int]:
        start = int(torch.randint(self.size, ()))
        for step in range(self.size):
            yield (start + step * self.own.randrange(1, 5) + self.passes + np.random.randint(3)) % self.size
        self.passes += 1


class Streamed(IterableDataset):
    """Digits that come one after the other, noisy, with a memory from pass to pass."""

    def __init__(self, images: int = 120) -> None:
        self.images, self.labels = training_set(images)
        self.passes = 0

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        self.passes += 1
        for image, label in zip(self.images, self.labels, strict=True):
            yield image.roll(self.passes) + 0.1 * torch.randn(64), label
