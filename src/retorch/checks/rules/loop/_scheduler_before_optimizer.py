"""The scheduler is stepped before the optimizer."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended
from retorch.checks._rule import sees
from retorch.checks.rules.loop._pace import PaceRule


class SchedulerBeforeOptimizer(PaceRule):
    """`scheduler.step()` comes before `optimizer.step()` in the loop.

    Why it matters: the first value of the schedule is skipped, and the whole schedule is one step early: a decay of
    which the paper says "after 30 epochs" comes after 29.

    When it is fine: where the first value is zero and is skipped on purpose. `scheduler.step(epoch)` with a number, and
    steps that take a resumed schedule to its place, are not meant.

    Wrong: `for epoch in range(epochs): scheduler.step(); train_one_epoch()`.

    Right: `for epoch in range(epochs): train_one_epoch(); scheduler.step()`.

    Reported: https://github.com/ildoonet/pytorch-gradual-warmup-lr/pull/11
    """

    name = "scheduler-before-optimizer"
    grade = "warning"

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end: the scheduler was first at the beginning and in each round, and the optimizer the last."""
        for schedule in self.pace.schedules:
            is_first = (
                schedule.before == 0 and schedule.calls >= 2 and schedule.gaps is not None and schedule.gaps[0] >= 1
            )
            if is_first and schedule.steps > schedule.last and not schedule.with_epoch:
                yield self.finding(
                    schedule.site,
                    "the scheduler steps before the optimizer",
                    evidence=f"the first of its {schedule.calls} steps came before the first of {schedule.steps} "
                    "optimizer steps, and so on to the last",
                    remedy="call scheduler.step() after optimizer.step()",
                )
