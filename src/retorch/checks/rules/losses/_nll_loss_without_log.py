"""A negative log likelihood of what is no logarithm."""

from __future__ import annotations

from torch import Tensor

from retorch.checks.rules.losses._values import class_axis
from retorch.checks.rules.losses._without_log import LogRule


class NllLossWithoutLog(LogRule):
    """`nll_loss` gets probabilities or scores instead of logarithms of probabilities.

    Why it matters: `nll_loss` takes no logarithm, it only picks the value of the target class and negates it. Of
    probabilities the loss is negative and hardly trains; of raw scores it has no lower bound.

    When it is fine: where `nll_loss` is only a way to pick one value of each row; with `reduction="none"` this check
    is silent.

    Wrong: `nn.NLLLoss()` after `torch.softmax(x, 1)`, or after no activation.

    Right: `nn.NLLLoss()` after `torch.log_softmax(x, 1)`, or `nn.CrossEntropyLoss()` of the scores.

    Reported: https://github.com/AnubhavGupta3377/Text-Classification-Models-Pytorch/issues/9
    """

    name = "nll-loss-without-log"
    grade = "warning"
    loss = "nll_loss"

    def class_axis(self, given: Tensor) -> int:
        """Return axis 1, or the only one."""
        return class_axis(given)
