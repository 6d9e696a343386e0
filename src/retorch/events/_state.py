"""Where a run stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class State:
    """Where a run stands, live: the loop moves it on, observers read it and keep no copy.

    Attributes:
        path: the run folder, or None for a run that keeps nothing.
        seed: the seed of the run.
        step: steps completed so far; inside a step, its number counted from 0.
        epoch: the current epoch, counted from 0.
        epochs: how many epochs were asked for, or None where the loop does not say.
        batch: batches of this epoch used so far; inside a step, the number of its first batch.
        batches: batches in a full epoch, or None where the loader does not know.
        samples: samples in the batch of the current or last step; 0 where it cannot be told.
        resumed: whether this process continued a run from a checkpoint.
    """

    path: Path | None
    seed: int
    step: int = 0
    epoch: int = 0
    epochs: int | None = None
    batch: int = 0
    batches: int | None = None
    samples: int = 0
    resumed: bool = False
