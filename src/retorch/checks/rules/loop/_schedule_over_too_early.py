"""A scheduler that counts epochs is stepped for each batch."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended
from retorch.checks._rule import sees
from retorch.checks.rules.loop._pace import NOTHING, PaceRule, Schedule

# Below these a learning rate has no reason to be: after the first of several epochs, and at the end of one that is
# multiplied again and again by the same factor.
_AFTER_ONE_EPOCH, _AT_THE_END = 0.01, 5e-5
# And below this in no training at all, though it may be zero at the end.
_EVER = 1e-10
_MULTIPLYING = {"StepLR", "MultiStepLR", "ExponentialLR", "MultiplicativeLR"}


class ScheduleOverTooEarly(PaceRule):
    """A scheduler is stepped for each batch, and its schedule is over long before the training is.

    Why it matters: the learning rate falls to next to nothing within the first epochs, and the rest of the training
    changes nothing; that of `CosineAnnealingLR` goes down and up again many times.

    When it is fine: a schedule whose lengths count batches. This check asks what became of the learning rate.

    Wrong: `StepLR(optimizer, step_size=10)` or `CosineAnnealingLR(optimizer, T_max=epochs)`, and `scheduler.step()` in
    the loop over the batches.

    Right: `scheduler.step()` once an epoch, after the loop over the batches; or lengths in batches, such as
    `T_max=epochs * len(loader)`.

    Reported: https://github.com/ivadomed/ivadomed/issues/57
    """

    name = "schedule-over-too-early"
    grade = "warning"

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end what became of the learning rate."""
        for schedule in self.pace.schedules:
            why = self._why(schedule) if schedule.is_each_batch and schedule.kind != "ReduceLROnPlateau" else ""
            if why:
                yield self.finding(
                    schedule.site,
                    f"{schedule.kind} is stepped after each step, and its schedule is over long before the training",
                    evidence=f"it was stepped {schedule.calls} times in {schedule.steps} optimizer steps: {why}",
                    remedy="call scheduler.step() once an epoch, after the loop over the batches",
                )

    def _why(self, schedule: Schedule) -> str:
        peak, passes = schedule.peak, schedule.passes
        if len(passes) < 2 or passes[0] < 2:  # perhaps there is one batch an epoch: once for each is once an epoch
            return f"at the end the learning rate was {schedule.rate:.3g}" if 0 < schedule.rate < _EVER * peak else ""
        if schedule.is_cosine:
            return _of_cosine(schedule, schedule.length or 0)
        if schedule.kind == "MultiStepLR" and len(passes) >= 3 and (schedule.length or 0) < passes[0]:
            return f"all its milestones lay in the first of {len(passes)} epochs"
        if len(passes) >= 3 and schedule.rates and schedule.rates[0] < _AFTER_ONE_EPOCH * peak:
            return f"after the first of {len(passes)} epochs it had fallen from {peak:.3g} to {schedule.rates[0]:.3g}"
        if schedule.idle >= 4 and schedule.idle >= schedule.steps / 2:
            return f"in {schedule.idle} of them the learning rate was below {NOTHING * peak:.3g}, from {peak:.3g}"
        if schedule.kind in _MULTIPLYING and schedule.rate < _AT_THE_END * peak:
            return f"at the end the learning rate was {schedule.rate:.3g}, from {peak:.3g}"
        return ""


def _of_cosine(schedule: Schedule, length: int) -> str:
    """Judge a cosine by how often it passed its end: in one epoch, or where its length is the number of epochs."""
    passes = schedule.passes
    rounds = schedule.calls / length if length else 0
    if rounds < 2 or (passes[0] <= length and length != len(passes)):
        return ""
    return (
        f"its length is {length}, so that the learning rate passed its end {rounds:.3g} times in {len(passes)} epochs"
    )
