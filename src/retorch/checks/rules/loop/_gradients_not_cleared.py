"""Gradients of step after step add up."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks.rules.loop._entries import Account, Use
from retorch.checks.rules.loop._following import LoopRule
from retorch.checks.rules.loop._piling import Piling
from retorch.checks.rules.loop._uncalled import uncalled


class GradientsNotCleared(LoopRule):
    """A backward pass adds to gradients that a step has used already, and nobody clears them.

    Why it matters: `backward` adds to what is there. Each step goes along the sum of all batches so far, most of them
    computed with weights that are long gone: the steps grow, and the loss swings or explodes.

    When it is fine: never, with an optimizer of torch, which follows the sum as if it were new. Gradient accumulation
    is not meant: this check counts only gradients that a step of the same optimizer has used, twice in a row. An
    optimizer of your own may want the sum of all gradients, as dual averaging does: there it is a warning.

    Wrong: `loss.backward(); optimizer.step()` in a loop without `zero_grad`, or with `zero_grad` only once an epoch.

    Right: `optimizer.zero_grad()` before each `backward`, or after each `step`.

    Reported: https://github.com/wenet-e2e/wekws/issues/72
    """

    name = "gradients-not-cleared"
    grade = "error"

    def judge_step(self, account: Account, use: Use) -> Iterator[Finding]:
        """Judge a step whose gradients hold passes of the steps before."""
        piled = Piling.seen_in(self.ledger, account, use)
        if piled and not piled.beside:
            added = use.own(account).site
            finding = self.finding(
                uncalled("zero_grad", added) or added,
                "these gradients are added to those of earlier steps, which nobody has cleared",
                evidence=f"the step at {use.site.place} used the sum of {len(use.stale) + len(use.fresh)} backward "
                f"passes, {len(use.stale)} of which an earlier step had used, in {piled.names}",
                remedy="call optimizer.zero_grad() before each backward()",
            )
            yield self.milder(finding, account)
