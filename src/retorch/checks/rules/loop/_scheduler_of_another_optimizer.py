"""A scheduler changes the learning rate of an optimizer that trains nothing."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks.rules.loop._built import BuiltRule
from retorch.checks.rules.loop._pace import Built


class SchedulerOfAnotherOptimizer(BuiltRule):
    """A scheduler was given one optimizer, and another one trains the same parameters.

    Why it matters: the scheduler lowers a learning rate that nobody uses. The one that trains keeps its own.

    When it is fine: a first phase in which another optimizer trains the same parameters; its scheduler is not stepped
    then.

    Wrong: `scheduler = StepLR(optimizer, 10); optimizer = SGD(model.parameters(), lr)`.

    Right: `optimizer = SGD(model.parameters(), lr); scheduler = StepLR(optimizer, 10)`.
    """

    name = "scheduler-of-another-optimizer"
    grade = "warning"

    def judge_built(self, built: Built) -> Iterator[Finding]:
        """Judge a scheduler that is stepped, whose optimizer never is, beside another one that has its parameters."""
        if built.is_stepped and not built.optimizer.total and built.others >= 2:
            yield self.finding(
                built.site,
                f"this {built.kind} was given an optimizer that never steps",
                evidence=f"another optimizer did {built.others} steps on the same parameters, with its own learning "
                "rate, while this scheduler was stepped",
                remedy="build the scheduler with the optimizer that is stepped, after that is built",
            )
