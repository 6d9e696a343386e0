"""A connectionist temporal classification of what is no logarithm."""

from __future__ import annotations

from torch import Tensor

from retorch.checks.rules.losses._without_log import LogRule


class CtcLossWithoutLog(LogRule):
    """`ctc_loss` gets probabilities or scores instead of logarithms of probabilities.

    Why it matters: `ctc_loss` adds up what it takes for logarithms of probabilities along each path. Of raw scores the
    loss has no lower bound and falls by larger scores of all classes.

    When it is fine: almost never; with `reduction="none"` this check is silent.

    Wrong: `nn.CTCLoss()(model(x).transpose(0, 1), ...)` of a model that ends in a linear layer or in a softmax.

    Right: `nn.CTCLoss()(model(x).log_softmax(-1).transpose(0, 1), ...)`.
    """

    name = "ctc-loss-without-log"
    grade = "warning"
    loss = "ctc_loss"

    def class_axis(self, given: Tensor) -> int:
        """Return the last axis: (T, N, C) or (T, C)."""
        return given.dim() - 1
