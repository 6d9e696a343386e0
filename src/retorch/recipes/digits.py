"""Handwritten digits, 8 x 8 pixels: a small CNN that trains in seconds.

1,797 images from scikit-learn, a fifth held out. `retorch train digits` runs it; `retorch train digits --copy my.py`
gives you this file to make your own, and `retorch train my.py` runs that. Two names matter to the command line:

* `Config` says which options there are. `--set optimizer.lr=0.01` sets one.
* `train` does the work and returns the result.

Everything else here is plain PyTorch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.utils.data import TensorDataset

import retorch
from retorch.recipes import packaged_file, split_by_class


class OptimizerConfig(BaseModel):
    """Options of AdamW."""

    model_config = ConfigDict(extra="forbid")

    lr: float = Field(0.01, gt=0, le=10, description="highest learning rate of the one-cycle schedule")
    weight_decay: float = Field(0.01, ge=0, le=10, description="how strongly weights are pulled towards zero")


class Config(BaseModel):
    """Options of this recipe; what is misspelt or out of bounds is refused before anything starts."""

    model_config = ConfigDict(extra="forbid")

    seed: int = Field(0, ge=0, lt=2**32, description="decides first weights, order and dropout")
    epochs: int = Field(30, ge=1, description="how often each training image is seen")
    batch_size: int = Field(32, ge=2, description="images per step")
    channels: int = Field(32, ge=1, description="channels of the first convolution; the second has twice as many")
    dropout: float = Field(0.3, ge=0, lt=1, description="share of features dropped in training")
    optimizer: OptimizerConfig = OptimizerConfig()
    # The number of workers changes no bit of the result, so it is no part of what a run records and compares.
    workers: int = Field(0, ge=0, exclude=True, description="processes that load data; 0 loads in the main one")


def train(
    config: Config, *, run: str | Path | None = None, threads: int | None = None, quiet: bool = False
) -> retorch.Result:
    """Train on digits and return the result; with `run`, the same call continues after an interruption.

    Args:
        config: the options.
        run: the run folder; None keeps nothing.
        threads: logical CPU threads; None takes what the machine offers, or what the run began with.
        quiet: show no progress.
    """
    retorch.seed_everything(config.seed)  # before the model is built, so that its first weights follow from it
    train_set, held_out = load_data()
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


def build_model(config: Config) -> nn.Module:
    """Two convolutions and a linear layer: images [B, 1, 8, 8] in, scores [B, 10] out."""
    narrow, wide = config.channels, 2 * config.channels
    return nn.Sequential(
        nn.Conv2d(1, narrow, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(narrow),
        nn.ReLU(),
        nn.Conv2d(narrow, wide, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(wide),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(config.dropout),
        nn.Linear(wide * 4 * 4, 10),
    )


def load_data() -> tuple[TensorDataset, TensorDataset]:
    """Return the training and the held-out part: images float32 [1, 8, 8] in 0..1, labels int64."""
    file = packaged_file("scikit-learn", "sklearn/datasets/data/digits.csv.gz")
    table = torch.from_numpy(np.loadtxt(file, delimiter=",", dtype=np.float32))
    images, labels = table[:, :-1].reshape(-1, 1, 8, 8) / 16, table[:, -1].long()
    train, held_out = split_by_class(labels, held_out=0.2)
    return TensorDataset(images[train], labels[train]), TensorDataset(images[held_out], labels[held_out])


def accuracy(scores: Tensor, labels: Tensor) -> Tensor:
    """Return 1.0 for each image whose highest score is at its label, else 0.0: float32 [B]."""
    return (scores.argmax(dim=1) == labels).float()
