"""A softmax before a cross entropy, which applies its own."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import sees
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._applied import ActivationRule
from retorch.checks.rules.losses._swapped import are_swapped
from retorch.checks.rules.losses._values import are_rows_of_probabilities, class_axis


class SoftmaxBeforeCrossEntropy(ActivationRule):
    """`cross_entropy` gets what a softmax gave.

    Why it matters: `cross_entropy` applies a softmax itself. Twice applied, the scores of a sample differ by at most
    one, the loss cannot fall below a high floor (1.46 for ten classes), and gradients are small. It learns, badly.

    When it is fine: where a loss with an upper bound is meant, as in the "double softmax" of SPICE, which learns from
    labels it made itself (https://github.com/niuchuangnn/SPICE/issues/41). Who wants flatter probabilities divides the
    scores by a temperature, and this check is silent.

    Wrong: a model that ends in `nn.Softmax(dim=1)`, trained with `nn.CrossEntropyLoss()`.

    Right: the model returns scores, and `softmax` is applied where probabilities are shown.

    Reported: https://github.com/nishnik/Deep-Semantic-Similarity-Model-PyTorch/issues/2
    """

    name = "softmax-before-cross-entropy"
    grade = "warning"

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge what goes into a cross entropy."""
        if name_of(seen.function) != "cross_entropy" or are_swapped(seen):
            return
        scores = seen.args[0]
        applied = self.applied.of(scores)
        # A softmax over another axis may be meant as a feature.
        if applied and applied.name == "softmax" and are_rows_of_probabilities(scores, class_axis(scores)):
            yield self.finding(
                applied.site,
                "softmax is applied here, and once more inside the cross entropy",
                evidence=f"cross_entropy at {seen.site.place} got {list(scores.shape)} values that sum to one over the "
                "classes, as this softmax gave them",
                remedy="give cross_entropy the scores before the softmax",
            )
