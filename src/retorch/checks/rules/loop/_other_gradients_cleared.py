"""`zero_grad` of another optimizer or model than the one that is stepped."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks.rules.loop._entries import Account, Use
from retorch.checks.rules.loop._following import LoopRule
from retorch.checks.rules.loop._piling import Piling


class OtherGradientsCleared(LoopRule):
    """`zero_grad` clears an optimizer or a model that this part of the loop does not train.

    Why it matters: the gradients that the step uses are never cleared, and `backward` adds to them: each step goes
    along the sum of all batches so far.

    When it is fine: never, as for gradients-not-cleared: a `zero_grad` that clears nothing does no harm by itself, and
    this check speaks only where the gradients beside it pile up.

    Wrong: `generator_optimizer.zero_grad(); d_loss.backward(); discriminator_optimizer.step()`, copied from the part
    above.

    Right: `discriminator_optimizer.zero_grad(); d_loss.backward(); discriminator_optimizer.step()`.
    """

    name = "other-gradients-cleared"
    grade = "error"

    def judge_step(self, account: Account, use: Use) -> Iterator[Finding]:
        """Judge a step whose gradients hold passes of the steps before, though there was a `zero_grad`."""
        piled = Piling.seen_in(self.ledger, account, use)
        if piled and piled.beside:
            finding = self.finding(
                piled.beside.site,
                "this clears other gradients than those that the next step uses",
                evidence=f"no backward pass wrote what it had cleared; the step at {use.site.place} used the sum of "
                f"{len(use.stale) + len(use.fresh)} backward passes, {len(use.stale)} of which an earlier step had "
                f"used, in {piled.names}",
                remedy="call zero_grad() of the optimizer that is stepped",
            )
            yield self.milder(finding, account)
