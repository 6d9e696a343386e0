"""`LoopRule`: a rule that asks the ledger of gradients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from retorch.checks._finding import Finding
from retorch.checks._observations import (
    BackwardBegins,
    BackwardDone,
    GradientsCleared,
    GradientsClipped,
    Observation,
    StepBegins,
    StepDone,
)
from retorch.checks._rule import LookAt, Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.loop._entries import Account, Use
from retorch.checks.rules.loop._ledger import Ledger


class LoopRule(Rule):
    """A rule that judges steps by the ledger.

    The first one of a checked piece of code keeps the ledger for all of them. A rule that looks at one of the ledger's
    observations itself hands it on first, for the order of the methods of a rule is nobody's promise.

    Attributes:
        ledger: of which backward passes each gradient consists.
    """

    rests = True

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.ledger = Ledger.of(scene)
        self._keeps_the_ledger = self.ledger.is_new()

    def looks(self) -> Iterator[LookAt]:
        """Leave out what only the first rule needs to see, which is less to do in each step."""
        return (look for look in super().looks() if self._keeps_the_ledger or look.method != "keep")

    def is_settled(self) -> bool:
        """Wait for the first step of every optimizer for which there are gradients."""
        return self.ledger.is_settled()

    def look_away(self) -> None:
        """Trust no gradient that was there before."""
        if self._keeps_the_ledger:
            self.ledger.look_away()

    @sees(BackwardBegins, BackwardDone, GradientsCleared, GradientsClipped, StepBegins)
    def keep(self, seen: Observation) -> None:
        """Keep the ledger."""
        self.ledger.follow(seen)

    @sees(StepDone)
    def judge_use(self, seen: StepDone) -> Iterable[Finding]:
        """Judge a step by what the ledger says of it."""
        self.ledger.follow(seen)
        use = self.ledger.use
        return () if use is None else self.judge_step(self.ledger.account(seen.optimizer), use)

    def milder(self, finding: Finding, account: Account) -> Finding:
        """Return it as a warning where the optimizer is not torch's: it may mean what it does by its own rules."""
        return finding if account.is_of_torch else replace(finding, grade="warning")

    def judge_step(self, account: Account, use: Use) -> Iterable[Finding]:  # noqa: ARG002 - for those who override it
        """Judge a step that is done; `account.last` is the one before it."""
        return ()
