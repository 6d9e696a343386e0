"""`zero_grad` between backward and step."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended
from retorch.checks._rule import sees
from retorch.checks._scene import Scene
from retorch.checks.rules._words import times
from retorch.checks.rules.loop._entries import Account, Backward, Use
from retorch.checks.rules.loop._following import LoopRule
from retorch.lines import UNKNOWN, Site


@dataclass(slots=True)
class _Robbed:
    """The steps of one line that found nothing.

    Attributes:
        rounds: how many of them in a row.
        steps_first: whether the first of them came before every backward pass.
        empty: how many parameters were without a gradient.
        lost: how many of them had one.
        cleared_at: where those were cleared.
        passes: that had computed them.
    """

    steps_first: bool
    rounds: int = 0
    empty: int = 0
    lost: int = 0
    cleared_at: Site = UNKNOWN
    passes: Collection[Backward] = ()

    def is_mistaken(self, number: int) -> bool:
        """Tell whether this happened again and again, and no other optimizer has used what was lost either."""
        return self.rounds >= 2 and not any(set(each.spent_by) - {number} for each in self.passes)


class GradientsClearedBeforeTheStep(LoopRule):
    """The gradients are cleared before the step uses them.

    Why it matters: the step finds nothing to do. The weights stay as they are, or drift by momentum and weight decay
    alone, and the loss only seems to move, because the batches differ.

    When it is fine: never, where no step of this line ever finds a gradient and nobody else has used those that are
    thrown away. A batch that is dropped on purpose, and a player of a game that waits for its turn, are not meant.

    Wrong: `loss.backward(); optimizer.zero_grad(); optimizer.step()`, or `optimizer.zero_grad(); optimizer.step();
    loss.backward()`.

    Right: `optimizer.zero_grad(); loss.backward(); optimizer.step()`.

    Reported: https://github.com/sacmehta/EdgeNets/issues/14
    """

    name = "gradients-cleared-before-the-step"
    grade = "error"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # Of each optimizer, by its number, and line that steps it; None for one that once had gradients.
        self._found: dict[tuple[int, Site], _Robbed | None] = {}

    def is_settled(self) -> bool:
        """Wait for the end, where one optimizer has found nothing to step on."""
        return super().is_settled() and not any(found and found.rounds for found in self._found.values())

    def judge_step(self, account: Account, use: Use) -> tuple[()]:
        """Collect the steps that find nothing because all was cleared."""
        key = account.number, use.site
        if use.is_useful:
            self._found[key] = None
            return ()
        found = self._found.setdefault(key, _Robbed(account.begins_empty and account.first_site == use.site))
        optimizer = account.optimizer()
        # The gradients may have been written past the version counter.
        if found and use.robbed and optimizer and self.ledger.finds_nothing(optimizer):
            found.rounds += 1
            found.empty, found.lost, found.cleared_at = use.empty, len(use.lost), use.lost[-1].site
            found.passes = use.robbed
        elif found:
            found.rounds = 0
        return ()

    @sees(Ended)
    def judge(self, _: Ended) -> Iterator[Finding]:
        """Judge at the end, when it is clear that no step of a line ever found a gradient."""
        for (number, site), found in self._found.items():
            if found and found.is_mistaken(number):
                yield self.finding(
                    site if found.steps_first else found.cleared_at,
                    "the step comes before the backward pass, and finds gradients that are cleared"
                    if found.steps_first
                    else "this clears the gradients before the step has used them",
                    evidence=_evidence(found, site),
                    remedy="optimizer.zero_grad(), then loss.backward(), then optimizer.step()",
                )


def _evidence(found: _Robbed, step: Site) -> str:
    here, there = (
        ("this step", found.cleared_at.place) if found.steps_first else ("the step at " + step.place, "this line")
    )
    gradients = times(found.lost, "gradient")
    return (
        f"{here} found no gradient on any of {times(found.empty, 'parameter')}, {found.rounds} times in a row; "
        f"backward() had computed {gradients}, and {there} had cleared {'it' if found.lost == 1 else 'them'}"
    )
