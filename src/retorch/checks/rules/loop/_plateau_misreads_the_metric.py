"""`ReduceLROnPlateau` takes what gets better for what gets worse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any
from weakref import ref

from torch.optim import lr_scheduler

from retorch.checks._finding import Finding
from retorch.checks._observations import SchedulerStepped
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene

# How exactly a value must be a fraction with a denominator up to some size, to be taken for "so many of so many".
# Few other numbers are: one in a thousand, and several have to be.
_EXACT = ((2_000, 3e-8), (100_000, 1e-13))
_ENOUGH = 4
# An accuracy that is lower at its best, where it is counted in hundredths, is rare; such losses are not.
_PERCENT = 15


@dataclass(slots=True)
class _Watched:
    scheduler: ref[Any]
    values: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)


class PlateauMisreadsTheMetric(Rule):
    """`ReduceLROnPlateau` with `mode="min"` watches an accuracy, or the number of the epoch.

    Why it matters: each improvement counts as a bad epoch. The learning rate is cut again and again while everything
    goes well.

    When it is fine: a share of errors that really gets worse; `mode="max"` with an accuracy.

    Wrong: `scheduler = ReduceLROnPlateau(optimizer)`, and `scheduler.step(accuracy)`.

    Right: `ReduceLROnPlateau(optimizer, mode="max")`, or `scheduler.step(validation_loss)`.

    Reported: https://github.com/md-mohaiminul/ViS4mer/issues/4
    """

    name = "plateau-misreads-the-metric"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._watched: list[_Watched] = []

    @sees(SchedulerStepped)
    def judge(self, seen: SchedulerStepped) -> Iterator[Finding]:
        """Judge a step after which the learning rate is lower than before, though the metric rose."""
        scheduler = seen.scheduler
        if not isinstance(scheduler, lr_scheduler.ReduceLROnPlateau) or scheduler.mode != "min" or not seen.args:
            return
        watched = self._of(scheduler)
        watched.values.append(float(seen.args[0]))
        watched.rates.append(max(float(group["lr"]) for group in scheduler.optimizer.param_groups))
        values, rates = watched.values, watched.rates
        if len(values) < _ENOUGH or rates[-1] >= rates[0]:
            return
        what = _what(values)
        if what:
            shown = ", ".join(f"{value:.4g}" for value in values[:_ENOUGH])
            yield self.finding(
                seen.site,
                f"this scheduler waits for its metric to fall, and gets {what}",
                evidence=f"it got {shown}, up to {max(values):.4g}, and cut the learning rate from {rates[0]:.3g} to "
                f"{rates[-1]:.3g}",
                remedy='give it the validation loss, or mode="max"',
            )

    def _of(self, scheduler: Any) -> _Watched:
        for watched in self._watched:
            if watched.scheduler() is scheduler:
                return watched
        self._watched.append(_Watched(ref(scheduler)))
        return self._watched[-1]


def _what(values: list[float]) -> str:
    """Say what a rising metric is; "" where it could be anything, such as the loss of a network that overfits."""
    if all(later - earlier == 1 for earlier, later in pairwise(values)):
        return "the number of the epoch"
    half = len(values) // 2
    if sum(values[half:]) / (len(values) - half) <= sum(values[:half]) / half or values[-1] <= values[0]:
        return ""
    if _are_shares(values) or (max(values) > _PERCENT and _are_shares([value / 100 for value in values])):
        return "an accuracy that rises"
    return ""


def _are_shares(values: list[float]) -> bool:
    """Tell whether all are "so many of so many", and were not simply rounded to some decimals."""
    if not all(0 <= value <= 1 for value in values) or len(set(values)) < _ENOUGH - 1:
        return False
    for most, distance in _EXACT:
        fractions = [Fraction(value).limit_denominator(most) for value in values]
        if all(abs(float(fraction) - value) <= distance for fraction, value in zip(fractions, values, strict=True)):
            below = [fraction.denominator for fraction in fractions]
            # 0.125 may be one of eight, but 0.6931 is a loss that was rounded.
            return any(10**6 % each for each in below) or not any(10**3 % each for each in below)
    return False
