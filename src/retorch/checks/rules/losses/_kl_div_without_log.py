"""A Kullback-Leibler divergence of what is no logarithm."""

from __future__ import annotations

from collections.abc import Iterator

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import sees
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._applied import ActivationRule
from retorch.checks.rules.losses._swapped import are_swapped
from retorch.checks.rules.losses._values import lie_between_zero_and_one


class KlDivWithoutLog(ActivationRule):
    """`kl_div` gets probabilities as its input, where it wants their logarithms.

    Why it matters: `kl_div(input, target)` computes `target * (log(target) - input)`: it takes the logarithm of the
    target and not of the input. Of probabilities it is no divergence, and its minimum lies elsewhere.

    When it is fine: never. The minimum lies where the input is as large as it can be. Where no gradient is recorded,
    as in a test of `kl_div` itself, this check is silent.

    Wrong: `F.kl_div(F.softmax(student, 1), F.softmax(teacher, 1))`.

    Right: `F.kl_div(F.log_softmax(student, 1), F.softmax(teacher, 1), reduction="batchmean")`.

    Reported: https://github.com/microsoft/ProDA/issues/20
    """

    name = "kl-div-without-log"
    grade = "error"

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge what goes into the loss."""
        if name_of(seen.function) != "kl_div" or not any(value.requires_grad for value in seen.args[:2]):
            return
        if are_swapped(seen):  # another check says so
            return
        given = seen.args[0]
        applied = self.applied.of(given)
        if applied and applied.name != "log_softmax" and lie_between_zero_and_one(given):
            yield self.finding(
                applied.site,
                f"kl_div wants logarithms of probabilities as its input, and gets what {applied.name} gave",
                evidence=f"kl_div at {seen.site.place} got {list(given.shape)} values between 0 and 1",
                remedy="log_softmax instead of softmax for the first argument of kl_div",
            )
