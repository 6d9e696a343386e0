"""A loss between each output and each target, by broadcasting."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from retorch.checks._finding import Finding
from retorch.checks._observations import OperationDone
from retorch.checks._rule import sees
from retorch.checks.rules.losses._pairs import PairRule, every_pair, is_loss_of_elements


class LossOfEveryPair(PairRule):
    """Outputs (N, 1) and targets (N,) go into a loss, which compares each output with each target.

    Why it matters: broadcasting makes N x N differences of them. The best answer is then the mean of all targets for
    every sample: the loss falls a little, and the model learns to ignore its input.

    When it is fine: never. Who wants all pairs adds an axis on purpose, `outputs[:, None]`, and this check is silent;
    as that may be the mistake as well, `difference-of-every-pair` warns of it.

    Wrong: `nn.MSELoss()(model(x), y)` with `model(x)` of shape (N, 1) and `y` of shape (N,).

    Right: `nn.MSELoss()(model(x).squeeze(1), y)`.

    Reported: https://github.com/pytorch/pytorch/issues/16045
    """

    name = "loss-of-every-pair"
    grade = "error"

    @sees(OperationDone)
    def judge(self, seen: OperationDone) -> Iterator[Finding]:
        """Judge the two arguments of a loss that goes element by element and reduces to one number."""
        if not is_loss_of_elements(seen):
            return
        outputs, targets = seen.args[:2]
        shape = every_pair(outputs, targets)
        if shape and not self.is_stretched(outputs) and not self.is_stretched(targets):
            yield self.finding(
                seen.site,
                "the loss compares each output with each target, not each output with its own",
                evidence=f"outputs {tuple(outputs.shape)} and targets {tuple(targets.shape)} broadcast to {shape}: "
                f"{prod(shape)} differences of {outputs.numel()} values",
                remedy="give both the same shape: outputs.squeeze(-1), or targets.unsqueeze(-1)",
            )
