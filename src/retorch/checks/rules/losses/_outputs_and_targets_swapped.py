"""Outputs in the place of the targets of a loss."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._swapped import are_swapped


class OutputsAndTargetsSwapped(Rule):
    """A loss gets the targets first and the outputs of the model second.

    Why it matters: `cross_entropy`, `kl_div` and `binary_cross_entropy` are not symmetric: they normalise or take the
    logarithm of one of the two. Swapped, the loss is another one, often one without a lower bound, and its gradients
    pull elsewhere.

    When it is fine: a divergence the other way round, with logarithms of fixed probabilities first. This check is
    silent there: it speaks where the first argument needs no gradient and holds labels or probabilities, which no loss
    wants first, and the second needs a gradient. Losses that are symmetric, such as `mse_loss`, are left alone.

    Wrong: `F.cross_entropy(one_hot, model(x).softmax(1))`; `F.binary_cross_entropy_with_logits(y, model(x))`;
    `F.kl_div(teacher_probabilities, student_log_probabilities)`.

    Right: `F.cross_entropy(model(x), one_hot)`; `F.kl_div(student_log_probabilities, teacher_probabilities)`.
    """

    name = "outputs-and-targets-swapped"
    grade = "warning"

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge the two arguments of a loss by which needs a gradient, and by the values of the first."""
        if are_swapped(seen):
            name = name_of(seen.function)
            given, target = seen.args[:2]
            yield self.finding(
                seen.site,
                f"{name} gets the targets first and the outputs second",
                evidence=f"the first, {tuple(given.shape)}, needs no gradient and holds probabilities or labels; the "
                f"second, {tuple(target.shape)}, needs a gradient",
                remedy=f"{name}(outputs, targets)",
            )
