"""A scheduler that counts batches is stepped once an epoch."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended
from retorch.checks._rule import sees
from retorch.checks.rules.loop._pace import PaceRule, Schedule

# Shorter ones are often a number of epochs, and an epoch has as many batches by chance.
_EPOCH = 8


class ScheduleHardlyBegun(PaceRule):
    """A schedule is as long as the number of batches, and is stepped once an epoch.

    Why it matters: only the first steps of the schedule are ever reached. With `OneCycleLR` all of the training happens
    at the low learning rate of the warm-up; with `CosineAnnealingLR` it never falls.

    When it is fine: a length that only by chance is the number of optimizer steps.

    Wrong: `OneCycleLR(optimizer, 0.1, epochs=epochs, steps_per_epoch=len(loader))`, and `scheduler.step()` after the
    loop over the batches.

    Right: `scheduler.step()` after each `optimizer.step()`.

    Reported: https://github.com/sthalles/SimCLR/issues/8
    """

    name = "schedule-hardly-begun"
    grade = "warning"

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end: the length is that of the training in optimizer steps, and hardly any of it was walked."""
        for schedule in self.pace.schedules:
            if _is_hardly_begun(schedule, schedule.length or 0):
                yield self.finding(
                    schedule.site,
                    f"{schedule.kind} counts batches, and is stepped once an epoch",
                    evidence=f"its schedule has {schedule.length} steps, the optimizer did {schedule.steps} in "
                    f"{len(schedule.passes)} epochs, and it was stepped {schedule.calls} times; the learning rate at "
                    f"the end was {schedule.rate:.3g}",
                    remedy="call scheduler.step() after each optimizer.step()",
                )


def _is_hardly_begun(schedule: Schedule, length: int) -> bool:
    """Tell whether a schedule is as long as the training, or as one epoch, in batches, and was walked in epochs."""
    if schedule.gaps is None or schedule.gaps[0] < 2 or length < 2 * schedule.calls:
        return False
    passes = schedule.passes
    is_an_epoch = len(passes) >= 2 and length == passes[0] and length >= _EPOCH
    return length == schedule.steps or is_an_epoch
