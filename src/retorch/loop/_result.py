"""What `Trainer.fit` gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from retorch.loop._monitors import Best


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a training; equal for an unbroken run and one that was killed and resumed.

    Attributes:
        run: the run folder, or None.
        steps: optimizer steps done.
        epochs: epochs done.
        reason: "finished", or why it ended before.
        train: means of the last epoch over its samples, such as {"loss": 0.1}.
        validation: the last validation's scores; empty where there was none.
        best: the best validation, where `best=` asked for it.
        history: one mapping an epoch: "epoch", "step", "train.loss", "validation.loss", ...
    """

    run: Path | None
    steps: int
    epochs: int
    reason: str
    train: Mapping[str, float]
    validation: Mapping[str, float]
    best: Best | None
    history: Sequence[Mapping[str, float]]
