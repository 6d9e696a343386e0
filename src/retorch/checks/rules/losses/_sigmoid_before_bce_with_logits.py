"""A sigmoid before a binary cross entropy that applies its own."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import sees
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._applied import ActivationRule
from retorch.checks.rules.losses._values import lie_between_zero_and_one, value_range

_LEAST = 0.5  # the probability that a score of 0 stands for


class SigmoidBeforeBceWithLogits(ActivationRule):
    """`binary_cross_entropy_with_logits` gets what a sigmoid or a softmax gave.

    Why it matters: the loss applies a sigmoid itself. Twice applied, no probability is below 0.5 or above 0.73, so a
    sample of the negative class can never be told.

    When it is fine: never. Targets below one half cannot be reached: no program can earn anything by it. Where there
    are none, or no gradient is recorded, this check is silent.

    Wrong: a model that ends in `torch.sigmoid(x)`, trained with `nn.BCEWithLogitsLoss()`.

    Right: the model returns scores; or `nn.BCELoss()`, which is less exact.

    Reported: https://github.com/yudi-mars/daisyRec/pull/15
    """

    name = "sigmoid-before-bce-with-logits"
    grade = "error"

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge what goes into the loss."""
        if name_of(seen.function) != "binary_cross_entropy_with_logits" or len(seen.args) < 2:
            return
        scores, targets = seen.args[:2]
        applied = self.applied.of(scores)
        if applied is None or applied.name == "log_softmax" or not scores.requires_grad:
            return
        lowest = value_range(targets) or (1.0, 1.0)
        if lowest[0] < _LEAST and lie_between_zero_and_one(scores):
            yield self.finding(
                applied.site,
                f"{applied.name} is applied here, and a sigmoid once more inside the loss",
                evidence=f"binary_cross_entropy_with_logits at {seen.site.place} got {list(scores.shape)} values, all "
                f"between 0 and 1: none is below even odds, and there are targets of {lowest[0]:g}",
                remedy=f"give the loss the scores before the {applied.name}",
            )
