"""The optimizer steps again on gradients that it has used."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._entries import Account, Use
from retorch.checks.rules.loop._following import LoopRule


class TwoStepsOnOneGradient(LoopRule):
    """The same gradients are used by two steps of an optimizer, without a backward pass between.

    Why it matters: the step is twice as long as the learning rate says, and momentum and the averages of Adam count
    each batch twice. Behind a `GradScaler`, the second step is not left out when the gradients are infinite. Where the
    backward pass slipped out of the loop, all steps go along the gradient of the first batch.

    When it is fine: walking on along one gradient, as a search for the best length of a step does; this check is silent
    where the model is evaluated between the steps.

    Wrong: `scaler.step(optimizer); scaler.update(); optimizer.step()`.

    Right: `scaler.step(optimizer); scaler.update()`.
    """

    name = "two-steps-on-one-gradient"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._again: WeakKeyDictionary[Account, int] = WeakKeyDictionary()

    def judge_step(self, account: Account, use: Use) -> Iterator[Finding]:
        """Judge a step without a backward pass since the one before, from the third on."""
        last = account.last
        is_again = last is not None and (use.passes, use.evaluations) == (last.passes, last.evaluations)
        if last is None or not is_again or not use.stale or use.fresh or use.by_hand or use.touched:
            return
        self._again[account] = self._again.get(account, 0) + 1
        if self._again[account] >= 3:
            yield self.finding(
                use.site,
                "the optimizer steps again on gradients that it has used already",
                evidence=f"{self.ledger.names(gradient for gradient, _, _ in use.gradients)} were used by the step at "
                f"{last.site.place}, and again here, without a backward pass between",
                remedy="call optimizer.zero_grad() and loss.backward() before each step",
            )
