"""A Kullback-Leibler divergence of raw scores."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import sees
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._applied import ActivationRule
from retorch.checks.rules.losses._values import lie_between_zero_and_one, value_range

_MOST = 0.05  # the logarithm of a probability is at most 0


class KlDivOfScores(ActivationRule):
    """`kl_div` gets scores as its input, where it wants logarithms of probabilities.

    Why it matters: `kl_div(input, target)` computes `target * (log(target) - input)`. Without a normalisation of the
    input it has no lower bound: the loss falls as the scores grow, whatever they say.

    When it is fine: logarithms of densities, which may be above 0; scores whose normalisation is added by hand.

    Wrong: `F.kl_div(student(x), F.softmax(teacher(x), 1))`.

    Right: `F.kl_div(F.log_softmax(student(x), 1), F.softmax(teacher(x), 1), reduction="batchmean")`.
    """

    name = "kl-div-of-scores"
    grade = "warning"

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge what goes into the loss."""
        if name_of(seen.function) != "kl_div" or seen.kwargs.get("log_target") or len(seen.args) < 2:
            return
        given, target = seen.args[:2]
        if not given.requires_grad or self.applied.of(given):
            return
        low, high = value_range(given) or (0.0, 0.0)
        if high > _MOST and lie_between_zero_and_one(target):
            yield self.finding(
                seen.site,
                "kl_div wants logarithms of probabilities as its input, and gets scores",
                evidence=f"{list(given.shape)} values from {low:.3g} to {high:.3g}; a logarithm of a probability is at "
                "most 0",
                remedy="log_softmax of the scores before kl_div",
            )
