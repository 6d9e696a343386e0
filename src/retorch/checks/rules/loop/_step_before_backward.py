"""Each step uses the gradients of the batch before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import BackwardDone, Ended
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._entries import Account, Use
from retorch.checks.rules.loop._following import LoopRule
from retorch.lines import Site


class StepBeforeBackward(LoopRule):
    """`optimizer.step()` stands before `loss.backward()` in the body of the loop.

    Why it matters: the first step has no gradient, each later one uses that of the batch before, and the last one is
    never used. Where the model was called before the step, its gradient belongs to weights that are changed already.

    When it is fine: a single step before training, as some do to please a scheduler; this check asks for the same line
    in every round, and for a last gradient that nothing uses.

    Wrong: `for x, y in loader: optimizer.step(); optimizer.zero_grad(); criterion(model(x), y).backward()`.

    Right: `for x, y in loader: optimizer.zero_grad(); criterion(model(x), y).backward(); optimizer.step()`.
    """

    name = "step-before-backward"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._rounds: dict[Account, int] = {}
        self._unused: dict[Account, Site] = {}

    def is_settled(self) -> bool:
        """Wait for the end, where one optimizer looks as if it stepped too early."""
        return super().is_settled() and not self._rounds

    def judge_step(self, account: Account, use: Use) -> Iterable[Finding]:
        """Count the rounds of an optimizer whose first step came before any gradient, all by the same line."""
        self._unused.pop(account, None)
        if use.number == 1 and account.begins_empty:
            self._rounds[account] = 0
        elif account in self._rounds and use.fresh and use.site == account.first_site:
            self._rounds[account] += 1
        else:
            self._rounds.pop(account, None)
        return ()

    @sees(BackwardDone)
    def remember(self, seen: BackwardDone) -> None:
        """Remember that such an optimizer has gradients which it has not used."""
        self.ledger.follow(seen)
        if not self._rounds:
            return
        wrote = {id(gradient.parameter()) for gradient in self.ledger.wrote}
        for account in self._rounds:
            optimizer = account.optimizer()
            groups = optimizer.param_groups if optimizer else ()
            if self.ledger.backward and any(id(each) in wrote for group in groups for each in group["params"]):
                self._unused[account] = self.ledger.backward.site

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end, when the last gradient can no longer be used."""
        last = self.ledger.backward
        for account, rounds in self._rounds.items():
            # The weights have changed since the forward pass, and torch may refuse to go on.
            is_refused = last is not None and self.ledger.is_in_backward and rounds == 1
            site = last.site if last is not None and is_refused else self._unused.get(account)
            if site is not None and (rounds >= 2 or is_refused):
                yield self.finding(
                    account.first_site,
                    "the step comes before the backward pass, and uses the gradients of the batch before",
                    evidence=f"the first step had no gradients, the next {rounds} those of the round before, and the "
                    f"last backward pass, at {site.place}, was never used",
                    remedy="call optimizer.step() after loss.backward()",
                )
