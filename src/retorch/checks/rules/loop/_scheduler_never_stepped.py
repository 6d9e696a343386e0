"""A scheduler is built, and nobody steps it."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks.rules.loop._built import BuiltRule
from retorch.checks.rules.loop._pace import Built
from retorch.checks.rules.loop._uncalled import uncalled

# Without a loader one does not know what an epoch is.
_MANY_STEPS = 30


class SchedulerNeverStepped(BuiltRule):
    """A learning-rate scheduler is built and `scheduler.step()` is never called.

    Why it matters: the learning rate stays where the scheduler began: at its full height, or at the foot of a warm-up.

    When it is fine: a scheduler that is stepped only now and then, in a run that is cut short; this check waits for two
    passes over the data.

    Wrong: `scheduler = CosineAnnealingLR(optimizer, T_max=epochs)`, and a loop without `scheduler.step()`.

    Right: `scheduler.step()` at the end of each epoch.
    """

    name = "scheduler-never-stepped"
    grade = "warning"

    def judge_built(self, built: Built) -> Iterator[Finding]:
        """Judge a scheduler whose optimizer has trained for a while."""
        steps, passes = built.optimizer.total, len(built.optimizer.passes)
        if not built.is_stepped and (steps >= _MANY_STEPS or (passes >= 2 and steps >= 2 * passes)):
            yield self.finding(
                uncalled("step", built.site) or built.site,
                f"this {built.kind} is never stepped, and the learning rate never changes",
                evidence=f"its optimizer was stepped {steps} times; the scheduler was not",
                remedy="call scheduler.step() at the end of each epoch, or after each optimizer.step()",
            )
