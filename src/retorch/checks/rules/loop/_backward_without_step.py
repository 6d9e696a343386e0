"""Gradients that are computed in training and that no step ever uses."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended
from retorch.checks._rule import sees
from retorch.checks.rules.loop._entries import Account
from retorch.checks.rules.loop._following import LoopRule
from retorch.checks.rules.loop._uncalled import uncalled


class BackwardWithoutStep(LoopRule):
    """Backward passes write the gradients of an optimizer's parameters, and it never steps.

    Why it matters: the weights stay as they were made. The loss differs from batch to batch, so that it looks as if
    something happened.

    When it is fine: gradients that are only looked at; then no optimizer is needed. Weights that are moved by hand are
    seen. A network that is held fixed while
    another is trained through it: switch its gradients off with `requires_grad_(False)`, which saves their cost too.

    Wrong: `loss.backward()` without `optimizer.step()`; also `optimizer.step` without the parentheses.

    Right: `loss.backward(); optimizer.step()`.

    Reported: https://github.com/tedlasai/learn2refocus/issues/5
    """

    name = "backward-without-step"
    grade = "warning"

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end: gradients were written more than once, in train mode, and no optimizer ever used them."""
        for account in self.ledger.accounts:
            is_used = account.is_led_otherwise or any(each.was_used for each in account.written)
            if account.passes >= 2 and account.steps == 0 and not is_used:
                yield self._found(account)

    def _found(self, account: Account) -> Finding:
        site = account.passed_at
        return self.finding(
            uncalled("step", site) or site,
            "these gradients are never used: the optimizer that holds their parameters does not step",
            evidence=f"{account.passes} backward passes wrote the gradients of {len(account.written)} of its "
            f"parameters, the last one at {site.place}, and it did no step",
            remedy="call optimizer.step() after loss.backward()",
        )
