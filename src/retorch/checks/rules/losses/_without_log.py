"""What the rules have in common that ask whether a loss gets logarithms of probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import Tensor

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import sees
from retorch.checks.rules._flow import name_of
from retorch.checks.rules.losses._applied import ActivationRule
from retorch.checks.rules.losses._values import sums_of_exponentials

_MOST = 1.05  # bfloat16 sums to one within this


class LogRule(ActivationRule):
    """Judges what goes into a loss by the sums of its exponentials over the classes.

    Attributes:
        loss: the name of the loss.
    """

    loss: ClassVar[str]

    def class_axis(self, given: Tensor) -> int:
        """Return the axis that the loss takes for the classes."""
        raise NotImplementedError

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge what goes into the loss."""
        if name_of(seen.function) != self.loss or seen.kwargs.get("reduction") == "none" or not seen.args:
            return
        given: Tensor = seen.args[0]
        applied = self.applied.of(given)
        if applied and applied.name == "log_softmax":
            return
        _, largest = sums_of_exponentials(given, self.class_axis(given))
        if largest > _MOST:
            known = f", as {applied.name} at {applied.site.place} gave them" if applied else ""
            yield self.finding(
                applied.site if applied else seen.site,
                f"{self.loss} wants logarithms of probabilities, and gets something else",
                evidence=f"{self.loss} at {seen.site.place} got {list(given.shape)} values{known}; their exponentials "
                f"sum to {largest:.3g} over the classes, those of log-probabilities to 1",
                remedy=f"log_softmax(scores, dim={self.class_axis(given)}) before {self.loss}"
                + (", or cross_entropy of the scores" if self.loss == "nll_loss" else ""),
            )
