"""Where a run can be saved, and where it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Stage(StrEnum):
    """Between which two lines of the user's loop a safe point lies."""

    EPOCH = "epoch"
    """Before any code of the epoch; for the first epoch: before the first line of the loop."""
    STEPS = "steps"
    """After a whole pass of the body of `for batch in run.steps(...)`."""
    AFTER = "after"
    """The steps of the section are over; the code after them (validation, say) has not begun."""
    END = "end"
    """`run.finish()` was called."""


@dataclass(frozen=True, slots=True)
class Position:
    """A safe point: a moment at which the loop has asked `run` for what comes next.

    Attributes:
        step: passes of the body completed in the whole run.
        epoch: the epoch, counted from 0.
        section: which walk over a loader within the epoch, counted from 0.
        batch: batches of that walk used so far.
        stage: what lies before and behind this point.
        point: safe points passed since `step` last moved, so that (step, point) orders all positions of a run.
    """

    step: int = 0
    epoch: int = 0
    section: int = 0
    batch: int = 0
    stage: Stage = Stage.EPOCH
    point: int = 0

    @property
    def name(self) -> str:
        """The name of a checkpoint taken here; names sort as positions do."""
        return f"{self.step:09d}.{self.point:03d}"

    def to_json(self) -> dict[str, Any]:
        """Return the position as plain JSON values."""
        return {**asdict(self), "stage": str(self.stage)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Position:
        """Read what `to_json` gave; other entries are ignored."""
        whole = {name: int(values[name]) for name in ("step", "epoch", "section", "batch", "point")}
        return cls(stage=Stage(values["stage"]), **whole)

    def describe(self) -> str:
        """Say the position as people count: epochs and steps from 1.

        >>> Position(step=140, epoch=3, batch=5, stage=Stage.STEPS).describe()
        'epoch 4, after step 140'
        """
        return f"epoch {self.epoch + 1}, " + (f"after step {self.step}" if self.step else "before the first step")
