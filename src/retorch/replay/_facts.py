"""What a replay and its experiments find, as plain frozen facts. Loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Gives = Literal["a", "b", "both", "neither", "failed"]


@dataclass(frozen=True, slots=True)
class Size:
    """How far two tensors of one shape and dtype are apart.

    Attributes:
        elements: how many there are in each.
        different: how many of them differ in any bit.
        max_ulp: the largest distance in units in the last place; None for dtypes that have none, or beside NaN.
        max_abs: the largest absolute difference, in float64; None where it cannot be told.
    """

    elements: int
    different: int
    max_ulp: int | None = None
    max_abs: float | None = None

    @property
    def share(self) -> float:
        """The share of elements that differ, from 0 to 1."""
        return self.different / self.elements if self.elements else 0.0


@dataclass(frozen=True, slots=True)
class Experiment:
    """The operation run again, in a fresh process, with one setting changed.

    Attributes:
        setting: such as "threads".
        value: what it was set to, such as "2".
        gives: whose bits came out: "a", "b", "both" (they are equal), "neither", or "failed".
        message: why it failed or what is to be said; often empty.
        steady: False where the same bits did not come out each time.
    """

    setting: str
    value: str
    gives: Gives
    message: str = ""
    steady: bool = True


@dataclass(frozen=True, slots=True)
class Cause:
    """Why two runs part.

    Attributes:
        setting: such as "threads", "seed", "source", "distributions.numpy".
        proven: True where an experiment reproduced both runs' bits by this setting alone, or where it can be read
            off what both runs did (other operations, other arguments, another source line that did them).
        message: one sentence for a reader, with both values.
    """

    setting: str
    proven: bool
    message: str
